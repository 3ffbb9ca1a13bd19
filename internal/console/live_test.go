package console

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// mount is a ConfigMap as a kubelet mounts it: the file is a link through ..data, which is swapped as a whole.
type mount struct {
	folder string
	count  int
}

// newMount mounts a live config.
func newMount(t *testing.T, l geography.Live) *mount {
	t.Helper()
	m := &mount{folder: t.TempDir()}
	if err := os.Symlink("..data/live.json", m.file()); err != nil {
		t.Fatal(err)
	}
	m.put(t, l)
	return m
}

func (m *mount) file() string { return filepath.Join(m.folder, "live.json") }

func (m *mount) put(t *testing.T, l geography.Live) {
	t.Helper()
	l.Format = geography.LiveFormat
	content, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	m.swap(t, content)
}

// swap does what the kubelet's atomic writer does.
func (m *mount) swap(t *testing.T, content []byte) {
	t.Helper()
	m.count++
	version := "..version-" + strings.Repeat("i", m.count)
	if err := os.Mkdir(filepath.Join(m.folder, version), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(m.folder, version, "live.json"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	next := filepath.Join(m.folder, "..data_tmp")
	if err := os.Symlink(version, next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(m.folder, "..data")); err != nil {
		t.Fatal(err)
	}
}

// regionsIn are the three regions, some in other states than Active.
func regionsIn(states map[string]v1alpha1.RegionState, message string) geography.Live {
	var l geography.Live
	for _, id := range []string{"aws.eu-west-1", "aws.eu-central-1", "aws.eu-west-3"} {
		region := geography.LiveRegion{ID: id, State: v1alpha1.RegionActive}
		if state := states[id]; state != "" {
			region.State, region.Message = state, message
		}
		l.Regions = append(l.Regions, region)
	}
	return l
}

func mounted(t *testing.T, l geography.Live, handlers map[string]http.Handler) (*plan, *Console, *mount) {
	t.Helper()
	p, m := threeRegions(handlers), newMount(t, l)
	p.live = m.file()
	return p, p.build(t), m
}

func standingOf(c *Console) liveStanding {
	standing, _ := c.live.now()
	return standing
}

func TestLiveConfigIsTakenOverWhenItChanges(t *testing.T) {
	_, c, m := mounted(t, regionsIn(nil, ""), nil)
	before := standingOf(c)
	if !before.loaded || before.problem != "" || before.regions["aws.eu-west-1"].State != v1alpha1.RegionActive {
		t.Fatalf("%+v", before)
	}
	_, changed := c.live.now()
	c.live.look()
	select {
	case <-changed:
		t.Error("the same file is a change")
	default:
	}
	m.put(t, regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-1": v1alpha1.RegionDrained}, "Moved."))
	c.live.look()
	<-changed
	after := standingOf(c)
	if after.digest == before.digest || after.regions["aws.eu-west-1"].State != v1alpha1.RegionDrained || after.regions["aws.eu-west-1"].Message != "Moved." {
		t.Errorf("%+v", after)
	}
}

// What does not check out is said, and changes nothing of what is served by.
func TestProperty6_TheLastGoodLiveConfigStays(t *testing.T) {
	drained := regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-1": v1alpha1.RegionDrained}, "Moved.")
	reached := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the drained region was asked") })
	p, c, m := mounted(t, drained, map[string]http.Handler{"aws.eu-west-1": reached})
	c.ready.Store(true)
	good := standingOf(c)
	for name, test := range map[string]struct {
		spoil   func()
		problem geography.LiveProblem
	}{
		"no JSON":              {func() { m.swap(t, []byte("mark")) }, geography.LiveRefused},
		"empty":                {func() { m.swap(t, nil) }, geography.LiveRefused},
		"another format":       {func() { m.swap(t, []byte(`{"format":2,"regions":[{"id":"mark","state":"Active"}]}`)) }, geography.LiveRefused},
		"an unknown state":     {func() { m.swap(t, []byte(`{"format":1,"regions":[{"id":"mark","state":"mark"}]}`)) }, geography.LiveRefused},
		"longer than anything": {func() { m.swap(t, []byte(strings.Repeat(" ", maxLiveBytes+1))) }, geography.LiveRefused},
		"gone":                 {func() { _ = os.Remove(filepath.Join(m.folder, "..data")) }, geography.LiveMissing},
	} {
		test.spoil()
		c.live.look()
		got := standingOf(c)
		if got.problem != test.problem || got.digest != good.digest || got.regions["aws.eu-west-1"].State != v1alpha1.RegionDrained {
			t.Errorf("%s: %+v", name, got)
		}
		if response, text := get(t, c.Public(), "/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters"); response.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s", name, response.StatusCode, text)
		}
		if response, _ := get(t, c.Internal(), "/readyz"); response.StatusCode != http.StatusOK {
			t.Errorf("%s: the pod is not ready any more", name)
		}
		report, err := geography.DecodeReport([]byte(body(get(t, c.Internal(), "/status"))))
		if err != nil || report.Live != good.digest || report.LiveProblem != test.problem {
			t.Errorf("%s: reported %+v, %v", name, report, err)
		}
		if metrics := body(get(t, c.Internal(), "/metrics")); !strings.Contains(metrics, `geoconsole_live_config_problem{problem="`+string(test.problem)+`"} 1`) ||
			!strings.Contains(metrics, `geoconsole_region_state{region="aws.eu-west-1",state="Drained"} 1`) {
			t.Errorf("%s: metrics %s", name, metrics)
		}
		if log := p.log.String(); !strings.Contains(log, `"problem":"`+string(test.problem)+`"`) || strings.Contains(log, "mark") {
			t.Errorf("%s: log %s", name, log)
		}
		m.put(t, drained)
		c.live.look()
		if healed := standingOf(c); healed.problem != "" || healed.digest != good.digest {
			t.Errorf("after %s: %+v", name, healed)
		}
	}
}

// A pod that has never had a good live config does not know which regions are drained: it is not ready, and asks none.
func TestProperty6_WithoutALiveConfigNothingIsServed(t *testing.T) {
	reached := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a region was asked") })
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": reached})
	folder := t.TempDir()
	p.live = filepath.Join(folder, "live.json")
	c := p.build(t)
	c.ready.Store(true)
	if response, text := get(t, c.Internal(), "/readyz"); response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "Missing") {
		t.Errorf("/readyz: %d %s", response.StatusCode, text)
	}
	if response, text := get(t, c.Public(), "/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters"); response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, `"cause":"NotReady"`) {
		t.Errorf("a region: %d %s", response.StatusCode, text)
	}
	if response, _ := get(t, c.Public(), "/api/geo/v1/health"); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("health: %d", response.StatusCode)
	}
	report, err := geography.DecodeReport([]byte(body(get(t, c.Internal(), "/status"))))
	if err != nil || report.Live != "" || report.LiveProblem != geography.LiveMissing {
		t.Errorf("reported %+v, %v", report, err)
	}

	l := regionsIn(nil, "")
	l.Format = geography.LiveFormat
	content, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.live, content, 0o600); err != nil {
		t.Fatal(err)
	}
	c.live.look()
	if response, _ := get(t, c.Internal(), "/readyz"); response.StatusCode != http.StatusOK {
		t.Errorf("/readyz with a live config: %d", response.StatusCode)
	}
}

