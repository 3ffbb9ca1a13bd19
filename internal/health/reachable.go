package health

import (
	"fmt"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

var reachableRules = []rule{kubeconfigNotTaken, credentialExpiring, connected, credentialTooBroad, connectionLost}

// warnings are the reasons of a condition that is True and still waits for a person.
var warnings = []string{v1alpha1.ReasonKubeconfigNotTaken, v1alpha1.ReasonCredentialExpiring}

// secret is where the credential of a cluster comes from.
func (s subject) secret() string {
	if k := s.cluster.Connection.Kubeconfig; k != nil {
		return fmt.Sprintf("Secret %s, key %s", k.SecretName, k.Key)
	}
	return "of the hub"
}

// untakenTexts say why a changed kubeconfig is not used.
var untakenTexts = map[string]string{
	v1alpha1.ReasonKubeconfigRefused:  "it holds more than an https server, an inline CA and an inline token or client certificate",
	v1alpha1.ReasonUnauthorized:       "the cluster refuses its credential",
	v1alpha1.ReasonClusterChanged:     "it leads to another cluster",
	v1alpha1.ReasonCredentialTooBroad: "its credential may do more than the published Role gives, or its rights cannot be read",
}

func kubeconfigNotTaken(s subject) (finding, bool) {
	c := s.seen.Connection
	why, known := untakenTexts[c.Untaken]
	if !known {
		why = "no cluster answers by it"
	}
	if c.Field != "" {
		why += " (" + c.Field + ")"
	}
	text := s.secret() + ": the changed kubeconfig is not used: " + why + "; the former one is used until its connection is lost; correct the Secret"
	if c.Expiring {
		text += ", for the former credential ends soon"
	}
	return isTrue(v1alpha1.ReasonKubeconfigNotTaken, text), c.Up && c.Untaken != ""
}

func credentialExpiring(s subject) (finding, bool) {
	return isTrue(v1alpha1.ReasonCredentialExpiring, s.secret()+": its credential ends soon; mint a new one and put it into the Secret"),
		s.seen.Connection.Up && s.seen.Connection.Expiring
}

func connected(s subject) (finding, bool) {
	return isTrue(v1alpha1.ReasonConnected, "the last probe succeeded"), s.seen.Connection.Up
}

func credentialTooBroad(s subject) (finding, bool) {
	text := s.secret() + ": its credential may " + s.seen.Connection.Field + ", which the published Role does not give; bind its ServiceAccount to nothing but what geoconsole rbac prints"
	if s.seen.Connection.Field == "" {
		text = s.secret() + ": what its credential may do cannot be read; let it create selfsubjectrulesreviews, as the ClusterRole system:basic-user does"
	}
	return isFalse(v1alpha1.ReasonCredentialTooBroad, text), s.seen.Connection.Reason == v1alpha1.ReasonCredentialTooBroad
}

// lostTexts say why there is no connection, and the cure. Where the credential comes from is put before them.
var lostTexts = map[string]string{
	v1alpha1.ReasonSecretMissing:     "is missing, or the Secret lacks the label " + v1alpha1.LabelKubeconfig + "=true; create it, or have its owner label it",
	v1alpha1.ReasonKubeconfigRefused: "holds more than an https server, an inline CA and an inline token or client certificate; remove the rest",
	v1alpha1.ReasonUnauthorized:      "the cluster refuses the credential; renew it",
	v1alpha1.ReasonClusterChanged:    "another cluster answers than clusterUID names, so nothing is written; restore the kubeconfig, or give the new cluster a new name",
}

func connectionLost(s subject) (finding, bool) {
	text, known := lostTexts[s.seen.Connection.Reason]
	if !known {
		return isFalse(v1alpha1.ReasonConnectionLost, "the cluster does not answer"), true
	}
	at := s.secret()
	if field := s.seen.Connection.Field; field != "" {
		at += ", " + field
	}
	return isFalse(s.seen.Connection.Reason, at+": "+text), true
}
