package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// missingHeader names the regions that an answer lacks, each with the cause: aws.eu-west-3;cause=Timeout.
const missingHeader = "X-Geoconsole-Missing-Regions"

// The causes of what only the geography's API refuses.
const (
	claimedTwice   proxy.Cause = "ClaimedTwice"
	claimsAnother  proxy.Cause = "ClaimsAnotherRegion"
	listTooLong    proxy.Cause = "ListTooLong"
	itemTooLarge   proxy.Cause = "ItemTooLarge"
	regionRefuses  proxy.Cause = "RegionRefuses"
	notOffered     proxy.Cause = "CloudRegionNotOffered"
	offeredTwice   proxy.Cause = "CloudRegionOfferedTwice"
	bodyRefused    proxy.Cause = "BodyRefused"
	tooManyAtOnce  proxy.Cause = "Busy"
	noRegionActive proxy.Cause = "NoRegionActive"
)

// A trouble is why a region's part of an answer is not there.
type trouble struct {
	region int
	// cause is why the region is silent; empty when it answered.
	cause proxy.Cause
	// refusal is an answer of a 4xx status: the region's, or the console's when it did not even ask.
	refusal *proxy.Answer
	// tooMany is how many rows there are, when that is more than one answer may hold.
	tooMany int
}

// troubleOf is nil for a region that answered with a 200: every question is a GET for a list or an object.
func troubleOf(region int, answer proxy.Answer) *trouble {
	status := answer.Status
	switch {
	case answer.Problem != nil && (status >= 500 || status == http.StatusTooManyRequests || status == statusClientGone):
		return &trouble{region: region, cause: answer.Problem.Cause}
	case status == http.StatusOK:
		return nil
	case status < 400 || status >= 500 || status == http.StatusTooManyRequests:
		return &trouble{region: region, cause: proxy.UnexpectedStatus}
	default:
		return &trouble{region: region, refusal: &answer}
	}
}

// statusClientGone is how a region's handler ends when the one who asked went away.
const statusClientGone = 499

// notFound tells whether the region answered that it has no such thing.
func (t *trouble) notFound() bool {
	return t != nil && t.refusal != nil && t.refusal.Status == http.StatusNotFound
}

func isSilent(t *trouble) bool { return t.refusal == nil }

// silentOf are the troubles of regions that did not answer.
func silentOf(troubles []*trouble) []*trouble {
	var silent []*trouble
	for _, t := range troubles {
		if t != nil && isSilent(t) {
			silent = append(silent, t)
		}
	}
	return silent
}

// What cannot be told without a region, and the cure.
const (
	listNotWhole = "the list would not be whole. Try again, or add partial=true for what the other regions have"
	ownerUnknown = "it is not known which region has this. Try again, or ask the region that you know to have it at /regions/{id}/api/..."
	cloudUnknown = "it is not known which region makes clusters there. Try again, or send the cluster to a region that you name at /regions/{id}/api/..."
	nobodyTells  = "there is nobody to tell. Try again"
)

// failWith answers a request that some regions' troubles make impossible. answered is how many regions had none. what
// says what cannot be told without them, and the cure.
func (c *call) failWith(troubles []*trouble, answered int, what string) {
	slices.SortFunc(troubles, func(a, b *trouble) int { return a.region - b.region })
	if answered == 0 && countNotFound(troubles) < len(troubles) {
		// That some have nothing is no answer: another may have it, and what that one says counts.
		troubles = slices.DeleteFunc(slices.Clone(troubles), (*trouble).notFound)
	}
	silent := silentOf(troubles)
	switch {
	case slices.ContainsFunc(troubles, func(t *trouble) bool { return t.tooMany > 0 }):
		c.failTooMany(troubles)
	case slices.ContainsFunc(silent, func(t *trouble) bool { return t.cause == proxy.AnswerTooLarge }):
		c.failTooLarge(silent)
	case len(silent) == len(troubles), len(silent) > 0 && answered > 0:
		c.failSilent(silent, what)
	case answered == 0:
		// All that spoke refuse, and the first tells why: a token that has run out, a search that does not parse.
		c.relayRefusal(troubles)
	default:
		c.failRefused(troubles)
	}
}

func (c *call) relayRefusal(troubles []*trouble) {
	for _, t := range troubles {
		if t.refusal != nil {
			c.relay(*t.refusal)
			return
		}
	}
}

func (c *call) failSilent(silent []*trouble, what string) {
	c.w.Header().Set("Retry-After", "5")
	c.about(silent, proxy.Problem{
		Status: http.StatusServiceUnavailable,
		Reason: fmt.Sprintf("Without a usable answer of %s, %s.", c.named(silent), what),
	}).Write(c.w)
}

