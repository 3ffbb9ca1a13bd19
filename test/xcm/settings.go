package xcm

import (
	"net/http"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var (
	deleteProtectionKind = kind[cmv1.DeleteProtection]{
		name: "DeleteProtection", write: cmv1.MarshalDeleteProtection, read: cmv1.UnmarshalDeleteProtection, openAPI: clustersSchemas,
		writable: []string{"enabled"},
	}
	kubeletConfigKind = kind[cmv1.KubeletConfig]{
		name: "KubeletConfig", write: cmv1.MarshalKubeletConfig, read: cmv1.UnmarshalKubeletConfig, openAPI: clustersSchemas,
		writable: []string{"pod_pids_limit"},
	}
)

func getDeleteProtection(s *state, c call) (answer, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return answer{}, err
	}
	return found(deleteProtectionKind.document(d.id, clusterKind.object(d).DeleteProtection()), nil)
}

func patchDeleteProtection(s *state, c call) (answer, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return answer{}, err
	}
	cluster := clusterKind.object(d)
	patched, err := deleteProtectionKind.patched(deleteProtectionKind.document(d.id, cluster.DeleteProtection()), c.body)
	if err != nil {
		return answer{}, err
	}
	s.clusters.put(d.id, built(cmv1.NewCluster().Copy(cluster).DeleteProtection(cmv1.NewDeleteProtection().Copy(patched)).Build()))
	return getDeleteProtection(s, c)
}

// getKubeletConfig answers 404 for a cluster that was given none.
func getKubeletConfig(s *state, c call) (answer, error) {
	all, cluster, err := s.partsOf(c)
	if err != nil {
		return answer{}, err
	}
	if all.kubeletConfig == nil {
		return answer{}, refuse(http.StatusNotFound, "KubeletConfig for cluster '%s' not found", cluster.ID())
	}
	return found(all.kubeletConfig, nil)
}

func createKubeletConfig(s *state, c call) (answer, error) {
	all, cluster, err := s.partsOf(c)
	if err != nil {
		return answer{}, err
	}
	request, err := cmv1.UnmarshalKubeletConfig(c.body)
	if err != nil || request.PodPidsLimit() < 4096 {
		return answer{}, refuse(http.StatusBadRequest, "Attribute 'pod_pids_limit': use a number from 4096")
	}
	if all.kubeletConfig != nil {
		return answer{}, refuse(http.StatusConflict, "Cluster '%s' has a KubeletConfig already: change that", cluster.Name())
	}
	href := clustersAPI + "/clusters/" + cluster.ID() + "/kubelet_config"
	all.kubeletConfig = kubeletConfigKind.document(cluster.ID(), built(cmv1.NewKubeletConfig().Copy(request).HREF(href).Build()))
	s.parts[cluster.ID()] = all
	return answer{status: http.StatusCreated, body: all.kubeletConfig.body}, nil
}

func patchKubeletConfig(s *state, c call) (answer, error) {
	if _, err := getKubeletConfig(s, c); err != nil {
		return answer{}, err
	}
	all, _, err := s.partsOf(c)
	if err != nil {
		return answer{}, err
	}
	patched, err := kubeletConfigKind.patched(all.kubeletConfig, c.body)
	if err != nil {
		return answer{}, err
	}
	all.kubeletConfig = kubeletConfigKind.document(all.kubeletConfig.id, patched)
	return found(all.kubeletConfig, nil)
}
