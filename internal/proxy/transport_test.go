package proxy

import (
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// What a browser does not read stays with the region: the console holds little of it.
func TestAnswersThatNobodyReadAreNotHeld(t *testing.T) {
	const chunk, whole = 16 << 10, 2 << 20
	taken := make(chan int, 1)
	ca := newAuthority(t)
	server := serveTLS(t, ca, http2, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		written := 0
		defer func() { taken <- written }()
		for written < whole {
			// A chunk that is not taken by then waits for a reader.
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
			if _, err := w.Write(make([]byte, chunk)); err != nil {
				return
			}
			written += chunk
		}
	}))
	d := dialer{demo: map[string]netip.AddrPort{testHost + ":443": netip.MustParseAddrPort(server.Listener.Addr().String())}, timeout: usual.connect}
	pool := newPool(d, ca.roots(), usual)
	defer pool.CloseIdleConnections()
	request, err := http.NewRequest(http.MethodGet, "https://"+testHost+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := pool.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if got := <-taken; got > 2*maxUnreadBytes {
		t.Errorf("%d bytes were taken before anybody read", got)
	}
}
