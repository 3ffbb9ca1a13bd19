package attacks

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// An answer is what the console said to one request.
type answer struct {
	status  int
	header  http.Header
	trailer http.Header
	body    string
	closes  bool   // the console closes the connection after it
	cut     bool   // the connection ended before the body did
	words   string // in place of all that, where an attack is more than one request
}

// String is the status, and the cause that the console names.
func (a answer) String() string {
	if a.words != "" {
		return a.words
	}
	text := strconv.Itoa(a.status)
	var problem struct {
		Details []struct{ Cause string }
	}
	if json.Unmarshal([]byte(a.body), &problem) == nil && len(problem.Details) > 0 && a.status >= 400 {
		text += " " + problem.Details[0].Cause
	}
	if a.cut {
		text += ", cut off"
	}
	return text
}

// told is what a connection was answered in all.
func told(answers []answer) string {
	if len(answers) == 0 {
		return "the connection is closed"
	}
	var all []string
	for _, a := range answers {
		all = append(all, a.String())
	}
	return strings.Join(all, ", then ")
}

var repeated = regexp.MustCompile(`«([^»]*)\*(\d+)»`)

// expand replaces signs that a table cannot show, and «x*40000» by 40,000 times x.
func expand(text string) string {
	text = strings.NewReplacer("{CR}", "\r", "{LF}", "\x0a", "{NUL}", "\x00", "{TAB}", "\t", "{VT}", "\v").Replace(text)
	return repeated.ReplaceAllStringFunc(text, func(match string) string {
		parts := repeated.FindStringSubmatch(match)
		times, _ := strconv.Atoi(parts[2])
		return strings.Repeat(parts[1], times)
	})
}

// wire is a message as it is sent: its lines end in CR LF, and its length is added where it has a body and names none.
func wire(message string) string {
	head, body, hasBody := strings.Cut(message, "\n\n")
	lines := strings.Split(head, "\n")
	body = expand(strings.ReplaceAll(body, "\n", "\r\n"))
	if hasBody && !named(lines, "content-length") && !named(lines, "transfer-encoding") {
		lines = append(lines, "Content-Length: "+strconv.Itoa(len(body)))
	}
	for i, line := range lines {
		lines[i] = expand(line)
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

// named tells whether one of the lines after the first is of a header.
func named(lines []string, header string) bool {
	for _, line := range lines[1:] {
		name, _, _ := strings.Cut(line, ":")
		if strings.EqualFold(strings.Trim(name, " -"), header) {
			return true
		}
	}
	return false
}

// asUser completes a request with what a client sends: the version, the host, a good token, and the end of the connection. A
// line "-Host" or "-Authorization" leaves that out.
func (s *scene) asUser(message string) string {
	head, body, hasBody := strings.Cut(message, "\n\n")
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	if !strings.Contains(lines[0], " HTTP/") && strings.Contains(lines[0], " ") {
		lines[0] += " HTTP/1.1"
	}
	for _, header := range []string{"Host: " + hostname, "Authorization: Bearer {token}", "Connection: close"} {
		name, _, _ := strings.Cut(header, ":")
		if !named(lines, name) {
			lines = append(lines, header)
		}
	}
	kept := lines[:0]
	for _, line := range lines {
		if !strings.HasPrefix(line, "-") {
			kept = append(kept, line)
		}
	}
	message = strings.Join(kept, "\n")
	if hasBody {
		message += "\n\n" + body
	}
	return s.fill(message)
}

// fill puts in what only a run knows: tokens, and the id of a cluster.
func (s *scene) fill(message string) string {
	for name, value := range s.tokens {
		message = strings.ReplaceAll(message, "{"+name+"}", value)
	}
	return message
}

// send sends bytes on a connection of their own and reads all that is answered until the console closes it.
func (s *scene) send(t *testing.T, bytes string) []answer {
	t.Helper()
	connection := s.dial(t)
	defer func() { _ = connection.Close() }()
	go func() { _, _ = io.WriteString(connection, bytes) }() // the console may answer, and close, before it has all
	return readAnswers(t, connection, bytes)
}

func (s *scene) dial(t *testing.T) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", s.public)
	if err != nil {
		t.Fatal(err)
	}
	_ = connection.SetDeadline(time.Now().Add(time.Minute))
	return connection
}

// readAnswers reads until the console closes the connection. A method decides whether its answer has a body.
func readAnswers(t *testing.T, connection net.Conn, sent string) (all []answer) {
	t.Helper()
	method, _, _ := strings.Cut(sent, " ")
	for from := bufio.NewReader(connection); ; method = http.MethodGet {
		response, err := http.ReadResponse(from, &http.Request{Method: method})
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("the console neither answers nor closes the connection")
		}
		if err != nil {
			return all
		}
		body, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
		}
		_ = response.Body.Close()
		all = append(all, answer{
			status: response.StatusCode, header: response.Header, trailer: response.Trailer, body: string(body), closes: response.Close, cut: err != nil,
		})
	}
}

// shown is a message for the table, on one line.
func shown(message string) string {
	message = strings.TrimRight(message, "\n")
	message = strings.ReplaceAll(message, "\n\n", " ⏎⏎ ")
	message = strings.ReplaceAll(message, "\n", " ⏎ ")
	quoted := strconv.QuoteToGraphic(message)
	quoted = strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
	return "`" + strings.ReplaceAll(strings.ReplaceAll(quoted, `\\`, `\`), "|", `\|`) + "`"
}

// allowedHeaders are all that the console says beside the body, on every path.
var allowedHeaders = map[string]bool{
	"Cache-Control": true, "Connection": true, "Content-Encoding": true, "Content-Length": true, "Content-Security-Policy": true,
	"Content-Type": true, "Cross-Origin-Opener-Policy": true, "Cross-Origin-Resource-Policy": true, "Date": true,
	"Referrer-Policy": true, "Retry-After": true, "Vary": true, "X-Content-Type-Options": true, "X-Operation-Id": true,
	"Allow": true, "Location": true, "Www-Authenticate": true, "X-Geoconsole-Missing-Regions": true,
}

// checkAnswer wants what holds for every answer to every attack.
func checkAnswer(t *testing.T, a answer) {
	t.Helper()
	for name := range a.header {
		if !allowedHeaders[name] {
			t.Errorf("the answer has the header %s: %s", name, a.header.Get(name))
		}
	}
	if len(a.trailer) > 0 || len(a.header.Values("Trailer")) > 0 {
		t.Errorf("the answer has trailers: %v", a.trailer)
	}
	if a.status < 200 {
		t.Errorf("an informational answer came through: %d", a.status)
	}
	// What net/http refuses by itself is a plain text or none, closes the connection, and holds nothing of the request.
	text := a.header.Get("Content-Type")
	byItself := a.closes && (text == "" || strings.HasPrefix(text, "text/plain")) && len(a.body) < 100 && a.status >= 400
	if csp := a.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") && !byItself {
		t.Errorf("the answer has the policy %q", csp)
	}
	if location := a.header.Get("Location"); location != "" && !strings.HasPrefix(location, "/regions/"+evil+"/api/") {
		t.Errorf("the answer leads to %s", location)
	}
	if strings.Contains(a.body, mark) {
		t.Errorf("the answer repeats what was sent: %s", fmt.Sprintf("%.200s", a.body))
	}
}
