package xcm

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Faults are what is wrong with a region. The zero value is a region that works.
type Faults struct {
	// Refuse closes the port: connections are refused and those that are open are cut. It needs an instance that Listen serves.
	Refuse bool `json:"refuse,omitempty"`
	// Rules spoil single answers: the first whose path prefix fits a request is the one that applies.
	Rules []Fault `json:"rules,omitempty"`
}

// A Fault spoils the answers below a path. Everything that is set happens, in the order of the fields; nothing set is no fault.
type Fault struct {
	// PathPrefix picks requests by the beginning of their path, as in /api/accounts_mgmt. Empty: all.
	PathPrefix string `json:"pathPrefix,omitempty"`
	// Latency is waited first. In JSON it is text, as in "250ms".
	Latency Duration `json:"latency,omitempty"`
	// Hang takes the request and never answers, until the faults change or the client goes.
	Hang bool `json:"hang,omitempty"`
	// Redirect sends the request elsewhere by a 307: the base URL of another host, to which path and query are added. Status, if
	// set, is used in place of 307.
	Redirect string `json:"redirect,omitempty"`
	// Status is answered as an OCM error, in ErrorRate of all cases.
	Status int `json:"status,omitempty"`
	// ErrorRate is the share of requests, above 0 and up to 1, that Status is answered to; spread evenly, without chance. Omitted:
	// all of them. Status omitted: 500.
	ErrorRate float64 `json:"errorRate,omitempty"`
	// EarlyHints sends a 103 with a Link header before the answer.
	EarlyHints bool `json:"earlyHints,omitempty"`
	// Headers are added to the answer, over its own.
	Headers map[string]string `json:"headers,omitempty"`
	// ContentType replaces that of the answer, as in text/html.
	ContentType string `json:"contentType,omitempty"`
	// Body replaces that of the answer.
	Body string `json:"body,omitempty"`
	// Truncate announces the whole body, sends half of it, and cuts the connection.
	Truncate bool `json:"truncate,omitempty"`
	// Trailers are sent after the body, which makes it chunked.
	Trailers map[string]string `json:"trailers,omitempty"`
}

// Duration is a time.Duration that is text in JSON, as in "250ms".
type Duration time.Duration

// MarshalText writes the duration as in "250ms".
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads "250ms"; the error says so.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed < 0 {
		return fmt.Errorf("%q is not a duration: write it as 250ms or 3s", text)
	}
	*d = Duration(parsed)
	return nil
}

// ParseFaults reads faults from JSON. An unknown or impossible field is an error that names it.
func ParseFaults(body io.Reader) (Faults, error) {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	var faults Faults
	if err := decoder.Decode(&faults); err != nil {
		return Faults{}, fmt.Errorf("faults: %w", err)
	}
	return faults, faults.check()
}

func (f Faults) check() error {
	for i, rule := range f.Rules {
		field := fmt.Sprintf("rules[%d]", i)
		if rule.ErrorRate < 0 || rule.ErrorRate > 1 {
			return fmt.Errorf("%s.errorRate is %v: use a share above 0 and up to 1", field, rule.ErrorRate)
		}
		if rule.Status != 0 && (rule.Status < 200 || rule.Status > 599) {
			return fmt.Errorf("%s.status is %d: use a final HTTP status, 200 to 599", field, rule.Status)
		}
		if rule.Redirect == "" {
			continue
		}
		if target, err := url.Parse(rule.Redirect); err != nil || target.Scheme == "" || target.Host == "" {
			return fmt.Errorf("%s.redirect is %q: use a base URL, as in https://api.example.com", field, rule.Redirect)
		}
	}
	return nil
}

// A faultState is the faults in force.
type faultState struct {
	lock    sync.Mutex
	current Faults
	shares  []float64     // what each rule's error rate has added up to
	changed chan struct{} // closed when the faults change: lets go what hangs
	server  *Server       // that can refuse; nil without one
}

