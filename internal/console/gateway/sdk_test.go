package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/openshift-online/ocm-sdk-go"
	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
	ocmerrors "github.com/openshift-online/ocm-sdk-go/errors"

	"github.com/geoconsole/geoconsole-operator/test/xcm"
)

// simulated makes a region.
func simulated(t *testing.T, options xcm.Options) (*xcm.Instance, backend) {
	t.Helper()
	options.Seed, options.Auth = 1, true
	instance, err := xcm.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return instance, backend{id: options.Region, handler: instance.Handler()}
}

// threeSimulated is a geography of three regions with 40 clusters each.
func threeSimulated(t *testing.T) (*geo, map[string]*xcm.Instance) {
	t.Helper()
	instances := map[string]*xcm.Instance{}
	var regions []backend
	for _, id := range threeIDs {
		instance, region := simulated(t, xcm.Options{Region: id, Clusters: 40})
		instances[id] = instance
		regions = append(regions, region)
	}
	return newGeo(t, regions, nil), instances
}

// connect is the real client, logged in to the geography.
func (g *geo) connect() *sdk.Connection {
	g.Helper()
	connection, err := sdk.NewConnectionBuilder().URL(g.server.URL).Tokens(bearer(g.T)).
		RetryInterval(time.Millisecond).BuildContext(g.Context())
	if err != nil {
		g.Fatal(err)
	}
	g.Cleanup(func() { _ = connection.Close() })
	return connection
}

// must returns the value of a call that may not fail.
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// silence makes a region answer nothing but 503.
func silence(t *testing.T, instance *xcm.Instance) {
	t.Helper()
	if err := instance.SetFaults(xcm.Faults{Rules: []xcm.Fault{{Status: http.StatusServiceUnavailable}}}); err != nil {
		t.Fatal(err)
	}
}

func TestSDKListsByPages(t *testing.T) {
	g, instances := threeSimulated(t)
	clusters := g.connect().ClustersMgmt().V1().Clusters()
	for _, order := range []string{"", "name asc", "creation_timestamp desc", "cloud_provider.id asc, name desc"} {
		t.Run("order "+order, func(t *testing.T) {
			var names, ids []string
			var created []time.Time
			for page := 1; ; page++ {
				request := clusters.List().Page(page).Size(50)
				if order != "" {
					request.Order(order)
				}
				list := must(request.SendContext(t.Context()))(t)
				if list.Total() != 120 || list.Size() != list.Items().Len() {
					t.Fatalf("total %d, size %d of %d", list.Total(), list.Size(), list.Items().Len())
				}
				for _, cluster := range list.Items().Slice() {
					names, ids = append(names, cluster.Name()), append(ids, cluster.ID())
					created = append(created, cluster.CreationTimestamp())
					if !strings.HasPrefix(cluster.HREF(), clustersAPI+"/clusters/"+cluster.ID()) {
						t.Errorf("href %s", cluster.HREF())
					}
				}
				if list.Size() < 50 {
					break
				}
			}
			slices.Sort(ids)
			if len(ids) != 120 || len(slices.Compact(ids)) != 120 {
				t.Errorf("%d clusters, %d of them different", len(names), len(slices.Compact(ids)))
			}
			if order == "name asc" && !slices.IsSorted(names) {
				t.Errorf("names are not in order: %v", names)
			}
			if order == "creation_timestamp desc" && !slices.IsSortedFunc(created, func(a, b time.Time) int { return b.Compare(a) }) {
				t.Errorf("the newest do not come first: %v", created)
			}
			whole := must(clusters.List().Size(-1).Parameter("order", order).SendContext(t.Context()))(t)
			var wholeNames []string
			for _, cluster := range whole.Items().Slice() {
				wholeNames = append(wholeNames, cluster.Name())
			}
			if !slices.Equal(names, wholeNames) {
				t.Errorf("the whole list has another order than its pages")
			}
		})
	}
	t.Run("search", func(t *testing.T) {
		const search = "cloud_provider.id = 'gcp' and state = 'ready'"
		list := must(clusters.List().Search(search).Size(-1).SendContext(t.Context()))(t)
		for _, cluster := range list.Items().Slice() {
			if cluster.CloudProvider().ID() != "gcp" || cluster.State() != cmv1.ClusterStateReady {
				t.Errorf("%s is on %s and %s", cluster.Name(), cluster.CloudProvider().ID(), cluster.State())
			}
		}
		if list.Total() == 0 || list.Total() != list.Items().Len() {
			t.Errorf("total %d of %d", list.Total(), list.Items().Len())
		}
	})
	t.Run("subscriptions", func(t *testing.T) {
		list := must(g.connect().AccountsMgmt().V1().Subscriptions().List().Size(-1).Order("display_name").SendContext(t.Context()))(t)
		regions := map[string]int{}
		for _, subscription := range list.Items().Slice() {
			regions[subscription.RhRegionID()]++
		}
		if list.Total() < 120 || len(regions) != 3 || list.Total() != list.Items().Len() {
			t.Errorf("total %d, by region %v", list.Total(), regions)
		}
	})
	for id, instance := range instances {
		requests, _ := instance.Requests()
		for _, request := range requests {
			if request.Method != http.MethodGet || request.Length > 0 || !request.Bearer {
				t.Errorf("%s got %s %s, %d bytes, bearer %v", id, request.Method, request.Path, request.Length, request.Bearer)
			}
		}
	}
}

