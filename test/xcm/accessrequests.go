package xcm

import (
	"net/http"
	"time"

	atv1 "github.com/openshift-online/ocm-sdk-go/accesstransparency/v1"
	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var (
	accessRequestKind = kind[atv1.AccessRequest]{
		name: "AccessRequest", write: atv1.MarshalAccessRequest, read: atv1.UnmarshalAccessRequest, openAPI: accessSchemas,
	}
	decisionKind = kind[atv1.Decision]{name: "Decision", write: atv1.MarshalDecision, read: atv1.UnmarshalDecision, openAPI: accessSchemas}
)

// askForAccess makes the request of the support to look into a cluster, as it does with one that it supports in part only.
func (s *state) askForAccess(cluster *cmv1.Cluster, at time.Time) {
	id := newAccountsID(randomOf(0, "access request "+cluster.ID()))
	s.accessRequests.put(id, built(atv1.NewAccessRequest().ID(id).HREF(accessAPI+"/access_requests/"+id).
		ClusterId(cluster.ID()).SubscriptionId(cluster.Subscription().ID()).OrganizationId(organizationID).
		CreatedAt(at).UpdatedAt(at).RequestedBy("support").Justification("The cluster's operators are degraded.").
		SupportCaseId("04000001").Duration("8h").Deadline("72h").DeadlineAt(at.Add(72*time.Hour)).
		Status(atv1.NewAccessRequestStatus().State(atv1.AccessRequestStatePending)).Build()))
}

// createDecision is the customer's word on an access request, once.
func createDecision(s *state, c call) (answer, error) {
	d, err := s.accessRequests.get(c.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	request := accessRequestKind.object(d)
	decision, err := atv1.UnmarshalDecision(c.body)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "The body is not a decision: %v", err)
	}
	states := map[atv1.DecisionDecision]atv1.AccessRequestState{
		atv1.DecisionDecisionApproved: atv1.AccessRequestStateApproved, atv1.DecisionDecisionDenied: atv1.AccessRequestStateDenied,
	}
	to, known := states[decision.Decision()]
	if !known {
		return answer{}, refuse(http.StatusBadRequest, "Attribute 'decision' is %q: use Approved or Denied", decision.Decision())
	}
	if was := request.Status().State(); was != atv1.AccessRequestStatePending {
		return answer{}, refuse(http.StatusConflict, "Access request '%s' is %s already", d.id, was)
	}
	now := c.now.UTC()
	status := atv1.NewAccessRequestStatus().State(to)
	if to == atv1.AccessRequestStateApproved {
		status.ExpiresAt(now.Add(8 * time.Hour))
	}
	id := newAccountsID(s.random)
	made := atv1.NewDecision().Copy(decision).ID(id).HREF(accessAPI + "/access_requests/" + d.id + "/decisions/" + id).
		DecidedBy(s.caller(c).Username()).CreatedAt(now).UpdatedAt(now)
	s.accessRequests.put(d.id, built(atv1.NewAccessRequest().Copy(request).Status(status).UpdatedAt(now).Decisions(made).Build()))
	return answer{status: http.StatusCreated, body: decisionKind.document(id, built(made.Build())).body}, nil
}
