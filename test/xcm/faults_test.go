package xcm

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"
)

// A fetched is an answer with its body as far as it came.
type fetched struct {
	status          int
	header, trailer http.Header
	length          int64
	body            string
}

// fetch sends a GET that follows no redirect.
func (p *probe) fetch(ctx context.Context, path string) (fetched, error) {
	p.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.server.URL+path, nil)
	if err != nil {
		p.Fatal(err)
	}
	client := *p.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		return fetched{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return fetched{response.StatusCode, response.Header, response.Trailer, response.ContentLength, string(body)}, err
}

func (p *probe) fault(rules ...Fault) {
	p.Helper()
	if err := p.instance.SetFaults(Faults{Rules: rules}); err != nil {
		p.Fatal(err)
	}
}

func TestFaults(t *testing.T) {
	p := newProbe(t, Options{Clusters: 5})
	clusters := clustersAPI + "/clusters"
	plain := func() fetched {
		t.Helper()
		got, err := p.fetch(t.Context(), clusters)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}

	t.Run("latency", func(t *testing.T) {
		p.fault(Fault{Latency: Duration(50 * time.Millisecond)})
		start := time.Now()
		if got := plain(); got.status != http.StatusOK || time.Since(start) < 50*time.Millisecond {
			t.Errorf("%d after %v", got.status, time.Since(start))
		}
	})
	t.Run("status", func(t *testing.T) {
		p.fault(Fault{Status: http.StatusServiceUnavailable})
		if got := plain(); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, `"code":"CLUSTERS-MGMT-503"`) {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
	t.Run("error rate", func(t *testing.T) {
		p.fault(Fault{ErrorRate: 0.25})
		var failed []int
		for n := range 12 {
			if got := plain(); got.status == http.StatusInternalServerError {
				failed = append(failed, n)
			}
		}
		if !slices.Equal(failed, []int{3, 7, 11}) {
			t.Errorf("failed: %v, want every fourth", failed)
		}
	})
	t.Run("path prefix", func(t *testing.T) {
		p.fault(Fault{PathPrefix: accountsAPI, Status: 500}, Fault{PathPrefix: clustersAPI + "/versions", Status: 503})
		if got := plain(); got.status != http.StatusOK {
			t.Errorf("%d", got.status)
		}
		p.ask(http.MethodGet, accountsAPI+"/current_account", "", http.StatusInternalServerError)
		p.ask(http.MethodGet, clustersAPI+"/versions", "", http.StatusServiceUnavailable)
	})
	t.Run("redirect", func(t *testing.T) {
		p.fault(Fault{PathPrefix: clustersAPI, Redirect: "https://api.example.com/"})
		got, err := p.fetch(t.Context(), clusters+"?search=name+%3D+%27x%27")
		if err != nil || got.status != http.StatusTemporaryRedirect || got.header.Get("Location") != "https://api.example.com"+clusters+"?search=name+%3D+%27x%27" {
			t.Errorf("%v %v", got, err)
		}
		p.fault(Fault{Redirect: "https://api.example.com", Status: http.StatusFound})
		if got := plain(); got.status != http.StatusFound {
			t.Errorf("%d", got.status)
		}
	})
	t.Run("hostile answer", func(t *testing.T) {
		p.fault(Fault{ContentType: "text/html", Body: "<script>alert(1)</script>", Headers: map[string]string{"Set-Cookie": "a=b", "Content-Security-Policy": "default-src *"}})
		got := plain()
		if got.header.Get("Content-Type") != "text/html" || got.body != "<script>alert(1)</script>" || got.header.Get("Set-Cookie") != "a=b" || got.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%v %s", got.header, got.body)
		}
	})
	t.Run("truncated", func(t *testing.T) {
		p.fault(Fault{Truncate: true})
		got, err := p.fetch(t.Context(), clusters)
		if !errors.Is(err, io.ErrUnexpectedEOF) || int64(len(got.body)) >= got.length || len(got.body) == 0 {
			t.Errorf("%d of %d bytes, %v", len(got.body), got.length, err)
		}
	})
	t.Run("early hints and trailers", func(t *testing.T) {
		p.fault(Fault{EarlyHints: true, Trailers: map[string]string{"X-After": "late"}})
		var early []int
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			if header.Get("Link") != "" {
				early = append(early, code)
			}
			return nil
		}})
		got, err := p.fetch(ctx, clusters)
		if err != nil || !slices.Equal(early, []int{http.StatusEarlyHints}) || got.trailer.Get("X-After") != "late" || got.header.Get("Link") != "" || !strings.HasSuffix(got.body, "]}") {
			t.Errorf("early %v, trailers %v, header %v, %v", early, got.trailer, got.header, err)
		}
	})
	t.Run("none", func(t *testing.T) {
		p.fault()
		if got := plain(); got.status != http.StatusOK {
			t.Errorf("%d", got.status)
		}
	})
}

