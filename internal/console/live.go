package console

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// liveEvery is how often the live config is looked at. A look reads a few kilobytes from memory; a watch of the folder
// would need one of the few inotify instances of a node, and must follow the links that the kubelet swaps.
const liveEvery = time.Second

// maxLiveBytes is more than a ConfigMap holds.
const maxLiveBytes = 1<<20 + 1

// live keeps the newest live config that checks out.
type live struct {
	// file is its path; without one every region is Active.
	file string
	// ids are the regions of the config.
	ids []string
	log *slog.Logger

	mu sync.Mutex
	// newest is the digest of the file that was last looked at.
	newest   string
	standing liveStanding
	// changed is closed when standing changes.
	changed chan struct{}
}

// liveStanding is what the console serves by.
type liveStanding struct {
	// loaded is false until a live config has been taken over.
	loaded bool
	digest string
	// problem is why the file that is there is not the one that is served by.
	problem     geography.LiveProblem
	maintenance *geography.LiveMaintenance
	// regions has an entry for every region of the config once it is loaded.
	regions map[string]geography.LiveRegion
}

func newLive(file string, config geography.Config, log *slog.Logger) *live {
	l := &live{file: file, log: log, changed: make(chan struct{})}
	for _, region := range config.Regions {
		l.ids = append(l.ids, region.ID)
	}
	if file == "" {
		l.standing = l.taken(geography.Live{}, "")
	} else {
		l.look()
	}
	return l
}

// follow looks at the file until ctx ends.
func (l *live) follow(ctx context.Context) {
	if l.file == "" {
		return
	}
	ticker := time.NewTicker(liveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			l.look()
		}
	}
}

// now is what is served by, and a channel that closes when that changes.
func (l *live) now() (liveStanding, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.standing, l.changed
}

// look takes the file over when it has changed and checks out. When it does not, what is served by stays (safety
// property 6), and the console says so.
func (l *live) look() {
	file, err := readBounded(l.file)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.newest = ""
		l.fail(geography.LiveMissing)
		return
	}
	digest := geography.Digest(file)
	if digest == l.newest {
		return
	}
	l.newest = digest
	found, err := geography.ReadLive(file)
	if err != nil {
		l.fail(geography.LiveRefused)
		return
	}
	l.log.Info("the live config is taken over", "live", digest, "geography_in_maintenance", found.Maintenance != nil)
	l.stand(l.taken(found, digest))
}

// taken is what a live config makes of the regions. One that it does not name stays what it was, for it has left the spec
// and this pod will soon follow; at first it is Active.
func (l *live) taken(found geography.Live, digest string) liveStanding {
	s := liveStanding{loaded: true, digest: digest, maintenance: found.Maintenance, regions: map[string]geography.LiveRegion{}}
	for _, id := range l.ids {
		s.regions[id] = geography.LiveRegion{ID: id, State: v1alpha1.RegionActive}
		if before, known := l.standing.regions[id]; known {
			s.regions[id] = before
		}
	}
	for _, region := range found.Regions {
		if _, served := s.regions[region.ID]; served {
			s.regions[region.ID] = region
		}
	}
	return s
}

// fail notes why the file is not taken over; never the library's text, which would quote it.
func (l *live) fail(problem geography.LiveProblem) {
	if l.standing.problem == problem {
		return
	}
	l.log.Warn("the live config is not taken over; what was served by stays", "problem", problem, "live", l.standing.digest, "loaded", l.standing.loaded)
	s := l.standing
	s.problem = problem
	l.stand(s)
}

func (l *live) stand(s liveStanding) {
	l.standing = s
	close(l.changed)
	l.changed = make(chan struct{})
}

func readBounded(name string) ([]byte, error) {
	file, err := os.Open(name) //nolint:gosec // the path is a flag of the process
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, maxLiveBytes))
	return content, errors.Join(err, file.Close())
}