func TestSDKCreatesChangesAndDeletes(t *testing.T) {
	g, instances := threeSimulated(t)
	connection := g.connect()
	clusters := connection.ClustersMgmt().V1().Clusters()
	request := must(cmv1.NewCluster().Name("from-the-sdk").Region(cmv1.NewCloudRegion().ID("eu-central-1")).Build())(t)
	if dry := must(clusters.Add().Parameter("dryRun", true).Body(request).SendContext(t.Context()))(t); dry.Status() != http.StatusNoContent {
		t.Errorf("dry run: %d", dry.Status())
	}
	made := must(clusters.Add().Body(request).SendContext(t.Context()))(t)
	if made.Status() != http.StatusCreated || made.Body().Region().ID() != "eu-central-1" {
		t.Fatalf("made: %d in %s", made.Status(), made.Body().Region().ID())
	}
	one := clusters.Cluster(made.Body().ID())
	if got := must(one.Get().SendContext(t.Context()))(t).Body(); got.Name() != "from-the-sdk" {
		t.Errorf("read back: %s", got.Name())
	}
	patch := must(cmv1.NewCluster().Nodes(cmv1.NewClusterNodes().Compute(5)).Build())(t)
	if got := must(one.Update().Body(patch).SendContext(t.Context()))(t).Body(); got.Nodes().Compute() != 5 {
		t.Errorf("updated: %d", got.Nodes().Compute())
	}
	pool := must(cmv1.NewMachinePool().ID("more").InstanceType("m5.xlarge").Replicas(1).Build())(t)
	if got := must(one.MachinePools().Add().Body(pool).SendContext(t.Context()))(t); got.Status() != http.StatusCreated {
		t.Errorf("pool: %d", got.Status())
	}
	if got := must(one.MachinePools().List().Size(-1).SendContext(t.Context()))(t); got.Total() != 2 {
		t.Errorf("pools: %d", got.Total())
	}
	subscription := must(connection.AccountsMgmt().V1().Subscriptions().Subscription(made.Body().Subscription().ID()).Get().SendContext(t.Context()))(t)
	if subscription.Body().RhRegionID() != central {
		t.Errorf("the subscription is of %s", subscription.Body().RhRegionID())
	}
	if logs := must(connection.ServiceLogs().V1().Clusters().ClusterLogs().List().Parameter("cluster_id", made.Body().ID()).SendContext(t.Context()))(t); logs.Total() == 0 {
		t.Error("the cluster has no log")
	}
	must(one.Delete().SendContext(t.Context()))(t)

	var changes []string
	for id, instance := range instances {
		requests, _ := instance.Requests()
		for _, request := range requests {
			switch {
			case request.Method == http.MethodGet:
			case id == central:
				changes = append(changes, request.Method)
			default:
				t.Errorf("%s got %s %s", id, request.Method, request.Path)
			}
		}
	}
	if want := []string{"POST", "POST", "PATCH", "POST", "DELETE"}; !slices.Equal(changes, want) {
		t.Errorf("the owner got %v, want %v: every change once", changes, want)
	}
}

func TestSDKReadsTypedErrors(t *testing.T) {
	g, instances := threeSimulated(t)
	clusters := g.connect().ClustersMgmt().V1().Clusters()
	kept := must(clusters.List().Search("region.id = 'eu-west-1' and state = 'ready'").Size(1).SendContext(t.Context()))(t).Items().Get(0)

	told := func(err error) *ocmerrors.Error {
		t.Helper()
		var typed *ocmerrors.Error
		if !errors.As(err, &typed) {
			t.Fatalf("not typed: %v", err)
		}
		return typed
	}
	_, err := clusters.Cluster("2nothere").Get().SendContext(t.Context())
	if got := told(err); got.Status() != http.StatusNotFound || got.ID() != "404" || got.Code() != "CLUSTERS-MGMT-404" {
		t.Errorf("not there: %v", err)
	}
	silence(t, instances[paris])
	_, err = clusters.List().SendContext(t.Context())
	if got := told(err); got.Status() != http.StatusServiceUnavailable || got.ID() != "503" || !strings.Contains(got.Reason(), paris) {
		t.Errorf("list with one region down: %v", err)
	}
	_, err = clusters.Cluster("2nothere").Get().SendContext(t.Context())
	if got := told(err); got.Status() != http.StatusServiceUnavailable || !strings.Contains(got.Reason(), paris) {
		t.Errorf("lookup with one region down: %v", err)
	}
	part := must(clusters.List().Parameter("partial", true).Size(-1).SendContext(t.Context()))(t)
	if part.Total() != 80 || part.Header().Get(missingHeader) != paris+";cause=UnexpectedStatus" {
		t.Errorf("in part: %d, missing %s", part.Total(), part.Header().Get(missingHeader))
	}
	// What is in the other regions is read and changed as ever.
	one := clusters.Cluster(kept.ID())
	must(one.Get().SendContext(t.Context()))(t)
	patch := must(cmv1.NewCluster().NodeDrainGracePeriod(cmv1.NewValue().Value(30).Unit("minutes")).Build())(t)
	must(one.Update().Body(patch).SendContext(t.Context()))(t)
	must(one.Delete().SendContext(t.Context()))(t)
	request := must(cmv1.NewCluster().Name("while-one-is-down").Region(cmv1.NewCloudRegion().ID("eu-central-1")).Build())(t)
	if made := must(clusters.Add().Body(request).SendContext(t.Context()))(t); made.Status() != http.StatusCreated {
		t.Errorf("create with one region down: %d", made.Status())
	}
}

