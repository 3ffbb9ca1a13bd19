package remote

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// TestProperty2PassesEnd lets all slots of a cluster be taken for ever, as a cluster that answers slowly would.
func TestProperty2PassesEnd(t *testing.T) {
	for name, pass := range map[string]func(context.Context, *Cluster) error{
		"Apply": func(ctx context.Context, c *Cluster) error {
			return Apply(ctx, c, geography.Owner{}, render.Bundle{Objects: []*unstructured.Unstructured{{}}})
		},
		"Remove": func(ctx context.Context, c *Cluster) error {
			_, err := Remove(ctx, c, geography.Owner{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := pass(t.Context(), &Cluster{session: t.Context(), working: make(chan struct{})})
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != passLimit {
					t.Errorf("got %v after %s, want the end after %s", err, time.Since(began), passLimit)
				}
			})
		})
	}
}

func TestEnterBoundsThePass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Cluster{session: t.Context(), working: make(chan struct{}, 1)}
		began := time.Now()
		pass, leave, err := c.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		<-pass.Done()
		if time.Since(began) != passLimit {
			t.Errorf("the pass ended after %s, want %s", time.Since(began), passLimit)
		}
	})
}
