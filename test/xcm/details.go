package xcm

import (
	"fmt"
	"net/http"
	"strings"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var (
	limitedSupportKind = kind[cmv1.LimitedSupportReason]{
		name: "LimitedSupportReason", write: cmv1.MarshalLimitedSupportReason, read: cmv1.UnmarshalLimitedSupportReason, openAPI: clustersSchemas,
		hidden: []string{"override_enabled"},
	}
	inflightCheckKind = kind[cmv1.InflightCheck]{name: "InflightCheck", write: cmv1.MarshalInflightCheck, read: cmv1.UnmarshalInflightCheck, openAPI: clustersSchemas}
	migrationKind     = kind[cmv1.ClusterMigration]{name: "ClusterMigration", write: cmv1.MarshalClusterMigration, read: cmv1.UnmarshalClusterMigration, openAPI: clustersSchemas}
	tuningConfigKind  = kind[cmv1.TuningConfig]{name: "TuningConfig", write: cmv1.MarshalTuningConfig, read: cmv1.UnmarshalTuningConfig, openAPI: clustersSchemas}
	imageMirrorKind   = kind[cmv1.ImageMirror]{name: "ImageMirror", write: cmv1.MarshalImageMirror, read: cmv1.UnmarshalImageMirror, openAPI: clustersSchemas}
	logForwarderKind  = kind[cmv1.LogForwarder]{name: "LogForwarder", write: cmv1.MarshalLogForwarder, read: cmv1.UnmarshalLogForwarder, openAPI: clustersSchemas}
	installLogKind    = kind[cmv1.Log]{name: "Log", write: cmv1.MarshalLog, read: cmv1.UnmarshalLog, openAPI: clustersSchemas}
)

// derived lists what follows from the cluster that a request names.
func derived[T any](kind kind[T], fill func(*cmv1.Cluster, *collection[T])) operation {
	return func(s *state, c call) (answer, error) {
		d, err := s.clusters.get(c.PathValue("cluster"))
		if err != nil {
			return answer{}, err
		}
		objects := newCollection(kind)
		fill(clusterKind.object(d), objects)
		return objects.list(c.URL.Query())
	}
}

// none is of what no cluster has here.
func none[T any](*cmv1.Cluster, *collection[T]) {}

// limitedSupport gives as many reasons as the cluster's status counts.
func limitedSupport(cluster *cmv1.Cluster, reasons *collection[cmv1.LimitedSupportReason]) {
	for number := range cluster.Status().LimitedSupportReasonCount() {
		id := fmt.Sprintf("%s-%d", cluster.ID()[:8], number+1)
		reasons.put(id, built(cmv1.NewLimitedSupportReason().ID(id).HREF(clustersAPI+"/clusters/"+cluster.ID()+"/limited_support_reasons/"+id).
			CreationTimestamp(cluster.CreationTimestamp()).DetectionType(cmv1.DetectionTypeAuto).
			Override(cmv1.NewLimitedSupportReasonOverride().Enabled(false)).
			Summary("The cluster's operators are degraded").Details("Look into the cluster's operators and bring them to work again.").Build()))
		reasons.hide(id, "override_enabled", false)
	}
}

// listKubeletConfigs lists the one that a cluster may have: hosted control planes are asked for it in this way.
func listKubeletConfigs(s *state, c call) (answer, error) {
	all, _, err := s.partsOf(c)
	if err != nil {
		return answer{}, err
	}
	configs := newCollection(kubeletConfigKind)
	if all.kubeletConfig != nil {
		configs.put(all.kubeletConfig.id, kubeletConfigKind.object(all.kubeletConfig))
	}
	return configs.list(c.URL.Query())
}

// getAutoscaler answers that there is none: nothing here makes one.
func getAutoscaler(s *state, c call) (answer, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return answer{}, err
	}
	return answer{}, refuse(http.StatusNotFound, "Autoscaler for cluster '%s' not found", d.id)
}

// getInstallLog answers what the installer wrote. A cluster that waits for it has none yet.
func getInstallLog(s *state, c call) (answer, error) {
	return s.answerLog(c, "install", func(cluster *cmv1.Cluster) bool {
		switch cluster.State() {
		case cmv1.ClusterStatePending, cmv1.ClusterStateWaiting, cmv1.ClusterStateValidating:
			return false
		}
		return true
	})
}

// getUninstallLog answers what the removal of a cluster wrote, while it lasts.
func getUninstallLog(s *state, c call) (answer, error) {
	return s.answerLog(c, "uninstall", func(cluster *cmv1.Cluster) bool { return cluster.State() == cmv1.ClusterStateUninstalling })
}

// answerLog answers the last lines of a log, as many as tail says: each entry of the cluster's service log is one.
func (s *state) answerLog(c call, name string, written func(*cmv1.Cluster) bool) (answer, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return answer{}, err
	}
	if !written(clusterKind.object(d)) {
		return answer{}, refuse(http.StatusNotFound, "Cluster '%s' has no %s log yet", d.id, name)
	}
	tail, err := parseCount(c.URL.Query(), "tail", 2000)
	if err != nil {
		return answer{}, err
	}
	if tail < 1 {
		return answer{}, refuse(http.StatusBadRequest, "Parameter 'tail' is %d: use a number of lines from 1", tail)
	}
	var lines []string
	for _, entry := range s.logs[d.id].documents {
		written := logEntryKind.object(entry)
		lines = append(lines, fmt.Sprintf("time=%q level=%s msg=%q\n",
			written.Timestamp().Format("2006-01-02T15:04:05Z"), strings.ToLower(string(written.Severity())), written.Summary()))
	}
	lines = lines[max(0, len(lines)-tail):]
	return found(installLogKind.document(name, built(cmv1.NewLog().ID(name).HREF(clustersAPI+"/clusters/"+d.id+"/logs/"+name).
		Content(strings.Join(lines, "")).Build())), nil)
}
