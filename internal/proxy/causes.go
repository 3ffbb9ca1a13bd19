package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"syscall"
)

// Cause is why a region did not answer or why the console refused a request. The list is closed: a cause may stand in a
// log, a metric label, a report and an answer, where a library's error text may not (it can quote a query or a token).
type Cause string

// The causes that a probe may find. They are the reasons of a verdict too.
const (
	NotProbed          Cause = "NotProbed"
	NameNotFound       Cause = "NameNotFound"
	ConnectionRefused  Cause = "ConnectionRefused"
	ConnectTimeout     Cause = "ConnectTimeout"
	TLSFailed          Cause = "TLSFailed"
	CertificateInvalid Cause = "CertificateInvalid"
	Timeout            Cause = "Timeout"
	UnexpectedStatus   Cause = "UnexpectedStatus"
	LeavesGeography    Cause = "LeavesGeography"
	DestinationRefused Cause = "DestinationRefused"
	ConnectionFailed   Cause = "ConnectionFailed"
)

// The causes that only a request has, not a probe.
const (
	// UnexpectedContent is an answer that is neither JSON nor plain text.
	UnexpectedContent Cause = "UnexpectedContent"
	// ClientGone is a browser that went away before the region answered; it says nothing about the region.
	ClientGone Cause = "ClientGone"

	RegionNotFound       Cause = "RegionNotFound"
	PathRefused          Cause = "PathRefused"
	HostRefused          Cause = "HostRefused"
	QueryRefused         Cause = "QueryRefused"
	MethodRefused        Cause = "MethodRefused"
	NavigationRefused    Cause = "NavigationRefused"
	CrossOriginRefused   Cause = "CrossOriginRefused"
	AuthorizationRefused Cause = "AuthorizationRefused"
	BodyTooLarge         Cause = "BodyTooLarge"
	BodyTooSlow          Cause = "BodyTooSlow"

	// RegionFull is a region that has as many requests as it may have, ShareUsed a caller who has.
	RegionFull Cause = "RegionFull"
	ShareUsed  Cause = "ShareUsed"
)

// The causes that whoever runs the geography has decided, not found: a region, or all of it, is kept from users.
const (
	RegionMaintenance    Cause = "RegionMaintenance"
	RegionDrained        Cause = "RegionDrained"
	GeographyMaintenance Cause = "GeographyMaintenance"
	// NotReady is a console that has not loaded yet what is decided.
	NotReady Cause = "NotReady"
)

// ProbeReasons lists every reason that a verdict may carry, except the empty one of a healthy region.
func ProbeReasons() []Cause {
	return []Cause{
		NotProbed, NameNotFound, ConnectionRefused, ConnectTimeout, TLSFailed, CertificateInvalid,
		Timeout, UnexpectedStatus, LeavesGeography, DestinationRefused, ConnectionFailed,
	}
}

// failure is an error that carries a cause and nothing of the error that led to it.
type failure struct {
	cause Cause
	// at is how far the request got, endpoint the host that it was sent to; both only of a request to a region.
	at       phase
	endpoint string
	// host is where a refused redirect pointed, only with LeavesGeography.
	host string
}

func (f *failure) Error() string { return string(f.cause) }

// unconnected reports whether no connection to the endpoint came about, so that it has seen nothing of the request.
func (f *failure) unconnected() bool {
	if f.cause == ClientGone {
		return false
	}
	// In TLS 1.3 a server refuses a handshake after the client has taken it for done.
	return f.at == connecting || f.at == handshaking || f.cause == TLSFailed
}

// brokeSilently reports whether the connection broke before the endpoint had answered with a single byte.
func (f *failure) brokeSilently() bool { return f.at == answering && f.cause == ConnectionFailed }

// causeOf maps whatever a round trip returned to the closed list. The phase tells apart what the error alone does not:
// a deadline that passed while connecting, and a connection that broke during the handshake.
func causeOf(err error, at phase) Cause {
	var (
		known     *failure
		nameError *net.DNSError
	)
	switch {
	case errors.As(err, &known):
		return known.cause
	case errors.Is(err, context.Canceled):
		return ClientGone
	case errors.As(err, &nameError) && nameError.IsNotFound:
		return NameNotFound
	case isCertificateError(err):
		return CertificateInvalid
	case isTimeout(err) && at == connecting:
		return ConnectTimeout
	case isTimeout(err):
		return Timeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return ConnectionRefused
	case at == handshaking, isTLSError(err):
		return TLSFailed
	default:
		return ConnectionFailed
	}
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// isCertificateError names the x509 errors too, because not every path of crypto/tls wraps them.
func isCertificateError(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		invalid      x509.CertificateInvalidError
		hostname     x509.HostnameError
		authority    x509.UnknownAuthorityError
	)
	return errors.As(err, &verification) || errors.As(err, &invalid) || errors.As(err, &hostname) || errors.As(err, &authority)
}

// isTLSError finds a TLS failure after the handshake: an alert of a peer that asks for a client certificate arrives
// with the first read in TLS 1.3.
func isTLSError(err error) bool {
	var (
		record tls.RecordHeaderError
		alert  tls.AlertError
		op     *net.OpError
	)
	if errors.As(err, &record) || errors.As(err, &alert) || errors.Is(err, http.ErrSchemeMismatch) {
		return true
	}
	// crypto/tls reports an alert as a net.OpError of one of these operations.
	return errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error")
}
