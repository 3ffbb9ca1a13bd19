package remote

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// ErrNotConnected is returned by requests to a cluster whose connection has ended.
var ErrNotConnected = errors.New("the cluster is not connected")

// errNotSynced is returned while a watch has not yet listed its objects; an event follows.
var errNotSynced = errors.New("the watch has not listed its objects yet")

// Refusal is an error that belongs in a condition: a person has to act. It holds closed texts and names only, never the
// text of a library or of an API server.
type Refusal struct {
	// Reason is one of the reasons of Reachable or Applied in api/v1alpha1.
	Reason string
	// Object is Kind/name of the object that the reason speaks of; empty when it speaks of none.
	Object string
	// Field of that object that is refused, missing or contested; empty when the whole object is meant. Never a value.
	Field string
	// Claim names what stands in the way in an inventory and may be taken over, for the annotation adopt.
	Claim string
}

// Error names the reason, the object and the field.
func (r *Refusal) Error() string {
	switch {
	case r.Object == "":
		return r.Reason
	case r.Field == "":
		return fmt.Sprintf("%s: %s", r.Reason, r.Object)
	default:
		return fmt.Sprintf("%s: %s: %s", r.Reason, r.Object, r.Field)
	}
}

// refusalOf finds the refusal in an error; nil when there is none.
func refusalOf(err error) *Refusal {
	var refusal *Refusal
	errors.As(err, &refusal)
	return refusal
}

// refuse turns an API server's answer on an object into a refusal where a person has to act. Other errors pass: a
// conflict, a timeout or an overload is tried again.
func refuse(err error, object string) error {
	switch {
	case err == nil:
		return nil
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause), isNamespaceMissing(err):
		return &Refusal{Reason: v1alpha1.ReasonNamespaceMissing}
	case apierrors.IsForbidden(err):
		return &Refusal{Reason: v1alpha1.ReasonForbidden, Object: object}
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err), apierrors.IsRequestEntityTooLargeError(err):
		return &Refusal{Reason: v1alpha1.ReasonRefused, Object: object}
	default:
		return fmt.Errorf("write %s: %w", object, closed(err))
	}
}

func isNamespaceMissing(err error) bool {
	var status apierrors.APIStatus
	if !apierrors.IsNotFound(err) || !errors.As(err, &status) {
		return false
	}
	details := status.Status().Details
	return details != nil && isNamespace(details)
}

func isNamespace(details *metav1.StatusDetails) bool {
	return details.Group == "" && details.Kind == "namespaces"
}
