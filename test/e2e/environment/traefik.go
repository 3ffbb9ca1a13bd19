package environment

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/hack/kubernetes"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
)

const (
	// TraefikClass is the IngressClass of InstallTraefik.
	TraefikClass = "traefik"

	traefikNamespace = "traefik"
	traefikPort      = "9443"
	traefikImage     = localPrefix + "/traefik:dev"
)

//go:embed traefik.yaml
var traefikManifests string

// InstallTraefik adds Traefik to the geography's cluster, a second way in besides the router: for Ingresses of the class
// TraefikClass, by HTTPS, with a certificate for a host name and those below it. It returns the address on this machine that leads to it.
// Traefik is built when it is not in the cache, which takes minutes.
func (e *Environment) InstallTraefik(ctx context.Context, host string) (string, error) {
	e.say("installing Traefik")
	archive, err := e.writeTraefikImage(ctx)
	if err != nil {
		return "", err
	}
	if err := e.Geography.LoadImage(ctx, archive); err != nil {
		return "", err
	}
	objects, err := decodeAll(strings.ReplaceAll(traefikManifests, "IMAGE", traefikImage))
	if err != nil {
		return "", err
	}
	pair, err := e.CA.Issue(host, "*."+host)
	if err != nil {
		return "", err
	}
	certificate := tlsSecret(client.ObjectKey{Namespace: traefikNamespace, Name: "certificate"}, pair)
	if err := createAll(ctx, e.GeographyClient, append(objects, certificate)); err != nil {
		return "", err
	}
	if err := available(ctx, e.GeographyClient, client.ObjectKey{Namespace: traefikNamespace, Name: "traefik"}); err != nil {
		return "", err
	}
	address, err := e.Geography.Forward("127.0.0.1:0", net.JoinHostPort(e.Geography.Network().Node.String(), traefikPort))
	if err != nil {
		return "", err
	}
	return address.String(), nil
}

func (e *Environment) writeTraefikImage(ctx context.Context) (archive string, err error) {
	binary, err := kubernetes.Traefik(ctx)
	if err != nil {
		return "", err
	}
	archive = filepath.Join(e.options.Dir, "traefik.tar")
	image := cluster.Image{
		Name: traefikImage, Entrypoint: []string{"/traefik"}, User: "65532", Binaries: map[string]string{"/traefik": binary},
	}
	if _, err := image.Write(archive); err != nil {
		return "", fmt.Errorf("image of Traefik: %w", err)
	}
	return archive, nil
}
