package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// crowd is how many clients a load has. Busy is a rate of which a machine that has much to do lets 200 a second through.
const (
	crowd = 40
	busy  = 240
)

// ireland is the region that loads write into.
const ireland = "aws.eu-west-1"

// door is where customers find a console: its URL, the address of this machine that leads there, and their token, if they
// need one.
type door struct{ url, at, token string }

// load is a crowd of customers who keep their connections, read in three ways and write in one.
type load struct {
	to    door
	asker *http.Client
	// cluster is one of Ireland's, by its path in the region.
	cluster string
	stop    chan struct{}
	working sync.WaitGroup

	asked, failed, written, arrivedBefore atomic.Int64

	mu    sync.Mutex
	deeds []deed
}

// deed is one request of a load.
type deed struct {
	write   bool
	mark    string
	begun   time.Time
	trouble string
}

// startLoad begins to ask a console so many times a second.
func startLoad(to door, rate int) *load {
	GinkgoHelper()
	asker := customerAt(to.at)
	asker.Timeout = time.Minute
	transport, ok := asker.Transport.(*http.Transport)
	Expect(ok).To(BeTrue())
	transport.DisableKeepAlives, transport.MaxIdleConnsPerHost = false, crowd
	l := &load{to: to, asker: asker, stop: make(chan struct{})}
	l.cluster = "/api/clusters_mgmt/v1/clusters/" + l.someCluster()
	l.arrivedBefore.Store(writesIn(ireland))
	for client := range crowd {
		l.working.Go(func() { l.work(client, crowd*time.Second/time.Duration(rate)) })
	}
	DeferCleanup(func() {
		l.end()
		transport.CloseIdleConnections()
	})
	return l
}

// someCluster is the id of a cluster of Ireland that can be changed.
func (l *load) someCluster() string {
	GinkgoHelper()
	var found struct{ Items []struct{ ID string } }
	var body []byte
	Eventually(func(g Gomega) {
		request, err := http.NewRequest(http.MethodGet, l.to.url+"/regions/"+ireland+"/api/clusters_mgmt/v1/clusters?size=1&search=state%20%3D%20%27ready%27", nil)
		g.Expect(err).NotTo(HaveOccurred())
		status, text, err := l.send(request)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(status).To(Equal(http.StatusOK), string(text))
		body = text
	}, "30s").Should(Succeed())
	Expect(json.Unmarshal(body, &found)).To(Succeed())
	Expect(found.Items).To(HaveLen(1), string(body))
	return found.Items[0].ID
}

func (l *load) work(client int, lull time.Duration) {
	reads := []string{"/config.json", "/regions/" + ireland + "/api/clusters_mgmt/v1/clusters?size=1", "/api/clusters_mgmt/v1/clusters?size=1"}
	pace := time.NewTicker(lull)
	defer pace.Stop()
	for i := client; ; i++ { // each begins with another kind
		select {
		case <-l.stop:
			return
		case <-pace.C:
		}
		if kind := i % (len(reads) + 1); kind < len(reads) {
			l.do(http.MethodGet, reads[kind], "")
		} else {
			l.do(http.MethodPatch, "/regions/"+ireland+l.cluster, fmt.Sprintf("mark-%d-%d", client, i))
		}
	}
}

// do makes one request; one with a mark writes it, and has it in its query for the region's record.
func (l *load) do(method, path, mark string) {
	var body io.Reader
	if mark != "" {
		body = strings.NewReader(`{"properties":{"mark":"` + mark + `"}}`)
		path += "?mark=" + mark
		l.written.Add(1)
	}
	d := deed{write: mark != "", mark: mark, begun: time.Now()}
	request, err := http.NewRequest(method, l.to.url+path, body)
	if err == nil {
		var status int
		var text []byte
		if status, text, err = l.send(request); err == nil && status != http.StatusOK {
			err = fmt.Errorf("%s %s: %d %s", method, path, status, text)
		}
	}
	l.asked.Add(1)
	if err != nil {
		l.failed.Add(1)
		d.trouble = err.Error()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deeds = append(l.deeds, d)
}

func (l *load) send(request *http.Request) (status int, body []byte, err error) {
	if l.to.token != "" {
		request.Header.Set("Authorization", "Bearer "+l.to.token)
	}
	if request.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := l.asker.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// awaitMore waits until so many more requests were answered.
func (l *load) awaitMore(ctx context.Context, requests int64) {
	GinkgoHelper()
	goal := l.asked.Load() + requests
	Eventually(ctx, l.asked.Load, "60s").Should(BeNumerically(">=", goal))
}

// end stops the load and returns what was done.
func (l *load) end() []deed {
	l.mu.Lock()
	select {
	case <-l.stop:
	default:
		close(l.stop)
	}
	l.mu.Unlock()
	l.working.Wait()
	return l.deeds
}

// succeeded ends the load and expects that no request failed, and that every write arrived once.
func (l *load) succeeded(what string) {
	GinkgoHelper()
	deeds := l.end()
	began, ended := deeds[0].begun, deeds[len(deeds)-1].begun
	AddReportEntry(what, fmt.Sprintf("%d asked in %s (%.0f a second), %d of them writes, %d failed",
		l.asked.Load(), ended.Sub(began).Round(time.Second), float64(l.asked.Load())/ended.Sub(began).Seconds(), l.written.Load(), l.failed.Load()))
	var troubles []string
	for _, d := range deeds {
		if d.trouble != "" {
			troubles = append(troubles, d.trouble)
		}
	}
	Expect(troubles).To(BeEmpty(), "of %d requests", l.asked.Load())
	Expect(writesIn(ireland)-l.arrivedBefore.Load()).To(Equal(l.written.Load()), "every write arrives once")
}

// arrivedOnce expects that every write of a load that succeeded has arrived in Ireland once, and that no other has arrived
// twice. It looks at what was begun after the oldest request that the region remembers, which is before the given time.
func arrivedOnce(deeds []deed, before time.Time) {
	GinkgoHelper()
	requests, _ := geography.Regions[ireland].Requests()
	Expect(requests[0].Time).To(BeTemporally("<", before), "what the region remembers does not reach back far enough")
	arrived := map[string]int{}
	for _, request := range requests {
		if _, mark, marked := strings.Cut(request.Path, "?mark="); marked {
			arrived[mark]++
		}
	}
	for _, d := range deeds {
		if !d.write || d.begun.Before(requests[0].Time) {
			continue
		}
		if d.trouble == "" {
			Expect(arrived[d.mark]).To(Equal(1), d.mark)
		} else {
			Expect(arrived[d.mark]).To(BeNumerically("<=", 1), "%s, which failed: %s", d.mark, d.trouble)
		}
	}
}

// writesIn is how many writes a region has got.
func writesIn(region string) int64 {
	_, counters := geography.Regions[region].Requests()
	return int64(counters.ByMethod[http.MethodPatch])
}
