package health

import (
	"testing"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// The accounts service is part of Sovereign, whatever the endpoints are.
func TestProperty8_AnAccountsServiceOutsideIsAProof(t *testing.T) {
	for _, test := range []struct {
		place           geography.Place
		status          any
		reason, message string
		hold            string
	}{
		{
			geography.Place{Country: "DE", Evidence: geography.Declared},
			yes, v1alpha1.ReasonInside,
			"every endpoint, the accounts service and every cluster lies inside EU; of the endpoints, 2 are Derived and 0 Declared", "",
		},
		{
			geography.Place{Country: "US", Evidence: geography.Declared},
			no, v1alpha1.ReasonAccountsOutside,
			"spec.accounts.endpoint: the accounts service accounts.example.com (US) is outside EU; choose one inside", v1alpha1.ReasonBlocked,
		},
		{
			geography.Place{},
			open, v1alpha1.ReasonEvidenceMissing,
			"spec.accounts.endpoint: nothing tells where the accounts service accounts.example.com stands; declare country", v1alpha1.ReasonBlocked,
		},
	} {
		in := input("a")
		in.Observations["a"] = good("c1", 1)
		in.Model.Accounts = &geography.Accounts{Endpoint: geography.Endpoint{Host: "accounts.example.com", Place: test.place}}
		c := condition(t, in.then(0).Conditions, v1alpha1.ConditionSovereign)
		if c.Status != test.status || c.Reason != test.reason || c.Message != test.message {
			t.Errorf("%v: %s %s %s", test.place, c.Status, c.Reason, c.Message)
		}
		if hold := Hold(in.Model, nil, v1alpha1.ClusterStatus{Name: "a"}, in.Observations["a"].Survey); hold != test.hold {
			t.Errorf("%v: writing is held for %q, want %q", test.place, hold, test.hold)
		}
	}
}
