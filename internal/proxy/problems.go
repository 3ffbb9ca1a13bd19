package proxy

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/google/uuid"
)

// Problem is an answer that the console makes itself, in the shape of an OCM error.
type Problem struct {
	// Status is the HTTP status, 400 to 599.
	Status int
	// Reason is one sentence or two for the user: what is wrong, and the cure.
	Reason string
	// Region and Cause are told as details; both may be empty.
	Region string
	Cause  Cause
	// RetryAfter is after how many seconds to try again; 0 says nothing.
	RetryAfter int
	// Others are further regions that the problem is about.
	Others []Detail
}

// Detail is what a problem says of one region.
type Detail struct {
	Region string `json:"region,omitempty"`
	Cause  Cause  `json:"cause,omitempty"`
}

// problemBody is the wire form. OCM clients need id to be a JSON string.
type problemBody struct {
	Kind        string   `json:"kind"`
	ID          string   `json:"id"`
	HREF        string   `json:"href"`
	Code        string   `json:"code"`
	Reason      string   `json:"reason"`
	OperationID string   `json:"operation_id"`
	Details     []Detail `json:"details,omitempty"`
}

// Write answers with the problem and returns its operation id, a fresh UUID by which a user's report is found in the log.
func (p Problem) Write(w http.ResponseWriter) string {
	id := strconv.Itoa(p.Status)
	body := problemBody{
		Kind: "Error", ID: id, HREF: "/api/geo/v1/errors/" + id, Code: "GEOCONSOLE-" + id,
		Reason: p.Reason, OperationID: uuid.NewString(),
	}
	if p.Region != "" || p.Cause != "" {
		body.Details = append([]Detail{{Region: p.Region, Cause: p.Cause}}, p.Others...)
	}
	WitnessOf(w).Made(p)
	MarkAsData(w.Header())
	w.Header().Set("Content-Type", "application/json")
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	w.WriteHeader(p.Status)
	// The headers are out: a write that fails means that nobody is listening any more.
	_ = json.NewEncoder(w).Encode(body)
	return body.OperationID
}

const (
	bodyTooLarge = "The request's body is longer than the console passes on; send less at once."
	bodyTooSlow  = "The request's body came too slowly to go on waiting for it; try again over a better line."
)

// statusOf is the HTTP status by which a failed request is answered. OCM clients retry a GET that got a 5xx.
func statusOf(cause Cause) int {
	switch cause {
	case Timeout, ConnectTimeout:
		return http.StatusGatewayTimeout
	case BodyTooLarge:
		return http.StatusRequestEntityTooLarge
	case BodyTooSlow:
		return http.StatusRequestTimeout
	default:
		return http.StatusBadGateway
	}
}

// sentences tell the user what a cause means and what cures it.
var sentences = map[Cause]string{
	NameNotFound:       "its name is not in DNS; check the endpoint in the GeoConsole and the DNS of the geography's cluster",
	ConnectionRefused:  "nothing listens at its endpoint; ask whoever runs it, and check the endpoint's port",
	ConnectTimeout:     "its endpoint does not take connections; check it and the network policy between it and the console",
	TLSFailed:          "the TLS handshake with its endpoint failed; check that the endpoint speaks TLS 1.2 or later",
	CertificateInvalid: "its certificate is not valid for its name, has expired, or is signed by an unknown authority; renew it, or set its caBundle",
	Timeout:            "it did not answer in time; try again, and ask whoever runs it if it lasts",
	UnexpectedStatus:   "it gave an answer that is no API answer; ask whoever runs it",
	UnexpectedContent:  "it answered with something else than JSON or plain text; ask whoever runs it",
	DestinationRefused: "its name leads to an address that no endpoint may have (loopback, link-local, metadata or the like); check the endpoint and DNS",
	ConnectionFailed:   "the connection to it broke; try again, and ask whoever runs it if it lasts",
	AnswerTooLarge:     "its answer is longer than the console holds; ask for less at once",
	ClientGone:         "the request was given up before it answered; try again",
}

// Accounts is the id of what answers accounts_mgmt for the whole geography. No region can have it.
const Accounts = "accounts_mgmt"

// subjectOf begins a sentence about a region, or about the accounts service.
func subjectOf(region string) string {
	if region == Accounts {
		return "The accounts service (spec.accounts)"
	}
	return "Region " + region
}

// othersThan ends a sentence about a region with what goes on without it.
func othersThan(region string) string {
	if region == Accounts {
		return ""
	}
	return "; other regions are not affected"
}

// failureProblem is what the user reads when a request to a region failed.
func failureProblem(region string, f *failure) Problem {
	p := Problem{Status: statusOf(f.cause), Region: region, Cause: f.cause}
	switch f.cause {
	case BodyTooLarge:
		p.Reason = bodyTooLarge
	case BodyTooSlow:
		p.Reason = bodyTooSlow
	case LeavesGeography:
		p.Reason = fmt.Sprintf("%s redirects to host %q, which is not one of its endpoints, so the request was not followed; "+
			"ask whoever runs it to serve this path itself.", subjectOf(region), f.host)
	default:
		p.Reason = fmt.Sprintf("%s did not answer: %s.", subjectOf(region), sentences[f.cause])
	}
	return p
}

// unhealthyProblem is what the user reads at once while a region's verdict is Unhealthy.
func unhealthyProblem(region string, reason Cause) Problem {
	return Problem{
		Status: http.StatusServiceUnavailable, Region: region, Cause: reason,
		Reason: fmt.Sprintf("%s is unhealthy by the console's own probes: %s. It is used again as soon as they succeed%s.",
			subjectOf(region), probeSentence(reason), othersThan(region)),
	}
}

// fullProblem is what the user reads at once while no slot is free. OCM clients send a request again that got a 503, writes
// too; this one was sent nowhere.
func fullProblem(region string, cause Cause) Problem {
	p := Problem{Status: http.StatusServiceUnavailable, Region: region, Cause: cause, RetryAfter: 1}
	switch cause {
	case ShareUsed:
		p.Reason = fmt.Sprintf("%s has as many requests of yours open as one user may have; wait until some are answered, or ask for less at once.", subjectOf(region))
	default:
		p.Reason = fmt.Sprintf("%s has as many requests open as it may have; try again in a moment%s.", subjectOf(region), othersThan(region))
	}
	return p
}

func probeSentence(reason Cause) string {
	if reason == LeavesGeography {
		return "it redirects to a host that is not one of its endpoints; ask whoever runs it"
	}
	return sentences[reason]
}
