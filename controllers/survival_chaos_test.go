package controllers_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

const (
	// seeds is how many sequences are tried; GEOCONSOLE_CHAOS_SEED names another one, which is then tried alone.
	seeds = 10
	// restarts of the operator, and moves of everybody else, in one sequence.
	restarts, moves = 50, 60
	// failing is the share of requests that fail, on the hub's side and on the clusters'.
	failing = 0.1
	// settled is how long the last of it all may take to be put right, once nothing fails any more: pauses grow to 30 s.
	settled = 2 * time.Minute
)

var _ = Describe("In a storm", Label("storm"), func() {
	It("of changes, edits, failing requests and restarts, the end is as the spec says and nothing foreign is touched (Property 1, Property 3, Property 4)", func(ctx context.Context) {
		stopOperator()
		DeferCleanup(startOperator)
		clusters := map[string]*apiServer{"east": east, "west": west, "south": startMortal(ofCluster()).apiServer}
		var storms []*storm
		for _, seed := range chosenSeeds() {
			storms = append(storms, newStorm(ctx, seed, clusters))
		}
		began := time.Now()
		var all sync.WaitGroup
		for _, s := range storms {
			all.Go(func() {
				defer GinkgoRecover()
				defer s.report()
				s.rage(ctx)
				s.settle(ctx)
				s.leave(ctx)
				s.ended = true
			})
		}
		all.Wait()
		AddReportEntry(fmt.Sprintf("%d seeds, %d restarts and %d moves each", len(storms), restarts, moves), time.Since(began).Round(time.Second))
		for _, s := range storms {
			AddReportEntry(fmt.Sprintf("seed %d", s.seed), fmt.Sprintf("%d requests, %d made to fail, settled after %s",
				s.faults.requests(), s.faults.failures(), s.settling.Round(time.Millisecond)))
		}
	})
})

// chosenSeeds is the one that the environment names, or the same ones every time.
func chosenSeeds() []uint64 {
	GinkgoHelper()
	if named := os.Getenv("GEOCONSOLE_CHAOS_SEED"); named != "" {
		seed, err := strconv.ParseUint(named, 10, 64)
		Expect(err).NotTo(HaveOccurred())
		return []uint64{seed}
	}
	var chosen []uint64
	for seed := range uint64(seeds) {
		chosen = append(chosen, seed+1)
	}
	return chosen
}

// storm is one sequence, in namespaces of its own, with an operator of its own. Its seed decides which moves are made, by
// whom and in which order, and which of the requests fail.
type storm struct {
	seed      uint64
	random    *rand.Rand
	namespace string
	clusters  map[string]*apiServer
	places    []string
	fronts    map[string]*front
	faults    *faults
	operator  *operator

	// wanted are the specs as they were last written, by the name of the GeoConsole.
	wanted map[string]v1alpha1.GeoConsoleSpec
	// foreign are the objects of others, and kept the fields of others in objects of ours.
	foreign map[foreignKey]string
	kept    map[types.UID]keptField
	// usurpers are objects of others that have the names of ours.
	usurpers []usurper
	// made counts what has to differ: host names, and the names of those who edit.
	made     int
	done     []string
	ended    bool
	settling time.Duration
}

func newStorm(ctx context.Context, seed uint64, clusters map[string]*apiServer) *storm {
	GinkgoHelper()
	access, trouble := rest.CopyConfig(operatorAccess), newFaults(seed)
	access.Wrap(trouble.sparingDiscovery)
	s := &storm{
		seed: seed, random: rand.New(rand.NewPCG(seed, 0)), clusters: clusters, places: slices.Sorted(maps.Keys(clusters)),
		fronts: map[string]*front{}, faults: trouble, operator: &operator{access: access, id: "hub", grace: grace},
		wanted: map[string]v1alpha1.GeoConsoleSpec{}, kept: map[types.UID]keptField{},
	}
	for name, server := range clusters {
		s.fronts[name] = newFront(s.faults, server.kubeconfig())
	}
	DeferCleanup(s.operator.stop)
	s.namespace = newGeography(ctx, nil) // what is left in it after a failure goes while all of the above still works
	DeferCleanup(func() { s.faults.fail(0) })
	s.operator.namespace = s.namespace
	for name, server := range clusters {
		server.createNamespace(ctx, s.namespace)
		Expect(hub.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.namespace, Labels: map[string]string{v1alpha1.LabelKubeconfig: "true"}},
			Data:       map[string][]byte{"kubeconfig": s.fronts[name].kubeconfig},
		})).To(Succeed())
	}
	s.foreign = s.plant(ctx)
	return s
}

// rage makes the moves, and lets the operator die in between, wherever it is then.
func (s *storm) rage(ctx context.Context) {
	GinkgoHelper()
	s.operator.start()
	s.faults.fail(failing)
	sequence := append(slices.Repeat([]move{(*storm).restart}, restarts), s.draw(moves)...)
	s.random.Shuffle(len(sequence), func(i, j int) { sequence[i], sequence[j] = sequence[j], sequence[i] })
	s.create(ctx)
	for _, next := range sequence {
		s.faults.await(s.random.IntN(150))
		next(s, ctx)
		s.checkKept(ctx)
	}
}

// move is what somebody does.
type move func(*storm, context.Context)

// draw picks moves, the more likely ones more often.
func (s *storm) draw(number int) []move {
	likely := slices.Concat(
		slices.Repeat([]move{(*storm).create}, 3), slices.Repeat([]move{(*storm).change}, 6), slices.Repeat([]move{(*storm).retarget}, 5),
		slices.Repeat([]move{(*storm).delete}, 2), slices.Repeat([]move{(*storm).edit}, 4), slices.Repeat([]move{(*storm).destroy}, 3),
		slices.Repeat([]move{(*storm).annotate, (*storm).usurp}, 2), slices.Repeat([]move{(*storm).yield}, 3), []move{(*storm).cut},
	)
	drawn := make([]move, number)
	for i := range drawn {
		drawn[i] = likely[s.random.IntN(len(likely))]
	}
	return drawn
}

func (s *storm) note(format string, arguments ...any) {
	s.done = append(s.done, fmt.Sprintf(format, arguments...))
}

// report tells, when it went wrong, how it can be tried again and what was done.
func (s *storm) report() {
	if s.ended {
		return
	}
	AddReportEntry(fmt.Sprintf("failed: try again with GEOCONSOLE_CHAOS_SEED=%d; namespace %s", s.seed, s.namespace), strings.Join(s.done, "\n"))
}