func TestSDKReadsCatalogues(t *testing.T) {
	g, instances := threeSimulated(t)
	connection := g.connect()
	mgmt, accounts := connection.ClustersMgmt().V1(), connection.AccountsMgmt().V1()
	check := func() {
		t.Helper()
		if got := must(mgmt.Versions().List().Search("enabled = 'true'").Order("default desc, id desc").Size(5).SendContext(t.Context()))(t); got.Size() != 5 || !got.Items().Get(0).Default() {
			t.Errorf("versions: %d of %d, first %s", got.Size(), got.Total(), got.Items().Get(0).ID())
		}
		if got := must(mgmt.Flavours().List().SendContext(t.Context()))(t); got.Total() != 1 {
			t.Errorf("flavours: %d", got.Total())
		}
		if got := must(mgmt.Versions().Version("openshift-v4.20.8").Get().SendContext(t.Context()))(t); got.Body().RawID() != "4.20.8" {
			t.Errorf("version: %s", got.Body().RawID())
		}
		if got := must(mgmt.MachineTypes().List().Order("size desc").Search("cloud_provider.id = 'aws'").Size(-1).SendContext(t.Context()))(t); got.Total() != 10 {
			t.Errorf("machine types: %d", got.Total())
		}
		if me := must(accounts.CurrentAccount().Get().SendContext(t.Context()))(t); me.Body().Username() != "user-07" {
			t.Errorf("who am I: %s", me.Body().Username())
		}
	}
	check()
	organization := must(accounts.CurrentAccount().Get().SendContext(t.Context()))(t).Body().Organization().ID()
	if got := must(accounts.Organizations().Organization(organization).Get().SendContext(t.Context()))(t); got.Body().ID() != organization {
		t.Error("no organization")
	}
	if got := must(accounts.Organizations().Organization(organization).QuotaCost().List().SendContext(t.Context()))(t); got.Total() != 6 {
		t.Errorf("quota: %d items of three regions", got.Total())
	}
	clouds := must(mgmt.CloudProviders().CloudProvider("aws").Regions().List().Size(-1).SendContext(t.Context()))(t)
	if clouds.Total() != 3 {
		t.Errorf("cloud regions: %d", clouds.Total())
	}
	providers := must(mgmt.CloudProviders().List().Parameter("fetchRegions", true).SendContext(t.Context()))(t)
	if aws := providers.Items().Get(0); providers.Total() != 2 || len(aws.Regions()) != 3 {
		t.Errorf("%d providers, the first with %d regions", providers.Total(), len(aws.Regions()))
	}
	// Neither needs the region that is down, though it is the first one.
	silence(t, instances[west])
	check()
	reduced := must(mgmt.CloudProviders().CloudProvider("aws").Regions().List().Size(-1).SendContext(t.Context()))(t)
	if reduced.Total() != 2 || reduced.Header().Get(missingHeader) != west+";cause=UnexpectedStatus" {
		t.Errorf("cloud regions: %d, missing %s", reduced.Total(), reduced.Header().Get(missingHeader))
	}
}

// A stable order over regions: the keys first, then the order of the regions, then the id.
func TestTiesAreBrokenByRegionAndID(t *testing.T) {
	g, _ := threeSimulated(t)
	list := g.get(clustersAPI + "/clusters?size=-1&order=state").list(t)
	type place struct {
		state  string
		region int
		id     string
	}
	var places []place
	order := map[string]int{"eu-west-1": 0, "eu-central-1": 1, "eu-west-3": 2}
	for _, item := range list.Items {
		if provider := item["cloud_provider"].(map[string]any)["id"]; provider != "aws" {
			continue
		}
		cloud := item["region"].(map[string]any)["id"].(string)
		places = append(places, place{fmt.Sprint(item["state"]), order[cloud], fmt.Sprint(item["id"])})
	}
	sorted := slices.Clone(places)
	slices.SortFunc(sorted, func(a, b place) int {
		return strings.Compare(fmt.Sprintf("%s %d %s", a.state, a.region, a.id), fmt.Sprintf("%s %d %s", b.state, b.region, b.id))
	})
	if len(places) < 60 || !slices.Equal(places, sorted) {
		t.Errorf("%d clusters in the order %v", len(places), places)
	}
}
