package xcm

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var (
	clusterKind = kind[cmv1.Cluster]{
		name: "Cluster", write: cmv1.MarshalCluster, read: cmv1.UnmarshalCluster, openAPI: clustersSchemas,
		writable: []string{
			"additional_trust_bundle", "api.listening", "aws.additional_allowed_principals", "aws.audit_log", "aws.tags", "channel",
			"console.url", "delete_protection", "disable_user_workload_monitoring", "expiration_timestamp", "load_balancer_quota",
			"node_drain_grace_period", "nodes.autoscale_compute", "nodes.compute", "nodes.compute_labels", "properties", "proxy",
			"registry_config", "storage_quota", "version.channel_group",
		},
	}
	clusterStatusKind = kind[cmv1.ClusterStatus]{name: "ClusterStatus", write: cmv1.MarshalClusterStatus, read: cmv1.UnmarshalClusterStatus, openAPI: clustersSchemas}
)

func getCluster(s *state, c call) (answer, error) {
	return found(s.clusters.get(c.PathValue("cluster")))
}

func getClusterStatus(s *state, c call) (answer, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return answer{}, err
	}
	return found(clusterStatusKind.document(d.id, clusterKind.object(d).Status()), nil)
}

// getProvisionShard answers that there is none, as the real service does to customers.
func getProvisionShard(s *state, c call) (answer, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return answer{}, err
	}
	return answer{}, refuse(http.StatusNotFound, "Provision shard for cluster '%s' not found", d.id)
}

// createCluster answers 201 with a pending cluster, or with dryRun=true 204 and nothing done.
func createCluster(s *state, c call) (answer, error) {
	body, err := withoutSecrets(c.body)
	if err != nil {
		return answer{}, err
	}
	request, err := cmv1.UnmarshalCluster(body)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "The body is not a cluster: %v", err)
	}
	if err := s.check(request); err != nil {
		return answer{}, err
	}
	if c.URL.Query().Get("dryRun") == "true" {
		return answer{status: http.StatusNoContent}, nil
	}
	r := s.provision(request, origin{id: newClusterID(s.random), at: c.now.UTC(), creator: s.caller(c)})
	s.keep(r)
	s.schedule(r.cluster, c.now)
	return answer{status: http.StatusCreated, body: s.clusters.find(r.cluster.ID()).body}, nil
}

// withoutSecrets drops the cloud keys from the body of a new cluster: the real service never shows them again.
func withoutSecrets(body []byte) ([]byte, error) {
	var tree map[string]any
	if err := json.Unmarshal(body, &tree); err != nil {
		return nil, refuse(http.StatusBadRequest, "The body is not a JSON object: %v", err)
	}
	for provider, secrets := range map[string][]string{"aws": {"access_key_id", "secret_access_key"}, "gcp": {"private_key", "private_key_id"}} {
		if settings, ok := tree[provider].(map[string]any); ok {
			maps.DeleteFunc(settings, func(key string, _ any) bool { return slices.Contains(secrets, key) })
		}
	}
	return json.Marshal(tree)
}

