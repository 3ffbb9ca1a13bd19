package remote

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// access is what is taken out of a kubeconfig, and nothing more: where the API server is, by which authorities it is
// known, and one credential. A nil roots means the system's.
type access struct {
	server      string
	roots       *x509.CertPool
	token       string
	certificate *tls.Certificate
}

// The fields of a kubeconfig's parts that may be set. Everything else is refused by name: a command or a file would run
// or be read on the hub, the others weaken or redirect the connection (safety property 11).
var (
	allowedTop     = []string{"apiVersion", "kind", "preferences", "current-context", "contexts", "clusters", "users"}
	allowedContext = []string{"cluster", "user", "namespace"}
	allowedCluster = []string{"server", "certificate-authority-data"}
	allowedUser    = []string{"token", "client-certificate-data", "client-key-data"}
)

// refusableFields are the fields that are refused by their own name (client-go tools/clientcmd/api/v1). A field that
// is not in the format is called unknown, for its name could be a misplaced secret.
var refusableFields = []string{
	"as", "as-groups", "as-uid", "as-user-extra", "auth-provider", "certificate-authority", "client-certificate", "client-key",
	"disable-compression", "exec", "extensions", "insecure-skip-tls-verify", "password", "proxy-url", "tls-server-name",
	"tokenFile", "username",
}

// readKubeconfig rebuilds the access of a kubeconfig's current context from the allow-list. Its error is a *Refusal
// without an object, naming the field.
func readKubeconfig(file []byte) (access, error) {
	var top map[string]any
	if err := yaml.Unmarshal(file, &top); err != nil || top == nil {
		return access{}, refusedField("the kubeconfig is not YAML")
	}
	if err := onlyAllowed(top, "", allowedTop); err != nil {
		return access{}, err
	}
	context, err := entry(top, "contexts", "context", text(top["current-context"]))
	if err != nil {
		return access{}, err
	}
	if err := onlyAllowed(context, "contexts[].context.", allowedContext); err != nil {
		return access{}, err
	}
	cluster, err := entry(top, "clusters", "cluster", text(context["cluster"]))
	if err != nil {
		return access{}, err
	}
	user, err := entry(top, "users", "user", text(context["user"]))
	if err != nil {
		return access{}, err
	}
	var a access
	if err := a.readCluster(cluster); err != nil {
		return access{}, err
	}
	return a, a.readUser(user)
}

func (a *access) readCluster(cluster map[string]any) error {
	if err := onlyAllowed(cluster, "clusters[].cluster.", allowedCluster); err != nil {
		return err
	}
	a.server = strings.TrimSuffix(text(cluster["server"]), "/")
	u, err := url.Parse(a.server)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return refusedField("clusters[].cluster.server")
	}
	if _, there := cluster["certificate-authority-data"]; !there {
		return nil
	}
	pem, err := base64.StdEncoding.DecodeString(text(cluster["certificate-authority-data"]))
	a.roots = x509.NewCertPool()
	if err != nil || !a.roots.AppendCertsFromPEM(pem) {
		return refusedField("clusters[].cluster.certificate-authority-data")
	}
	return nil
}

func (a *access) readUser(user map[string]any) error {
	if err := onlyAllowed(user, "users[].user.", allowedUser); err != nil {
		return err
	}
	a.token = text(user["token"])
	certificate, key := text(user["client-certificate-data"]), text(user["client-key-data"])
	switch {
	case a.token != "" && (certificate != "" || key != ""):
		return refusedField("users[].user: holds a token and a client certificate")
	case a.token != "":
		if strings.ContainsFunc(a.token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return refusedField("users[].user.token")
		}
		return nil
	case certificate == "" && key == "":
		return refusedField("users[].user: holds neither a token nor a client certificate")
	}
	certificatePEM, err := base64.StdEncoding.DecodeString(certificate)
	if err != nil {
		return refusedField("users[].user.client-certificate-data")
	}
	keyPEM, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return refusedField("users[].user.client-key-data")
	}
	pair, err := tls.X509KeyPair(certificatePEM, keyPEM)
	if err != nil {
		return refusedField("users[].user.client-certificate-data")
	}
	a.certificate = &pair
	return nil
}

// entry finds the one entry of a named list of a kubeconfig and returns its member.
func entry(top map[string]any, list, member, name string) (map[string]any, error) {
	entries, _ := top[list].([]any)
	var found map[string]any
	for _, e := range entries {
		named, _ := e.(map[string]any)
		if name == "" || text(named["name"]) != name {
			continue
		}
		if found != nil {
			return nil, refusedField(list + ": holds the current name twice")
		}
		found = named
	}
	if found == nil {
		return nil, refusedField(list + ": lacks what the current context names")
	}
	value, _ := found[member].(map[string]any)
	return value, nil
}

// onlyAllowed refuses the first field, by name, that is set and not allowed. A false, empty or null field is not set.
func onlyAllowed(part map[string]any, path string, allowed []string) error {
	for _, name := range slices.Sorted(maps.Keys(part)) {
		value := part[name]
		if slices.Contains(allowed, name) || value == nil || value == false || value == "" {
			continue
		}
		if !slices.Contains(refusableFields, name) {
			name = "<unknown field>"
		}
		return refusedField(path + name)
	}
	return nil
}

func refusedField(field string) error {
	return &Refusal{Reason: v1alpha1.ReasonKubeconfigRefused, Field: field}
}

func text(value any) string {
	s, _ := value.(string)
	return s
}
