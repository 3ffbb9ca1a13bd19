// Package aws is a stand-in for Amazon Web Services: it tells who calls, as STS does, and refuses all else. rosa begins almost
// every command with that question.
package aws

import (
	"encoding/json"
	"encoding/xml"
	"net"
	"net/http"
	"strings"
	"time"
)

// A StandIn answers until Close.
type StandIn struct {
	URL    string
	caller Caller
	server *http.Server
}

// A Caller is who the credentials belong to.
type Caller struct {
	Account, ARN, UserID string
}

// Start answers on this machine.
func Start(caller Caller) (*StandIn, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &StandIn{URL: "http://" + listener.Addr().String(), caller: caller}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

// Close ends it.
func (s *StandIn) Close() error { return s.server.Close() }

// identity is the answer of STS to GetCallerIdentity.
type identity struct {
	XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	ARN     string   `xml:"GetCallerIdentityResult>Arn"`
	UserID  string   `xml:"GetCallerIdentityResult>UserId"`
	Account string   `xml:"GetCallerIdentityResult>Account"`
}

const denied, reason = "AccessDenied", "the stand-in for AWS knows GetCallerIdentity only"

// refusal is how most services that answer in XML refuse.
type refusal struct {
	XMLName xml.Name `xml:"ErrorResponse"`
	Code    string   `xml:"Error>Code"`
	Message string   `xml:"Error>Message"`
}

// ec2Refusal is how EC2 does.
type ec2Refusal struct {
	XMLName xml.Name `xml:"Response"`
	Code    string   `xml:"Errors>Error>Code"`
	Message string   `xml:"Errors>Error>Message"`
}

// ec2Version is what EC2's requests say of themselves.
const ec2Version = "2016-11-15"

// ServeHTTP answers every service at one address, each as its clients read it.
func (s *StandIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-amz-json"):
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": denied, "message": reason})
	case r.FormValue("Action") == "GetCallerIdentity":
		s.write(w, http.StatusOK, identity{ARN: s.caller.ARN, UserID: s.caller.UserID, Account: s.caller.Account})
	case r.FormValue("Version") == ec2Version:
		s.write(w, http.StatusForbidden, ec2Refusal{Code: denied, Message: reason})
	default:
		s.write(w, http.StatusForbidden, refusal{Code: denied, Message: reason})
	}
}

func (*StandIn) write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	// An error means that the client went away.
	_ = xml.NewEncoder(w).Encode(value)
}
