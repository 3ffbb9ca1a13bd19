package render

import (
	"slices"
	"testing"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

func TestEveryRenderedPodHasAllGuards(t *testing.T) {
	eachBundle(t, func(t *testing.T, model geography.Model, _ geography.Cluster, bundle Bundle) {
		pod := podOf(t, bundle)
		for _, guard := range Guards() {
			if !guard.Holds(pod) {
				t.Errorf("%s does not hold: %s", guard.ID, guard.Says)
			}
		}
		config, live := configMapNamed(t, bundle, ConfigName(pod)), configMapNamed(t, bundle, LiveName(pod))
		if geography.Digest(ConfigFile(config)) != bundle.ConfigDigest || geography.Digest(LiveFile(live)) != bundle.LiveDigest {
			t.Errorf("%s and %s are not the config and the live config of %s", config.Name, live.Name, model.Owner.Name)
		}
	})
}

// Property 9 is kept by what a pod is as much as by what the console does: each guard is lost by what it is for.
func TestProperty9_AGuardThatIsGoneIsSeen(t *testing.T) {
	yes, no, root := true, false, int64(0)
	first := func(change func(*core.Container)) func(*core.PodSpec) {
		return func(pod *core.PodSpec) { change(&pod.Containers[0]) }
	}
	volume := func(source core.VolumeSource) func(*core.PodSpec) {
		return func(pod *core.PodSpec) {
			pod.Volumes = append(pod.Volumes, core.Volume{Name: "more", VolumeSource: source})
		}
	}
	sidecar := core.Container{
		Name: "proxy", Resources: core.ResourceRequirements{Limits: core.ResourceList{core.ResourceMemory: resource.MustParse("1Gi")}},
		SecurityContext: &core.SecurityContext{ReadOnlyRootFilesystem: &yes, AllowPrivilegeEscalation: &no, Capabilities: &core.Capabilities{Drop: []core.Capability{"ALL"}}},
	}
	for name, test := range map[string]struct {
		change func(*core.PodSpec)
		lost   []string
	}{
		"a sidecar":               {func(p *core.PodSpec) { p.Containers = append(p.Containers, sidecar) }, []string{"one-container", "memory-whole", "as-rendered"}},
		"a container before":      {func(p *core.PodSpec) { p.InitContainers = []core.Container{sidecar} }, []string{"one-container", "memory-whole"}},
		"a container for debug":   {func(p *core.PodSpec) { p.EphemeralContainers = make([]core.EphemeralContainer, 1) }, []string{"one-container"}},
		"another container":       {first(func(c *core.Container) { c.Name = "other" }), []string{"one-container"}},
		"an empty directory":      {volume(core.VolumeSource{EmptyDir: &core.EmptyDirVolumeSource{}}), []string{"no-writable-volume", "as-rendered"}},
		"a directory of the node": {volume(core.VolumeSource{HostPath: &core.HostPathVolumeSource{Path: "/"}}), []string{"no-writable-volume", "as-rendered"}},
		"a token":                 {volume(core.VolumeSource{Projected: &core.ProjectedVolumeSource{}}), []string{"no-writable-volume", "no-token", "as-rendered"}},
		"a Secret":                {volume(core.VolumeSource{Secret: &core.SecretVolumeSource{}}), []string{"no-writable-volume", "no-token", "as-rendered"}},
		"a token by default":      {func(p *core.PodSpec) { p.AutomountServiceAccountToken = nil }, []string{"no-token"}},
		"a root to write on":      {first(func(c *core.Container) { c.SecurityContext.ReadOnlyRootFilesystem = nil }), []string{"read-only-root"}},
		"memory without a limit":  {first(func(c *core.Container) { c.Resources.Limits = nil }), []string{"memory-whole", "as-rendered"}},
		"less memory requested":   {first(func(c *core.Container) { c.Resources.Requests[core.ResourceMemory] = resource.MustParse("1Mi") }), []string{"memory-whole"}},
		"root":                    {func(p *core.PodSpec) { p.SecurityContext.RunAsNonRoot = nil }, []string{"unprivileged"}},
		"root by the container":   {first(func(c *core.Container) { c.SecurityContext.RunAsNonRoot = &no }), []string{"unprivileged"}},
		"root by its number":      {first(func(c *core.Container) { c.SecurityContext.RunAsUser = &root }), []string{"unprivileged"}},
		"privilege":               {first(func(c *core.Container) { c.SecurityContext.Privileged = &yes }), []string{"unprivileged"}},
		"a way to privilege":      {first(func(c *core.Container) { c.SecurityContext.AllowPrivilegeEscalation = nil }), []string{"unprivileged"}},
		"a capability":            {first(func(c *core.Container) { c.SecurityContext.Capabilities.Add = []core.Capability{"NET_RAW"} }), []string{"unprivileged"}},
		"capabilities by default": {first(func(c *core.Container) { c.SecurityContext.Capabilities = nil }), []string{"unprivileged"}},
		"any system call":         {func(p *core.PodSpec) { p.SecurityContext.SeccompProfile.Type = core.SeccompProfileTypeUnconfined }, []string{"unprivileged"}},
		"any call of a container": {first(func(c *core.Container) {
			c.SecurityContext.SeccompProfile = &core.SeccompProfile{Type: core.SeccompProfileTypeUnconfined}
		}), []string{"unprivileged"}},
		"no security context":   {first(func(c *core.Container) { c.SecurityContext = nil }), []string{"read-only-root", "unprivileged"}},
		"no context of the pod": {func(p *core.PodSpec) { p.SecurityContext = nil }, []string{"unprivileged"}},
		"the node's network":    {func(p *core.PodSpec) { p.HostNetwork = true }, []string{"own-namespaces"}},
		"the node's processes":  {func(p *core.PodSpec) { p.HostPID = true }, []string{"own-namespaces"}},
		"the node's IPC":        {func(p *core.PodSpec) { p.HostIPC = true }, []string{"own-namespaces"}},
		"processes in common":   {func(p *core.PodSpec) { p.ShareProcessNamespace = &yes }, []string{"own-namespaces"}},
		"a name of its own":     {func(p *core.PodSpec) { p.HostAliases = []core.HostAlias{{IP: "203.0.113.7"}} }, []string{"names-of-the-cluster"}},
		"another resolver":      {func(p *core.PodSpec) { p.DNSConfig = &core.PodDNSConfig{Nameservers: []string{"203.0.113.7"}} }, []string{"names-of-the-cluster"}},
		"the node's resolver":   {func(p *core.PodSpec) { p.DNSPolicy = core.DNSDefault }, []string{"names-of-the-cluster"}},
		"a detour":              {first(func(c *core.Container) { c.Args = append(c.Args, "--demo-dial=a.example.com:443=203.0.113.7:443") }), []string{"no-detour", "as-rendered"}},
		"an authority of its own": {first(func(c *core.Container) {
			c.Env = append(c.Env, core.EnvVar{Name: "SSL_CERT_FILE", Value: "/evil/ca.crt"})
		}), []string{"as-rendered"}},
		"an environment from elsewhere": {first(func(c *core.Container) {
			c.EnvFrom = []core.EnvFromSource{{ConfigMapRef: &core.ConfigMapEnvSource{}}}
		}), []string{"as-rendered"}},
		"the environment of Services": {func(p *core.PodSpec) { p.EnableServiceLinks = nil }, []string{"as-rendered"}},
		"a ConfigMap more":            {volume(core.VolumeSource{ConfigMap: &core.ConfigMapVolumeSource{}}), []string{"as-rendered"}},
		"another file as the config": {func(p *core.PodSpec) {
			p.Volumes[0].ConfigMap.Items = []core.KeyToPath{{Key: "other", Path: configKey}}
		}, []string{"as-rendered"}},
		"another's live config": {func(p *core.PodSpec) { p.Volumes[1].ConfigMap.Name = "other-live" }, []string{"as-rendered"}},
		"a mount more": {first(func(c *core.Container) {
			c.VolumeMounts = append(c.VolumeMounts, core.VolumeMount{Name: configVolume, MountPath: "/etc/ssl", ReadOnly: true})
		}), []string{"as-rendered"}},
		"a mount of a part": {first(func(c *core.Container) { c.VolumeMounts[0].SubPath = "other" }), []string{"as-rendered"}},
		"a command":         {first(func(c *core.Container) { c.Command = []string{"/other"} }), []string{"as-rendered"}},
		"an argument more":  {first(func(c *core.Container) { c.Args = append(c.Args, "--listen=:9090") }), []string{"as-rendered"}},
		"a hook": {first(func(c *core.Container) {
			c.Lifecycle.PostStart = &core.LifecycleHandler{Exec: &core.ExecAction{Command: []string{"/other"}}}
		}), []string{"as-rendered"}},
		"a probe that runs something": {first(func(c *core.Container) {
			c.LivenessProbe.ProbeHandler = core.ProbeHandler{Exec: &core.ExecAction{Command: []string{"/other"}}}
		}), []string{"as-rendered"}},
		"a probe of another host": {first(func(c *core.Container) { c.ReadinessProbe.HTTPGet.Host = "203.0.113.7" }), []string{"as-rendered"}},
	} {
		t.Run(name, func(t *testing.T) {
			pod := podOf(t, bundles(t, readModel(t, "testdata/route.in.yaml"))[0])
			test.change(&pod)
			var lost []string
			for _, guard := range Guards() {
				if !guard.Holds(pod) {
					lost = append(lost, guard.ID)
				}
			}
			if !slices.Equal(lost, test.lost) {
				t.Errorf("lost is %v, want %v", lost, test.lost)
			}
		})
	}
	for _, guard := range Guards() {
		if guard.ID != "own-namespaces" && guard.ID != "names-of-the-cluster" && guard.ID != "no-writable-volume" && guard.Holds(core.PodSpec{}) {
			t.Errorf("%s holds of a pod that says nothing", guard.ID)
		}
	}
}

func configMapNamed(t *testing.T, bundle Bundle, name string) core.ConfigMap {
	t.Helper()
	var c core.ConfigMap
	i := slices.IndexFunc(bundle.Objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == "ConfigMap" && o.GetName() == name })
	if i < 0 {
		t.Fatalf("no ConfigMap %q is rendered", name)
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(bundle.Objects[i].Object, &c); err != nil {
		t.Fatal(err)
	}
	return c
}
