package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// credential is a place's kubeconfig as it stands in its Secret, and its digest. It is kept no longer than an attempt
// to connect takes.
type credential struct {
	kubeconfig []byte
	digest     string
}

// readCredential reads the Secret live; the operator caches none. The hub has no Secret. A Secret that is not there,
// lacks the key, or lacks the label by which its owner lets it be used, is a *Refusal; so is a place that names none.
func readCredential(ctx context.Context, secrets client.Reader, place Place) (credential, error) {
	switch {
	case place.Hub:
		return credential{}, nil
	case place.SecretName == "":
		return credential{}, &Refusal{Reason: v1alpha1.ReasonSecretMissing}
	}
	missing := func(field string) error {
		return &Refusal{Reason: v1alpha1.ReasonSecretMissing, Object: "Secret/" + place.SecretName, Field: field}
	}
	var secret corev1.Secret
	err := secrets.Get(ctx, client.ObjectKey{Namespace: place.HubNamespace, Name: place.SecretName}, &secret)
	switch {
	case apierrors.IsNotFound(err):
		return credential{}, missing("")
	case err != nil:
		return credential{}, fmt.Errorf("read the kubeconfig's Secret on the hub: %w", err)
	case secret.Labels[v1alpha1.LabelKubeconfig] != "true":
		return credential{}, missing("metadata.labels[" + v1alpha1.LabelKubeconfig + "]")
	}
	kubeconfig, there := secret.Data[place.Key]
	if !there {
		return credential{}, missing("data[" + place.Key + "]")
	}
	sum := sha256.Sum256(kubeconfig)
	return credential{kubeconfig: kubeconfig, digest: hex.EncodeToString(sum[:])}, nil
}

// access rebuilds the kubeconfig. Its refusal names the Secret.
func (c credential) access(place Place) (access, error) {
	a, err := readKubeconfig(c.kubeconfig)
	if refusal := refusalOf(err); refusal != nil {
		refusal.Object = "Secret/" + place.SecretName
	}
	return a, err
}
