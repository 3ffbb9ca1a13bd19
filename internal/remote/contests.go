package remote

import (
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/resourceversion"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

const (
	// maxTakings of one field by one manager within contestWindow: the last of them is not answered any more, for whoever
	// takes a field three times within ten minutes is no person who tries something.
	maxTakings    = 3
	contestWindow = 10 * time.Minute
	// quiet is for how long a contested field has to stay as it was applied before it counts as ours again.
	quiet = 20 * time.Second
)

// contests remembers who takes our fields away, so that two controllers do not write against each other for ever. It
// outlives a lost connection. After a restart of the operator it begins anew, at two writes a field.
type contests struct {
	mu sync.Mutex
	// applied is what each object was last seen to have: only what was so before can have been taken.
	applied map[reference]held
	fields  map[reference]map[taking]*contest
}

// held is a revision, and the resourceVersion at which the object had it.
type held struct{ revision, resourceVersion string }

// precedes tells whether a live object is older: the watch lags behind our own last write.
func (h held) precedes(live *unstructured.Unstructured) bool {
	order, err := resourceversion.CompareResourceVersion(live.GetResourceVersion(), h.resourceVersion)
	return err == nil && order < 0
}

// contest is about one field of one object, with one manager.
type contest struct {
	takings []time.Time
	// open is set from a taking until the object was applied again: seeing it twice is no second taking.
	open bool
	// stopped is set when the field is left alone, and tried when it was last applied all the same.
	stopped bool
	tried   time.Time
}

func newContests() *contests {
	return &contests{applied: map[reference]held{}, fields: map[reference]map[taking]*contest{}}
}

// yield tells which taking forbids to apply an object now; nil when none does. While a contest is stopped, one attempt
// each contestWindow finds out whether the other has given up.
func (c *contests) yield(live *unstructured.Unstructured, revision string, found []taking, now time.Time) *taking {
	object := referenceTo(live)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch before := c.applied[object]; {
	case before.revision != revision: // something else is wanted than was: nobody has taken that yet
		delete(c.fields, object)
		return nil
	case before.precedes(live):
		return nil
	}
	if c.fields[object] == nil {
		c.fields[object] = map[taking]*contest{}
	}
	for _, t := range found {
		if c.fields[object][t] == nil {
			c.fields[object][t] = &contest{}
		}
		if !c.fields[object][t].allows(now) {
			return &t
		}
	}
	return nil
}

// allows counts a taking and tells whether it is answered by another apply.
func (c *contest) allows(now time.Time) bool {
	if c.stopped {
		if now.Sub(c.tried) < contestWindow {
			return false
		}
		c.tried = now
		return true
	}
	if c.open {
		return true
	}
	c.open = true
	c.takings = slices.DeleteFunc(c.takings, func(at time.Time) bool { return now.Sub(at) >= contestWindow })
	if c.takings = append(c.takings, now); len(c.takings) < maxTakings {
		return true
	}
	c.stopped, c.tried = true, now
	return false
}

// settled tells which contest about an object that is as wanted is not over yet: it was applied just now, and whether it
// stays nobody knows. Nil when there is none.
func (c *contests) settled(object reference, now time.Time) *taking {
	c.mu.Lock()
	defer c.mu.Unlock()
	for t, contest := range c.fields[object] {
		if contest.stopped && now.Sub(contest.tried) < quiet {
			return &t
		}
		if contest.stopped || contest.isOver(now) {
			delete(c.fields[object], t)
		}
	}
	return nil
}

// isOver tells whether nothing was taken for long.
func (c *contest) isOver(now time.Time) bool {
	return !slices.ContainsFunc(c.takings, func(at time.Time) bool { return now.Sub(at) < contestWindow })
}

// hold keeps the revision that an object has.
func (c *contests) hold(live *unstructured.Unstructured, revision string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	object := referenceTo(live)
	c.applied[object] = held{revision, live.GetResourceVersion()}
	for _, contest := range c.fields[object] {
		contest.open = false
	}
}

// forget drops an object that is no longer wanted.
func (c *contests) forget(object reference) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.applied, object)
	delete(c.fields, object)
}

// contested is the refusal that a taking makes.
func contested(object reference, t taking) error {
	return &Refusal{Reason: v1alpha1.ReasonFieldContested, Object: object.String(), Field: t.field}
}
