package main

import (
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"
)

func TestParse(t *testing.T) {
	t.Setenv("WATCH_NAMESPACE", "")
	s, err := parse([]string{"--namespaces= a, b ,", "--allowed-image-prefixes=a.example.com, b.example.com"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "b"}; !slices.Equal(s.namespaces, want) {
		t.Errorf("namespaces %q, want %q: an empty one would be all of them", s.namespaces, want)
	}
	if want := []string{"a.example.com", "b.example.com"}; !slices.Equal(s.imagePrefixes, want) {
		t.Errorf("prefixes %q, want %q", s.imagePrefixes, want)
	}
	if !s.leaderElect || s.unreachableGrace != 2*time.Minute || s.probeInterval != 10*time.Second {
		t.Errorf("other defaults: %+v", s)
	}
}

func TestParseTakesTheNamespaceOfItsPod(t *testing.T) {
	t.Setenv("WATCH_NAMESPACE", "geoconsoles")
	s, err := parse(nil, io.Discard)
	if err != nil || !slices.Equal(s.namespaces, []string{"geoconsoles"}) {
		t.Errorf("namespaces %q, %v", s.namespaces, err)
	}
}

// TestManifest holds config/manager to what the command line says: a flag that is gone, or a port that moved, would show
// in a cluster only.
func TestManifest(t *testing.T) {
	text, err := os.ReadFile("../../config/manager/manager.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var deployment appsv1.Deployment
	if err := yaml.UnmarshalStrict(text, &deployment); err != nil {
		t.Fatal(err)
	}
	container := deployment.Spec.Template.Spec.Containers[0]
	for _, env := range container.Env {
		t.Setenv(env.Name, "geoconsoles")
	}
	s, err := parse(container.Args, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !s.leaderElect {
		t.Error("no leader is elected: a rolling update would run two operators at once")
	}
	if os.Getenv("RELATED_IMAGE_CONSOLE") == "" {
		t.Error("RELATED_IMAGE_CONSOLE is not set: no console has an image")
	}
	for _, port := range container.Ports {
		want := map[string]string{"metrics": s.metricsAddress, "probes": s.probeAddress}[port.Name]
		if got := ":" + strconv.Itoa(int(port.ContainerPort)); got != want {
			t.Errorf("port %s is %s, the flag's default %s", port.Name, got, want)
		}
	}
}

func TestProperty12_TheHubsOwnNetworksAreRefused(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "172.30.0.1")
	s, err := parse([]string{"--namespaces=a", "--cluster-networks=10.128.7.0/14, fd01::/48"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.128.0.0/14"), netip.MustParsePrefix("fd01::/48"), netip.MustParsePrefix("172.30.0.1/32")}
	if !slices.Equal(s.ownNetworks, want) {
		t.Errorf("%v, want %v", s.ownNetworks, want)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Setenv("WATCH_NAMESPACE", "")
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no namespace":          {nil, "WATCH_NAMESPACE"},
		"commas only":           {[]string{"--namespaces=,"}, "WATCH_NAMESPACE"},
		"no name":               {[]string{"--namespaces=Geo Consoles"}, `"Geo Consoles" is no namespace`},
		"a word":                {[]string{"--namespaces=a", "start"}, `"start" is no flag`},
		"a probe without pause": {[]string{"--namespaces=a", "--probe-interval=0s"}, "at least 1s"},
		"a negative grace":      {[]string{"--namespaces=a", "--unreachable-grace=-1s"}, "--unreachable-grace"},
		"an address alone":      {[]string{"--namespaces=a", "--cluster-networks=10.128.0.0/14,172.30.0.1"}, `"172.30.0.1" is no network`},
		"all addresses":         {[]string{"--namespaces=a", "--cluster-networks=0.0.0.0/0"}, "10.128.0.0/14"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parse(c.args, io.Discard); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
		})
	}
}
