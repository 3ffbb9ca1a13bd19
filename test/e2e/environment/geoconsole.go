package environment

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// Apply creates a GeoConsole on the hub.
func (e *Environment) Apply(ctx context.Context, gc *v1alpha1.GeoConsole) error {
	e.say("applying GeoConsole " + gc.Name)
	if err := e.HubClient.Create(ctx, gc); err != nil {
		return fmt.Errorf("apply GeoConsole %s: %w", gc.Name, err)
	}
	return nil
}

// AwaitReady waits until the GeoConsole is Ready, and says what its conditions were when it never was.
func (e *Environment) AwaitReady(ctx context.Context, gc *v1alpha1.GeoConsole) error {
	err := poll(ctx, 3*time.Minute, "Ready of GeoConsole "+gc.Name, func(ctx context.Context) (bool, error) {
		err := e.HubClient.Get(ctx, client.ObjectKeyFromObject(gc), gc)
		return meta.IsStatusConditionTrue(gc.Status.Conditions, v1alpha1.ConditionReady), err
	})
	if err != nil {
		for _, condition := range gc.Status.Conditions {
			if condition.Status != metav1.ConditionTrue {
				e.say(fmt.Sprintf("%s is %s (%s): %s", condition.Type, condition.Status, condition.Reason, condition.Message))
			}
		}
		return err
	}
	e.say("GeoConsole " + gc.Name + " is Ready")
	return nil
}
