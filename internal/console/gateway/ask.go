package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
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
	return c.gather(regions, path, query, gathering{settled: settled, patience: c.patienceWithOthers()})
}

// askOwners asks as askAll does, for what one region has: to a read that has it, a region that was late is not waited for again.
// What another has could only take the answer away.
func (c *call) askOwners(regions []int, path, query string, settled func(reply) bool) []reply {
	return c.gather(regions, path, query, gathering{settled: settled, patience: c.patienceWithOthers(), skipsLate: c.onlyReads()})
}

// A gathering is how long the replies of several regions are waited for.
type gathering struct {
	settled   func(reply) bool
	patience  time.Duration // with the others, once it is settled
	skipsLate bool          // waits for none that was late
}

func (c *call) gather(regions []int, path, query string, by gathering) []reply {
	ctx, cancel := context.WithCancel(c.r.Context())
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	replies, awaited := make([]reply, len(regions)), slices.Clone(regions)
	arrived := make(chan int, len(regions))
	for i, region := range regions {
		asking.Go(func() {
			replies[i] = c.ask(ctx, region, path, query)
			arrived <- i
		})
	}
	var enough <-chan time.Time
	settled, hurried := false, false
	for len(awaited) > 0 {
		select {
		case i := <-arrived:
			awaited = slices.DeleteFunc(awaited, func(region int) bool { return region == regions[i] })
			if hurried {
				if trouble := replies[i].trouble; trouble != nil && trouble.cause == proxy.ClientGone {
					trouble.cause = proxy.Timeout
				}
				continue
			}
			c.late.learn(replies[i])
			if !settled && by.settled(replies[i]) {
				timer := time.NewTimer(by.patience)
				defer timer.Stop()
				settled, enough = true, timer.C
			}
			if settled && by.skipsLate && c.late.areAll(awaited) {
				cancel()
				hurried, enough = true, nil
			}
		case <-enough:
			c.late.note(awaited)
			cancel()
			hurried, enough = true, nil
		}
	}
	return replies
}

// patienceWithOthers is how long the other regions are waited for. It is longer before something is changed: whoever is quick to
// claim an id shall not be sent what is meant for another.
func (c *call) patienceWithOthers() time.Duration {
	if c.onlyReads() {
		return c.patience
	}
	return 6 * c.patience
}

// onlyReads tells whether the request itself changes nothing.
func (c *call) onlyReads() bool {
	return c.asks || c.r.Method == http.MethodGet || c.r.Method == http.MethodHead
}

// never is for questions that every region has to answer.
func never(reply) bool { return false }

// askFirst puts the request's own question to one region after the other, and returns the first reply that is an answer: nil,
// and every trouble, when there is none. The next one is asked when one has none, or once the patience with it has ended; one
// that was late is asked last.
func (c *call) askFirst(regions []int, isAnswer func(reply) bool) (*reply, []*trouble) {
	ctx, cancel := context.WithCancel(c.r.Context())
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	arrived := make(chan reply, len(regions))
	regions = c.late.last(regions)
	asked := 0
	var awaited []int
	askNext := func() {
		if asked < len(regions) {
			region := regions[asked]
			awaited = append(awaited, region)
			asking.Go(func() { arrived <- c.askForObject(ctx, region) })
			asked++
		}
	}
	var troubles []*trouble
	patience := time.NewTimer(c.patience)
	defer patience.Stop()
	for askNext(); len(troubles) < len(regions); askNext() {
		patience.Reset(c.patience)
		select {
		case r := <-arrived:
			awaited = slices.DeleteFunc(awaited, func(region int) bool { return region == r.region })
			c.late.learn(r)
			if isAnswer(r) {
				return &r, troubles
			}
			troubles = append(troubles, r.trouble)
		case <-patience.C:
			c.late.note(awaited)
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
