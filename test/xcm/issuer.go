package xcm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// An Issuer is who makes the tokens that an instance takes.
type Issuer struct {
	// URL is the issuer as its tokens name it.
	URL string
	// CAFile is a PEM file with the authorities of its certificate; empty is the system's.
	CAFile string
	// Dial is the host:port that is dialled in its place; empty is the one in URL.
	Dial string
}

// A judge checks tokens with the keys of an issuer, which it asks for with the first token.
type judge struct {
	issuer Issuer
	client *http.Client
	clock  func() time.Time

	lock     sync.Mutex
	verifier *oidc.IDTokenVerifier
}

// newJudge makes ready to check tokens. The error says what is wrong with the file of authorities.
func newJudge(issuer Issuer, clock func() time.Time) (*judge, error) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	if issuer.CAFile != "" {
		text, err := os.ReadFile(issuer.CAFile)
		if err != nil {
			return nil, fmt.Errorf("authorities of the issuer: %w", err)
		}
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("authorities of the issuer: %s holds no certificate", issuer.CAFile)
		}
	}
	if issuer.Dial != "" {
		transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, issuer.Dial)
		}
	}
	return &judge{issuer: issuer, clock: clock, client: &http.Client{Transport: transport, Timeout: 5 * time.Second}}, nil
}

// check tells whether a token is the issuer's and valid now, for any audience. The error is of the issuer or of the token,
// and holds parts of either: it is not for answers.
func (j *judge) check(token string) error {
	ctx := oidc.ClientContext(context.Background(), j.client)
	verifier, err := j.known(ctx)
	if err != nil {
		return err
	}
	_, err = verifier.Verify(ctx, token)
	return err
}

// known is the verifier, made when the issuer first answers.
func (j *judge) known(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	j.lock.Lock()
	defer j.lock.Unlock()
	if j.verifier == nil {
		provider, err := oidc.NewProvider(ctx, j.issuer.URL)
		if err != nil {
			return nil, err
		}
		j.verifier = provider.VerifierContext(ctx, &oidc.Config{SkipClientIDCheck: true, Now: j.clock})
	}
	return j.verifier, nil
}
