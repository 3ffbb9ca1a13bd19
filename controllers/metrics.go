package controllers

import (
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
)

// conditionStatus is 1 for the status that a condition has and 0 for the others. Its labels are closed but for the
// object's own name, and its series go with the object.
var conditionStatus = prometheus.NewGaugeVec(prometheus.GaugeOpts{
	Name: "geoconsole_status_condition",
	Help: "Status of a GeoConsole's condition: 1 for the status that it has, 0 for the others.",
}, []string{"namespace", "name", "condition", "status"})

// credentialExpiry is when the credential of a cluster ends. There is no series of one that does not end. A cluster that is
// not connected keeps its last one: most of all when the credential has ended.
var credentialExpiry = prometheus.NewGaugeVec(prometheus.GaugeOpts{
	Name: "geoconsole_credential_expiry_timestamp_seconds",
	Help: "When the credential by which a cluster of a GeoConsole is reached ends, in seconds since 1970.",
}, []string{"namespace", "name", "cluster"})

var statuses = []metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown}

func init() {
	metrics.Registry.MustRegister(conditionStatus, credentialExpiry)
}

// passing are the conditions that are not always there.
var passing = []string{v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled, v1alpha1.ConditionPaused}

// observeMetrics sets every series in place: one that is dropped and made again would be missing from a scrape in between.
func observeMetrics(gc *v1alpha1.GeoConsole, status v1alpha1.GeoConsoleStatus) {
	for _, condition := range status.Conditions {
		for _, s := range statuses {
			value := 0.0
			if s == condition.Status {
				value = 1
			}
			conditionStatus.WithLabelValues(gc.Namespace, gc.Name, condition.Type, string(s)).Set(value)
		}
	}
	for _, name := range passing {
		if meta.FindStatusCondition(status.Conditions, name) == nil {
			conditionStatus.DeletePartialMatch(prometheus.Labels{"namespace": gc.Namespace, "name": gc.Name, "condition": name})
		}
	}
}

func forgetMetrics(gc types.NamespacedName) {
	conditionStatus.DeletePartialMatch(prometheus.Labels{"namespace": gc.Namespace, "name": gc.Name})
}

// observeExpiry follows the connection of a target, and forgetExpiry its end.
func observeExpiry(target Target, connection health.Connection) {
	switch {
	case !connection.Up:
	case connection.Expires == 0:
		forgetExpiry(target)
	default:
		credentialExpiry.WithLabelValues(target.Namespace, target.Name, target.Cluster).Set(float64(connection.Expires))
	}
}

func forgetExpiry(target Target) {
	credentialExpiry.DeleteLabelValues(target.Namespace, target.Name, target.Cluster)
}
