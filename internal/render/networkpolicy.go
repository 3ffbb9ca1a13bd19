package render

import (
	"maps"
	"slices"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	metav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	networkingv1 "k8s.io/client-go/applyconfigurations/networking/v1"
)

// DNS is asked on port 53, and on 5353 where the cluster's DNS pods listen there (OpenShift): a policy sees the pod's
// port, not the Service's.
var dnsPorts = []int32{53, 5353}

// networkPolicy lets in what reaches the two ports, and lets out DNS and the ports of all destinations. It knows no DNS
// names, so it bounds how data may leave, not whereto.
//
// Both ports are open to every source. The router or ingress controller may run in any namespace or in the host's
// network. The internal port is asked by the kubelet and by the API server's pod proxy, which no selector of a
// NetworkPolicy can name; nothing secret is on it.
func (r rendering) networkPolicy() *networkingv1.NetworkPolicyApplyConfiguration {
	dns := networkingv1.NetworkPolicyEgressRule()
	for _, port := range dnsPorts {
		dns.WithPorts(policyPort(core.ProtocolTCP, port), policyPort(core.ProtocolUDP, port))
	}
	endpoints := networkingv1.NetworkPolicyEgressRule()
	for _, port := range r.endpointPorts() {
		endpoints.WithPorts(policyPort(core.ProtocolTCP, port))
	}
	return networkingv1.NetworkPolicy(r.Owner.Name, r.namespace).
		WithSpec(networkingv1.NetworkPolicySpec().
			WithPodSelector(metav1.LabelSelector().WithMatchLabels(Selector(r.Owner))).
			WithPolicyTypes(networking.PolicyTypeIngress, networking.PolicyTypeEgress).
			WithIngress(networkingv1.NetworkPolicyIngressRule().WithPorts(
				policyPort(core.ProtocolTCP, publicPort),
				policyPort(core.ProtocolTCP, internalPort))).
			WithEgress(dns, endpoints))
}

// endpointPorts are the ports of all destinations, sorted, each once.
func (r rendering) endpointPorts() []int32 {
	ports := map[int32]bool{}
	for _, destination := range r.Destinations() {
		ports[destination.Port] = true
	}
	return slices.Sorted(maps.Keys(ports))
}

func policyPort(protocol core.Protocol, port int32) *networkingv1.NetworkPolicyPortApplyConfiguration {
	return networkingv1.NetworkPolicyPort().WithProtocol(protocol).WithPort(intstr.FromInt32(port))
}

// IsDNSPort tells whether a port of a policy, as it stands in a cluster, is one of DNS.
func IsDNSPort(port networking.NetworkPolicyPort) bool {
	if port.Port == nil || port.EndPort != nil || port.Port.Type != intstr.Int {
		return false
	}
	isCarrier := port.Protocol == nil || *port.Protocol == core.ProtocolTCP || *port.Protocol == core.ProtocolUDP
	return isCarrier && slices.Contains(dnsPorts, port.Port.IntVal)
}
