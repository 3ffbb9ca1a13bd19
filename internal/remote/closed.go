package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

// What a cluster says may hold what must not leave its geography, and every error ends in a log of the hub (safety
// properties 7 and 13). Here an error of a cluster, or of a library that quotes one, becomes one of closed texts.

var (
	errCertificate  = errors.New("the cluster's certificate is not good for it")
	errNameNotFound = errors.New("the cluster's name is not found")
	errBroken       = errors.New("the connection to the cluster broke off")
	errUnreadable   = errors.New("the cluster's answer could not be read")
)

// closedErrors have a text of their own and pass as they are.
var closedErrors = []error{
	ErrNotConnected, errNotSynced, errNoAnswer, errLongReply, errDestinationRefused, errCertificate, errNameNotFound, errBroken,
	errUnreadable, context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded, io.EOF, io.ErrUnexpectedEOF,
}

// closed is an error of a cluster in closed words; nil stays nil. What callers and the library decide by is kept: a
// refusal, the reason and code of an answer, the errno of a connection, the end of a context.
func closed(err error) error {
	if err == nil {
		return nil
	}
	if refusal := refusalOf(err); refusal != nil {
		return refusal
	}
	if i := slices.IndexFunc(closedErrors, func(known error) bool { return errors.Is(err, known) }); i >= 0 {
		return closedErrors[i]
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return &apierrors.StatusError{ErrStatus: closedStatus(status.Status())}
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return fmt.Errorf("the connection to the cluster failed: %w", errno)
	}
	return errUnreadable
}

// closedConnection is closed for an error of the connection itself.
func closedConnection(err error) error {
	var (
		certificate *tls.CertificateVerificationError
		name        *net.DNSError
		network     net.Error
	)
	if known := closed(err); !errors.Is(known, errUnreadable) {
		return known
	}
	switch {
	case errors.As(err, &certificate):
		return errCertificate
	case errors.As(err, &name):
		return errNameNotFound
	case errors.As(err, &network) && network.Timeout():
		return os.ErrDeadlineExceeded
	default:
		return errBroken
	}
}

// knownReasons are the reasons of an answer that the library or this package decides by.
var knownReasons = []metav1.StatusReason{
	metav1.StatusReasonUnauthorized, metav1.StatusReasonForbidden, metav1.StatusReasonNotFound, metav1.StatusReasonAlreadyExists,
	metav1.StatusReasonConflict, metav1.StatusReasonGone, metav1.StatusReasonInvalid, metav1.StatusReasonServerTimeout,
	metav1.StatusReasonTimeout, metav1.StatusReasonTooManyRequests, metav1.StatusReasonBadRequest,
	metav1.StatusReasonMethodNotAllowed, metav1.StatusReasonNotAcceptable, metav1.StatusReasonRequestEntityTooLarge,
	metav1.StatusReasonUnsupportedMediaType, metav1.StatusReasonInternalError, metav1.StatusReasonExpired,
	metav1.StatusReasonServiceUnavailable,
}

// knownCauses are likewise the causes.
var knownCauses = []metav1.CauseType{corev1.NamespaceTerminatingCause, metav1.CauseTypeResourceVersionTooLarge}

// closedStatus keeps of an API server's answer what is out of a closed list, and numbers.
func closedStatus(said metav1.Status) metav1.Status {
	kept := metav1.Status{Status: metav1.StatusFailure, Details: &metav1.StatusDetails{}}
	if said.Code >= 100 && said.Code <= 599 {
		kept.Code = said.Code
	}
	if slices.Contains(knownReasons, said.Reason) {
		kept.Reason = said.Reason
	}
	if said.Details != nil {
		kept.Details.RetryAfterSeconds = said.Details.RetryAfterSeconds
		if isNamespace(said.Details) {
			kept.Details.Kind = said.Details.Kind
		}
		for _, cause := range said.Details.Causes {
			if slices.Contains(knownCauses, cause.Type) {
				kept.Details.Causes = append(kept.Details.Causes, metav1.StatusCause{Type: cause.Type})
			}
		}
	}
	kept.Message = fmt.Sprintf("the cluster answered %d %s", kept.Code, kept.Reason)
	return kept
}

// closedEvents is a watch whose errors are closed. An object of another kind than the one that is watched is an error:
// the library would log what it calls itself.
func closedEvents(stream watch.Interface, watched schema.GroupVersionKind) watch.Interface {
	return watch.Filter(stream, func(event watch.Event) (watch.Event, bool) {
		object, untyped := event.Object.(*unstructured.Unstructured)
		switch {
		case event.Type == watch.Error:
			return failed(apierrors.FromObject(event.Object)), true
		case untyped && object.GroupVersionKind() != watched:
			return failed(errUnreadable), true
		default:
			return event, true
		}
	})
}

// failed is the event by which a watch ends with an error.
func failed(err error) watch.Event {
	var status apierrors.APIStatus
	if err = closed(err); !errors.As(err, &status) {
		return watch.Event{Type: watch.Error, Object: &metav1.Status{Status: metav1.StatusFailure, Message: err.Error()}}
	}
	said := status.Status()
	return watch.Event{Type: watch.Error, Object: &said}
}
