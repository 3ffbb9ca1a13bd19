package proxy

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// pace is how slowly a request's body may come. A slot is not held for a client that trickles.
type pace struct {
	// patience is what a client may keep the console waiting in all, beyond what the rate allows.
	patience time.Duration
	// rate is in bytes a second.
	rate int64
}

// upload is a request's body as the browser sends it: bounded in length, and in the time that the console waits for it. It
// tells a browser that broke off, sent too much or sends too slowly from a region that failed.
type upload struct {
	io.ReadCloser
	pace pace
	// end is when the whole request is over.
	end time.Time
	// setDeadline bounds the reads from the client's connection; the zero time lifts the bound.
	setDeadline func(time.Time) error

	// read and waited are of the reads so far. The time that a region takes to want more is not the client's.
	read   int64
	waited time.Duration
	// due is the deadline of a read that is going on, in nanoseconds since 1970, else 0; slow is set when one has passed.
	due  atomic.Int64
	slow atomic.Bool
}

func newUpload(w http.ResponseWriter, request *http.Request, l limits, end time.Time) *upload {
	return &upload{
		ReadCloser: http.MaxBytesReader(w, request.Body, l.Body), pace: l.pace, end: end,
		setDeadline: http.NewResponseController(w).SetReadDeadline,
	}
}

func (u *upload) Read(p []byte) (int, error) {
	begun := time.Now()
	allowed := u.pace.patience + time.Duration(u.read)*time.Second/time.Duration(u.pace.rate)
	due := begun.Add(allowed - u.waited)
	if due.After(u.end) {
		due = u.end
	}
	u.due.Store(due.UnixNano())
	_ = u.setDeadline(due) // a server that cannot do it bounds the whole request all the same
	n, err := u.ReadCloser.Read(p)
	u.read += int64(n)
	u.waited += time.Since(begun)
	if err != nil && isTimeout(err) {
		u.slow.Store(true) // before due is lifted: see late
	}
	if err == io.EOF {
		// The server goes on reading, to see the client leave; the deadline was not meant for that. After any other error it
		// stays: the server would wait for the rest of the body before it sends the answer.
		_ = u.setDeadline(time.Time{})
	}
	u.due.Store(0)
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil, err == io.EOF:
		return n, err
	case errors.As(err, &tooLarge):
		return n, &failure{cause: BodyTooLarge}
	case isTimeout(err):
		return n, &failure{cause: BodyTooSlow}
	default:
		return n, &failure{cause: ClientGone}
	}
}

// late reports whether the client has kept the console waiting for too long. net/http ends a request's context, as if the
// client had left, before Read returns; so the read that is going on counts too.
func (u *upload) late() bool {
	due := u.due.Load()
	return due != 0 && time.Now().UnixNano() >= due || u.slow.Load()
}
