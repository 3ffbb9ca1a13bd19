package remote

import (
	"context"
	"fmt"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// reviewsPath is where a cluster is asked what the credential may do.
const reviewsPath = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"

// reviewRights asks what the credential may do in the place's namespace. One that may do more than the published rights
// give is a *Refusal that names a right too much; so is one whose rights cannot be read (safety property 11). What a
// credential may do in other namespaces alone is not seen.
func (c *Cluster) reviewRights(ctx context.Context) error {
	review := &authorizationv1.SelfSubjectRulesReview{Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: c.namespace}}
	err := c.core.Post().AbsPath(reviewsPath).MaxRetries(0).Body(review).Do(ctx).Into(review)
	switch {
	case apierrors.IsForbidden(err), apierrors.IsNotFound(err):
		return &Refusal{Reason: v1alpha1.ReasonCredentialTooBroad}
	case err != nil:
		return fmt.Errorf("review the credential's rights: %w", closed(err))
	}
	if excess := render.Excess(review.Status); excess != "" {
		return &Refusal{Reason: v1alpha1.ReasonCredentialTooBroad, Field: excess}
	}
	return nil
}