// clusterNames are DNS labels that begin with a letter.
var clusterNames = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,52}[a-z0-9])?$`)

// check refuses a request for a cluster that the region cannot make, naming the attribute and the cure.
func (s *state) check(request *cmv1.Cluster) error {
	bad := func(format string, arguments ...any) error {
		return refuse(http.StatusBadRequest, format, arguments...)
	}
	name, provider, product := request.Name(), requestedProvider(request), requestedProduct(request)
	if !clusterNames.MatchString(name) {
		return bad("Attribute 'name' is %q: use 1 to 54 lower-case letters, digits and dashes, a letter first", name)
	}
	if prefix := request.DomainPrefix(); prefix != "" && (len(prefix) > longestPrefix || !clusterNames.MatchString(prefix)) {
		return bad("Attribute 'domain_prefix' is %q: use 1 to %d lower-case letters, digits and dashes, a letter first", prefix, longestPrefix)
	}
	if product != "rosa" && product != "osd" && product != "osdtrial" {
		return bad("Attribute 'product.id' is %q: use rosa, osd or osdtrial", product)
	}
	if product == "rosa" && provider != "aws" {
		return bad("Attribute 'cloud_provider.id' is %q: rosa clusters are made on aws", provider)
	}
	cloud, served := s.region.find(provider, request.Region().ID())
	if !served {
		return bad("Attribute 'region.id' is %q, which %s does not serve on %q: use one of %s",
			request.Region().ID(), s.region.id, provider, strings.Join(s.served(provider), ", "))
	}
	if request.Hypershift().Enabled() && (product != "rosa" || !cloud.hypershift) {
		return bad("Attribute 'hypershift.enabled': a hosted control plane needs product rosa and a region that supports it")
	}
	if id, asked := request.Version().GetID(); asked {
		if release, exists := releaseOf(id); !exists || !release.enabled() {
			return bad("Attribute 'version.id' is %q: use one that GET %s/versions lists as enabled", id, clustersAPI)
		}
	}
	if id := request.Flavour().ID(); id != "" && id != defaultFlavour {
		return bad("Attribute 'flavour.id' is %q: use %s", id, defaultFlavour)
	}
	if err := checkNodes(request); err != nil {
		return err
	}
	// Last, as the only thing that may be right later.
	for _, d := range s.clusters.documents {
		if d.leaf("name") == name {
			return refuse(http.StatusConflict, "Cluster name '%s' already exists: choose another", name)
		}
	}
	return nil
}

func checkNodes(request *cmv1.Cluster) error {
	if id := requestedMachine(request); id != "" {
		if _, exists := machineOf(requestedProvider(request), id); !exists {
			return refuse(http.StatusBadRequest, "Attribute 'nodes.compute_machine_type.id' is %q: use one that GET %s/machine_types lists", id, clustersAPI)
		}
	}
	compute, asked := request.Nodes().GetCompute()
	if scaling, scales := request.Nodes().GetAutoscaleCompute(); scales {
		if scaling.MinReplicas() > scaling.MaxReplicas() {
			return refuse(http.StatusBadRequest, "Attribute 'nodes.autoscale_compute': 'min_replicas' is greater than 'max_replicas'")
		}
		compute, asked = scaling.MinReplicas(), true
	}
	if least := leastCompute(request); asked && compute < least {
		return refuse(http.StatusBadRequest, "Attribute 'nodes.compute' is %d: use at least %d", compute, least)
	}
	if asked && request.MultiAZ() && compute%3 != 0 {
		return refuse(http.StatusBadRequest, "Attribute 'nodes.compute' is %d: a cluster in three zones needs a multiple of 3", compute)
	}
	return nil
}

func (s *state) served(provider string) []string {
	var ids []string
	for _, region := range s.region.of(provider) {
		ids = append(ids, region.id)
	}
	return ids
}

func patchCluster(s *state, c call) (answer, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return answer{}, err
	}
	before := clusterKind.object(d)
	after, err := clusterKind.patched(d, c.body)
	if err != nil {
		return answer{}, err
	}
	if scaled(before, after) {
		if after.Hypershift().Enabled() {
			return answer{}, refuse(http.StatusBadRequest, "Attribute 'nodes': a cluster with a hosted control plane is scaled by its node_pools")
		}
		if err := checkNodes(after); err != nil {
			return answer{}, err
		}
		s.scaleFirstPool(after)
	}
	s.clusters.put(d.id, after)
	s.recount(d.id)
	return found(s.clusters.get(d.id))
}

// scaled tells whether a change of a cluster is one of its compute nodes.
func scaled(before, after *cmv1.Cluster) bool {
	was, is := before.Nodes(), after.Nodes()
	return was.Compute() != is.Compute() ||
		was.AutoscaleCompute().MinReplicas() != is.AutoscaleCompute().MinReplicas() ||
		was.AutoscaleCompute().MaxReplicas() != is.AutoscaleCompute().MaxReplicas()
}

// deleteCluster answers 204 at once; the cluster uninstalls for a while. Doing it twice changes nothing.
func deleteCluster(s *state, c call) (answer, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return answer{}, err
	}
	r := s.take(d.id)
	if r.cluster.DeleteProtection().Enabled() {
		return answer{}, refuse(http.StatusForbidden, "Cluster '%s' is protected from deletion: set delete_protection.enabled to false first", r.cluster.Name())
	}
	if r.cluster.State() != cmv1.ClusterStateUninstalling {
		s.enter(&r, cmv1.ClusterStateUninstalling, c.now.UTC())
		s.keep(r)
		s.schedule(r.cluster, c.now)
	}
	return answer{status: http.StatusNoContent}, nil
}
