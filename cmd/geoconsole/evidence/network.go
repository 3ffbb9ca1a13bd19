package evidence

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// egress is what the NetworkPolicies let out of the console's pods. What several allow adds up.
func (a assessment) egress() []Item {
	if missing, unread := a.unread("egress", PartPolicies); unread {
		return []Item{missing}
	}
	item := Item{ID: "egress", Known: Enforced, Enforcement: ByAddress}
	var names []string
	var beyond []string
	policies, unbound := a.bounding()
	for _, policy := range policies {
		names = append(names, policy.Name)
		for _, rule := range policy.Spec.Egress {
			out := a.opened(rule)
			item.Names = append(item.Names, out.says)
			beyond = append(beyond, out.beyond...)
			if out.anywhere && !out.isDNS {
				item.Enforcement = PortsOnly
			}
		}
	}
	if len(unbound) > 0 {
		return []Item{{
			ID: "egress", Verdict: Contradicts, Known: Observed, Source: "NetworkPolicies of " + a.Namespace, Names: unbound,
			Says: "no NetworkPolicy bounds what leaves the pods that are named",
			Cure: "have the operator apply its own again; Applied says what keeps it from that",
		}}
	}
	item.Source = fmt.Sprintf("NetworkPolicy %s/%s, by the labels of %s and %d pods", a.Namespace, strings.Join(names, ", "), a.deployment(), len(a.Pods))
	slices.Sort(item.Names)
	item.Names = slices.Compact(item.Names)
	item.Verdict = Holds
	item.Says = "the pods may send to these ports and addresses, as far as the cluster's network keeps NetworkPolicies"
	if item.Enforcement == PortsOnly {
		item.Says = "the pods may send to these ports, of any address, or of ranges so wide that they bound nothing: the policy knows no names. Whereto is bounded by the console itself, which dials what its config names"
	}
	if len(beyond) > 0 {
		slices.Sort(beyond)
		item.Verdict, item.Names = Contradicts, slices.Compact(beyond)
		item.Says = "the NetworkPolicies let out more than DNS and the ports of the config's destinations"
		item.Cure = "take the policy away that allows it: of several, each adds to what is allowed"
	}
	return []Item{item}
}

// bounding are the policies about what leaves the console's pods, and the pods that none of them selects. A pod may have
// labels that the Deployment's template has not, and a policy may go by them.
func (a assessment) bounding() (policies []networkingv1.NetworkPolicy, unbound []string) {
	bound := map[string]bool{}
	for _, policy := range a.Policies {
		selector, err := metav1.LabelSelectorAsSelector(&policy.Spec.PodSelector)
		if err != nil || !isAboutEgress(policy) {
			continue
		}
		selects := false
		for name, has := range a.labelled() {
			if selector.Matches(has) {
				bound[name], selects = true, true
			}
		}
		if selects {
			policies = append(policies, policy)
		}
	}
	for name := range a.labelled() {
		if !bound[name] {
			unbound = append(unbound, name)
		}
	}
	slices.Sort(unbound)
	return policies, unbound
}

// labelled are the labels of the Deployment's template and of every pod, by their names.
func (a assessment) labelled() map[string]labels.Set {
	all := map[string]labels.Set{a.deployment(): a.Deployment.Spec.Template.Labels}
	for _, pod := range a.Pods {
		all["Pod "+a.Namespace+"/"+pod.Name] = pod.Labels
	}
	return all
}

// isAboutEgress: a policy that does not say its types is about egress when it has a rule for it.
func isAboutEgress(policy networkingv1.NetworkPolicy) bool {
	return slices.Contains(policy.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) || len(policy.Spec.PolicyTypes) == 0 && len(policy.Spec.Egress) > 0
}

// opening is what one egress rule lets out.
type opening struct {
	says string
	// anywhere: to any address, or as good as any. isDNS: to the ports of DNS only.
	anywhere, isDNS bool
	// beyond are the ports that the console has no use for.
	beyond []string
}

func (a assessment) opened(rule networkingv1.NetworkPolicyEgressRule) opening {
	out := opening{isDNS: len(rule.Ports) > 0}
	var ports []string
	for _, port := range rule.Ports {
		said := portOf(port)
		ports = append(ports, said)
		isDNS := render.IsDNSPort(port)
		out.isDNS = out.isDNS && isDNS
		if !isDNS && !a.isDestination(port) {
			out.beyond = append(out.beyond, said)
		}
	}
	if len(ports) == 0 {
		ports, out.beyond = []string{"every port"}, []string{"every port"}
	}
	var to []string
	for _, peer := range rule.To {
		said, isAny := peerOf(peer)
		out.anywhere = out.anywhere || isAny
		to = append(to, said)
	}
	if len(to) == 0 {
		out.anywhere, to = true, []string{"any address"}
	}
	out.says = strings.Join(ports, ", ") + " to " + strings.Join(to, ", ")
	return out
}

// isDestination tells whether a destination of the config listens there.
func (a assessment) isDestination(port networkingv1.NetworkPolicyPort) bool {
	if port.Port == nil || port.EndPort != nil || port.Port.Type != intstr.Int || protocolOf(port) != corev1.ProtocolTCP {
		return false
	}
	for _, destination := range a.model.Destinations() {
		if destination.Port == port.Port.IntVal {
			return true
		}
	}
	return false
}

func protocolOf(port networkingv1.NetworkPolicyPort) corev1.Protocol {
	if port.Protocol == nil {
		return corev1.ProtocolTCP // the API's default
	}
	return *port.Protocol
}

func portOf(port networkingv1.NetworkPolicyPort) string {
	switch {
	case port.Port == nil:
		return string(protocolOf(port)) + " every port"
	case port.EndPort != nil:
		return fmt.Sprintf("%s %s-%d", protocolOf(port), port.Port.String(), *port.EndPort)
	default:
		return string(protocolOf(port)) + " " + port.Port.String()
	}
}

// peerOf names a peer, and tells whether that is as good as any address.
func peerOf(peer networkingv1.NetworkPolicyPeer) (string, bool) {
	if peer.IPBlock == nil {
		return "pods of this cluster by their labels", false
	}
	said := peer.IPBlock.CIDR
	if len(peer.IPBlock.Except) > 0 {
		said += " without " + strings.Join(peer.IPBlock.Except, ", ")
	}
	return said, isWide(peer.IPBlock.CIDR)
}

// widestIPv4 and widestIPv6 are the shortest prefixes that bound anything: two halves of all addresses are all addresses.
const (
	widestIPv4 = 8
	widestIPv6 = 16
)

// isWide tells whether a range of addresses is as good as any address.
func isWide(cidr string) bool {
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		return true
	}
	if prefix.Addr().Is4() {
		return prefix.Bits() < widestIPv4
	}
	return prefix.Bits() < widestIPv6
}
