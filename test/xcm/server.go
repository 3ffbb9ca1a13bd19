package xcm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// A Port is where an instance listens.
type Port struct {
	// Address is host:port; port 0 takes a free one.
	Address string
	// CertFile and KeyFile are PEM files. Both empty: plain HTTP.
	CertFile, KeyFile string
}

// A Server serves an instance on a port that it can close and open again, for the fault "refuse".
type Server struct {
	instance *Instance
	address  string
	tls      *tls.Config

	lock    sync.Mutex
	current *http.Server // nil while refusing
	failed  chan error
}

// Listen serves an instance until Shutdown. The error says what is wrong with the port or the certificate.
func Listen(instance *Instance, port Port) (*Server, error) {
	server := &Server{instance: instance, address: port.Address, failed: make(chan error, 1)}
	if port.CertFile != "" || port.KeyFile != "" {
		certificate, err := tls.LoadX509KeyPair(port.CertFile, port.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("TLS certificate and key: %w", err)
		}
		server.tls = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	if err := server.open(); err != nil {
		return nil, err
	}
	instance.faults.lock.Lock()
	instance.faults.server = server
	instance.faults.lock.Unlock()
	return server, nil
}

// Address is host:port; the same for the server's whole life.
func (s *Server) Address() string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.address
}

// Failed tells when the server stopped without being told to.
func (s *Server) Failed() <-chan error { return s.failed }

// open listens. It needs the lock held, or nobody else to know the server yet.
func (s *Server) open() error {
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.address, err)
	}
	s.address = listener.Addr().String()
	server := &http.Server{Handler: s.instance.Handler(), TLSConfig: s.tls, ReadHeaderTimeout: 10 * time.Second}
	s.current = server
	go func() {
		serve := server.Serve
		if s.tls != nil {
			serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
		}
		if err := serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return nil
}

// refuse closes the port and cuts all connections, or opens it again.
func (s *Server) refuse(refusing bool) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	switch {
	case refusing && s.current != nil:
		closing := s.current
		s.current = nil
		return closing.Close()
	case !refusing && s.current == nil:
		return s.open()
	}
	return nil
}

// Shutdown stops listening, lets go what hangs, and waits for the other requests until the context ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.instance.faults.lock.Lock()
	s.instance.faults.server = nil
	s.instance.faults.replace(Faults{})
	s.instance.faults.lock.Unlock()
	s.lock.Lock()
	current := s.current
	s.current = nil
	s.lock.Unlock()
	if current == nil {
		return nil
	}
	if err := current.Shutdown(ctx); err != nil {
		return errors.Join(err, current.Close())
	}
	return nil
}
