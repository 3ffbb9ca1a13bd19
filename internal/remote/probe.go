package remote

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// errOtherCluster is returned when another cluster answers than the one that was connected.
var errOtherCluster = errors.New("another cluster answers")

// uidForm is what a UID may be: it stands in a status. API servers give UUIDs.
var uidForm = regexp.MustCompile(`^[0-9a-zA-Z-]{1,64}$`)

// probe asks for the cluster's UID.
func (c *Cluster) probe(ctx context.Context) (string, error) {
	var namespace corev1.Namespace
	err := c.core.Get().Resource("namespaces").Name(metav1.NamespaceSystem).MaxRetries(0).Do(ctx).Into(&namespace)
	switch {
	case errors.Is(err, errDestinationRefused):
		return "", refusedField("clusters[].cluster.server: its address")
	case err != nil:
		return "", fmt.Errorf("probe the cluster: %w", closed(err))
	case !uidForm.MatchString(string(namespace.UID)):
		return "", errors.New("probe the cluster: the namespace kube-system has no UID of 1 to 64 letters, digits and dashes")
	}
	return string(namespace.UID), nil
}

// reachableReason is the reason of Reachable for a failed probe or attempt.
func reachableReason(err error) string {
	switch refusal := refusalOf(err); {
	case refusal != nil:
		return refusal.Reason
	case apierrors.IsUnauthorized(err), apierrors.IsForbidden(err):
		return v1alpha1.ReasonUnauthorized
	case errors.Is(err, errOtherCluster):
		return v1alpha1.ReasonClusterChanged
	default:
		return v1alpha1.ReasonConnectionLost
	}
}