func (c *call) failRefused(troubles []*trouble) {
	c.about(troubles, proxy.Problem{
		Status: http.StatusBadGateway, Cause: regionRefuses,
		Reason: fmt.Sprintf("Not all regions gave their part: %s. Ask that region at /regions/{id}/api/... for its reason, or the others with partial=true.", c.named(troubles)),
	}).Write(c.w)
}

func (c *call) failTooMany(troubles []*trouble) {
	total := 0
	for _, t := range troubles {
		total = max(total, t.tooMany)
	}
	c.fail(http.StatusBadRequest, listTooLong, fmt.Sprintf("Parameter 'size' is -1, and there are %d items; one answer has at most %d. "+
		"Ask for pages with page and size, or for fewer with search.", total, maxDepth))
}

func (c *call) failBusy() {
	proxy.Problem{
		Status: http.StatusServiceUnavailable, Cause: tooManyAtOnce, RetryAfter: 5,
		Reason: "The console holds as many answers as it can at this moment; try again.",
	}.Write(c.w)
}

func (c *call) failTooLarge(silent []*trouble) {
	if c.share.busy.Load() {
		c.failBusy()
		return
	}
	c.about(silent, proxy.Problem{
		Status: http.StatusBadRequest,
		Reason: fmt.Sprintf("The answer is longer than the %d MiB of all regions, or %d MiB of one, that the console holds for one request. Ask for less at once with page and size.",
			maxCallBytes>>20, maxAnswerBytes>>20),
	}).Write(c.w)
}

// failClaims answers when two regions, or the wrong one, say that something is theirs.
func (c *call) failClaims(cause proxy.Cause, regions []int) {
	var claims []*trouble
	for _, region := range regions {
		claims = append(claims, &trouble{region: region, cause: cause})
	}
	reason := "Two regions claim the same object: %s. Nothing was sent to either; ask whoever runs them, and name one at /regions/{id}/api/... until then."
	if cause == claimsAnother {
		reason = "An object says that it belongs to another region than the one that gave it: %s. Ask whoever runs that region."
	}
	c.about(claims, proxy.Problem{Status: http.StatusBadGateway, Reason: fmt.Sprintf(reason, c.named(claims))}).Write(c.w)
}

// retryAfterMaintenance is when to ask again for what is in maintenance, in seconds: as /regions/{id} says.
const retryAfterMaintenance = 60

// stateProblem answers for a region that takes no requests now.
func (c *call) stateProblem(region int, state State, message string) proxy.Problem {
	id := c.settings.Regions[region].ID
	reason := fmt.Sprintf("Region %s is in state %s and takes no requests; try again later.", id, state)
	if message != "" {
		reason += " " + message
	}
	problem := proxy.Problem{
		Status: http.StatusServiceUnavailable, Reason: reason, Region: id, Cause: proxy.RegionMaintenance, RetryAfter: retryAfterMaintenance,
	}
	if state == Drained {
		problem.Cause, problem.RetryAfter = proxy.RegionDrained, 0 // nobody says that it will be back
	}
	return problem
}

// about adds the regions to a problem.
func (c *call) about(troubles []*trouble, problem proxy.Problem) proxy.Problem {
	for _, t := range troubles {
		detail := proxy.Detail{Region: c.settings.Regions[t.region].ID, Cause: c.causeOf(t)}
		if problem.Region == "" {
			problem.Region, problem.Cause = detail.Region, detail.Cause
		} else {
			problem.Others = append(problem.Others, detail)
		}
	}
	return problem
}

func (c *call) causeOf(t *trouble) proxy.Cause {
	if t.refusal != nil {
		return regionRefuses
	}
	return t.cause
}

// named lists regions with their causes, for a sentence.
func (c *call) named(troubles []*trouble) string {
	var names []string
	for _, t := range troubles {
		if t.refusal != nil {
			names = append(names, fmt.Sprintf("region %s (answered %d)", c.settings.Regions[t.region].ID, t.refusal.Status))
			continue
		}
		names = append(names, fmt.Sprintf("region %s (%s)", c.settings.Regions[t.region].ID, t.cause))
	}
	return strings.Join(names, ", ")
}

// announce names in a header the regions that the answer lacks.
func (c *call) announce(missing []*trouble) {
	var values []string
	for _, t := range missing {
		values = append(values, c.settings.Regions[t.region].ID+";cause="+string(c.causeOf(t)))
	}
	if len(values) > 0 {
		slices.Sort(values)
		c.w.Header().Set(missingHeader, strings.Join(values, ", "))
	}
}
