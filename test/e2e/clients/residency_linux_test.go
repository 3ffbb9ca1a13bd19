package clients_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/geoconsole/geoconsole-operator/test/cluster"
	driver "github.com/geoconsole/geoconsole-operator/test/e2e/browser"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
	"github.com/geoconsole/geoconsole-operator/test/e2e/residency"
)

// remains is the search for what clients have left behind in a geography and on its hub.
type remains struct {
	*testing.T
	stage       *stage
	environment *environment.Environment
	marks       *marks
	results     []result // of command-line clients
	// stored is what the browser has for the console's host while it is there, profile the folder of what it has written.
	stored  []string
	profile string
}

// without is what is not searched.
var without = map[string]string{
	"files and memory of the issuer": "users and their tokens are its own: it is another product, which the customer runs",
	"memory of the geography's stand-in router": "it ends TLS in front of the console, so everything passes through it in clear; " +
		"it is the cluster's, as OpenShift's router is, and its files are searched",
	"the clients' own folders": "ocm and rosa keep their token where their user told them to",
	"the browser's memory":     "the page shows names and holds the tokens, for as long as it is open",
	"what a browser remembers of the issuer's form": "the address that the user types there, in the browser's files of logins, forms and tabs: " +
		"it is between the user and the issuer, which may forbid it by autocomplete",
	"the regions and their logs": "the clusters' data is theirs: they are simulators here, outside of both clusters",
}

// everywhere are the kinds of places where there must be something to search.
var everywhere = []residency.Kind{
	residency.NodeFiles, residency.ContainerFiles, residency.PodLogs, residency.AuditLogs, residency.EtcdFiles, residency.EtcdValues,
	residency.OperatorMemory, residency.ConsoleMemory, residency.NodeMemory, residency.BrowserProfile,
}

// search looks everywhere, and then again after a mark was planted into each kind of place: what was found nowhere before
// must be found in all of these.
func (r *remains) search() {
	r.Helper()
	page, drives := r.stage.visitAll(r.marks)
	r.leave(page)
	list := r.marks.complete()
	first := len(list)
	for range plants {
		list = append(list, residency.Mark{Category: residency.Planted, Text: residency.Word()})
	}
	matcher, err := residency.New(list...)
	if err != nil {
		r.Fatal(err)
	}
	found := r.lookEverywhere(matcher)
	report := found.Report(residency.ConsoleMemory)
	report.Without = without
	report.Hits = slices.DeleteFunc(report.Hits, func(hit residency.Hit) bool { return ofForm(hit, found.Hits()) })
	for _, result := range r.results {
		report.Drives = append(report.Drives, residency.Drive{Client: result.client, What: result.drive.about, Passed: result.passed})
	}
	report.Drives = append(report.Drives, drives...)
	r.judge(report)
	for i, plant := range plants {
		if err := plant.put(r, list[first+i].Text); err != nil {
			r.Fatalf("plant a mark, %s: %v", plant.about, err)
		}
	}
	again := r.lookEverywhere(matcher).Hits()
	for i, plant := range plants {
		if !slices.ContainsFunc(again, func(h residency.Hit) bool { return h.Of(first+i) && h.Kind == plant.kind }) {
			r.Errorf("the mark that was planted is not found: %s, in %s", plant.about, plant.kind)
			continue
		}
		report.Planted = append(report.Planted, plant.kind)
	}
	slices.Sort(report.Planted)
	report.Planted = slices.Compact(report.Planted)
	r.write(report)
}

// leave ends a browser, and keeps what it has.
func (r *remains) leave(page *driver.Page) {
	r.Helper()
	kept, err := page.Kept()
	if err != nil {
		r.Fatal(err)
	}
	if kept["databases"] > 0 || kept["caches"] > 0 {
		r.Errorf("the browser keeps %v: databases and caches are not searched", kept)
	}
	if r.stored, err = page.Stored(); err != nil {
		r.Fatal(err)
	}
	r.profile, err = page.Leave()
	r.Cleanup(func() { _ = os.RemoveAll(r.profile) })
	if err != nil {
		r.Fatal(err)
	}
}

// ofForm tells whether a hit is of what a browser remembers of the issuer's form: the user's address, or the user's name
// within it, as often as the address is there.
func ofForm(hit residency.Hit, all []residency.Hit) bool {
	remembers := func(file string) bool {
		return strings.HasPrefix(hit.Where, "/profile/Default/"+file)
	}
	if hit.Kind != residency.BrowserProfile || !slices.ContainsFunc([]string{"Login Data", "Web Data", "Sessions/"}, remembers) {
		return false
	}
	return hit.Category == residency.Login || hit.Category == residency.User && slices.ContainsFunc(all, func(address residency.Hit) bool {
		return address.Category == residency.Login && address.Place == hit.Place && address.Encoding == hit.Encoding && address.Count == hit.Count
	})
}

