package remote_test

import (
	"runtime"
	"runtime/pprof"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

const (
	// cycles are how often clusters come and go; each of the three kinds a third of them.
	cycles = 200
	// moreGoroutines and moreHeap are how much more there may be after the cycles than before: less than one goroutine in 40
	// cycles, and 10 KiB a cycle, where the buffers of a connection alone take some 40 KiB.
	moreGoroutines = 5
	moreHeap       = 2 << 20
	// forgotten is after how long nothing of a connection may be left: net/http lets go of a closed one when it would have
	// been idle for too long.
	forgotten = 2 * time.Minute
)

var _ = Describe("Connections that come and go", func() {
	It("leave neither goroutines nor memory behind, 200 times, with good, hanging and refusing clusters", func() {
		o := startOperator(remote.Options{Secrets: hub.admin, ProbeInterval: 100 * time.Millisecond, ProbeTimeout: 300 * time.Millisecond})
		good, hanging, refusing := newSite(geo), newSite(geo), newSite(geo)
		line := newGate(geo)
		line.behind(hanging)
		refusing.writeSecret(refusing.kubeconfig("https://127.0.0.1:1", geo.config.CAData))
		lost := func(place remote.Place) {
			GinkgoHelper()
			Eventually(func() string { _, c := o.Client(place); return c.Reason }, soon, time.Millisecond).Should(Equal(v1alpha1.ReasonConnectionLost))
		}
		kinds := []func(){
			func() { o.connect(good.place) },
			func() {
				o.connect(hanging.place)
				line.hang(true)
				lost(hanging.place)
				line.hang(false)
			},
			func() { lost(refusing.place) },
		}
		cycle := func(times int) use {
			for i := range times {
				kinds[i%len(kinds)]()
				o.Retain(nil)
			}
			return settled()
		}
		base := cycle(len(kinds) * 10)
		began := time.Now()
		after := cycle(cycles)
		most, ended := after.heap, time.Now()
		AddReportEntry("goroutines before and after", []int{base.goroutines, after.goroutines})
		AddReportEntry("time of a cycle", ended.Sub(began)/cycles)
		if after.goroutines > base.goroutines+moreGoroutines {
			Expect(pprof.Lookup("goroutine").WriteTo(GinkgoWriter, 1)).To(Succeed())
		}
		Expect(after.goroutines).To(BeNumerically("<=", base.goroutines+moreGoroutines))
		Eventually(func() uint64 { after = now(); return after.heap }, forgotten, time.Second).Should(BeNumerically("<=", base.heap+moreHeap))
		AddReportEntry("KiB of heap before, at most, and after", []uint64{base.heap >> 10, most >> 10, after.heap >> 10})
		AddReportEntry("forgotten after", time.Since(ended))
	})
})

// use is what the process has of what could leak.
type use struct {
	goroutines int
	heap       uint64
}

// settled waits until what is ending has ended.
func settled() use {
	GinkgoHelper()
	var last use
	Eventually(func() int {
		before := last
		last = now()
		return last.goroutines - before.goroutines
	}, soon, time.Second).Should(BeNumerically("~", 0, 2))
	return last
}

func now() use {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return use{runtime.NumGoroutine(), memory.HeapAlloc}
}
