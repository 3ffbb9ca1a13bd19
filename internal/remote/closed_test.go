package remote

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// mark stands for what a cluster says and the hub must not keep.
const mark = "tenant-secret"

func said(code int32, reason metav1.StatusReason, causes ...metav1.CauseType) *apierrors.StatusError {
	details := &metav1.StatusDetails{Name: mark, Group: mark, Kind: mark}
	for _, cause := range causes {
		details.Causes = append(details.Causes, metav1.StatusCause{Type: cause, Message: mark, Field: mark})
	}
	return &apierrors.StatusError{ErrStatus: metav1.Status{Code: code, Reason: reason, Message: mark, Details: details}}
}

func TestProperty13ErrorsAreClosed(t *testing.T) {
	is := func(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }
	for name, c := range map[string]struct {
		err  error
		kept func(error) bool
	}{
		"a conflict":              {said(409, metav1.StatusReasonConflict), apierrors.IsConflict},
		"wrapped":                 {fmt.Errorf("%s: %w", mark, said(404, metav1.StatusReasonNotFound)), apierrors.IsNotFound},
		"an expired watch":        {said(410, metav1.StatusReasonExpired), apierrors.IsResourceExpired},
		"a reason of its own":     {said(500, mark), is(nil)},
		"a code of its own":       {said(123456, metav1.StatusReasonForbidden), apierrors.IsForbidden},
		"a cause":                 {said(403, "", corev1.NamespaceTerminatingCause, mark), func(err error) bool { return apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) }},
		"a refusal":               {fmt.Errorf("%s: %w", mark, &Refusal{Reason: "Forbidden"}), func(err error) bool { return refusalOf(err) != nil }},
		"the session's end":       {fmt.Errorf("%s: %w", mark, ErrNotConnected), is(ErrNotConnected)},
		"the caller's end":        {fmt.Errorf("%s: %w", mark, context.Canceled), is(context.Canceled)},
		"the caller's deadline":   {fmt.Errorf("%s: %w", mark, context.DeadlineExceeded), is(context.DeadlineExceeded)},
		"a refused connection":    {&net.OpError{Op: mark, Net: mark, Err: syscall.ECONNREFUSED}, is(syscall.ECONNREFUSED)},
		"a certificate":           {&tls.CertificateVerificationError{Err: errors.New(mark)}, is(errCertificate)},
		"a name":                  {&net.DNSError{Err: mark, Name: mark}, is(errNameNotFound)},
		"something of a library":  {errors.New(mark), is(errBroken)},
		"an answer that breaks":   {fmt.Errorf("%s: %w", mark, io.ErrUnexpectedEOF), is(io.ErrUnexpectedEOF)},
		"an object without kind ": {runtime.NewMissingKindErr(mark), is(errBroken)},
	} {
		t.Run(name, func(t *testing.T) {
			got := closedConnection(c.err)
			if strings.Contains(fmt.Sprintf("%v %+v %#v", got, got, got), mark) {
				t.Errorf("%q holds what the cluster said", got)
			}
			if name != "a reason of its own" && !c.kept(got) {
				t.Errorf("%q is not known as what it is", got)
			}
		})
	}
	if closed(nil) != nil {
		t.Error("no error became one")
	}
}

func TestProperty13WatchErrorsAreClosed(t *testing.T) {
	other := &unstructured.Unstructured{}
	other.SetAPIVersion("v1")
	other.SetKind(mark)
	good := configMaps.example()
	status := said(500, metav1.StatusReasonInternalError).Status()
	for name, c := range map[string]struct {
		event watch.Event
		want  watch.EventType
	}{
		"what the API server says": {watch.Event{Type: watch.Error, Object: &status}, watch.Error},
		"something unknown":        {watch.Event{Type: watch.Error, Object: other}, watch.Error},
		"an object of a kind":      {watch.Event{Type: watch.Added, Object: other}, watch.Error},
		"an object":                {watch.Event{Type: watch.Added, Object: good}, watch.Added},
	} {
		t.Run(name, func(t *testing.T) {
			source := watch.NewFakeWithChanSize(1, false)
			source.Action(c.event.Type, c.event.Object)
			source.Stop()
			got := <-closedEvents(source, configMaps.GroupVersionKind).ResultChan()
			if got.Type != c.want || strings.Contains(fmt.Sprintf("%#v", got.Object), mark) {
				t.Errorf("got %s %#v", got.Type, got.Object)
			}
		})
	}
}

func TestProperty13TheGuardsErrorsAreClosed(t *testing.T) {
	for name, next := range map[string]transportFunc{
		"a transport": func(*http.Request) (*http.Response, error) { return nil, errors.New(mark) },
		"a body": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(io.MultiReader(bytes.NewBufferString("x"), brokenReader{}))}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := &guard{next: next, session: t.Context(), trouble: func() {}}
			err := fetch(t, g, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil))
			if !errors.Is(err, errBroken) {
				t.Errorf("got %v, want %v", err, errBroken)
			}
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New(mark) }
