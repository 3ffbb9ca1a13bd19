package console

import (
	"context"
	"crypto/fips140"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

const (
	// lingerTimeout is how long connections that are open may be used on after the end was asked for, each for one more
	// answer.
	lingerTimeout = geography.LingerSeconds * time.Second
	// internalDrain is for a scrape or a probe in flight.
	internalDrain = 2 * time.Second
	// readHeaderTimeout, answerMargin and idleTimeout free what slow or silent clients hold. The margin is for what a
	// request takes beside the time that it may be with a region (internal/proxy).
	readHeaderTimeout = 10 * time.Second
	answerMargin      = 30 * time.Second
	idleTimeout       = 120 * time.Second
	// maxHeaderBytes fits a large token and a long search.
	maxHeaderBytes = 32 << 10
)

// Serve serves both ports and probes the regions until ctx ends; then it ends so that no request fails (geography.
// ServeOnSeconds), and returns nil. It returns an error when a listener fails. A console is served once. It closes the
// listeners.
func (c *Console) Serve(ctx context.Context, public, internal net.Listener) error {
	publicServer := c.server(c.Public(), time.Duration(c.config.Proxy.RequestTimeoutSeconds)*time.Second+answerMargin)
	internalServer := c.server(c.Internal(), maxWait+answerMargin)
	open := &connections{}
	publicServer.ConnState = open.note

	probing, stopProbing := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	failed := make(chan error, 2)
	running.Go(func() { c.probe(probing) })
	running.Go(func() { c.live.follow(probing) })
	if c.gate != nil {
		running.Go(func() { c.gate.issuer.Run(probing) })
	}
	running.Go(func() { failed <- serveOn(publicServer, public) })
	running.Go(func() { failed <- serveOn(internalServer, internal) })
	c.ready.Store(true)
	c.log.Info("serving", "geography", c.config.Geography, "config", c.digest, "version", Version,
		"fips140", fips140.Enabled(), "fips140_module", fips140.Version(), "public", public.Addr().String(), "internal", internal.Addr().String())

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	c.log.Info("ending: connections are let go, and requests in flight may finish")
	close(c.stopping)
	open.await(lingerTimeout)
	c.ready.Store(false)
	// The internal port answers probes and scrapes until the last user is served.
	c.drain(publicServer, time.Duration(c.config.Proxy.DrainSeconds())*time.Second)
	c.drain(internalServer, internalDrain)
	stopProbing()
	running.Wait()
	c.close()
	return err
}

func (c *Console) server(handler http.Handler, timeout time.Duration) *http.Server {
	return &http.Server{
		Handler: handler,
		// Else "OPTIONS *" is answered by the library, without our headers.
		DisableGeneralOptionsHandler: true,

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

// drain takes no connection any more and waits for the requests in flight.
func (c *Console) drain(server *http.Server, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		c.log.Warn("requests were cut off: they took longer than the drain allows", "seconds", timeout.Seconds())
		_ = server.Close()
	}
}

// connections counts the open connections of a server. net/http closes the idle ones when it is told to end, and whoever
// sends a request at that moment loses it: so they are waited for, while every answer asks its client to close.
type connections struct{ open atomic.Int64 }

// note is an http.Server's ConnState.
func (c *connections) note(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.open.Add(-1)
	default:
	}
}

// await waits until none is open, as long as the limit at most: some clients keep what they do not use.
func (c *connections) await(limit time.Duration) {
	over := time.After(limit)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for c.open.Load() > 0 {
		select {
		case <-over:
			return
		case <-look.C:
		}
	}
}

// withheld stands in for the log of net/http, whose texts name clients.
type withheld struct{ log *slog.Logger }

func (w withheld) Write(text []byte) (int, error) {
	w.log.Error("the HTTP server met an error; its text is withheld because it can name a client")
	return len(text), nil
}
