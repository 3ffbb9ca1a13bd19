package render

import (
	"slices"
	"strconv"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	appsv1 "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1 "k8s.io/client-go/applyconfigurations/core/v1"
	metav1 "k8s.io/client-go/applyconfigurations/meta/v1"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// containerName is the name of the console's container.
const containerName = "console"

// The console's ports: users come in by the public one, the kubelet and the operator by the internal one.
const (
	publicPort       = 8080
	publicPortName   = "http"
	internalPort     = 8081
	internalPortName = "internal"
)

// configDirectory and liveDirectory are where the two ConfigMaps are mounted, read-only: the only volumes of the pod. The
// live one has a directory of its own, because a kubelet brings changes into whole directories only.
const (
	configDirectory = "/etc/geoconsole"
	configVolume    = "config"
	liveDirectory   = "/etc/geoconsole-live"
	liveVolume      = "live"
)

const (
	// minReadySeconds is how long a new pod must stay ready before an old one goes, so that one that fails its first
	// requests stops the rollout.
	minReadySeconds = 5
	// progressDeadlineSeconds is when a rollout that does not move is called failed.
	progressDeadlineSeconds = 600
	// revisionHistoryLimit: older ReplicaSets would keep older configs in the cluster.
	revisionHistoryLimit = 2
)

// deployment runs the console. An update adds a new pod before it takes an old one away.
func (r rendering) deployment() *appsv1.DeploymentApplyConfiguration {
	return appsv1.Deployment(r.Owner.Name, r.namespace).
		WithSpec(appsv1.DeploymentSpec().
			WithReplicas(r.Console.Replicas).
			WithMinReadySeconds(minReadySeconds).
			WithProgressDeadlineSeconds(progressDeadlineSeconds).
			WithRevisionHistoryLimit(revisionHistoryLimit).
			WithStrategy(appsv1.DeploymentStrategy().
				WithType(apps.RollingUpdateDeploymentStrategyType).
				WithRollingUpdate(appsv1.RollingUpdateDeployment().
					WithMaxUnavailable(intstr.FromInt32(0)).
					WithMaxSurge(intstr.FromInt32(1)))).
			WithSelector(metav1.LabelSelector().WithMatchLabels(Selector(r.Owner))).
			WithTemplate(corev1.PodTemplateSpec().
				WithLabels(Labels(r.Owner)).
				WithSpec(r.pod())))
}

func (r rendering) pod() *corev1.PodSpecApplyConfiguration {
	pod := corev1.PodSpec().
		WithServiceAccountName(r.Owner.Name).
		WithAutomountServiceAccountToken(false).
		// The environment would name every Service of the namespace.
		WithEnableServiceLinks(false).
		WithTerminationGracePeriodSeconds(r.Config().Proxy.GraceSeconds()).
		WithSecurityContext(corev1.PodSecurityContext().
			WithRunAsNonRoot(true).
			WithSeccompProfile(corev1.SeccompProfile().WithType(core.SeccompProfileTypeRuntimeDefault))).
		WithTopologySpreadConstraints(r.spread(core.LabelHostname), r.spread(core.LabelTopologyZone)).
		WithVolumes(r.volumes()...).
		WithContainers(r.container())
	for _, name := range slices.Sorted(slices.Values(r.Console.ImagePullSecrets)) {
		pod.WithImagePullSecrets(corev1.LocalObjectReference().WithName(name))
	}
	return pod
}

func (r rendering) volumes() []*corev1.VolumeApplyConfiguration {
	return []*corev1.VolumeApplyConfiguration{
		corev1.Volume().
			WithName(configVolume).
			WithConfigMap(corev1.ConfigMapVolumeSource().WithName(configName(r.Owner, r.digest))),
		corev1.Volume().
			WithName(liveVolume).
			WithConfigMap(corev1.ConfigMapVolumeSource().WithName(liveName(r.Owner))),
	}
}

// spread prefers different nodes and zones. A required spread would leave a pod pending, and a drain waiting, in a
// cluster with fewer of them than pods. Pods of one rollout are counted among themselves.
func (r rendering) spread(topologyKey string) *corev1.TopologySpreadConstraintApplyConfiguration {
	return corev1.TopologySpreadConstraint().
		WithTopologyKey(topologyKey).
		WithMaxSkew(1).
		WithWhenUnsatisfiable(core.ScheduleAnyway).
		WithLabelSelector(metav1.LabelSelector().WithMatchLabels(Selector(r.Owner))).
		WithMatchLabelKeys(apps.DefaultDeploymentUniqueLabelKey)
}

func (r rendering) container() *corev1.ContainerApplyConfiguration {
	return corev1.Container().
		WithName(containerName).
		WithImage(r.Console.Image).
		WithArgs(
			"--config="+configDirectory+"/"+configKey,
			"--live="+liveDirectory+"/"+liveKey,
			"--listen=:"+strconv.Itoa(publicPort),
			"--internal-listen=:"+strconv.Itoa(internalPort)).
		WithEnv(corev1.EnvVar().WithName("GOMEMLIMIT").WithValue(r.goMemoryLimit())).
		WithPorts(
			corev1.ContainerPort().WithName(publicPortName).WithContainerPort(publicPort).WithProtocol(core.ProtocolTCP),
			corev1.ContainerPort().WithName(internalPortName).WithContainerPort(internalPort).WithProtocol(core.ProtocolTCP)).
		// Memory that is requested whole is never swapped to a disk. There is no CPU limit: it would throttle bursts.
		WithResources(corev1.ResourceRequirements().
			WithRequests(core.ResourceList{core.ResourceCPU: r.Console.CPU, core.ResourceMemory: r.Console.Memory}).
			WithLimits(core.ResourceList{core.ResourceMemory: r.Console.Memory})).
		WithStartupProbe(probe("/healthz", 1, 60)).
		WithLivenessProbe(probe("/healthz", 10, 3)).
		WithReadinessProbe(probe("/readyz", 1, 3)).
		WithLifecycle(corev1.Lifecycle().
			WithPreStop(corev1.LifecycleHandler().WithSleep(corev1.SleepAction().WithSeconds(geography.ServeOnSeconds)))).
		WithSecurityContext(corev1.SecurityContext().
			WithAllowPrivilegeEscalation(false).
			WithReadOnlyRootFilesystem(true).
			WithCapabilities(corev1.Capabilities().WithDrop("ALL"))).
		WithVolumeMounts(
			corev1.VolumeMount().WithName(configVolume).WithMountPath(configDirectory).WithReadOnly(true),
			corev1.VolumeMount().WithName(liveVolume).WithMountPath(liveDirectory).WithReadOnly(true))
}

// goMemoryLimit is 90 % of the memory limit in bytes: the garbage collector works harder before the kernel kills.
func (r rendering) goMemoryLimit() string {
	return strconv.FormatInt(r.Console.Memory.Value()/10*9, 10)
}

// probe asks the internal port every periodSeconds; failures of them in a row count.
func probe(path string, periodSeconds, failures int32) *corev1.ProbeApplyConfiguration {
	return corev1.Probe().
		WithHTTPGet(corev1.HTTPGetAction().WithPath(path).WithPort(intstr.FromString(internalPortName))).
		WithPeriodSeconds(periodSeconds).
		WithTimeoutSeconds(probeTimeoutSeconds).
		WithFailureThreshold(failures)
}

// probeTimeoutSeconds is above the usual second, which a throttled node exceeds without any fault of the pod.
const probeTimeoutSeconds = 3
