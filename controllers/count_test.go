package controllers_test

import (
	"bytes"
	"context"

	. "github.com/onsi/gomega"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

// writes counts all writing requests that API servers have answered, by their own metrics, by verb and resource. Leases
// are the servers' own, and so are Events here: the recorder tries those of objects that are long gone again in its own
// time. eventsOf looks at the Events of one test.
func writes(ctx context.Context, servers ...*apiServer) map[string]float64 {
	counts := map[string]float64{}
	for _, server := range servers {
		text, err := server.raw().Get().AbsPath("/metrics").DoRaw(ctx)
		Expect(err).NotTo(HaveOccurred())
		parser := expfmt.NewTextParser(model.LegacyValidation)
		families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
		Expect(err).NotTo(HaveOccurred())
		for _, metric := range families["apiserver_request_total"].GetMetric() {
			switch verb, resource := label(metric, "verb"), label(metric, "resource"); verb {
			case "POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION":
				if resource != "leases" && resource != "events" {
					counts[verb+" "+resource] += metric.GetCounter().GetValue()
				}
			}
		}
	}
	return counts
}

// eventsOf are the Events of a namespace of the hub with their resourceVersions.
func eventsOf(ctx context.Context, namespace string) map[string]string {
	var list eventsv1.EventList
	Expect(hub.List(ctx, &list, client.InNamespace(namespace))).To(Succeed())
	versions := map[string]string{}
	for _, e := range list.Items {
		versions[e.Name] = e.ResourceVersion
	}
	return versions
}

// reconciles counts the passes that the cluster controller has finished.
func reconciles() float64 {
	families, err := metrics.Registry.Gather()
	Expect(err).NotTo(HaveOccurred())
	total := 0.0
	for _, family := range families {
		if family.GetName() != "controller_runtime_reconcile_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			if label(metric, "controller") == "cluster" {
				total += metric.GetCounter().GetValue()
			}
		}
	}
	return total
}

func label(metric *dto.Metric, name string) string {
	for _, pair := range metric.GetLabel() {
		if pair.GetName() == name {
			return pair.GetValue()
		}
	}
	return ""
}

// wake sends what a connection sends when something in a place changed: the resync of its targets.
func wake(gc *v1alpha1.GeoConsole, cluster string) {
	for _, c := range gc.Spec.Clusters {
		if c.Name == cluster {
			woken <- event.TypedGenericEvent[remote.Place]{Object: remote.PlaceOf(gc.Namespace, geography.Cluster{
				Name: c.Name, Connection: c.Connection, Namespace: c.Namespace,
			})}
		}
	}
}
