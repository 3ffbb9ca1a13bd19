package gateway

import (
	"container/list"
	"sync"
	"time"
)

const (
	// rememberedOwners is how many ids are remembered; at most about 400 bytes each.
	rememberedOwners = 10_000
	// rememberedFor is long enough for a person's work on one cluster.
	rememberedFor = 5 * time.Minute
	// longestID is the longest id that is remembered; the regions' own have 32 characters.
	longestID = 128
)

// An ownerKey is whose id it is: what one caller was told is not used for another. The region authorises anyway.
type ownerKey struct{ caller, collection, id string }

// A memory tells which region an id was found in. It only saves questions.
type memory struct {
	now func() time.Time

	mu      sync.Mutex
	entries map[ownerKey]*list.Element
	oldest  *list.List // of memorized, oldest first
}

type memorized struct {
	key    ownerKey
	region int
	until  time.Time
}

func newMemory(now func() time.Time) *memory {
	return &memory{now: now, entries: map[ownerKey]*list.Element{}, oldest: list.New()}
}

func (m *memory) of(key ownerKey) (region int, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	element, there := m.entries[key]
	if !there {
		return 0, false
	}
	found, _ := element.Value.(memorized)
	if !m.now().Before(found.until) {
		m.remove(element)
		return 0, false
	}
	return found.region, true
}

func (m *memory) remember(key ownerKey, region int) {
	if len(key.id) > longestID {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expire()
	if element, there := m.entries[key]; there {
		m.remove(element)
	}
	if len(m.entries) >= rememberedOwners {
		m.remove(m.oldest.Front())
	}
	m.entries[key] = m.oldest.PushBack(memorized{key: key, region: region, until: m.now().Add(rememberedFor)})
}

func (m *memory) forget(key ownerKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if element, there := m.entries[key]; there {
		m.remove(element)
	}
}

// expire needs the lock held. All are remembered for the same time, so those that are due stand first.
func (m *memory) expire() {
	for element := m.oldest.Front(); element != nil; element = m.oldest.Front() {
		if entry, _ := element.Value.(memorized); m.now().Before(entry.until) {
			return
		}
		m.remove(element)
	}
}

// remove needs the lock held.
func (m *memory) remove(element *list.Element) {
	entry, _ := m.oldest.Remove(element).(memorized)
	delete(m.entries, entry.key)
}
