package remote

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

const (
	// roundInterval is how old a pod's report may become before the pod is asked, and discordInterval that while the
	// pods disagree or one could not be read.
	roundInterval   = 5 * time.Minute
	discordInterval = 15 * time.Second
	// leastPause and mostPause bound the time between two long requests: a pod that answers at once, for ever, must
	// not keep the hub busy, whether or not it has news. A request that lasted longer than mostPause was not early.
	leastPause = time.Second
	mostPause  = 30 * time.Second
)

// follower asks the pods of one instance.
type follower struct {
	*reports
	instance string
	// changed tells that the pods may have changed.
	changed chan struct{}
	// asked is when each pod was last asked or heard.
	asked map[types.UID]time.Time

	// long takes the end of the long request; abandon ends it, and is nil while there is none.
	long    chan ending
	abandon context.CancelFunc
	target  corev1.Pod
	// notBefore is when the next long request may begin, pause the time that an early or failed one adds.
	notBefore time.Time
	pause     time.Duration
}

// ending is how a long request ended.
type ending struct {
	report geography.Report
	err    error
	took   time.Duration
}

func newFollower(r *reports, instance string, changed chan struct{}) *follower {
	return &follower{
		reports: r, instance: instance, changed: changed,
		asked: map[types.UID]time.Time{}, long: make(chan ending, 1), pause: leastPause,
	}
}

// run asks until the instance has no ready pod, or the session ends.
func (f *follower) run(session context.Context) {
	ctx, cancel := context.WithCancel(session)
	defer cancel()
	for {
		ready := f.ready(f.instance)
		f.forgetAllBut(ready)
		if len(ready) == 0 {
			if f.leave(f.instance) {
				return
			}
			continue
		}
		f.askDue(ctx, ready)
		f.keepLong(ctx, ready)
		timer := time.NewTimer(f.untilNext(ready))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-f.changed:
		case end := <-f.long:
			f.ended(end, ready)
		case <-timer.C:
		}
		timer.Stop()
	}
}

// forgetAllBut drops what pods said that are not ready any more.
func (f *follower) forgetAllBut(ready []corev1.Pod) {
	for uid := range f.asked {
		if !slices.ContainsFunc(ready, func(p corev1.Pod) bool { return p.UID == uid }) {
			delete(f.asked, uid)
			f.forget(uid)
		}
	}
}

// askDue asks the pods whose report is missing or old, side by side: one that is silent delays no other.
func (f *follower) askDue(ctx context.Context, ready []corev1.Pod) {
	interval := f.interval(ready)
	var asking sync.WaitGroup
	for _, pod := range ready {
		if time.Since(f.asked[pod.UID]) < interval || (f.abandon != nil && pod.UID == f.target.UID) {
			continue
		}
		f.asked[pod.UID] = time.Now()
		asking.Go(func() {
			if report, err := f.ask(ctx, pod, 0); err == nil {
				f.keep(pod.UID, report)
			}
		})
	}
	asking.Wait()
}

// interval is how old a report may become.
func (f *follower) interval(ready []corev1.Pod) time.Duration {
	first, _ := f.last(ready[0].UID)
	for _, pod := range ready {
		report, heard := f.last(pod.UID)
		if !heard || !agree(report, first) {
			return discordInterval
		}
	}
	return roundInterval
}

// keepLong begins the long request where there is none, and ends one whose pod is no longer ready.
func (f *follower) keepLong(ctx context.Context, ready []corev1.Pod) {
	if f.abandon != nil {
		if !slices.ContainsFunc(ready, func(p corev1.Pod) bool { return p.UID == f.target.UID }) {
			f.abandon()
		}
		return
	}
	if time.Now().Before(f.notBefore) {
		return
	}
	f.target = after(ready, f.target.Name)
	ctx, f.abandon = context.WithCancel(ctx)
	pod, began := f.target, time.Now()
	go func() {
		report, err := f.ask(ctx, pod, reportWait)
		f.long <- ending{report, err, time.Since(began)}
	}()
}

// ended takes the answer of the long request. One that failed, or came early, delays the next.
func (f *follower) ended(end ending, ready []corev1.Pod) {
	f.abandon()
	f.abandon = nil
	now := time.Now()
	f.asked[f.target.UID] = now
	if end.err == nil && f.keep(f.target.UID, end.report) {
		for _, pod := range ready { // the others have probably seen the same
			if pod.UID != f.target.UID {
				delete(f.asked, pod.UID)
			}
		}
	}
	if end.err == nil && end.took > mostPause {
		f.pause = leastPause
	} else {
		f.pause = min(2*f.pause, mostPause)
	}
	f.notBefore = now.Add(jittered(f.pause))
}

// untilNext is the time until something is due again.
func (f *follower) untilNext(ready []corev1.Pod) time.Duration {
	interval := f.interval(ready)
	next := time.Now().Add(interval)
	for _, pod := range ready {
		if f.abandon != nil && pod.UID == f.target.UID {
			continue
		}
		if due := f.asked[pod.UID].Add(interval); due.Before(next) {
			next = due
		}
	}
	if f.abandon == nil && f.notBefore.Before(next) {
		next = f.notBefore
	}
	return max(time.Until(next), 0)
}

// after is the pod that follows a name, in turn.
func after(ready []corev1.Pod, name string) corev1.Pod {
	for _, pod := range ready {
		if strings.Compare(pod.Name, name) > 0 {
			return pod
		}
	}
	return ready[0]
}
