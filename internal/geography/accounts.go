package geography

import (
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// Accounts is the one accounts service of a geography, and the place where it stands. CABundle is PEM, empty for the
// system's roots.
type Accounts struct {
	Endpoint

	CABundle string
}

const accountsField = "spec.accounts.endpoint"

// accounts resolves spec.accounts; nil where every region answers for itself.
func accounts(spec *v1alpha1.Accounts, facts Facts) (*Accounts, []Problem) {
	switch {
	case spec == nil, spec.Type == v1alpha1.AccountsRegional:
		return nil, nil
	case spec.Type != v1alpha1.AccountsEndpoint || spec.Endpoint == nil: // an operator that is older than its CRD
		return nil, []Problem{{v1alpha1.ReasonConfigRefused, fmt.Sprintf(
			"spec.accounts: type %q without its member, or not known to this release; choose Regional or Endpoint and set the member of that name", spec.Type)}}
	}
	at, problems := endpoint(spec.Endpoint.Endpoint, accountsField)
	out := &Accounts{Endpoint: at}
	if spec.Endpoint.CABundle != nil {
		pem, problem := caBundle(spec.Endpoint.CABundle.HubConfigMap, facts, accountsField+".caBundle")
		problems = append(problems, problem...)
		out.CABundle = pem
	}
	return out, problems
}

// ConfigAccounts is the accounts service as a console is told it. CABundle is PEM, empty for the system's roots.
type ConfigAccounts struct {
	ConfigEndpoint

	CABundle string `json:"caBundle,omitempty"`
}

// configAccounts is nil where every region answers for itself.
func (m Model) configAccounts() *ConfigAccounts {
	if m.Accounts == nil {
		return nil
	}
	return &ConfigAccounts{ConfigEndpoint: ConfigEndpoint{URL: m.Accounts.URL}, CABundle: m.Accounts.CABundle}
}

func (a *ConfigAccounts) check() error {
	if a == nil {
		return nil
	}
	if err := a.ConfigEndpoint.check(); err != nil {
		return fmt.Errorf("accounts.%w", err)
	}
	if a.CABundle != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(a.CABundle)) {
		return errors.New("accounts.caBundle: holds no certificate; give PEM blocks of type CERTIFICATE")
	}
	return nil
}
