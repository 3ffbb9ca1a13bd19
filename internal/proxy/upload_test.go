package proxy

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// patient is how long the uploads of these tests may stall.
const patient = 200 * time.Millisecond

// eachUpload runs a test on a connection of its own to a console whose region reads the whole body, waits, and answers.
func eachUpload(t *testing.T, wait time.Duration, test func(*testing.T, net.Conn, *failures)) {
	t.Helper()
	ca := newAuthority(t)
	for _, spoken := range []protocol{http1, http2} {
		t.Run(string(spoken), func(t *testing.T) {
			upstream := serveTLS(t, ca, spoken, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					panic(http.ErrAbortHandler) // to return would be to answer 200
				}
				select {
				case <-time.After(wait):
				case <-r.Context().Done():
				}
				answer(`{}`).ServeHTTP(w, r)
			}))
			l := usual
			l.pace = pace{patience: patient, rate: 1 << 20}
			region, failed := regionAt(t, upstream.Listener.Addr(), ca.roots(), l)
			url, _ := console(t, region)
			conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			test(t, conn, failed)
		})
	}
}

// A client that stops within its body is answered, holds nothing any more, and is not the region's failure.
func TestUploadsThatStallAreEnded(t *testing.T) {
	for name, half := range map[string]string{
		"of known length": "Content-Length: 100\r\n\r\nx",
		"chunked":         "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
		"not begun":       "Content-Length: 100\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			eachUpload(t, 0, func(t *testing.T, conn net.Conn, failed *failures) {
				_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: console\r\n%s", clustersPath, half)
				response, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = response.Body.Close() }()
				body, _ := io.ReadAll(response.Body)
				if response.StatusCode != http.StatusRequestTimeout || problemOf(t, string(body)).Details[0].Cause != BodyTooSlow {
					t.Errorf("%d %s", response.StatusCode, body)
				}
				if len(failed.seen) != 0 {
					t.Errorf("reported %+v", <-failed.seen)
				}
			})
		})
	}
}

// The bound is on the body: a region may take longer to answer, and the next request of the connection comes as it likes.
func TestUploadsThatAreWholeMayWaitForTheirAnswer(t *testing.T) {
	eachUpload(t, 3*patient, func(t *testing.T, conn net.Conn, _ *failures) {
		answers := bufio.NewReader(conn)
		for _, body := range []string{"Content-Length: 1\r\n\r\nx", "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", "Content-Length: 0\r\n\r\n"} {
			_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: console\r\n%s", clustersPath, body)
			response, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK || err != nil {
				t.Errorf("%q: %d %s %v", body, response.StatusCode, text, err)
			}
		}
	})
}

func TestUploadsThatBreakOffAreNobodysFailure(t *testing.T) {
	eachUpload(t, 0, func(t *testing.T, conn net.Conn, failed *failures) {
		_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: console\r\nContent-Length: 100\r\n\r\nx", clustersPath)
		_ = conn.(*net.TCPConn).CloseWrite()
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != statusClientGone || len(failed.seen) != 0 {
			t.Errorf("%d, and %d failures are reported", response.StatusCode, len(failed.seen))
		}
	})
}

// trickle is a body that comes in pieces, each after its own time, until a deadline passes.
type trickle struct {
	pieces   []piece
	deadline time.Time
}

type piece struct {
	after time.Duration
	bytes int
}

func (b *trickle) Read(p []byte) (int, error) {
	if len(b.pieces) == 0 {
		return 0, io.EOF
	}
	next := b.pieces[0]
	if until := time.Until(b.deadline); until < next.after {
		time.Sleep(until)
		return 0, os.ErrDeadlineExceeded
	}
	time.Sleep(next.after)
	b.pieces = b.pieces[1:]
	return min(next.bytes, len(p)), nil
}

func (*trickle) Close() error { return nil }

// In a bubble with a virtual clock: patience 10 s, 1000 bytes a second, a request of one minute.
func TestUploadPace(t *testing.T) {
	second := time.Second
	for _, test := range []struct {
		name   string
		pieces []piece
		// pause is what the region waits before each read.
		pause time.Duration
		// ended is when, if at all, the upload is given up.
		ended time.Duration
	}{
		{"at once", []piece{{0, 1000}}, 0, 0},
		{"nothing comes", []piece{{time.Hour, 1}}, 0, 10 * second},
		{"one byte at a time", []piece{{4 * second, 1}, {4 * second, 1}, {4 * second, 1}, {4 * second, 1}}, 0, 10*second + 2*time.Millisecond},
		{"slower than the rate", []piece{{4 * second, 3000}, {4 * second, 3000}, {4 * second, 3000}, {12 * second, 1}}, 0, 19 * second},
		{"at the rate", []piece{{5 * second, 5000}, {5 * second, 5000}, {5 * second, 5000}, {5 * second, 5000}, {5 * second, 5000}}, 0, 0},
		{"taken slowly by the region", []piece{{4 * second, 100}, {4 * second, 100}}, 20 * second, 0},
		{"until the request ends", []piece{{50 * second, 1}}, 55 * second, 60 * second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				body := &trickle{pieces: test.pieces}
				u := &upload{
					ReadCloser: body, pace: pace{patience: 10 * second, rate: 1000}, end: begun.Add(time.Minute),
					setDeadline: func(at time.Time) error { body.deadline = at; return nil },
				}
				var err error
				for buffer := make([]byte, 32<<10); err == nil; {
					time.Sleep(test.pause)
					_, err = u.Read(buffer)
				}
				took := time.Since(begun)
				var cause Cause
				if !errors.Is(err, io.EOF) {
					cause = causeOf(err, answering)
				}
				if test.ended == 0 && cause != "" || test.ended != 0 && (cause != BodyTooSlow || took != test.ended) {
					t.Errorf("%q after %s", cause, took)
				}
				if u.late() != (test.ended != 0) || body.deadline.IsZero() != (test.ended == 0) {
					t.Errorf("late: %t; the deadline is %s", u.late(), body.deadline)
				}
			})
		})
	}
}

// net/http ends the request's context before the read returns: a read that is over its time counts already.
func TestUploadIsLateWhileItIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &upload{
			ReadCloser: io.NopCloser(readFunc(func([]byte) (int, error) { time.Sleep(time.Minute); return 0, io.EOF })),
			pace:       pace{patience: 10 * time.Second, rate: 1000}, end: time.Now().Add(time.Hour), setDeadline: func(time.Time) error { return nil },
		}
		go func() { _, _ = u.Read(nil) }()
		for _, step := range []struct {
			wait time.Duration
			want bool
		}{{9 * time.Second, false}, {time.Second, true}, {time.Minute, false}} {
			time.Sleep(step.wait)
			synctest.Wait()
			if u.late() != step.want {
				t.Errorf("late is %t after another %s", u.late(), step.wait)
			}
		}
	})
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }
