package proxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// methods are those of the OCM API.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// crossSite tells what a page of another origin would change.
var crossSite http.CrossOriginProtection

// Refuse returns why a request goes to no region at all, by whatever path it came, or nil.
func Refuse(request *http.Request) *Problem {
	switch {
	case IsNavigation(request.Header):
		problem := NavigationProblem()
		return &problem
	case !slices.Contains(methods, request.Method):
		return &Problem{Status: http.StatusMethodNotAllowed, Cause: MethodRefused, Reason: "The method is not one of " + strings.Join(methods, ", ") + "."}
	case crossSite.Check(request) != nil:
		return &Problem{Status: http.StatusForbidden, Cause: CrossOriginRefused, Reason: "A page of another origin may not change anything here: use the console's own."}
	default:
		return nil
	}
}

// refuse returns why a request does not go to the region, or nil. It looks at the request alone.
func (r *Region) refuse(request *http.Request) *Problem {
	if problem := Refuse(request); problem != nil {
		if problem.Cause != NavigationRefused {
			problem.Region = r.id
		}
		return problem
	}
	refusal := func(status int, cause Cause, reason string) *Problem {
		return &Problem{Status: status, Reason: reason, Region: r.id, Cause: cause}
	}
	switch {
	case !APIPath(r.apiPath(request)):
		return refusal(http.StatusBadRequest, PathRefused, "The path must be "+r.prefix()+"/api/<service>/... in its plain form, "+
			"and the service one that regions serve to users, such as clusters_mgmt.")
	case !isWholeQuery(request.URL.RawQuery):
		return refusal(http.StatusBadRequest, QueryRefused, "The query cannot be read as a whole: write a semicolon as %3B and a percent sign as %25.")
	case !authorizationAllowed(request.Header):
		problem := AuthorizationProblem()
		return refusal(problem.Status, problem.Cause, problem.Reason)
	case request.ContentLength > r.limits.Body:
		return refusal(http.StatusRequestEntityTooLarge, BodyTooLarge, bodyTooLarge)
	default:
		return nil
	}
}

// AuthorizationProblem is the answer to credentials that go to no region.
func AuthorizationProblem() Problem {
	return Problem{
		Status: http.StatusBadRequest, Cause: AuthorizationRefused,
		Reason: "At most one Authorization header is taken, and it must be Bearer with an access token: refresh tokens, AccessToken and " +
			"Basic are not passed on.",
	}
}

// isWholeQuery reports whether ReverseProxy would pass the query on as it came. It leaves out what it cannot parse, and
// with it a filter or a choice of the user's.
func isWholeQuery(raw string) bool {
	_, err := url.ParseQuery(raw)
	return err == nil
}

// NavigationProblem is the answer to a browser that would open data as a document.
func NavigationProblem() Problem {
	return Problem{
		Status: http.StatusForbidden, Cause: NavigationRefused,
		Reason: "This is an API, not a page: open the console at / of its own host instead.",
	}
}
