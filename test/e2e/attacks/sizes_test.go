package attacks

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

var sizes = []attack{
	{name: "a body beyond the bound, announced", sent: "POST /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nContent-Length: 2097152\n\n", want: "413 BodyTooLarge"},
	{name: "a body of 8 EiB, announced", sent: "POST /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nContent-Length: 9223372036854775807\n\n", want: "413 BodyTooLarge"},
	{name: "a body beyond the bound, in chunks", sent: "POST /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nTransfer-Encoding: chunked\n\n200000\n«x*2097152»\n0\n\n", want: "413 BodyTooLarge", seen: evil + " with the body"},
	{name: "a new cluster beyond the bound", sent: "POST /api/clusters_mgmt/v1/clusters\n\n{\"x\":\"«y*2097152»\"}", want: "413 BodyTooLarge"},
	{name: "parameters of a list beyond the bound", sent: "POST /api/clusters_mgmt/v1/clusters?method=get\n\n«y*1000000»", want: "413 BodyTooLarge"},
	{name: "a new cluster 100,000 deep", sent: "POST /api/clusters_mgmt/v1/clusters\n\n«[*100000»", want: "400 BodyRefused"},
	{name: "an endless answer", sent: "GET a list of the region; it sends without an end", do: endless(list), want: "200, cut off", seen: evil},
	{name: "an endless answer, in a list of the geography", sent: "GET a list of the geography; the region sends without an end", do: endless(lists), want: "400 AnswerTooLarge", seen: "every region"},
	{name: "no answer", sent: "GET a list of the region; it never answers", do: silence(list), want: "504 Timeout", seen: evil},
	{name: "no answer, in a list of the geography", sent: "GET a list of the geography; the region never answers", do: silence(lists), want: "503 Timeout", seen: "every region"},
	{name: "a header that never ends", sent: "a request whose header stops", do: stalled("GET / HTTP/1.1\r\nHost: x\r\nX: "), want: "the connection is closed"},
	{name: "a body that stops", sent: "a new cluster at one region, whose body stops", do: stalledBody("/regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters"), want: "408 BodyTooSlow", seen: evil + " with the body"},
	{name: "a body that stops, in the geography's API", sent: "a new cluster of the geography, whose body stops", do: stalledBody("/api/clusters_mgmt/v1/clusters"), want: "408 BodyTooSlow"},
	{name: "300 requests at once", sent: "300 times a list of one user, while the region answers none; then one of another user", do: flood, want: flooded(), seen: fmt.Sprintf("%s %d times", evil, slots/4+1)},
}

// endless is a request to a region that sends without an end.
func endless(message string) func(*testing.T, *scene) []answer {
	return func(t *testing.T, s *scene) []answer {
		s.hostile.answers(func(connection net.Conn, _ received) {
			_, err := io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"x\":\"")
			for some := strings.Repeat("y", 32<<10); err == nil; {
				_, err = io.WriteString(connection, some)
			}
		})
		got := s.send(t, wire(s.asUser(message)))
		for i := range got {
			got[i].body = got[i].body[:min(len(got[i].body), 2000)]
		}
		return got
	}
}

// silence is a request to a region that takes it and never answers.
func silence(message string) func(*testing.T, *scene) []answer {
	return func(t *testing.T, s *scene) []answer {
		done := make(chan struct{})
		s.hostile.answers(func(net.Conn, received) { <-done })
		defer close(done)
		return s.send(t, wire(s.asUser(message)))
	}
}

// stalled sends a part of a request and waits for what the console makes of it.
func stalled(part string) func(*testing.T, *scene) []answer {
	return func(t *testing.T, s *scene) []answer {
		connection := s.dial(t)
		defer func() { _ = connection.Close() }()
		if _, err := io.WriteString(connection, part); err != nil {
			t.Fatal(err)
		}
		return readAnswers(t, connection, part)
	}
}

func stalledBody(path string) func(*testing.T, *scene) []answer {
	return func(t *testing.T, s *scene) []answer {
		message := wire(s.asUser("POST " + path + "\nContent-Length: 1000\n\n{\"region\":"))
		return stalled(message)(t, s)
	}
}

// atOnce is how many requests one user sends at the same time.
const atOnce = 300

// flooded is what is answered in all: one user has a quarter of a region's slots.
func flooded() string {
	return fmt.Sprintf("%d times 200, %d times 503 ShareUsed, another user 200", slots/4, atOnce-slots/4)
}

// flood sends many requests of one user to a region that answers none before all others are refused.
func flood(t *testing.T, s *scene) []answer {
	release, reached := make(chan struct{}), make(chan struct{}, atOnce)
	letGo := sync.OnceFunc(func() { close(release) })
	defer letGo()
	other := "Bearer " + s.tokens["token of another user"]
	s.hostile.answers(func(connection net.Conn, request received) {
		if request.header.Get("Authorization") != other {
			reached <- struct{}{}
			<-release
		}
		anEmptyList(connection, request)
	})
	message := wire(s.asUser(list))
	said := make(chan string, atOnce)
	for range atOnce {
		go func() { said <- told(s.send(t, message)) }()
	}
	counts := map[string]int{}
	deadline := time.After(50 * time.Second)
	take := func(answers int) {
		for range answers {
			select {
			case text := <-said:
				counts[text]++
			case <-deadline:
				t.Error("not every request was answered")
				return
			}
		}
	}
	take(atOnce - slots/4)
	another := told(s.send(t, wire(s.asUser(list+"Authorization: "+other))))
	letGo()
	take(slots / 4)
	text := fmt.Sprintf("%d times 200, %d times 503 ShareUsed, another user %s", counts["200"], counts["503 ShareUsed"], another)
	return []answer{{words: text, status: http.StatusOK, header: http.Header{"Content-Security-Policy": {"default-src 'none'"}}}}
}

var ports = []attack{
	{name: "metrics", sent: "GET /metrics", want: "404"},
	{name: "the state for the operator", sent: "GET /status?wait=300s", want: "404"},
	{name: "readiness", sent: "GET /readyz", want: "404"},
	{name: "profiles", sent: "GET /debug/pprof/heap", want: "404"},
	{name: "a file of the server", sent: "GET /.git/config", want: "404"},
	{name: "the internal port, by a whole URL", sent: "GET http://127.0.0.1:8081/metrics\nHost: 127.0.0.1:8081", want: "404"},
	{name: "the internal port, as a page: it is the interface's", sent: "GET /metrics\nAccept: text/html", want: "200", check: func(t *testing.T, _ *scene, got []answer) {
		if strings.Contains(got[0].body, "geoconsole_") || !strings.Contains(got[0].body, "<html") {
			t.Errorf("%.200s", got[0].body)
		}
	}},
	{name: "what the page is told, without a login", sent: "GET /config.json\n-Authorization", want: "200", check: func(t *testing.T, _ *scene, got []answer) {
		if strings.Contains(got[0].body, "xcm.example.com") || strings.Contains(got[0].body, "BEGIN") {
			t.Errorf("it names an endpoint or a certificate: %s", got[0].body)
		}
	}},
	{name: "a region's API at the internal port", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters, at the internal port", do: atInternal("/regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters"), want: "404"},
}

func atInternal(path string) func(*testing.T, *scene) []answer {
	return func(t *testing.T, s *scene) []answer {
		got, err := s.fetch(t, "http://"+s.internal+path)
		if err != nil {
			t.Error(err)
		}
		return []answer{got}
	}
}
