package console

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// drainTimeout is how long requests in flight may take after the end was asked for. With the 15 s that the kubelet
	// waits before, it stays below the pod's grace of 45 s.
	drainTimeout = 25 * time.Second
	// readHeaderTimeout, answerMargin and idleTimeout free what slow or silent clients hold. The margin is for what a
	// request takes beside the time that it may be with a region (internal/proxy).
	readHeaderTimeout = 10 * time.Second
	answerMargin      = 30 * time.Second
	idleTimeout       = 120 * time.Second
	// maxHeaderBytes fits a large token and a long search.
	maxHeaderBytes = 32 << 10
)

// Serve serves both ports and probes the regions until ctx ends; then it lets the requests in flight finish, 25 s at
// most, and returns nil. It returns an error when a listener fails. A console is served once. It closes the listeners.
func (c *Console) Serve(ctx context.Context, public, internal net.Listener) error {
	publicServer := c.server(c.Public(), time.Duration(c.config.Proxy.RequestTimeoutSeconds)*time.Second+answerMargin)
	internalServer := c.server(c.Internal(), maxWait+answerMargin)

	probing, stopProbing := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	failed := make(chan error, 2)
	running.Go(func() { c.regions.Probe(probing) })
	running.Go(func() { c.live.follow(probing) })
	if c.gate != nil {
		running.Go(func() { c.gate.issuer.Run(probing) })
	}
	running.Go(func() { failed <- serveOn(publicServer, public) })
	running.Go(func() { failed <- serveOn(internalServer, internal) })
	c.ready.Store(true)
	c.log.Info("serving", "geography", c.config.Geography, "config", c.digest, "version", Version,
		"public", public.Addr().String(), "internal", internal.Addr().String())

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	c.log.Info("ending: requests in flight may finish")
	close(c.stopping)
	c.drain(publicServer, internalServer)
	stopProbing()
	running.Wait()
	c.regions.Close()
	return err
}

func (c *Console) server(handler http.Handler, timeout time.Duration) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       timeout,
		WriteTimeout:      timeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          log.New(withheld{c.log}, "", 0),
	}
}

func serveOn(server *http.Server, listener net.Listener) error {
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	}
	return nil
}

// drain ends the public port first: the internal one answers probes and scrapes until the last user is served.
func (c *Console) drain(servers ...*http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	for _, server := range servers {
		if server.Shutdown(ctx) != nil {
			c.log.Warn("requests were cut off: they took longer than the drain allows", "seconds", drainTimeout.Seconds())
			_ = server.Close()
		}
	}
}

// withheld stands in for the log of net/http, whose texts name clients.
type withheld struct{ log *slog.Logger }

func (w withheld) Write(text []byte) (int, error) {
	w.log.Error("the HTTP server met an error; its text is withheld because it can name a client")
	return len(text), nil
}