// judge wants marks to have passed with every drive, to be in the console's memory, and to be nowhere else.
func (r *remains) judge(report residency.Report) {
	for _, hit := range report.Hits {
		r.Errorf("a mark of category %s is left in %v, %d times, as %s at %d", hit.Category, hit.Place, hit.Count, hit.Encoding, hit.Offset)
	}
	for _, result := range r.results {
		asked := slices.ContainsFunc(result.requests, func(q request) bool { return q.host != loginHost })
		if asked && len(result.passed) == 0 {
			r.Errorf("no mark has passed through the console: %s", result.drive.about)
		}
	}
	for _, kind := range everywhere {
		read := report.Read[kind]
		r.Logf("%-14s %6d places, %5d MiB, %4d compressed streams", kind, read.Places, read.Bytes>>20, read.Streams)
		if read.Bytes == 0 {
			r.Errorf("nothing was searched in %s", kind)
		}
	}
	passing := report.Allowed[residency.ConsoleMemory]
	r.Logf("in the console's memory: %v", passing)
	for _, category := range []residency.Category{residency.ClusterName, residency.Token} {
		if passing[category] == 0 {
			r.Errorf("the console's memory holds no mark of category %s: then a search that finds none says nothing", category)
		}
	}
}

// write keeps the result for the evidence.
func (r *remains) write(report residency.Report) {
	folder := os.Getenv("E2E_ARTIFACTS")
	if folder == "" {
		return
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err == nil {
		err = os.MkdirAll(folder, 0o750)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "residency.json"), append(text, '\n'), 0o600)
	}
	if err != nil {
		r.Error(err)
	}
}

// lookEverywhere searches all that is a cluster's, the console's memory first: it forgets.
func (r *remains) lookEverywhere(matcher *residency.Matcher) *residency.Searcher {
	s := residency.NewSearcher(matcher)
	clusters := []*cluster.Cluster{r.environment.Hub, r.environment.Geography}
	for _, c := range clusters {
		if err := lookAtMemory(s, c, func(kind residency.Kind) bool { return kind == residency.ConsoleMemory }); err != nil {
			r.Fatal(err)
		}
	}
	var all errgroup.Group
	all.SetLimit(2)
	all.Go(func() error {
		return s.Tree(residency.Tree{Root: r.stage.path("environment"), Shown: "/", Without: []string{"issuer*"}, Kind: kindOfFile})
	})
	all.Go(func() error {
		return s.Tree(residency.Tree{Root: r.profile, Shown: "/", Kind: residency.Of(residency.BrowserProfile)})
	})
	for i, entry := range r.stored {
		if err := s.Bytes(residency.Place{Kind: residency.BrowserStorage, Where: fmt.Sprint("entry ", i)}, []byte(entry)); err != nil {
			r.Fatal(err)
		}
	}
	for _, c := range clusters {
		all.Go(func() error {
			return lookAtMemory(s, c, func(kind residency.Kind) bool { return kind != residency.ConsoleMemory })
		})
		all.Go(func() error { return lookAtViews(s, c) })
		all.Go(func() error {
			return s.Etcd(r.Context(), residency.Etcd{Name: c.Name(), URL: c.Etcd(), Dial: c.Dial})
		})
	}
	if err := all.Wait(); err != nil {
		r.Fatal(err)
	}
	return s
}

// kindOfFile tells what a file of the clusters' folders is, by its path: CLUSTER/log/..., CLUSTER/state/...
func kindOfFile(path string) residency.Kind {
	_, path, _ = strings.Cut(path, "/")
	for begin, kind := range map[string]residency.Kind{
		"log/pods/": residency.PodLogs, "log/audit": residency.AuditLogs, "state/etcd/": residency.EtcdFiles,
		"state/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/": residency.ContainerFiles, "state/kubelet/pods/": residency.ContainerFiles,
	} {
		if strings.HasPrefix(path, begin) {
			return kind
		}
	}
	return residency.NodeFiles
}

// lookAtMemory searches the memory of the processes of a cluster, of the wanted kinds.
func lookAtMemory(s *residency.Searcher, c *cluster.Cluster, wanted func(residency.Kind) bool) error {
	processes, err := residency.Below(c.Process())
	if err != nil {
		return err
	}
	for _, process := range processes {
		kind := residency.NodeMemory
		switch process.Name {
		case "operator":
			kind = residency.OperatorMemory
		case "console":
			kind = residency.ConsoleMemory
		case "router":
			continue // see without
		}
		if !wanted(kind) {
			continue
		}
		if err := s.Memory(kind, process); err != nil && residency.Runs(process) {
			return err
		}
	}
	return nil
}

// lookAtViews searches the file systems that the node and its containers have for themselves.
func lookAtViews(s *residency.Searcher, c *cluster.Cluster) error {
	processes, err := residency.Below(c.Process())
	if err != nil {
		return err
	}
	node := residency.Process{ID: c.Process(), Name: "node"}
	seen := map[string]bool{}
	for _, process := range append([]residency.Process{node}, processes...) {
		space, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", process.ID))
		if err != nil || seen[space] {
			continue // it has ended, or shares what was seen
		}
		seen[space] = true
		view := residency.View{Process: process, Shown: c.Name() + " " + process.Name, Kind: residency.Of(residency.ContainerFiles)}
		if process == node {
			view.Kind = kindOfMount
		}
		if err := s.View(view); err != nil && residency.Runs(process) {
			return err
		}
	}
	return nil
}

// kindOfMount tells what a node has mounted: for containers, or for itself.
func kindOfMount(point string) residency.Kind {
	if strings.HasPrefix(point, "/run/containerd/") || strings.Contains(point, "/kubelet/pods/") {
		return residency.ContainerFiles
	}
	return residency.NodeFiles
}
