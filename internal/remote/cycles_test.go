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
	// cycles, and 5 KiB a cycle, where one connection takes some 300 KiB.
	moreGoroutines = 5
	moreHeap       = 1 << 20
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
		AddReportEntry("goroutines before and after", []int{base.goroutines, after.goroutines})
		AddReportEntry("KiB of heap before and after", []uint64{base.heap >> 10, after.heap >> 10})
		AddReportEntry("time of a cycle", time.Since(began)/cycles)
		if after.goroutines > base.goroutines+moreGoroutines {
			Expect(pprof.Lookup("goroutine").WriteTo(GinkgoWriter, 1)).To(Succeed())
		}
		Expect(after.goroutines).To(BeNumerically("<=", base.goroutines+moreGoroutines))
		Expect(after.heap).To(BeNumerically("<=", base.heap+moreHeap))
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
	var now use
	Eventually(func() bool {
		before := now
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		now = use{runtime.NumGoroutine(), memory.HeapAlloc}
		return max(before.goroutines, now.goroutines)-min(before.goroutines, now.goroutines) <= 2 && now.heap+moreHeap/10 > before.heap
	}, soon, time.Second).Should(BeTrue())
	return now
}