// SetFaults puts faults in force in place of the ones before, and lets go all requests that hang. The error names what is
// impossible; then nothing changed.
func (i *Instance) SetFaults(faults Faults) error {
	if err := faults.check(); err != nil {
		return err
	}
	i.faults.lock.Lock()
	defer i.faults.lock.Unlock()
	if i.faults.server == nil && faults.Refuse {
		return fmt.Errorf("refuse: this instance does not own its port: serve it by Listen")
	}
	i.faults.replace(faults)
	if i.faults.server != nil {
		return i.faults.server.refuse(faults.Refuse)
	}
	return nil
}

// Faults are those in force.
func (i *Instance) Faults() Faults {
	i.faults.lock.Lock()
	defer i.faults.lock.Unlock()
	return i.faults.current
}

// replace needs the lock held.
func (f *faultState) replace(faults Faults) {
	if f.changed != nil {
		close(f.changed)
	}
	f.current, f.shares, f.changed = faults, make([]float64, len(faults.Rules)), make(chan struct{})
}

// match returns the rule for a path, whether its error is due this time, and what tells when the faults change.
func (f *faultState) match(path string) (rule Fault, fails bool, changed <-chan struct{}) {
	f.lock.Lock()
	defer f.lock.Unlock()
	for i, rule := range f.current.Rules {
		if !strings.HasPrefix(path, rule.PathPrefix) {
			continue
		}
		rate := rule.ErrorRate
		if rate == 0 && rule.Status != 0 && rule.Redirect == "" {
			rate = 1
		}
		f.shares[i] += rate
		if fails = f.shares[i] >= 1; fails {
			f.shares[i]--
		}
		return rule, fails, f.changed
	}
	return Fault{}, false, f.changed
}

// spoil puts the faults in force between the region and its clients.
func (i *Instance) spoil(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rule, fails, changed := i.faults.match(r.URL.Path)
		if !wait(r, i.options.Latency+time.Duration(rule.Latency)) {
			return
		}
		if rule.Hang {
			select {
			case <-r.Context().Done():
			case <-changed:
			}
			panic(http.ErrAbortHandler) // not even an empty answer
		}
		result := &captured{header: http.Header{}, status: http.StatusOK}
		switch {
		case rule.Redirect != "":
			result.header.Set("Location", strings.TrimSuffix(rule.Redirect, "/")+r.URL.RequestURI())
			result.status = cmp.Or(rule.Status, http.StatusTemporaryRedirect)
		case fails:
			status := cmp.Or(rule.Status, http.StatusInternalServerError)
			send(result, r.URL.Path, answer{}, refuse(status, "The simulator was told to answer %d", status))
		default:
			next.ServeHTTP(result, r)
		}
		rule.write(w, result)
	})
}

// wait is false when the client went away.
func wait(r *http.Request, latency time.Duration) bool {
	if latency <= 0 {
		return true
	}
	timer := time.NewTimer(latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// captured holds an answer back, to be spoiled.
type captured struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (c *captured) Header() http.Header         { return c.header }
func (c *captured) WriteHeader(status int)      { c.status = status }
func (c *captured) Write(p []byte) (int, error) { return c.body.Write(p) }

// write sends an answer with what the rule changes in it.
func (f Fault) write(w http.ResponseWriter, result *captured) {
	if f.EarlyHints {
		w.Header().Set("Link", "</early.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
	}
	for name, values := range result.header {
		w.Header()[name] = values
	}
	body := result.body.Bytes()
	if f.Body != "" {
		body = []byte(f.Body)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	if f.ContentType != "" {
		w.Header().Set("Content-Type", f.ContentType)
	}
	for name, value := range f.Headers {
		w.Header().Set(name, value)
	}
	if len(f.Trailers) > 0 {
		w.Header().Del("Content-Length")
	}
	w.WriteHeader(result.status)
	if f.Truncate {
		body = body[:len(body)/2]
	}
	// An error means that the client went away.
	_, _ = w.Write(body)
	if f.Truncate {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	for name, value := range f.Trailers {
		w.Header().Set(http.TrailerPrefix+name, value)
	}
}
