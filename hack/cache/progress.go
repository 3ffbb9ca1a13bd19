package cache

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progressInterval is how often a long build says that it is alive.
const progressInterval = 10 * time.Second

// Progress tells a person, every ten seconds, what is being built and for how long.
type Progress struct {
	out   io.Writer
	label string
	start time.Time
	end   chan struct{}
	ended sync.WaitGroup

	mu  sync.Mutex
	now string
}

func startProgress(out io.Writer, label string) *Progress {
	p := &Progress{out: out, label: label, start: time.Now(), end: make(chan struct{})}
	p.ended.Go(func() {
		ticker := time.NewTicker(progressInterval)
		defer ticker.Stop()
		for {
			select {
			case <-p.end:
				return
			case <-ticker.C:
				p.mu.Lock()
				now := p.now
				p.mu.Unlock()
				p.say(now)
			}
		}
	})
	return p
}

// Set replaces what the next lines say.
func (p *Progress) Set(now string) {
	p.mu.Lock()
	first := p.now == ""
	p.now = now
	p.mu.Unlock()
	if first {
		p.say(now)
	}
}

func (p *Progress) done() { p.say("done") }

func (p *Progress) stop() {
	close(p.end)
	p.ended.Wait()
}

func (p *Progress) say(now string) {
	_, _ = fmt.Fprintf(p.out, "%s: %s (%s)\n", p.label, now, time.Since(p.start).Round(time.Second))
}
