package render

import (
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	corev1 "k8s.io/client-go/applyconfigurations/core/v1"
)

// service leads to the public port only. The internal port is asked pod by pod.
func (r rendering) service() *corev1.ServiceApplyConfiguration {
	return corev1.Service(r.Owner.Name, r.namespace).
		WithSpec(corev1.ServiceSpec().
			// The type is owned, so that nobody turns the Service into a way around the router.
			WithType(core.ServiceTypeClusterIP).
			WithSelector(Selector(r.Owner)).
			WithPorts(corev1.ServicePort().
				WithName(publicPortName).
				WithProtocol(core.ProtocolTCP).
				WithPort(publicPort).
				WithTargetPort(intstr.FromString(publicPortName))))
}
