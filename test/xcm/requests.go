package xcm

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// remembered is how many requests a ledger holds: enough for a test, and bounded.
const remembered = 1000

// A Request is what arrived at the region. It never holds a token, a header's value or a body.
type Request struct {
	Time   time.Time `json:"time"` // when it arrived
	Method string    `json:"method"`
	Host   string    `json:"host"`
	Path   string    `json:"path"` // with the query, as it was sent
	Proto  string    `json:"proto"`
	Bearer bool      `json:"bearer"`  // whether an Authorization header of that scheme was there
	Header []string  `json:"headers"` // the names, sorted
	Length int64     `json:"length"`  // of the body in bytes, -1 when it was chunked
	Status int       `json:"status"`  // of the answer, 0 as long as there is none
}

// Counters count all requests since the start or the last reset.
type Counters struct {
	Total    int            `json:"total"`
	Bearer   int            `json:"bearer"`
	ByMethod map[string]int `json:"byMethod"`
	ByStatus map[int]int    `json:"byStatus"` // answered ones
}

// A ledger is the record of what arrived.
type ledger struct {
	lock     sync.Mutex
	requests []*Request // the latest, oldest first
	counters Counters
}

// Requests are the latest that arrived, oldest first, with the counts of all.
func (i *Instance) Requests() ([]Request, Counters) {
	i.ledger.lock.Lock()
	defer i.ledger.lock.Unlock()
	requests := make([]Request, len(i.ledger.requests))
	for n, request := range i.ledger.requests {
		requests[n] = *request
	}
	counters := i.ledger.counters
	counters.ByMethod, counters.ByStatus = maps.Clone(counters.ByMethod), maps.Clone(counters.ByStatus)
	return requests, counters
}

// clear forgets all requests.
func (l *ledger) clear() {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.requests, l.counters = nil, Counters{ByMethod: map[string]int{}, ByStatus: map[int]int{}}
}

// record notes each request when it arrives, so that one that hangs is seen, and its status when it is answered.
func (l *ledger) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		request := &Request{
			Time: time.Now(), Method: r.Method, Host: r.Host, Path: r.URL.RequestURI(), Proto: r.Proto,
			Bearer: strings.EqualFold(scheme, "Bearer"), Header: slices.Sorted(maps.Keys(r.Header)), Length: r.ContentLength,
		}
		l.arrived(request)
		next.ServeHTTP(&watched{ResponseWriter: w, answered: func(status int) { l.answered(request, status) }}, r)
	})
}

func (l *ledger) arrived(request *Request) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if len(l.requests) == remembered {
		l.requests = slices.Delete(l.requests, 0, 1)
	}
	l.requests = append(l.requests, request)
	l.counters.Total++
	l.counters.ByMethod[request.Method]++
	if request.Bearer {
		l.counters.Bearer++
	}
}

func (l *ledger) answered(request *Request, status int) {
	l.lock.Lock()
	defer l.lock.Unlock()
	request.Status = status
	l.counters.ByStatus[status]++
}

// watched tells the final status of an answer.
type watched struct {
	http.ResponseWriter
	answered func(status int)
}

// WriteHeader passes on the status, and tells it when it is final.
func (w *watched) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.answered(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }
