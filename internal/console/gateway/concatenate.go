package gateway

// begin reads a stream's first rows, and with them how long it is.
func (m *merge) begin(s *stream) *trouble {
	if len(m.window.keys) > 0 || s.region > 0 || m.window.end == m.window.start {
		return m.read(s)
	}
	// Nothing comes before the first region's list: which of its rows are wanted is known already.
	s.from = m.window.start
	return m.readOn(s, m.window.end)
}

// concatenate cuts the window out of the regions' lists as they follow each other.
func (m *merge) concatenate(out merged) (merged, []*trouble) {
	parts := make([]window, len(m.streams))
	passed := 0
	for i, s := range m.streams {
		parts[i] = window{start: min(max(m.window.start-passed, 0), s.total), end: min(max(m.window.end-passed, 0), s.total)}
		passed += s.total
	}
	troubles := m.each(m.streams, func(s *stream) *trouble { return m.cut(s, parts[s.region]) })
	if len(troubles) > 0 {
		return merged{}, troubles
	}
	for _, s := range m.streams {
		out.rows = append(out.rows, s.rows...)
	}
	return out, nil
}

// cut leaves in a stream the rows of its part of the window, and reads what lacks. Then nothing more is read of it.
func (m *merge) cut(s *stream, part window) *trouble {
	if ahead := part.start - s.from; ahead >= 0 && ahead <= len(s.rows) {
		s.rows = s.rows[ahead:]
	} else {
		s.rows = nil
	}
	s.from = part.start
	for s.from+len(s.rows) < min(part.end, s.total) {
		if failed := m.readOn(s, part.end); failed != nil {
			return failed
		}
	}
	s.rows = s.rows[:min(part.end-part.start, len(s.rows))]
	s.next = s.total
	return nil
}

// readOn reads on behind the rows that a stream holds, up to a position or as far as one chunk goes.
func (m *merge) readOn(s *stream, end int) *trouble {
	start := s.from + len(s.rows)
	page, size := pageWith(start, end)
	rows, failed := m.take(s, page, size)
	if failed != nil {
		return failed
	}
	s.rows = append(s.rows, rows[min(start-(page-1)*size, len(rows)):]...)
	return nil
}

// pageWith is the smallest page of a list that holds all rows from start to end, so that a region is waited for once. For up
// to 100 rows there always is one. Where there is none that is not too large, it is a page with the first of them.
func pageWith(start, end int) (page, size int) {
	end = min(end, start+largestChunk)
	for size := end - start; size < largestChunk; size++ {
		if start/size == (end-1)/size {
			return start/size + 1, size
		}
	}
	return start/largestChunk + 1, largestChunk
}
