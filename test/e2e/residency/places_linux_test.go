package residency

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// wheres are the places where something was found, by what it was found as.
func wheres(search *Searcher) map[string]string {
	found := map[string]string{}
	for _, hit := range search.Hits() {
		found[hit.Where] = strings.TrimSpace(found[hit.Where] + " " + string(hit.Kind) + ":" + hit.Encoding)
	}
	return found
}

func TestTree(t *testing.T) {
	dir, text := t.TempDir(), plainly.Text
	for name, content := range map[string]string{
		"log/audit.log": "{" + text, "log/pods/a/0.log": text, "state/x.gz": zipped(text), "clean": "nothing", "issuer/dex.log": text,
		"named-" + text: "", "state/second": text,
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		os.Symlink("/elsewhere/"+text, filepath.Join(dir, "link")), os.Mkdir(filepath.Join(dir, "folder-"+text), 0o700),
		os.Link(filepath.Join(dir, "state/second"), filepath.Join(dir, "state/third")), syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	search := searcher(t, plainly)
	err := search.Tree(Tree{Root: dir, Shown: "/", Without: []string{"issuer"}, Kind: func(path string) Kind {
		if strings.HasPrefix(path, "log/pods/") {
			return PodLogs
		}
		return NodeFiles
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"/log/audit.log": "NodeFiles:Raw", "/log/pods/a/0.log": "PodLogs:Raw", "/state/x.gz": "NodeFiles:Gzip Raw", "/link": "NodeFiles:Raw",
		"/named-<ClusterName>": "NodeFiles:Name Raw", "/folder-<ClusterName>": "NodeFiles:Name Raw", "/state/second": "NodeFiles:Raw",
	}
	got := wheres(search)
	for where, as := range want {
		if got[where] != as {
			t.Errorf("%s: found %q, want %q", where, got[where], as)
		}
	}
	if len(got) != len(want) {
		t.Errorf("found %v, want %v", got, want)
	}
	if err := search.Tree(Tree{Root: filepath.Join(dir, "not-there"), Kind: Of(NodeFiles)}); err == nil {
		t.Error("a tree that is not there is searched")
	}
}

// child starts a program that reads its standard input for as long as the test runs.
func child(t *testing.T, environment ...string) Process {
	t.Helper()
	command := exec.Command("cat")
	command.Env = environment
	held, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = held.Close()
		_ = command.Wait()
	})
	return Process{ID: command.Process.Pid, Name: "cat"}
}

func TestMemory(t *testing.T) {
	kept, clean := child(t, "KEPT="+plainly.Text), child(t)
	search := searcher(t, plainly)
	for process, kind := range map[Process]Kind{kept: ConsoleMemory, clean: OperatorMemory} {
		if err := search.Memory(kind, process); err != nil {
			t.Fatal(err)
		}
	}
	report := search.Report(ConsoleMemory)
	if report.Allowed[ConsoleMemory][ClusterName] == 0 || len(report.Hits) != 0 {
		t.Errorf("found %+v", search.Hits())
	}
	if read := report.Read[OperatorMemory]; read.Places < 3 || read.Bytes < 1<<16 {
		t.Errorf("read %+v", read)
	}
	if err := search.Memory(OperatorMemory, Process{ID: 1 << 30, Name: "none"}); err == nil {
		t.Error("the memory of no process is searched")
	}
	below, err := Below(os.Getpid())
	if err != nil || !slices.ContainsFunc(below, func(p Process) bool { return p.ID == kept.ID }) {
		t.Errorf("below this process are %v, %v", below, err)
	}
}

func TestViewLeavesOutWhatTheMachineHas(t *testing.T) {
	process := child(t)
	search := searcher(t, plainly)
	if err := search.View(View{Process: process, Kind: Of(ContainerFiles)}); err != nil {
		t.Fatal(err)
	}
	if read := search.Report().Read; len(read) != 0 {
		t.Errorf("a process without file systems of its own: read %v", read)
	}
	if err := search.View(View{Process: Process{ID: 1 << 30, Name: "none"}, Kind: Of(ContainerFiles)}); err == nil {
		t.Error("no process is looked at")
	}
}

func TestViewFindsWhatAProcessAloneHas(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root mounts")
	}
	command := exec.Command("sh", "-c", `mount -t tmpfs tmpfs "$1" && mkdir "$1/below" && printf %s "$2" >"$1/below/file" && echo ready && exec cat`, "sh", t.TempDir(), plainly.Text)
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Unshareflags: syscall.CLONE_NEWNS}
	held, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Skipf("no mounts here: %v", err)
	}
	t.Cleanup(func() {
		_ = held.Close()
		_ = command.Wait()
	})
	if word := make([]byte, 6); true {
		if _, err := io.ReadFull(said, word); err != nil {
			t.Skipf("no mounts here: %v", err)
		}
	}
	search := searcher(t, plainly)
	if err := search.View(View{Process: Process{ID: command.Process.Pid, Name: "cat"}, Shown: "pod", Kind: Of(ContainerFiles)}); err != nil {
		t.Fatal(err)
	}
	hits := search.Hits()
	if len(hits) != 1 || hits[0].Kind != ContainerFiles || !strings.HasPrefix(hits[0].Where, "pod/") || !strings.HasSuffix(hits[0].Where, "/below/file") {
		t.Errorf("found %+v", hits)
	}
}

