package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
)

// settings are the command line.
type settings struct {
	namespaces       []string
	hubID            string
	imagePrefixes    []string
	ownNetworks      []netip.Prefix
	metricsAddress   string
	probeAddress     string
	leaderElect      bool
	unreachableGrace time.Duration
	probeInterval    time.Duration
	zap              zap.Options
}

// leastProbeInterval keeps the probe, which every cluster answers for ever, from becoming a load.
const leastProbeInterval = time.Second

// parse reads the command line. Its errors name the flag and the cure.
func parse(args []string, output io.Writer) (settings, error) {
	var s settings
	set := flag.NewFlagSet("operator", flag.ContinueOnError)
	set.SetOutput(output)
	namespaces := set.String("namespaces", os.Getenv("WATCH_NAMESPACE"), "Namespaces whose GeoConsoles are served, divided by commas. Required; its default is the environment's WATCH_NAMESPACE.")
	prefixes := set.String("allowed-image-prefixes", "", "Prefixes, divided by commas, of console images that may be used without a digest.")
	networks := set.String("cluster-networks", "", "Networks of the hub's own pods and services, as CIDRs divided by commas: no kubeconfig may lead into them. The address of its Kubernetes service is always one.")
	set.StringVar(&s.hubID, "hub-id", "", "Identity of this hub in the clusters' inventories. The UID of the namespace kube-system when it is not given.")
	set.StringVar(&s.metricsAddress, "metrics-bind-address", ":8443", "Where metrics are served; 0 serves none.")
	set.StringVar(&s.probeAddress, "health-probe-bind-address", ":8081", "Where /healthz and /readyz are served.")
	set.BoolVar(&s.leaderElect, "leader-elect", true, "Let one of several operators work at a time.")
	set.DurationVar(&s.unreachableGrace, "unreachable-grace", 2*time.Minute, "How long a cluster may be unreachable before what it last said is no longer believed.")
	set.DurationVar(&s.probeInterval, "probe-interval", 10*time.Second, "Time between two probes of a cluster's API server.")
	s.zap.BindFlags(set)
	config.RegisterFlags(set) // --kubeconfig
	err := set.Parse(args)
	if err != nil {
		return s, err
	}
	if set.NArg() > 0 {
		return s, fmt.Errorf("%q is no flag; the operator takes flags only", set.Arg(0))
	}
	s.namespaces, s.imagePrefixes = listed(*namespaces), listed(*prefixes)
	if s.ownNetworks, err = ownNetworks(listed(*networks), os.Getenv("KUBERNETES_SERVICE_HOST")); err != nil {
		return s, err
	}
	return s, s.check()
}

// ownNetworks are those that are named, and the address under which every pod of the hub finds its API server.
func ownNetworks(named []string, service string) ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, text := range named {
		network, err := netip.ParsePrefix(text)
		if err != nil || network.Bits() == 0 {
			return nil, fmt.Errorf("--cluster-networks: %q is no network; give CIDRs such as 10.128.0.0/14,172.30.0.0/16", text)
		}
		networks = append(networks, network.Masked())
	}
	if address, err := netip.ParseAddr(service); err == nil {
		networks = append(networks, netip.PrefixFrom(address, address.BitLen()))
	}
	return networks, nil
}

func (s settings) check() error {
	if len(s.namespaces) == 0 {
		return errors.New("--namespaces is empty: name the namespaces whose GeoConsoles are served, or set WATCH_NAMESPACE")
	}
	for _, namespace := range s.namespaces {
		if len(validation.IsDNS1123Label(namespace)) > 0 {
			return fmt.Errorf("--namespaces: %q is no namespace; give names of lower-case letters, digits and dashes", namespace)
		}
	}
	if s.unreachableGrace < 0 {
		return fmt.Errorf("--unreachable-grace: is %s; give a time that is not negative, such as 2m", s.unreachableGrace)
	}
	if s.probeInterval < leastProbeInterval {
		return fmt.Errorf("--probe-interval: is %s; give at least %s", s.probeInterval, leastProbeInterval)
	}
	return nil
}

// listed divides at commas. An empty part is dropped: as a namespace it would stand for all namespaces.
func listed(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
