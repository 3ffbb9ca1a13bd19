package xcm

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	sdk "github.com/openshift-online/ocm-sdk-go"
	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
	ocmerrors "github.com/openshift-online/ocm-sdk-go/errors"
)

// connect is the real client, with a token that it takes for one of the issuer's.
func connect(t *testing.T, url string) *sdk.Connection {
	t.Helper()
	connection, err := sdk.NewConnectionBuilder().URL(url).
		Tokens(token(t, "user-07", time.Now().Add(24*time.Hour))).
		RetryInterval(time.Millisecond).BuildContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

// fatal returns the value of a call that must not fail.
func fatal[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func TestSDK(t *testing.T) {
	clock := newHand()
	clock.now = time.Now()
	p := newProbe(t, Options{Clusters: 120, Seed: 1, Auth: true, Clock: clock.time})
	connection := connect(t, p.server.URL)
	clusters, ctx := connection.ClustersMgmt().V1().Clusters(), t.Context()

	total := 0
	for page := 1; ; page++ {
		list := fatal(clusters.List().Page(page).Size(50).Order("name asc").SendContext(ctx))(t)
		total += list.Items().Len()
		if list.Total() != 120 {
			t.Fatalf("total %d", list.Total())
		}
		if list.Size() < 50 {
			break
		}
	}
	if total != 120 {
		t.Errorf("listed %d of 120", total)
	}
	found := fatal(clusters.List().Search("product.id = 'rosa' and hypershift.enabled = 't' and state = 'ready'").Size(1).SendContext(ctx))(t)
	if got := found.Items().Get(0); got == nil || !got.Hypershift().Enabled() || got.Version().RawID() == "" || got.CreationTimestamp().IsZero() {
		t.Fatalf("searched: %v", got)
	}

	request := fatal(cmv1.NewCluster().Name("from-the-sdk").Region(cmv1.NewCloudRegion().ID("eu-west-1")).
		Nodes(cmv1.NewClusterNodes().Compute(3)).Build())(t)
	made := fatal(clusters.Add().Body(request).SendContext(ctx))(t)
	if made.Status() != http.StatusCreated || made.Body().State() != cmv1.ClusterStatePending {
		t.Errorf("made: %d %s", made.Status(), made.Body().State())
	}
	sent, _ := p.instance.Requests()
	if last := sent[len(sent)-1]; last.Method != http.MethodPost || last.Length != -1 {
		t.Errorf("the SDK sends chunked bodies, the last one has %d bytes", last.Length)
	}
	clock.advance(50 * time.Minute)
	one := clusters.Cluster(made.Body().ID())
	if got := fatal(one.Get().SendContext(ctx))(t).Body(); got.State() != cmv1.ClusterStateReady || got.Console().URL() == "" {
		t.Errorf("after 50 minutes: %s", got.State())
	}
	patch := fatal(cmv1.NewCluster().Nodes(cmv1.NewClusterNodes().Compute(5)).Build())(t)
	if got := fatal(one.Update().Body(patch).SendContext(ctx))(t).Body(); got.Nodes().Compute() != 5 {
		t.Errorf("updated: %d", got.Nodes().Compute())
	}
	pool := fatal(cmv1.NewMachinePool().ID("more").InstanceType("m5.xlarge").Replicas(1).Build())(t)
	if got := fatal(one.MachinePools().Add().Body(pool).SendContext(ctx))(t); got.Status() != http.StatusCreated {
		t.Errorf("pool: %d", got.Status())
	}
	fatal(one.MachinePools().MachinePool("more").Delete().SendContext(ctx))(t)
	fatal(one.Delete().SendContext(ctx))(t)
	clock.advance(50 * time.Minute)
	_, err := one.Get().SendContext(ctx)
	var told *ocmerrors.Error
	if !errors.As(err, &told) || told.Status() != http.StatusNotFound || told.ID() != "404" || told.Code() != "CLUSTERS-MGMT-404" {
		t.Errorf("gone: %v", err)
	}

	if root := fatal(connection.ClustersMgmt().V1().Get().SendContext(ctx))(t); root.Body().ServerVersion() == "" {
		t.Error("no server version")
	}
	accounts := connection.AccountsMgmt().V1()
	if me := fatal(accounts.CurrentAccount().Get().SendContext(ctx))(t).Body(); me.Username() != "user-07" || me.Organization().ID() != organizationID {
		t.Errorf("who am I: %s", me.Username())
	}
	subscription := fatal(accounts.Subscriptions().List().Search("rh_region_id = 'aws.eu-west-1' and status = 'Active'").Size(1).SendContext(ctx))(t).Items().Get(0)
	if subscription.RhRegionID() != "aws.eu-west-1" || len(subscription.Metrics()) != 1 {
		t.Errorf("subscription: %v", subscription)
	}
	logs := fatal(connection.ServiceLogs().V1().Clusters().ClusterLogs().List().Parameter("cluster_id", made.Body().ID()).SendContext(ctx))(t)
	if logs.Total() != 4 {
		t.Errorf("log: %d entries", logs.Total())
	}
	available := fatal(connection.ClustersMgmt().V1().CloudProviders().CloudProvider("aws").Regions().List().Size(-1).SendContext(ctx))(t)
	if available.Items().Len() != 1 {
		t.Errorf("regions: %d", available.Items().Len())
	}
}

// What the SDK makes of faults, which is what a console must expect of clients.
func TestSDKSeesFaults(t *testing.T) {
	p := newProbe(t, Options{Clusters: 5})
	connection := connect(t, p.server.URL)
	list := func(ctx context.Context) error {
		_, err := connection.ClustersMgmt().V1().Clusters().List().SendContext(ctx)
		return err
	}
	for _, test := range []struct {
		name  string
		fault Fault
		fine  bool
		calls int // 0: not counted
	}{
		{"one in two fails, and is tried again", Fault{Status: 503, ErrorRate: 0.5}, true, 0},
		{"all fail, after two retries", Fault{Status: 503}, false, 3},
		{"not JSON", Fault{ContentType: "text/html", Body: "<html><script>alert(1)</script>"}, false, 1},
		{"cut off", Fault{Truncate: true}, false, 0},
		{"trailers and early hints are no harm", Fault{EarlyHints: true, Trailers: map[string]string{"X-After": "1"}}, true, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, before := p.instance.Requests()
			if err := p.instance.SetFaults(Faults{Rules: []Fault{test.fault}}); err != nil {
				t.Fatal(err)
			}
			if err := list(t.Context()); (err == nil) != test.fine {
				t.Errorf("got %v", err)
			}
			_, after := p.instance.Requests()
			if calls := after.Total - before.Total; test.calls != 0 && calls != test.calls {
				t.Errorf("%d requests, want %d", calls, test.calls)
			}
		})
	}
}

// The real gateway's redirect of accounts_mgmt carries the bearer along: the trap that the console must not fall into.
func TestSDKFollowsRedirect(t *testing.T) {
	regional, global := newProbe(t, Options{Clusters: 5, Auth: true}), newProbe(t, Options{Auth: true})
	if err := regional.instance.SetFaults(Faults{Rules: []Fault{{PathPrefix: "/api/accounts_mgmt", Redirect: global.server.URL}}}); err != nil {
		t.Fatal(err)
	}
	connection := connect(t, regional.server.URL)
	if me := fatal(connection.AccountsMgmt().V1().CurrentAccount().Get().SendContext(t.Context()))(t).Body(); me.Username() != "user-07" {
		t.Errorf("who am I: %s", me.Username())
	}
	fatal(connection.ClustersMgmt().V1().Clusters().List().SendContext(t.Context()))(t)
	if arrived, _ := global.instance.Requests(); len(arrived) != 1 || !arrived[0].Bearer || arrived[0].Path != accountsAPI+"/current_account" || arrived[0].Status != http.StatusOK {
		t.Errorf("at the other host: %+v", arrived)
	}
	arrived, counters := regional.instance.Requests()
	if len(arrived) != 2 || arrived[0].Status != http.StatusTemporaryRedirect || counters.ByStatus[http.StatusTemporaryRedirect] != 1 {
		t.Errorf("at the region: %+v", arrived)
	}
}
