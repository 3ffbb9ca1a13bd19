package proxy

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// maxHostBytes is the longest DNS name; a host named in an answer is cut there.
const maxHostBytes = 253

// isRedirect reports whether a client would follow the answer somewhere else.
func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	default:
		return false
	}
}

// staysAtEndpoint returns where a redirect points if that is an API path of the same endpoint. Another host is a failure
// LeavesGeography that names it: a client that followed would carry its bearer there.
func staysAtEndpoint(response *http.Response, endpoint *url.URL) (*url.URL, *failure) {
	target, err := response.Location()
	if err != nil {
		return nil, &failure{cause: UnexpectedStatus}
	}
	if target.Scheme != endpoint.Scheme || authority(target) != authority(endpoint) || target.User != nil {
		host := target.Hostname()
		return nil, &failure{cause: LeavesGeography, host: host[:min(len(host), maxHostBytes)]}
	}
	if !APIPath(target.EscapedPath()) {
		return nil, &failure{cause: UnexpectedStatus}
	}
	return target, nil
}

// authority is the host and port of an https URL, with the port written out.
func authority(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
