// Package dex runs Dex, a real OpenID Connect issuer, for tests.
package dex

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/geoconsole/geoconsole-operator/hack/kubernetes"
)

// Password is that of every user, whose name is any of Users.
const Password = "password"

// Users are those that the issuer knows.
var Users = []string{"user-07", "user-08"}

// passwordHash is bcrypt's of Password.
const passwordHash = "$2a$10$2b2cU8CPhOTaGrs1HRQuAueS7JTT5ZHsHSzYiFPm1leZck7Mc8T4W" //nolint:gosec // of a word that is above

// Options say what kind of issuer runs. All but the last four are needed.
type Options struct {
	// Dir takes the config and the log.
	Dir string
	// URL is the issuer as its tokens name it; Listen is the host:port where it really is, by TLS.
	URL, Listen string
	// CertFile and KeyFile are for the host of URL, CAFile holds the authority that signed.
	CertFile, KeyFile, CAFile string
	// ClientID is a public client.
	ClientID string
	// RedirectURIs are where browsers may come back to with a code, AllowedOrigins the pages that may ask for tokens.
	RedirectURIs, AllowedOrigins []string
	// OtherClients are public clients, too, which no console knows: their tokens are meant for somebody else.
	OtherClients []string
	// TokenLifetime is how long its tokens are good, a day by default.
	TokenLifetime time.Duration
}

// Server is a running issuer. It keeps everything in memory: another one has other keys.
type Server struct {
	options Options
	command *exec.Cmd
	ended   chan error
	client  *http.Client
}

// Start runs an issuer until Stop, and returns when it answers. Dex is built first where it never was.
func Start(ctx context.Context, options Options) (*Server, error) {
	program, err := kubernetes.Dex(ctx)
	if err != nil {
		return nil, err
	}
	authorities, err := os.ReadFile(options.CAFile)
	if err != nil {
		return nil, err
	}
	config, err := json.MarshalIndent(options.config(), "", "  ")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(options.Dir, "dex.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(options.Dir, "dex.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authorities)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, options.Listen)
		},
	}
	s := &Server{options: options, ended: make(chan error, 1), client: &http.Client{Transport: transport, Timeout: 10 * time.Second}}
	s.command = exec.CommandContext(context.WithoutCancel(ctx), program, "serve", file) //nolint:gosec // our own binary and folder
	s.command.Stdout, s.command.Stderr = log, log
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.command.Wait() }()
	return s, s.answers(ctx)
}

// config is Dex's own, which takes JSON for YAML.
func (o Options) config() map[string]any {
	var people []map[string]any
	for _, name := range Users {
		people = append(people, map[string]any{
			"email": name + "@example.com", "username": name, "preferredUsername": name, "userID": "id-of-" + name, "hash": passwordHash,
		})
	}
	return map[string]any{
		"issuer":           o.URL,
		"storage":          map[string]any{"type": "memory"},
		"web":              map[string]any{"https": o.Listen, "tlsCert": o.CertFile, "tlsKey": o.KeyFile, "allowedOrigins": o.AllowedOrigins},
		"expiry":           map[string]any{"idTokens": cmp.Or(o.TokenLifetime, 24*time.Hour).String()}, // of access tokens too
		"oauth2":           map[string]any{"passwordConnector": "local", "skipApprovalScreen": true},
		"enablePasswordDB": true,
		"staticPasswords":  people,
		"staticClients":    o.clients(),
	}
}

func (o Options) clients() []map[string]any {
	clients := []map[string]any{{
		"id": o.ClientID, "name": o.ClientID, "public": true, "redirectURIs": append([]string{"http://127.0.0.1/callback"}, o.RedirectURIs...),
	}}
	for _, other := range o.OtherClients {
		clients = append(clients, map[string]any{"id": other, "name": other, "public": true})
	}
	return clients
}

// answers waits until the issuer does, and ends it when it does not.
func (s *Server) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.options.URL+"/.well-known/openid-configuration", nil)
		if err != nil {
			return err
		}
		if response, err := s.client.Do(request); err == nil {
			return response.Body.Close()
		}
		select {
		case err := <-s.ended:
			log, _ := os.ReadFile(filepath.Join(s.options.Dir, "dex.log"))
			return fmt.Errorf("dex ended by itself: %w\n%s", err, log)
		case <-ctx.Done():
			return fmt.Errorf("dex does not answer at %s: %w", s.options.Listen, s.Stop())
		case <-tick.C:
		}
	}
}

// Address is where it is on this machine.
func (s *Server) Address() string { return s.options.Listen }

// Token logs one of Users in by the password grant, and returns the access token.
func (s *Server) Token(ctx context.Context, user string) (string, error) {
	return Token(ctx, s.client, Login{s.options.URL, s.options.ClientID, user})
}

// Stop ends the issuer. Its end is no error.
func (s *Server) Stop() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-s.ended //nolint:errcheck // it ends because it was told to
	return nil
}
