package render

import (
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	corev1 "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// isAsRendered renders once more, from the names and the size that the pod has, whatever makes the console trust or reach
// something else: SSL_CERT_FILE, HTTPS_PROXY or GODEBUG need no flag of the console's, and a hook or a probe can run what
// is in the image. Only what the API server fills in may differ. No token is mounted, so that admission adds no volume.
func isAsRendered(pod core.PodSpec) bool {
	if len(pod.Containers) != 1 {
		return false
	}
	given := pod.Containers[0]
	r := rendering{
		Model: geography.Model{
			Owner:   geography.Owner{Name: pod.ServiceAccountName},
			Console: geography.Console{Image: given.Image, CPU: given.Resources.Requests[core.ResourceCPU], Memory: given.Resources.Limits[core.ResourceMemory]},
		},
	}
	r.digest = strings.TrimPrefix(ConfigName(pod), configName(r.Owner, ""))
	wanted, err := typed(corev1.PodSpec().WithVolumes(r.volumes()...).WithContainers(r.container()))
	if err != nil {
		return false
	}
	return isSet(pod.EnableServiceLinks, false) &&
		equality.Semantic.DeepEqual(withoutModes(pod.Volumes), wanted.Volumes) &&
		equality.Semantic.DeepEqual(doing(given), doing(wanted.Containers[0]))
}

func typed(configuration *corev1.PodSpecApplyConfiguration) (pod core.PodSpec, err error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(configuration)
	if err != nil {
		return pod, err
	}
	return pod, runtime.DefaultUnstructuredConverter.FromUnstructured(content, &pod)
}

// doing is what a container does and reads, without what the API server fills in.
func doing(c core.Container) core.Container {
	return core.Container{
		Command: c.Command, Args: c.Args, WorkingDir: c.WorkingDir, Env: c.Env, EnvFrom: c.EnvFrom,
		VolumeMounts: c.VolumeMounts, VolumeDevices: c.VolumeDevices, Lifecycle: c.Lifecycle,
		StartupProbe: withoutDefaults(c.StartupProbe), LivenessProbe: withoutDefaults(c.LivenessProbe), ReadinessProbe: withoutDefaults(c.ReadinessProbe),
	}
}

func withoutDefaults(probe *core.Probe) *core.Probe {
	if probe == nil {
		return nil
	}
	out := probe.DeepCopy()
	if out.SuccessThreshold == 1 {
		out.SuccessThreshold = 0
	}
	if out.HTTPGet != nil && out.HTTPGet.Scheme == core.URISchemeHTTP {
		out.HTTPGet.Scheme = ""
	}
	return out
}

// withoutModes leaves out the mode of files, which is the API server's where nobody says one. Nobody can write them.
func withoutModes(volumes []core.Volume) []core.Volume {
	var out []core.Volume
	for _, volume := range volumes {
		volume = *volume.DeepCopy()
		if volume.ConfigMap != nil {
			volume.ConfigMap.DefaultMode = nil
		}
		out = append(out, volume)
	}
	return out
}
