package evidence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// owner is who says that the console is theirs.
func (a assessment) owner() []Item {
	item := Item{ID: "owner", Verdict: Holds, Known: Declared, Source: a.deployment() + ", annotation " + v1alpha1.AnnotationOwner}
	mark, revision := a.Deployment.Annotations[v1alpha1.AnnotationOwner], a.Deployment.Annotations[v1alpha1.AnnotationRevision]
	hub, _, isMark := strings.Cut(mark, "/")
	if !isMark {
		item.Verdict, item.Known = Unproven, ""
		item.Says, item.Cure = "no hub says that the Deployment is its own", "find out who made it: metadata.managedFields names the manager of each field"
		return []Item{item}
	}
	item.Says = fmt.Sprintf("the console belongs to the GeoConsole %s of the hub %s, which rendered it as revision %s", strings.TrimPrefix(mark, hub+"/"), hub, revision)
	return []Item{item}
}

// config compares the name of the config with what is in it: the name is its digest.
func (a assessment) config() []Item {
	item := Item{
		ID: "config", Verdict: Holds, Known: Observed, Source: a.configMap(),
		Says: fmt.Sprintf("the config's digest is %s; its ConfigMap is named after it and immutable", a.Config.Digest),
	}
	if !a.Config.Immutable || !strings.HasSuffix(a.Config.Name, "-config-"+a.Config.Digest) {
		item.Verdict, item.Says = Contradicts, fmt.Sprintf("the config's digest is %s, and its ConfigMap is not named after it or can be changed: what pods have loaded may be something else", a.Config.Digest)
		item.Cure = "have the operator apply its own again: delete the ConfigMap"
	}
	live := Item{
		ID: "live-config", Verdict: Holds, Known: Observed, Source: fmt.Sprintf("ConfigMap %s/%s, and the pods' own reports", a.Namespace, render.LiveName(a.template())),
		Says: fmt.Sprintf("the live config's digest is %s, and every pod that was asked serves by it", a.Live),
	}
	if missing, unread := a.unread(live.ID, PartLive); unread {
		return []Item{item, missing}
	}
	asked := 0
	for _, pod := range a.Pods {
		if pod.Report == nil {
			continue
		}
		if asked++; pod.Report.Live != a.Live {
			live.Names = append(live.Names, pod.Name)
		}
	}
	switch {
	case asked == 0:
		live.Verdict, live.Says = Unproven, fmt.Sprintf("the live config's digest is %s; no pod said by which it serves", a.Live)
		live.Cure = "run again when a pod is ready, with a kubeconfig that may get pods/proxy"
	case len(live.Names) > 0:
		live.Verdict, live.Says = Unproven, "pods that are named serve by another live config, which holds states and messages of regions"
		live.Cure = "kubelets need a minute or two for a change: run again"
	}
	return []Item{item, live}
}

// image is what the Deployment runs, and what the nodes have fetched for it.
func (a assessment) image() []Item {
	wanted := render.ImageOf(a.template())
	item := Item{ID: "image", Verdict: Holds, Known: Observed, Source: a.deployment() + ", and the pods' status"}
	for _, pod := range a.Pods {
		for _, status := range pod.Status.ContainerStatuses {
			if status.ImageID != "" {
				item.Names = append(item.Names, status.ImageID)
			}
		}
	}
	slices.Sort(item.Names)
	item.Names = slices.Compact(item.Names)
	item.Says = fmt.Sprintf("the Deployment runs the image %s; the nodes have fetched what is named", wanted)
	switch isByDigest := strings.Contains(wanted, "@sha256:"); {
	case len(item.Names) == 0:
		item.Verdict, item.Says = Unproven, fmt.Sprintf("the Deployment runs the image %s; no pod tells what was fetched", wanted)
		item.Cure = "run again when a pod is ready"
	case !isByDigest && len(item.Names) > 1:
		item.Verdict, item.Says = Unproven, fmt.Sprintf("the Deployment runs the image %s; a tag is no digest, and the nodes have fetched different ones", wanted)
		item.Cure = "name the image by its digest in spec.console.image"
	}
	return []Item{item}
}

// pods has an item for every pod that the console's Service leads to.
func (a assessment) pods() []Item {
	if missing, unread := a.unread("pods", PartPods); unread {
		return []Item{missing}
	}
	if len(a.Pods) == 0 {
		return []Item{{ID: "pods", Verdict: Unproven, Known: Observed, Source: a.deployment(), Says: "no pod of the console is there", Cure: "run again when it serves"}}
	}
	var items []Item
	for _, pod := range a.Pods {
		items = append(items, a.pod(pod))
	}
	return items
}

// pod compares what a pod runs and has loaded with what the Deployment says.
func (a assessment) pod(pod PodFact) Item {
	item := Item{ID: "pod/" + pod.Name, Verdict: Holds, Known: Observed, Source: "Pod " + a.Namespace + "/" + pod.Name + ", and its own report"}
	var others []string
	for _, image := range imagesOf(pod.Spec) {
		if image != render.ImageOf(a.template()) {
			others = append(others, "image "+image)
		}
	}
	if name := render.ConfigName(pod.Spec); name != a.Config.Name {
		others = append(others, "config "+cmp.Or(name, "none"))
	} else if pod.Report != nil && pod.Report.Config != a.Config.Digest {
		others = append(others, "config that it has loaded "+pod.Report.Config)
	}
	switch {
	case len(others) > 0:
		item.Verdict, item.Names = Contradicts, others
		item.Says = "the pod runs something else than the Deployment says"
		item.Cure = "a rollout may be under way: run again when it has ended. Else find out who made the pod, and delete it"
	case !isReady(pod.Pod):
		item.Verdict, item.Says, item.Cure = Unproven, "the pod is not ready, and so was not asked what it has loaded", "run again when it is"
	case pod.Report == nil:
		item.Verdict, item.Says = Unproven, "the pod mounts the config; what it has loaded it did not say"
		item.Cure = "run with a kubeconfig that may get pods/proxy"
	default:
		item.Says = fmt.Sprintf("the pod runs the Deployment's image, release %s, and has loaded the config %s", pod.Report.Version, pod.Report.Config)
	}
	return item
}

// guards reads back, of the Deployment's template and of every pod, what keeps data in memory.
func (a assessment) guards() []Item {
	var items []Item
	for _, guard := range render.Guards() {
		item := Item{
			ID: "guard/" + guard.ID, Verdict: Holds, Known: Observed, Says: guard.Says,
			Source: fmt.Sprintf("%s and %d pods", a.deployment(), len(a.Pods)),
		}
		if !guard.Holds(a.template()) {
			item.Names = append(item.Names, a.deployment())
		}
		for _, pod := range a.Pods {
			if !guard.Holds(pod.Spec) {
				item.Names = append(item.Names, "Pod "+a.Namespace+"/"+pod.Name)
			}
		}
		if len(item.Names) > 0 {
			item.Verdict, item.Says = Contradicts, "this does not hold of what is named: "+guard.Says
			item.Cure = "of the Deployment, the operator repairs its own fields; of a pod, find the admission webhook or the person who changed it"
		}
		items = append(items, item)
	}
	return items
}

func (a assessment) template() corev1.PodSpec { return a.Deployment.Spec.Template.Spec }

func (a assessment) deployment() string { return "Deployment " + a.Namespace + "/" + a.Name }

// imagesOf are the images of all containers of a pod.
func imagesOf(pod corev1.PodSpec) []string {
	var images []string
	for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
		images = append(images, c.Image)
	}
	for _, c := range pod.EphemeralContainers {
		images = append(images, c.Image)
	}
	return images
}

func isReady(p corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}
