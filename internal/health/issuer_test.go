package health

import (
	"testing"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// The issuer is part of Sovereign, whatever the endpoints are.
func TestProperty8_AnIssuerOutsideIsAProof(t *testing.T) {
	for _, test := range []struct {
		place           geography.Place
		status          any
		reason, message string
		hold            string
	}{
		{
			geography.Place{Country: "DE", Evidence: geography.Declared},
			yes, v1alpha1.ReasonInside,
			"every endpoint, the issuer and every cluster lies inside EU; of the endpoints, 2 are Derived and 0 Declared", "",
		},
		{
			geography.Place{Country: "US", Evidence: geography.Declared},
			no, v1alpha1.ReasonIssuerOutside,
			"spec.auth.oidc: the issuer login.example.com (US) is outside EU; choose one inside", v1alpha1.ReasonBlocked,
		},
		{
			geography.Place{},
			open, v1alpha1.ReasonEvidenceMissing,
			"spec.auth.oidc: nothing tells where the issuer login.example.com stands; declare country", v1alpha1.ReasonBlocked,
		},
	} {
		in := input("a")
		in.Observations["a"] = good("c1", 1)
		in.Model.Auth = v1alpha1.AuthOIDC
		in.Model.Issuer = &geography.Issuer{Endpoint: geography.Endpoint{Host: "login.example.com", Place: test.place}}
		c := condition(t, in.then(0).Conditions, v1alpha1.ConditionSovereign)
		if c.Status != test.status || c.Reason != test.reason || c.Message != test.message {
			t.Errorf("%v: %s %s %s", test.place, c.Status, c.Reason, c.Message)
		}
		if hold := Hold(in.Model, nil, v1alpha1.ClusterStatus{Name: "a"}, in.Observations["a"].Survey); hold != test.hold {
			t.Errorf("%v: writing is held for %q, want %q", test.place, hold, test.hold)
		}
	}
}
