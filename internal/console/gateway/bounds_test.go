package gateway

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// membersOf is an object of about so many bytes, of as many members as fit in.
func membersOf(bytes int) string {
	var object strings.Builder
	object.WriteString(`{"id":"many"`)
	for i := 0; object.Len() < bytes-1; i++ {
		fmt.Fprintf(&object, `,"%x":0`, i)
	}
	return object.String() + "}"
}

// One object of an answer that is not too long may have a million members, each of which costs many times its length where an
// object is read by its members: to sort it, or to say which region's quota it is.
func TestProperty2_ItemsAreSmall(t *testing.T) {
	g := &call{Gateway: &Gateway{settings: Settings{Regions: []Region{{ID: west}}}}}
	bomb := []byte(`{"kind":"ClusterList","total":1,"items":[` + membersOf(maxAnswerBytes-100) + `]}`)
	for name, read := range map[string]func() string{
		"a list":    func() string { _, cause := readChunk(bomb, 0, 100, byName); return string(cause) },
		"the quota": func() string { r := reply{}; r.answer.Body = bomb; _, cause := g.quotaOf(r); return string(cause) },
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		cause := read()
		runtime.ReadMemStats(&after)
		if cause != string(itemTooLarge) {
			t.Errorf("%s: %q", name, cause)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 8*maxAnswerBytes {
			t.Errorf("%s of %d MiB took %d MiB", name, maxAnswerBytes>>20, grown>>20)
		}
	}
	atBound := []byte(`{"total":1,"items":[{"id":"x","x":"` + strings.Repeat("x", largestItem-len(`{"id":"x","x":""}`)) + `"}]}`)
	if out, cause := readChunk(atBound, 0, 100, byName); cause != "" || len(out.rows) != 1 {
		t.Errorf("an item at the bound: %q", cause)
	}
	if _, cause := readChunk([]byte(strings.Replace(string(atBound), `"x":"`, `"x":"x`, 1)), 0, 100, byName); cause != itemTooLarge {
		t.Errorf("an item beyond the bound: %q", cause)
	}
}

// The user is told which region gave an item that is too large, and gets the rest in part.
func TestAnItemThatIsTooLarge(t *testing.T) {
	g, scripts := scripted(t, nil)
	scripts[1].answers["GET "+clustersAPI+"/clusters"] = `{"total":1,"items":[` + membersOf(largestItem+100) + `]}`
	got := g.get(clustersAPI + "/clusters?order=name")
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "region "+central+" (ItemTooLarge)") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := g.get(clustersAPI + "/clusters?order=name&partial=true"); got.list(t).ids() != "own-0 own-2" || got.header.Get(missingHeader) != central+";cause=ItemTooLarge" {
		t.Errorf("in part: missing %q: %s", got.header.Get(missingHeader), got.body)
	}
}

// How deep an answer may be nested is bounded where it is read; what is deeper is no list.
func TestDeepAnswers(t *testing.T) {
	nested := func(levels int) []byte {
		return []byte(`{"total":1,"items":[{"id":"x","x":` + strings.Repeat("[", levels) + strings.Repeat("]", levels) + `}]}`)
	}
	if _, cause := readChunk(nested(9_000), 0, 1, byName); cause != "" {
		t.Errorf("9,000 levels: %q", cause)
	}
	if _, cause := readChunk(nested(200_000), 0, 1, byName); cause != "UnexpectedContent" {
		t.Errorf("200,000 levels: %q", cause)
	}
	deep := json.RawMessage(strings.Repeat(`{"a":`, 9_000) + "1" + strings.Repeat("}", 9_000))
	if value := valueAt(deep, strings.Repeat("a.", maxNames-1)+"a"); value != nil {
		t.Errorf("%v", value)
	}
}

// A client that stalls in a body that is read here is told so, and nothing has gone to a region.
func TestAStalledBodyIsEnded(t *testing.T) {
	g, scripts := scripted(t, func(s *Settings) {
		s.Now = func() time.Time { return time.Now().Add(300*time.Millisecond - bodyWithin) } // it has stalled for nearly as long as it may
	})
	for _, target := range []string{clustersAPI + "/clusters", clustersAPI + "/clusters?method=get"} {
		connection, err := net.Dial("tcp", g.server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = connection.Close() }()
		_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"+`{"region":{"id":"eu-west-1"}`, target)
		answer := bufio.NewReader(connection)
		response, err := http.ReadResponse(answer, nil)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusRequestTimeout || !strings.Contains(string(body), `"cause":"BodyTooSlow"`) {
			t.Errorf("%s: %d %s", target, response.StatusCode, body)
		}
		if rest, err := io.ReadAll(answer); err != nil || len(rest) > 0 {
			t.Errorf("%s: the connection stays: %q %v", target, rest, err)
		}
	}
	for i, s := range scripts {
		if asked := s.requests(); len(asked) > 0 {
			t.Errorf("region %d was asked %v", i, asked)
		}
	}
}

// An entry is an object, answered by a 200: nothing else that a region says counts as having it.
func TestOnlyAnObjectIsAnEntry(t *testing.T) {
	for _, path := range []string{clustersAPI + "/versions/v", accountsAPI + "/accounts/a", accountsAPI + "/current_account"} {
		for _, no := range []string{"204 ", `201 {"id":"v"}`, "202 {}", "[]", "null", `"v"`, `{"id":"v"`, `{"id":"v"} {}`} {
			g, scripts := scripted(t, nil)
			scripts[0].answers["GET "+path], scripts[1].answers["GET "+path] = no, `{"id":"right"}`
			if got := g.get(path); got.status != http.StatusOK || got.body != `{"id":"right"}` {
				t.Errorf("%s: after %q: %d %s", path, no, got.status, got.body)
			}
		}
	}
}

// What one region has is asked of no other, and what the first has not of one more at a time.
func TestProperty10_AnEntryIsAskedOfAsFewAsItTakes(t *testing.T) {
	path := accountsAPI + "/accounts/a"
	for owner := range threeIDs {
		g, scripts := scripted(t, nil)
		g.gateway.patience = 20 * time.Second
		scripts[owner].answers["GET "+path] = `{"id":"a"}`
		if got := g.get(path); got.status != http.StatusOK {
			t.Errorf("%d %s", got.status, got.body)
		}
		for i, s := range scripts {
			if asked := len(s.requests()); asked != rank(i <= owner) {
				t.Errorf("region %d has it: region %d was asked %d times", owner, i, asked)
			}
		}
	}
}
