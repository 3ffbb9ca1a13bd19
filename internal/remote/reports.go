package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/health"
)

const (
	// reportPort is the console's internal port, and reportPath the end of the path that leads there.
	reportPort = "8081"
	reportPath = "/proxy/status"
	// reportWait is how long a console may hold a request for its next change, and reportGrace what the way there and
	// back may take.
	reportWait  = 300 * time.Second
	reportGrace = 15 * time.Second
)

// reports keeps what the consoles of one cluster say. While a GeoConsole has ready pods, one long request to one of
// them waits for a change; it is chosen anew when the request ends. Every five minutes all are asked. Nothing of an
// answer is kept but what geography.DecodeReport lets through.
type reports struct {
	cluster *Cluster
	wake    func()

	mu sync.Mutex
	// following are the instances, by the mark of their owner, that are asked; the channel tells that their pods may have changed.
	following map[string]chan struct{}
	// heard is the last report of each pod.
	heard map[types.UID]geography.Report
}

func newReports(c *Cluster, wake func()) *reports {
	return &reports{cluster: c, wake: wake, following: map[string]chan struct{}{}, heard: map[types.UID]geography.Report{}}
}

// follow begins to ask the pods of an instance, or tells who asks already that they may have changed. It returns at once.
func (r *reports) follow(instance string) {
	none := len(r.ready(instance)) == 0
	r.mu.Lock()
	defer r.mu.Unlock()
	if changed := r.following[instance]; changed != nil {
		signal(changed)
		return
	}
	if none || r.cluster.session.Err() != nil {
		return
	}
	changed := make(chan struct{}, 1)
	r.following[instance] = changed
	go newFollower(r, instance, changed).run(r.cluster.session)
}

// of gives the reports of pods, by UID.
func (r *reports) of(pods []corev1.Pod) map[types.UID]geography.Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	reported := map[types.UID]geography.Report{}
	for _, p := range pods {
		if report, ok := r.heard[p.UID]; ok && isReady(p) {
			reported[p.UID] = report
		}
	}
	return reported
}

// keep stores a report and wakes when it says something new.
func (r *reports) keep(pod types.UID, report geography.Report) (changed bool) {
	r.mu.Lock()
	before, known := r.heard[pod]
	r.heard[pod] = report
	r.mu.Unlock()
	changed = !known || before.Config != report.Config || !agree(before, report)
	if changed {
		r.wake()
	}
	return changed
}

// ready are the ready pods of an instance, sorted by name.
func (r *reports) ready(instance string) []corev1.Pod {
	running, err := r.cluster.podsOf(r.cluster.session, instance)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(running, func(p corev1.Pod) bool { return !isReady(p) })
}

// last is the last report of a pod.
func (r *reports) last(pod types.UID) (geography.Report, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	report, known := r.heard[pod]
	return report, known
}

// leave ends the following of an instance that has no ready pod; the next follow begins anew.
func (r *reports) leave(instance string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ready(instance)) > 0 {
		return false
	}
	delete(r.following, instance)
	return true
}

// forget drops the report of a pod.
func (r *reports) forget(pod types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.heard, pod)
}

// ask reads one pod's report through the API server. With wait, the console holds the answer back until it differs
// from what was last heard.
func (r *reports) ask(ctx context.Context, pod corev1.Pod, wait time.Duration) (geography.Report, error) {
	request := reportRequest(r.cluster.core, r.cluster.namespace, pod.Name)
	if wait > 0 {
		heard, _ := r.last(pod.UID)
		request = request.Param("wait", fmt.Sprintf("%.0fs", wait.Seconds())).Param("after", heard.Digest)
	}
	ctx, cancel := context.WithTimeout(ctx, wait+reportGrace)
	defer cancel()
	return readReport(ctx, request)
}

// ReadReport reads one pod's report as it is now, for who looks at a cluster without a hub. The client must follow no
// redirect: a pod that answers with one would be given its credential.
func ReadReport(ctx context.Context, core rest.Interface, namespace, pod string) (geography.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, reportGrace)
	defer cancel()
	return readReport(ctx, reportRequest(core, namespace, pod))
}

func reportRequest(core rest.Interface, namespace, pod string) *rest.Request {
	return core.Get().Namespace(namespace).Resource("pods").
		Name("http:" + pod + ":" + reportPort).SubResource("proxy").Suffix("status").MaxRetries(0)
}

func readReport(ctx context.Context, request *rest.Request) (geography.Report, error) {
	stream, err := request.Stream(ctx)
	if err != nil {
		return geography.Report{}, errors.New("the pod's status could not be read")
	}
	defer func() { _ = stream.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(stream, geography.MaxReportBytes+1))
	if err != nil {
		return geography.Report{}, errors.New("the pod's status broke off")
	}
	return geography.DecodeReport(body)
}

func isReady(p corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// loading tells what the ready pods say of the config that they have loaded: that all of them have loaded this one, or
// that some have not said so yet and none says otherwise.
func loading(running []corev1.Pod, reported map[types.UID]geography.Report, config string) (loaded, unheard bool) {
	ready, silent := 0, 0
	for _, p := range running {
		if !isReady(p) {
			continue
		}
		ready++
		report, heard := reported[p.UID]
		switch {
		case !heard:
			silent++
		case report.Config != config:
			return false, false
		}
	}
	return ready > 0 && silent == 0, silent > 0
}

// agree tells whether two reports say the same of what changes while pods run.
func agree(a, b geography.Report) bool {
	return a.Live == b.Live && a.LiveProblem == b.LiveProblem && slices.Equal(a.Regions, b.Regions)
}

// liveOf tells how far the live config of that digest has come, over the reports of the ready pods.
func liveOf(reported map[types.UID]geography.Report, digest string) health.LiveState {
	state := health.LiveTaken
	for _, report := range reported {
		switch {
		case report.Live == digest && report.LiveProblem == "":
		case report.LiveProblem == geography.LiveRefused:
			return health.LiveRefused
		default:
			state = health.LivePending
		}
	}
	return state
}

// severity orders verdicts: one console that finds a region Unhealthy outweighs the others, and one that does not know
// yet outweighs none.
var severity = map[geography.Verdict]int{geography.Unknown: 0, geography.Healthy: 1, geography.Unhealthy: 2}

// foldReports is one verdict per region over all reports, sorted by id; nil without reports.
func foldReports(reported map[types.UID]geography.Report) []geography.RegionReport {
	folded := map[string]geography.RegionReport{}
	for _, report := range reported {
		for _, region := range report.Regions {
			known, there := folded[region.ID]
			if !there || outweighs(region, known) {
				folded[region.ID] = region
			}
		}
	}
	return slices.SortedFunc(maps.Values(folded), func(a, b geography.RegionReport) int { return strings.Compare(a.ID, b.ID) })
}

// outweighs is a strict order, so that the fold does not depend on the order of the pods.
func outweighs(a, b geography.RegionReport) bool {
	return cmp.Or(severity[a.Verdict]-severity[b.Verdict], strings.Compare(b.Reason, a.Reason), int(b.Endpoint-a.Endpoint)) > 0
}