// A region that left the spec keeps its state in the pods that still know it, and one that they do not know is no trouble.
func TestLiveConfigOfOtherRegions(t *testing.T) {
	_, c, m := mounted(t, regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-1": v1alpha1.RegionDrained}, "Moved."), nil)
	m.put(t, geography.Live{Regions: []geography.LiveRegion{
		{ID: "aws.eu-north-1", State: v1alpha1.RegionMaintenance}, {ID: "aws.eu-west-3", State: v1alpha1.RegionMaintenance},
	}})
	c.live.look()
	got := standingOf(c)
	for id, want := range map[string]v1alpha1.RegionState{
		"aws.eu-west-1": v1alpha1.RegionDrained, "aws.eu-central-1": v1alpha1.RegionActive, "aws.eu-west-3": v1alpha1.RegionMaintenance,
	} {
		if state := got.regions[id].State; state != want {
			t.Errorf("%s is %s, want %s", id, state, want)
		}
	}
	if len(got.regions) != 3 {
		t.Errorf("%+v", got.regions)
	}
}

// The running console notices a change by itself, tells the operator's long poll of it, and nothing restarts.
func TestServeFollowsTheLiveConfig(t *testing.T) {
	_, c, m := mounted(t, regionsIn(nil, ""), nil)
	public, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	internal, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Serve(ctx, public, internal) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	awaitVerdicts(t, c, "Healthy", "Healthy", "Healthy")
	before, _, _ := c.report()
	polled := poll(t, c.Internal(), "?wait=20s&after="+before.Digest)
	_, changed := c.live.now()
	m.put(t, regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-3": v1alpha1.RegionMaintenance}, "Until noon."))
	select {
	case <-changed:
	case <-time.After(20 * time.Second):
		t.Fatal("the change was not noticed")
	}
	after := readReport(t, polled)
	if after.Live == before.Live || after.Live != standingOf(c).digest || after.Digest == before.Digest {
		t.Errorf("reported %+v after %+v", after, before)
	}
}
