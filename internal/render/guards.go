package render

import (
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
)

// Guard is something that keeps what passes through a pod of the console in its memory and on its declared ways. The pods
// that are rendered have all of them; this reads them back from a pod, or a template, as it stands in a cluster.
type Guard struct {
	ID string
	// Says what holds where the guard stands.
	Says  string
	Holds func(core.PodSpec) bool
}

// Guards are all that are read back.
func Guards() []Guard {
	return []Guard{
		{"one-container", "the console's container is the only one: none beside it, none before it, none for debugging", isAlone},
		{"no-writable-volume", "no volume but ConfigMaps", hasConfigMapsOnly},
		{"read-only-root", "the container's root file system is read-only", each(hasReadOnlyRoot)},
		{"memory-whole", "memory is requested as far as it is limited, so that the kubelet gives it no swap", each(hasWholeMemory)},
		{"no-token", "no token of a ServiceAccount is mounted", hasNoToken},
		{"unprivileged", "not root, no privilege, no capability, the runtime's seccomp profile", isUnprivileged},
		{"own-namespaces", "network, processes and IPC are the pod's own", hasOwnNamespaces},
		{"names-of-the-cluster", "names are resolved by the cluster's DNS and nothing else", usesClusterDNS},
		{"no-detour", "no argument leads an endpoint to another address", each(hasNoDetour)},
		{"as-rendered", "arguments, environment, volumes, mounts, probes and hooks are those that are rendered, and no others", isAsRendered},
	}
}

// isAlone finds the console's container by its name, and no other of any sort.
func isAlone(pod core.PodSpec) bool {
	return len(pod.Containers) == 1 && pod.Containers[0].Name == containerName &&
		len(pod.InitContainers) == 0 && len(pod.EphemeralContainers) == 0
}

// hasConfigMapsOnly: a ConfigMap is never written through its mount. Everything else is a disk, memory that outlives the
// container, or a token.
func hasConfigMapsOnly(pod core.PodSpec) bool {
	return !slices.ContainsFunc(pod.Volumes, func(v core.Volume) bool { return v.ConfigMap == nil })
}

// each holds when the property does of every container.
func each(property func(core.Container) bool) func(core.PodSpec) bool {
	return func(pod core.PodSpec) bool {
		all := slices.Concat(pod.InitContainers, pod.Containers)
		return len(all) > 0 && !slices.ContainsFunc(all, func(c core.Container) bool { return !property(c) })
	}
}

func hasReadOnlyRoot(c core.Container) bool {
	return c.SecurityContext != nil && isSet(c.SecurityContext.ReadOnlyRootFilesystem, true)
}

func hasWholeMemory(c core.Container) bool {
	request, limit := c.Resources.Requests[core.ResourceMemory], c.Resources.Limits[core.ResourceMemory]
	return !limit.IsZero() && request.Cmp(limit) == 0
}

// hasNoToken: what is mounted of one is a volume, whoever asked for it.
func hasNoToken(pod core.PodSpec) bool {
	projected := slices.ContainsFunc(pod.Volumes, func(v core.Volume) bool { return v.Projected != nil || v.Secret != nil })
	return !projected && isSet(pod.AutomountServiceAccountToken, false)
}

func isUnprivileged(pod core.PodSpec) bool {
	security := pod.SecurityContext
	return security != nil && isSet(security.RunAsNonRoot, true) &&
		security.SeccompProfile != nil && security.SeccompProfile.Type == core.SeccompProfileTypeRuntimeDefault &&
		each(hasNoPrivilege)(pod)
}

// hasNoPrivilege also refuses what a container takes back of its pod's settings.
func hasNoPrivilege(c core.Container) bool {
	s := c.SecurityContext
	return s != nil && isSet(s.AllowPrivilegeEscalation, false) && !isSet(s.Privileged, true) && !isSet(s.RunAsNonRoot, false) &&
		(s.RunAsUser == nil || *s.RunAsUser != 0) &&
		(s.SeccompProfile == nil || s.SeccompProfile.Type == core.SeccompProfileTypeRuntimeDefault) &&
		s.Capabilities != nil && slices.Contains(s.Capabilities.Drop, "ALL") && len(s.Capabilities.Add) == 0
}

func hasOwnNamespaces(pod core.PodSpec) bool {
	return !pod.HostNetwork && !pod.HostPID && !pod.HostIPC && !isSet(pod.ShareProcessNamespace, true)
}

// usesClusterDNS: whoever answers for a name decides where a token goes, as far as the certificate lets.
func usesClusterDNS(pod core.PodSpec) bool {
	return len(pod.HostAliases) == 0 && pod.DNSConfig == nil && (pod.DNSPolicy == "" || pod.DNSPolicy == core.DNSClusterFirst)
}

// demoDialFlag is the console's flag that connects elsewhere, and refuses no address for it.
const demoDialFlag = "demo-dial"

func hasNoDetour(c core.Container) bool {
	return !slices.ContainsFunc(slices.Concat(c.Command, c.Args), func(argument string) bool { return strings.Contains(argument, demoDialFlag) })
}

func isSet(value *bool, to bool) bool { return value != nil && *value == to }

// ImageOf is the image of the console's container; empty where there is none of its name.
func ImageOf(pod core.PodSpec) string {
	for _, c := range pod.Containers {
		if c.Name == containerName {
			return c.Image
		}
	}
	return ""
}

// ConfigName and LiveName are the names of the ConfigMaps that hold the config and the live config of a pod; empty where
// it mounts none.
func ConfigName(pod core.PodSpec) string { return mounted(pod, configVolume) }

// LiveName is said with ConfigName.
func LiveName(pod core.PodSpec) string { return mounted(pod, liveVolume) }

func mounted(pod core.PodSpec, volume string) string {
	for _, v := range pod.Volumes {
		if v.Name == volume && v.ConfigMap != nil {
			return v.ConfigMap.Name
		}
	}
	return ""
}

// ConfigFile and LiveFile are the files in these ConfigMaps.
func ConfigFile(config core.ConfigMap) []byte { return []byte(config.Data[configKey]) }

// LiveFile is said with ConfigFile.
func LiveFile(live core.ConfigMap) []byte { return []byte(live.Data[liveKey]) }
