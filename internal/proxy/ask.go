package proxy

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// The causes that only a question of the console's own has.
const (
	// AnswerTooLarge is an answer for which whoever asked had no room.
	AnswerTooLarge Cause = "AnswerTooLarge"
)

// Question is a GET that the console asks a region on behalf of a request that it has at hand.
type Question struct {
	// Path is escaped and begins with /api/, Query is as in a URL.
	Path, Query string
	// Header is that of the request at hand; what says who asks, and for what language, is taken along.
	Header http.Header
	// Room is asked before more bytes of the answer are held.
	Room func(bytes int) bool
}

// Answer is what a region said, whole and in memory.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// Problem is set when the answer is not the region's: the console refused the question, or the region did not answer.
	Problem *Problem
}

// questionHeaders are taken along with a question. A body and a condition on it are not: the answer is read here.
var questionHeaders = []string{"Accept", "Accept-Language", "Authorization", "User-Agent"}

var errNoRoom = errors.New("no room")

// Ask puts a question to the region. It goes the way of every request, so all rules of ServeHTTP hold for it too.
func (r *Region) Ask(ctx context.Context, q Question) (answer Answer) {
	taken := &capture{header: http.Header{}, room: q.Room}
	defer func() {
		raised := recover()
		if raised != nil && raised != http.ErrAbortHandler { //nolint:errorlint // it is raised bare
			panic(raised)
		}
		answer = taken.answer(r.id, raised != nil)
	}()
	escaped := Prefix(r.id) + q.Path
	decoded, err := url.PathUnescape(escaped)
	if err != nil {
		decoded = escaped // refused by its form, like any other
	}
	request := &http.Request{
		Method: http.MethodGet, URL: &url.URL{Path: decoded, RawPath: escaped, RawQuery: q.Query},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: keep(q.Header, questionHeaders), Body: http.NoBody,
	}
	// Under a server, and only there, ReverseProxy tells by a panic of an answer that broke off.
	r.ServeHTTP(taken, request.WithContext(context.WithValue(ctx, http.ServerContextKey, &http.Server{}))) //nolint:gosec // it serves nothing
	return answer
}

// capture is the http.ResponseWriter of a question.
type capture struct {
	header  http.Header
	status  int
	body    []byte
	room    func(int) bool
	full    bool
	problem *Problem
}

func (c *capture) Header() http.Header { return c.header }

func (c *capture) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
}

func (c *capture) Write(p []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	if !c.room(len(p)) {
		c.full = true
		return 0, errNoRoom
	}
	c.body = append(c.body, p...)
	return len(p), nil
}

func (c *capture) answer(region string, broke bool) Answer {
	failed := func(cause Cause) Answer {
		problem := failureProblem(region, &failure{cause: cause})
		return Answer{Status: problem.Status, Problem: &problem}
	}
	switch {
	case c.problem != nil:
		return Answer{Status: c.problem.Status, Problem: c.problem}
	case c.full:
		return failed(AnswerTooLarge)
	case c.status == statusClientGone:
		return failed(ClientGone)
	case broke:
		return failed(ConnectionFailed)
	case c.header.Get("Content-Encoding") != "":
		return failed(UnexpectedContent) // nobody asked for one
	default:
		return Answer{Status: c.status, Header: c.header, Body: c.body}
	}
}

// Made keeps the problem itself for whoever asked, beside what is written of it.
func (c *capture) Made(problem Problem) { c.problem = &problem }

// OfRegion and ByPattern are no news to who asks one region one question.
func (c *capture) OfRegion(string)  {}
func (c *capture) ByPattern(string) {}
