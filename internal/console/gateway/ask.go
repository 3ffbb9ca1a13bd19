package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// A reply is what one region answered, or why not.
type reply struct {
	region  int
	answer  proxy.Answer
	trouble *trouble // nil when the region answered with a 2xx
}

// active are the regions that are asked. out are those that are not: the troubles that a list has with them.
func (c *call) active() (asked []int, maintained, drained []*trouble) {
	for i, region := range c.settings.Regions {
		switch state, _ := c.settings.States(region.ID); state {
		case Maintenance:
			maintained = append(maintained, &trouble{region: i, cause: proxy.RegionMaintenance})
		case Drained:
			drained = append(drained, &trouble{region: i, cause: proxy.RegionDrained})
		default:
			asked = append(asked, i)
		}
	}
	return asked, maintained, drained
}

// ask puts one question to one region, which has a bounded time to answer.
func (c *call) ask(ctx context.Context, region int, path, query string) reply {
	ctx, cancel := context.WithTimeout(ctx, c.longest)
	defer cancel()
	began := c.settings.Now()
	answer := c.settings.Regions[region].Upstream.Ask(ctx, proxy.Question{
		Path: path, Query: query, Header: c.r.Header, Room: c.share.room(region),
	})
	question := Asked{Region: c.settings.Regions[region].ID, Status: answer.Status, Took: c.settings.Now().Sub(began)}
	if answer.Problem != nil {
		question.Cause = answer.Problem.Cause
	}
	c.settings.Asked(question)
	return reply{region: region, answer: answer, trouble: troubleOf(region, answer)}
}

// relayOf passes on the whole answer of one region, as that one's.
func (c *call) relayOf(r reply) {
	proxy.WitnessOf(c.w).OfRegion(c.settings.Regions[r.region].ID)
	c.relay(r.answer)
}

// askAll puts one question to several regions at the same time, and returns their replies in the same order. Once settled
// holds for one of them, the others have but the patience to answer: a region that hangs delays nobody's.
func (c *call) askAll(regions []int, path, query string, settled func(reply) bool) []reply {
	ctx, cancel := context.WithCancel(c.r.Context())
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	replies := make([]reply, len(regions))
	arrived := make(chan int, len(regions))
	for i, region := range regions {
		asking.Go(func() {
			replies[i] = c.ask(ctx, region, path, query)
			arrived <- i
		})
	}
	var enough <-chan time.Time
	hurried := false
	for waited := 0; waited < len(regions); {
		select {
		case i := <-arrived:
			waited++
			if late := replies[i].trouble; late != nil && hurried && late.cause == proxy.ClientGone {
				late.cause = proxy.Timeout
			}
			if enough == nil && !hurried && settled(replies[i]) {
				timer := time.NewTimer(c.patienceWithOthers())
				defer timer.Stop()
				enough = timer.C
			}
		case <-enough:
			cancel()
			hurried, enough = true, nil
		}
	}
	return replies
}

// patienceWithOthers is how long the other regions are waited for. It is longer before something is changed: whoever is quick to
// claim an id shall not be sent what is meant for another.
func (c *call) patienceWithOthers() time.Duration {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		return c.patience
	}
	return 6 * c.patience
}

// never is for questions that every region has to answer.
func never(reply) bool { return false }

// askFirst puts the request's own question to one region after the other, and returns the first reply that is an answer: nil,
// and every trouble, when there is none. The next one is asked when one has none, or once the patience with it has ended.
func (c *call) askFirst(regions []int, isAnswer func(reply) bool) (*reply, []*trouble) {
	ctx, cancel := context.WithCancel(c.r.Context())
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	arrived := make(chan reply, len(regions))
	asked := 0
	askNext := func() {
		if asked < len(regions) {
			region := regions[asked]
			asking.Go(func() { arrived <- c.askForObject(ctx, region) })
			asked++
		}
	}
	var troubles []*trouble
	late := time.NewTimer(c.patience)
	defer late.Stop()
	for askNext(); len(troubles) < len(regions); askNext() {
		late.Reset(c.patience)
		select {
		case r := <-arrived:
			if isAnswer(r) {
				return &r, troubles
			}
			troubles = append(troubles, r.trouble)
		case <-late.C:
		}
	}
	return nil, troubles
}

// askForObject puts the request's own question to one region. What is passed on as it came has to be an object at least.
func (c *call) askForObject(ctx context.Context, region int) reply {
	r := c.ask(ctx, region, c.r.URL.EscapedPath(), c.query.Encode())
	if r.trouble == nil && !isObject(r.answer.Body) {
		r.trouble = &trouble{region: region, cause: proxy.UnexpectedContent}
	}
	return r
}

func isObject(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) && json.Valid(body)
}

// relay passes one region's whole answer on.
func (c *call) relay(answer proxy.Answer) {
	if answer.Problem != nil {
		problem := *answer.Problem
		if problem.Status < http.StatusInternalServerError {
			problem.Region = "" // the console refused it before that region was asked
		}
		problem.Write(c.w)
		return
	}
	h := c.w.Header()
	for name, values := range answer.Header {
		h[name] = values
	}
	proxy.MarkAsData(h)
	c.w.WriteHeader(answer.Status)
	// The headers are out: a write that fails means that nobody is listening any more.
	_, _ = c.w.Write(answer.Body)
}

// dispatch sends the request as it is, body and all, to one region and to no other.
func (c *call) dispatch(w http.ResponseWriter, region int) {
	to := c.settings.Regions[region]
	if state, message := c.settings.States(to.ID); state != Active {
		c.stateProblem(region, state, message).Write(w)
		return
	}
	r := c.r.WithContext(c.r.Context())
	target := *c.r.URL
	target.Path = proxy.Prefix(to.ID) + c.r.URL.Path
	if c.r.URL.RawPath != "" {
		target.RawPath = proxy.Prefix(to.ID) + c.r.URL.RawPath
	}
	target.RawQuery = c.passedQuery()
	r.URL = &target
	to.Upstream.ServeHTTP(w, r)
}

// passedQuery is the query as it came, unless it holds what is ours.
func (c *call) passedQuery() string {
	if c.partial || c.r.URL.Query().Has("partial") {
		return c.query.Encode()
	}
	return c.r.URL.RawQuery
}
