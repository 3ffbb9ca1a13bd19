package console

import (
	"fmt"
	"net/http"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/console/gateway"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// retryAfter is when a client may ask again for what is in maintenance, in seconds. A change takes about a minute to
// reach a pod.
const retryAfter = 60

// unlessHeld keeps requests from next while the live config keeps users out of the region, or of the whole geography when
// region is empty. A navigation is left to next, which refuses it.
func (c *Console) unlessHeld(region string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		standing, _ := c.live.now()
		if held := standing.holds(c.config.Geography, region); held != nil && !proxy.IsNavigation(r.Header) {
			held.Write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// holds tells what keeps requests from a region, or from all of the geography's API when region is empty. Nil when they
// may pass.
func (s liveStanding) holds(geography, region string) *proxy.Problem {
	held := func(cause proxy.Cause, seconds int, what, message string) *proxy.Problem {
		if message == "" {
			message = "Try again later; other regions are not affected."
		}
		return &proxy.Problem{
			Status: http.StatusServiceUnavailable, Region: region, Cause: cause, Reason: what + " " + message, RetryAfter: seconds,
		}
	}
	switch state := s.regions[region]; {
	case !s.loaded:
		return held(proxy.NotReady, retryAfter, "This console does not know yet which regions may be used.", "Try again in a minute.")
	case s.maintenance != nil:
		return held(proxy.GeographyMaintenance, retryAfter, fmt.Sprintf("Geography %s is under maintenance.", geography), s.maintenance.Message)
	case state.State == v1alpha1.RegionMaintenance:
		return held(proxy.RegionMaintenance, retryAfter, fmt.Sprintf("Region %s is under maintenance.", region), state.Message)
	case state.State == v1alpha1.RegionDrained:
		return held(proxy.RegionDrained, 0, fmt.Sprintf("Region %s is taken out of service.", region), state.Message)
	default:
		return nil
	}
}

// stateOf tells the geography's API how a region may be used now, and the message that belongs to it.
func (c *Console) stateOf(region string) (gateway.State, string) {
	standing, _ := c.live.now()
	live := standing.regions[region]
	return gateway.State(live.State), live.Message
}