// eventually polls until a condition holds, and fails the test after ten seconds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within ten seconds: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestHang(t *testing.T) {
	p := newProbe(t, Options{Clusters: 5})
	p.fault(Fault{Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := p.fetch(ctx, clustersAPI); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a request that hangs ended with %v", err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := p.fetch(t.Context(), clustersAPI+"/clusters")
		ended <- err
	}()
	eventually(t, "the request that hangs is on record, unanswered", func() bool {
		arrived, _ := p.instance.Requests()
		return len(arrived) == 2 && arrived[1].Status == 0
	})
	p.fault()
	if err := <-ended; err == nil {
		t.Error("a request that hung was answered")
	}
	p.get(clustersAPI + "/clusters")
}

func TestControl(t *testing.T) {
	p := newProbe(t, Options{Clusters: 5})
	control := httptest.NewServer(p.instance.Control())
	defer control.Close()
	steer := &probe{T: t, instance: p.instance, server: control}

	put := `{"rules":[{"pathPrefix":"/api/accounts_mgmt","latency":"1ms","status":503,"errorRate":1}]}`
	if got := steer.ask(http.MethodPut, "/faults", put, http.StatusOK); got["rules"].([]any)[0].(map[string]any)["latency"] != "1ms" {
		t.Errorf("put: %v", got)
	}
	if got := steer.get("/faults"); len(got["rules"].([]any)) != 1 {
		t.Errorf("get: %v", got)
	}
	p.ask(http.MethodGet, accountsAPI+"/current_account", "", http.StatusServiceUnavailable)
	for body, wants := range map[string]string{
		`{"rules":[{"hangs":true}]}`:                 "unknown field \"hangs\"",
		`{"rules":[{"latency":"fast"}]}`:             "\"fast\" is not a duration: write it as 250ms or 3s",
		`{"rules":[{"latency":"-1s"}]}`:              "\"-1s\" is not a duration",
		`{"rules":[{},{"errorRate":2}]}`:             "rules[1].errorRate is 2",
		`{"rules":[{"status":99}]}`:                  "rules[0].status is 99",
		`{"rules":[{"redirect":"api.example.com"}]}`: "rules[0].redirect is \"api.example.com\"",
		`{"refuse":true}`:                            "does not own its port",
		``:                                           "EOF",
	} {
		if got := steer.ask(http.MethodPut, "/faults", body, http.StatusBadRequest); !strings.Contains(got["error"].(string), wants) {
			t.Errorf("%s: %q does not say %q", body, got["error"], wants)
		}
	}
	p.ask(http.MethodGet, accountsAPI+"/current_account", "", http.StatusServiceUnavailable) // the refused ones changed nothing

	p.create(classic)
	if got := steer.get("/requests").at("counters.total"); got != 3.0 {
		t.Errorf("requests: %v", got)
	}
	steer.ask(http.MethodPost, "/reset", "", http.StatusNoContent)
	if got := steer.get("/requests"); got.at("counters.total") != 0.0 || len(got["requests"].([]any)) != 0 {
		t.Errorf("requests after a reset: %v", got)
	}
	p.get(accountsAPI + "/current_account")
	if got := p.get(clustersAPI + "/clusters"); got["total"] != 5.0 {
		t.Errorf("clusters after a reset: %v", got["total"])
	}
}

func TestRequests(t *testing.T) {
	p := newProbe(t, Options{})
	send := func(method, path, body string, header http.Header) {
		request, err := http.NewRequestWithContext(t.Context(), method, p.server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = header
		response, err := p.server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	send(http.MethodGet, clustersAPI+"/clusters?search=name+%3D+%27x%27", "", http.Header{"Authorization": {"Bearer secret-token"}, "X-Other": {"secret-value"}})
	send(http.MethodPost, clustersAPI+"/clusters", `{}`, http.Header{"Authorization": {"Basic c2VjcmV0"}})
	arrived, counters := p.instance.Requests()
	first, second := arrived[0], arrived[1]
	if first.Method != "GET" || first.Path != clustersAPI+"/clusters?search=name+%3D+%27x%27" || !first.Bearer || first.Status != 200 || first.Proto != "HTTP/1.1" ||
		"http://"+first.Host != p.server.URL || !slices.Contains(first.Header, "X-Other") || !slices.IsSorted(first.Header) {
		t.Errorf("first: %+v", first)
	}
	if second.Bearer || second.Status != 400 || second.Length != 2 {
		t.Errorf("second: %+v", second)
	}
	if counters.Total != 2 || counters.Bearer != 1 || counters.ByMethod["POST"] != 1 || counters.ByStatus[400] != 1 {
		t.Errorf("counters: %+v", counters)
	}
	control := httptest.NewRecorder()
	p.instance.Control().ServeHTTP(control, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/requests", nil))
	if text := control.Body.String(); strings.Contains(text, "secret") || strings.Contains(text, "c2VjcmV0") {
		t.Errorf("a value of a header is on record: %s", text)
	}
	for range remembered {
		p.get(clustersAPI)
	}
	if arrived, counters := p.instance.Requests(); len(arrived) != remembered || counters.Total != remembered+2 {
		t.Errorf("%d remembered, %d counted", len(arrived), counters.Total)
	}
}
