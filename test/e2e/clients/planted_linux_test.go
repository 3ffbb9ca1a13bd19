package clients_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	kube "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
	"github.com/geoconsole/geoconsole-operator/test/e2e/residency"
)

// A plant is a mark that is put into a kind of place, as a leak would put it there.
type plant struct {
	about string
	kind  residency.Kind
	put   func(r *remains, mark string) error
}

var plants = []plant{
	{about: "a file of the console's container", kind: residency.ContainerFiles, put: func(r *remains, mark string) error {
		return r.putFile(r.environment.Geography, "console", "/dev/shm/planted", mark)
	}},
	{about: "a file of the hub's node", kind: residency.NodeFiles, put: func(r *remains, mark string) error {
		return r.putFile(r.environment.Hub, "kubelet", "/var/log/planted", mark)
	}},
	{about: "what a console says in its log", kind: residency.PodLogs, put: (*remains).putLog},
	{about: "an object of the hub", kind: residency.EtcdValues, put: func(r *remains, mark string) error {
		return r.environment.HubClient.Create(r.Context(), object(mark))
	}},
	{about: "an object of the geography's cluster", kind: residency.EtcdValues, put: func(r *remains, mark string) error {
		return r.environment.GeographyClient.Create(r.Context(), object(mark))
	}},
	{about: "an object that was deleted", kind: residency.EtcdFiles, put: func(r *remains, mark string) error {
		gone := object(mark)
		if err := r.environment.HubClient.Create(r.Context(), gone); err != nil {
			return err
		}
		return r.environment.HubClient.Delete(r.Context(), gone)
	}},
	{about: "an object of the hub, in its API server's memory", kind: residency.NodeMemory, put: func(r *remains, mark string) error {
		return r.environment.HubClient.Create(r.Context(), object(mark))
	}},
	{about: "what the operator says to the geography's cluster, and is not kept there", kind: residency.AuditLogs, put: (*remains).putRequest},
	{about: "an annotation of the GeoConsole, which the operator caches", kind: residency.OperatorMemory, put: (*remains).putAnnotation},
	{about: "an entry of the console's host in a browser", kind: residency.BrowserStorage, put: (*remains).putEntry},
	{about: "an entry that a browser has written to its profile", kind: residency.BrowserProfile, put: (*remains).putEntry},
}

// object is one that nobody waits for.
func object(mark string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "planted-", Namespace: metav1.NamespaceDefault}, Data: map[string]string{"name": mark}}
}

// putFile writes a file as a process sees the path.
func (r *remains) putFile(c *cluster.Cluster, program, path, mark string) error {
	processes, err := residency.Below(c.Process())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(processes, func(p residency.Process) bool { return p.Name == program })
	if i < 0 {
		return fmt.Errorf("no process %s runs in cluster %s", program, c.Name())
	}
	return os.WriteFile(fmt.Sprintf("/proc/%d/root%s", processes[i].ID, path), []byte("name: "+mark+"\n"), 0o600)
}

// putLog lets a console complain of a flag that it does not know.
func (r *remains) putLog(mark string) error {
	var consoles corev1.PodList
	of := kube.MatchingLabels{v1alpha1.LabelInstance: "europe"}
	err := r.environment.GeographyClient.List(r.Context(), &consoles, kube.InNamespace(environment.GeographyNamespace), of)
	if err != nil || len(consoles.Items) == 0 {
		return fmt.Errorf("%d pods of the console: %w", len(consoles.Items), err)
	}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "planted", Namespace: metav1.NamespaceDefault},
		Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{
			Name: "console", Image: consoles.Items[0].Spec.Containers[0].Image, Args: []string{"--" + mark},
		}}},
	}
	if err := r.environment.GeographyClient.Create(r.Context(), pod); err != nil {
		return err
	}
	return wait.PollUntilContextTimeout(r.Context(), 200*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		err := r.environment.GeographyClient.Get(ctx, kube.ObjectKeyFromObject(pod), pod)
		return pod.Status.Phase == corev1.PodFailed, err
	})
}

// putRequest sends what the hub may, with the hub's credential, and asks for a dry run: only the audit log tells of it.
func (r *remains) putRequest(mark string) error {
	var token corev1.Secret
	key := kube.ObjectKey{Namespace: environment.GeographyNamespace, Name: "geoconsole-hub-token"}
	if err := r.environment.GeographyClient.Get(r.Context(), key, &token); err != nil {
		return err
	}
	administrator := r.environment.Geography.RESTConfig()
	hub, err := kube.New(&rest.Config{
		Host: administrator.Host, Dial: administrator.Dial, BearerToken: string(token.Data[corev1.ServiceAccountTokenKey]),
		TLSClientConfig: rest.TLSClientConfig{CAData: administrator.CAData},
	}, kube.Options{})
	if err != nil {
		return err
	}
	said := object(mark)
	said.Namespace = environment.GeographyNamespace
	return hub.Create(r.Context(), said, kube.DryRunAll)
}

func (r *remains) putAnnotation(mark string) error {
	gc := &v1alpha1.GeoConsole{ObjectMeta: metav1.ObjectMeta{Name: "europe", Namespace: environment.HubNamespace}}
	patch := fmt.Sprintf(`{"metadata":{"annotations":{"planted":%q}}}`, mark)
	return r.environment.HubClient.Patch(r.Context(), gc, kube.RawPatch(types.MergePatchType, []byte(patch)))
}

// putEntry lets another browser keep a mark, beside what one before it has kept.
func (r *remains) putEntry(mark string) error {
	page, err := r.stage.launch(r.Context())
	if err != nil {
		return err
	}
	before := r.stored
	if err := first(
		func() error { return page.Open(r.stage.url() + "/signed-out") }, func() error { return page.See("You are signed out", patience) },
		func() error { return page.Run(fmt.Sprintf("localStorage.setItem('name', %q)", mark), nil) },
	); err != nil {
		return errors.Join(err, page.Close())
	}
	r.leave(page)
	r.stored = append(r.stored, before...)
	return nil
}
