package environment

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"

	routev1 "github.com/openshift/api/route/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/hack/kubernetes"
)

// check tells what cannot work before anything is created.
func (e *Existing) check(ctx context.Context) (err error) {
	if e.hub, err = newGuest("the hub", e.clusters.HubKubeconfig); err != nil {
		return err
	}
	if e.geography, err = newGuest("the geography's cluster", e.clusters.GeographyKubeconfig); err != nil {
		return err
	}
	e.HubClient, e.GeographyClient = e.hub.client, e.geography.client
	if err := checkServer(e.server()); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", e.options.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	if err := listener.Close(); err != nil {
		return err
	}
	if e.root, err = cache.Root(); err != nil {
		return err
	}
	if e.ownRouter, err = servesRoutes(e.GeographyClient); err != nil {
		return fmt.Errorf("the geography's cluster: %w", err)
	}
	e.kubectl, err = findKubectl(ctx)
	return err
}

func (e *Existing) server() string {
	return cmp.Or(e.clusters.GeographyServer, e.geography.config.Host)
}

// checkServer refuses addresses at which a pod of the hub finds anything but the geography's API server.
func checkServer(server string) error {
	const cure = "give the address by which the hub's pods reach the geography's cluster as --geo-server https://HOST:PORT"
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return fmt.Errorf("the geography's API server %q is no https URL: %s", server, cure)
	}
	if address := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || (address != nil && (address.IsLoopback() || address.IsUnspecified())) {
		return fmt.Errorf("the geography's API server %s is on this machine's loopback, where a pod finds only itself: %s", server, cure)
	}
	return nil
}

func servesRoutes(c client.Client) (bool, error) {
	_, err := c.RESTMapper().RESTMapping(routev1.GroupVersion.WithKind("Route").GroupKind(), routev1.GroupVersion.Version)
	if meta.IsNoMatchError(err) {
		return false, nil
	}
	return err == nil, err
}

// findKubectl takes the person's kubectl, else one of our own.
func findKubectl(ctx context.Context) (string, error) {
	if found, err := exec.LookPath("kubectl"); err == nil {
		return found, nil
	}
	programs, err := kubernetes.Components(ctx)
	if err != nil {
		return "", fmt.Errorf("no kubectl in PATH, and building one failed: %w", err)
	}
	return filepath.Join(programs, "kubectl"), nil
}
