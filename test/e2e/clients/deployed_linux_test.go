package clients_test

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
	"github.com/geoconsole/geoconsole-operator/test/xcm"
)

// TestOcmOnRealNodes performs all that ocm is driven to with a console that the operator has put into a cluster with a real
// node, behind that cluster's router. Requests and results are those of docs/clients.md, to the letter. rosa, the SDK and a browser then work
// there too, with marks. Nothing of what passed may be found anywhere, and no packet may have gone elsewhere.
func TestOcmOnRealNodes(t *testing.T) {
	if err := cluster.Supported(); err != nil {
		t.Skipf("no real nodes here: %v", err)
	}
	t.Parallel()
	s := &stage{T: t, dir: t.TempDir(), host: ocm.console(), loopback: newLoopback(), controls: map[string]string{}}
	marks := newMarks()
	e := s.deploy(marks)
	s.awaitHealthy()
	s.words = s.chooseWords()
	s.chooseRosas()
	s.tap(marks)
	results := s.performAll(ocm)
	log, err := e.Kubectl(t.Context(), e.Geography, "-n", environment.GeographyNamespace, "logs", "--tail=-1", "-l", v1alpha1.LabelInstance+"=europe")
	if err != nil {
		t.Fatal(err)
	}
	s.write("console.log", []byte(log))
	s.searchLog(results)
	if !t.Failed() {
		s.compare(ocm, s.part(ocm, results))
		s.compareHosts(ocm.dialled(results))
	}
	results = append(results, s.performAll(ocmMarked)...)
	for _, other := range markedOthers {
		results = append(results, s.performAll(other)...)
	}
	s.Run("Property 7, Property 9: nothing of what passed is left anywhere", func(t *testing.T) {
		here := *s
		here.T = t
		(&remains{T: t, stage: &here, environment: e, marks: marks, results: slices.Concat(results...)}).search()
	})
	s.Run("Property 10: the console's pods reach what is declared and nobody else", func(t *testing.T) { s.packets.judge(s.within(t)) })
	s.Run("Property 10: a browser reaches the console and the issuer and nobody else", func(t *testing.T) { s.browsers.judge(s.within(t)) })
}

// deploy starts hub, geography and issuer, and lets the operator bring the console.
func (s *stage) deploy(m *marks) *environment.Environment {
	s.Helper()
	listen := s.address()
	e, err := environment.Start(s.Context(), environment.Options{
		Dir: s.path("environment"), Listen: listen, Progress: s.Output(), Names: []string{s.host, "*." + s.host},
		Simulated: func(options *xcm.Options) {
			simulate(options)
			options.PullSecret = m.words["mark.secret"]
		},
	})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := e.Stop(); err != nil {
			s.Error(err)
		}
	})
	s.packets = s.capture(e)
	s.authority = e.CA
	s.write("ca.crt", e.CA.CAPEM())
	for _, region := range simulated {
		control := httptest.NewServer(e.Regions[region.id].Control())
		s.Cleanup(control.Close)
		s.controls[region.id] = control.URL
	}
	issuer, err := e.StartIssuer(s.Context(), s.url())
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = issuer.Stop() })
	gc, err := e.Sample()
	if err != nil {
		s.Fatal(err)
	}
	s.refine(gc)
	if err := e.Apply(s.Context(), gc); err != nil {
		s.Fatal(err)
	}
	if err := e.AwaitReady(s.Context(), gc); err != nil {
		s.Fatal(err)
	}
	if s.token, err = issuer.Token(s.Context(), user); err != nil {
		s.Fatal(err)
	}
	s.openStreet(house{url: &url.URL{Scheme: "https", Host: listen}, name: s.host}, issuer.Address())
	s.browsers = s.enclose()
	return e
}

// simulate makes a region what it is among the processes.
func simulate(options *xcm.Options) {
	i := slices.IndexFunc(simulated, func(r simulation) bool { return r.id == options.Region })
	if i < 0 {
		return // the fourth is in no geography here
	}
	options.Clusters, _ = strconv.Atoi(simulated[i].clusters)
	options.CloudRegions = strings.Split(simulated[i].cloudRegions, ",")
}
