// Command sdk is what a program of a customer does with ocm-sdk-go: it lists, makes, changes and removes clusters, and reads
// the errors that are typed. It finds the API in OCM_URL, and a token of the issuer in OCM_TOKEN.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	sdk "github.com/openshift-online/ocm-sdk-go"
	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
	ocmerrors "github.com/openshift-online/ocm-sdk-go/errors"
)

// pageSize is how many clusters are listed at a time.
const pageSize = 100

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, describe(err))
		os.Exit(1)
	}
}

// describe says what is in an error of the API, which has a type.
func describe(err error) string {
	var told *ocmerrors.Error
	if !errors.As(err, &told) {
		return err.Error()
	}
	return fmt.Sprintf("status %d, id %s, code %s: %s", told.Status(), told.ID(), told.Code(), told.Reason())
}

func run(ctx context.Context, args []string) error {
	connection, err := sdk.NewConnectionBuilder().URL(os.Getenv("OCM_URL")).Tokens(os.Getenv("OCM_TOKEN")).BuildContext(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	clusters := connection.ClustersMgmt().V1().Clusters()
	switch {
	case len(args) == 1 && args[0] == "list":
		return list(ctx, clusters)
	case len(args) == 3 && args[0] == "create":
		return create(ctx, clusters, args[1], args[2])
	case len(args) == 2 && args[0] == "show":
		return show(ctx, clusters.Cluster(args[1]))
	case len(args) == 3 && args[0] == "scale":
		return scale(ctx, clusters.Cluster(args[1]), args[2])
	case len(args) == 2 && args[0] == "delete":
		_, err := clusters.Cluster(args[1]).Delete().SendContext(ctx)
		return err
	}
	return errors.New("usage: sdk list | create NAME REGION | show ID | scale ID NODES | delete ID")
}

// list reads all clusters, page by page.
func list(ctx context.Context, clusters *cmv1.ClustersClient) error {
	for page := 1; ; page++ {
		answer, err := clusters.List().Page(page).Size(pageSize).Order("name asc").SendContext(ctx)
		if err != nil {
			return err
		}
		items := answer.Items().Slice()
		if len(items) > 0 {
			fmt.Printf("page %d: %d of %d, %s to %s\n", page, answer.Size(), answer.Total(), items[0].Name(), items[len(items)-1].Name())
		}
		if answer.Size() < pageSize {
			return nil
		}
	}
}

func create(ctx context.Context, clusters *cmv1.ClustersClient, name, region string) error {
	request, err := cmv1.NewCluster().Name(name).Region(cmv1.NewCloudRegion().ID(region)).Build()
	if err != nil {
		return err
	}
	answer, err := clusters.Add().Body(request).SendContext(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%d: %s in %s is %s\n", answer.Status(), answer.Body().Name(), answer.Body().Region().ID(), answer.Body().State())
	return nil
}

func show(ctx context.Context, cluster *cmv1.ClusterClient) error {
	answer, err := cluster.Get().SendContext(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%s in %s is %s, %d compute nodes\n", answer.Body().Name(), answer.Body().Region().ID(), answer.Body().State(), answer.Body().Nodes().Compute())
	return nil
}

func scale(ctx context.Context, cluster *cmv1.ClusterClient, nodes string) error {
	count, err := strconv.Atoi(nodes)
	if err != nil {
		return fmt.Errorf("NODES: %w", err)
	}
	patch, err := cmv1.NewCluster().Nodes(cmv1.NewClusterNodes().Compute(count)).Build()
	if err != nil {
		return err
	}
	answer, err := cluster.Update().Body(patch).SendContext(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%s has %d compute nodes\n", answer.Body().Name(), answer.Body().Nodes().Compute())
	return nil
}
