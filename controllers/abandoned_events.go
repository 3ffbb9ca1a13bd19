package controllers

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// tellAbandoned records what is left in the clusters that were let go, now that their rows are gone: nobody but who reads
// it will remember. The action names the cluster, for the library takes Events that differ only in their note for one.
func (r *GeoConsoleReconciler) tellAbandoned(gc *v1alpha1.GeoConsole, owner geography.Owner, rows []v1alpha1.ClusterStatus) {
	for _, row := range rows {
		r.Recorder.Eventf(gc, nil, corev1.EventTypeWarning, v1alpha1.ReasonAbandoned, "Abandon "+row.Name, "%s", abandonedNote(owner, row))
	}
}

// abandonedNote lists, by names that are known without the cluster, what may still stand in it. With the longest names it
// fits into a note.
func abandonedNote(owner geography.Owner, row v1alpha1.ClusterStatus) string {
	return fmt.Sprintf("%s: abandoned while unreachable. Left in namespace %s of the cluster whose kube-system has the UID %s: ConfigMap/%s, which lists all; and, by the labels %s=%s,%s=%s: %s",
		row.Name, row.Namespace, row.ClusterUID, render.InventoryName(owner),
		v1alpha1.LabelManagedBy, v1alpha1.ManagedBy, v1alpha1.LabelInstance, owner.Name,
		strings.Join(render.Names(owner), ", "))
}
