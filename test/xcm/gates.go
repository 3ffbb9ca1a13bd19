package xcm

import (
	"fmt"
	"net/http"
	"strings"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var (
	versionGateKind = kind[cmv1.VersionGate]{name: "VersionGate", write: cmv1.MarshalVersionGate, read: cmv1.UnmarshalVersionGate, openAPI: clustersSchemas}
	agreementKind   = kind[cmv1.VersionGateAgreement]{
		name: "VersionGateAgreement", write: cmv1.MarshalVersionGateAgreement, read: cmv1.UnmarshalVersionGateAgreement, openAPI: clustersSchemas,
	}
)

// newVersionGates are what a customer has to agree to before the upgrade to another minor version: one for all clusters, and
// one for those that work by roles. What they warn of is made up.
func newVersionGates() *collection[cmv1.VersionGate] {
	gates := newCollection(versionGateKind)
	known := map[string]bool{}
	for _, r := range releases {
		minor := fmt.Sprintf("4.%d", r.minor)
		if known[minor] || !r.enabled() {
			continue
		}
		known[minor] = true
		for _, gate := range []struct {
			name, warning string
			roles         bool
		}{
			{"ocp", "APIs that were deprecated before are removed.", false},
			{"sts", "The operators need further permissions: upgrade their roles first.", true},
		} {
			id := gate.name + "-" + minor
			gates.put(id, built(cmv1.NewVersionGate().ID(id).HREF(clustersAPI+"/version_gates/"+id).
				VersionRawIDPrefix(minor).Label("api.openshift.com/gate-"+gate.name).Value(minor).STSOnly(gate.roles).
				WarningMessage(gate.warning).Description("Agree before the upgrade to "+minor+".").
				DocumentationURL("https://docs.example.com/gates/"+id).CreationTimestamp(founded).Build()))
		}
	}
	return gates
}

// checkGates refuses an upgrade to another minor version whose gates the customer has not agreed to. The details are the gates,
// for clients to show.
func (s *state) checkGates(u upgraded, version string) error {
	if minorOf(version) == minorOf(u.from) || u.pool != "" {
		return nil
	}
	var missing []*cmv1.VersionGate
	for _, d := range s.versionGates.documents {
		gate := versionGateKind.object(d)
		needed := gate.VersionRawIDPrefix() == minorOf(version) && (!gate.STSOnly() || u.cluster.AWS().STS().RoleARN() != "")
		if needed && !s.agreed(u.cluster.ID(), gate.ID()) {
			missing = append(missing, gate)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	refused := refuse(http.StatusBadRequest, "There are missing version gate agreements for this cluster: agree to each by POST of its gate_agreements")
	for _, gate := range missing {
		refused.details = append(refused.details, versionGateKind.document(gate.ID(), gate).body)
	}
	return refused
}

// minorOf is 4.20 of 4.20.8.
func minorOf(raw string) string {
	return raw[:max(strings.LastIndex(raw, "."), 0)]
}

func (s *state) agreed(cluster, gate string) bool {
	agreements := s.agreements[cluster]
	return agreements != nil && agreements.find(gate) != nil
}

func listAgreements(s *state, c call) (answer, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return answer{}, err
	}
	if agreements := s.agreements[d.id]; agreements != nil {
		return agreements.list(c.URL.Query())
	}
	return newCollection(agreementKind).list(c.URL.Query())
}

// createAgreement notes that the customer agrees to a gate. Doing it twice changes nothing.
func createAgreement(s *state, c call) (answer, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return answer{}, err
	}
	request, err := cmv1.UnmarshalVersionGateAgreement(c.body)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "The body is not a version gate agreement: %v", err)
	}
	gate := s.versionGates.find(request.VersionGate().ID())
	if gate == nil {
		return answer{}, refuse(http.StatusBadRequest, "Attribute 'version_gate.id' is %q: use one that GET %s/version_gates lists", request.VersionGate().ID(), clustersAPI)
	}
	if s.agreements[d.id] == nil {
		s.agreements[d.id] = newCollection(agreementKind)
	}
	// The gate's id serves as the agreement's: a cluster has one of each.
	s.agreements[d.id].put(gate.id, built(cmv1.NewVersionGateAgreement().ID(gate.id).
		HREF(clustersAPI+"/clusters/"+d.id+"/gate_agreements/"+gate.id).AgreedTimestamp(c.now.UTC()).
		VersionGate(cmv1.NewVersionGate().Copy(versionGateKind.object(gate))).Build()))
	return answer{status: http.StatusCreated, body: s.agreements[d.id].find(gate.id).body}, nil
}