// keys answers as etcd does, three keys at a time.
func keys(t *testing.T, values map[string]string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Key []byte `json:"key"`
			End []byte `json:"range_end"`
		}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || string(asked.End) != "\x00" {
			t.Errorf("asked %+v %v", asked, err)
		}
		type pair struct {
			Key   []byte `json:"key"`
			Value []byte `json:"value"`
		}
		var found []pair
		more := false
		for key, value := range values {
			if key >= string(asked.Key) {
				found = append(found, pair{[]byte(key), []byte(value)})
			}
		}
		slices.SortFunc(found, func(a, b pair) int { return strings.Compare(string(a.Key), string(b.Key)) })
		if len(found) > 3 {
			found, more = found[:3], true
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"kvs": found, "more": more})
	}))
	t.Cleanup(server.Close)
	return server
}

func TestEtcd(t *testing.T) {
	server := keys(t, map[string]string{"/a": "", "/b": "x", "/c": "x", "/d": "x", "/e": "x", "/f": "k8s\x00 " + plainly.Text, "/g/" + plainly.Text: ""})
	search := searcher(t, plainly)
	etcd := Etcd{Name: "hub", URL: server.URL, Dial: func(ctx context.Context, address string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}}
	if err := search.Etcd(context.Background(), etcd); err != nil {
		t.Fatal(err)
	}
	got := wheres(search)
	if len(got) != 2 || got["hub/f"] != "EtcdValues:Raw" || got["hub/g/<ClusterName>"] != "EtcdValues:Name Raw" || search.Report().Read[EtcdValues].Places != 7 {
		t.Errorf("found %v of %v", got, search.Report().Read)
	}
	server.Close()
	if err := search.Etcd(context.Background(), etcd); err == nil {
		t.Error("an etcd that does not answer is searched")
	}
}

func TestTapCountsBothWays(t *testing.T) {
	matcher, err := New(strange, plainly, Mark{Category: Search, Text: Word()})
	if err != nil {
		t.Fatal(err)
	}
	tap := NewTap(matcher)
	server := httptest.NewServer(tap.Around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, inJSONText(strange.Text)+plainly.Text[:5])
		_, _ = io.WriteString(w, plainly.Text[5:])
	})))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/"+plainly.Text, strings.NewReader(plainly.Text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer a.b.c")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	counts := tap.Take()
	if counts[ClusterName] != 3 || counts[DisplayName] != 1 || counts[Token] != 1 || counts[Search] != 0 {
		t.Errorf("counted %v", counts)
	}
	if left := tap.Take(); len(left) != 0 || !slices.Equal(tap.Bearers(), []string{"a.b.c"}) {
		t.Errorf("left %v, tokens %v", left, tap.Bearers())
	}
}
