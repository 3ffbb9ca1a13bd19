package console

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// publicRoutes ask nobody who they are: the user interface with what it needs before a login, and the health of this
// console. Every other route, one of a later day too, is for users whose token was checked.
var publicRoutes = map[string]bool{
	"/*": true, "/assets/*": true, "/config.json": true, "/licenses.md": true, "/api/geo/v1/health": true,
}

// gate lets users in by their tokens. A nil gate lets everybody in: auth None.
type gate struct {
	issuer *proxy.Issuer
	config geography.ConfigOIDC
	// hostname is the console's own.
	hostname string
	refused  *prometheus.CounterVec
}

func (c *Console) buildGate(demoDial map[string]netip.AddrPort) error {
	oidc := c.config.Auth.OIDC
	if oidc == nil {
		return nil
	}
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "geoconsole_refused_tokens_total",
		Help: "Requests that were refused for their token or for want of one, by the cause that the user was told.",
	}, []string{"cause"})
	failures := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "geoconsole_issuer_failures_total",
		Help: "Attempts to fetch the issuer's keys that failed, by cause. The last good keys stay in use.",
	}, []string{"cause"})
	c.metrics.registry.MustRegister(refused, failures)
	settings := proxy.IssuerSettings{
		URL: oidc.IssuerURL, Audiences: oidc.Audiences, DemoDial: demoDial,
		Failed: func(cause proxy.Cause) {
			failures.WithLabelValues(string(cause)).Inc()
			c.log.Warn("the issuer's keys could not be fetched; the last good ones stay in use", "issuer", oidc.IssuerURL, "cause", cause)
		},
	}
	if oidc.CABundle != "" {
		settings.Roots = x509.NewCertPool()
		settings.Roots.AppendCertsFromPEM([]byte(oidc.CABundle)) // geography.ReadConfig has seen to it that it holds one
	}
	issuer, err := proxy.NewIssuer(settings)
	if err != nil {
		return fmt.Errorf("auth.oidc: %w", err)
	}
	c.gate = &gate{issuer: issuer, config: *oidc, hostname: c.config.Hostname, refused: refused}
	return nil
}

// guard puts the gate before a route that is not public.
func (g *gate) guard(to route) route {
	if g == nil || publicRoutes[to.pattern] {
		return to
	}
	next := to.handler
	to.handler = data(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, cause := g.issuer.Caller(r.Context(), r.Header)
		if cause != "" {
			g.refuse(w, cause, to.host)
			return
		}
		next.ServeHTTP(w, r.WithContext(proxy.WithCaller(r.Context(), caller)))
	}))
	return to
}

// retryAfterSeconds is when a token that cannot be judged is worth another try.
const retryAfterSeconds = 10

// refuse answers a request without a good token at a region host, or at the console's own when host is empty. Nothing of
// the token is in the answer.
func (g *gate) refuse(w http.ResponseWriter, cause proxy.Cause, host string) {
	g.refused.WithLabelValues(string(cause)).Inc()
	problem := proxy.Problem{Status: http.StatusUnauthorized, Cause: cause}
	switch cause {
	case proxy.AuthorizationRefused:
		problem = proxy.AuthorizationProblem()
	case proxy.IssuerUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(retryAfterSeconds))
		problem.Status = http.StatusServiceUnavailable
		problem.Reason = "Your token cannot be checked, because the issuer " + g.config.IssuerURL + " does not answer the console; try again, " +
			"and ask whoever runs the issuer if it lasts."
	case proxy.TokenMissing:
		w.Header().Set("WWW-Authenticate", g.challenge(""))
		problem.Reason = "You are not logged in. " + g.cure(host)
	case proxy.TokenExpired:
		w.Header().Set("WWW-Authenticate", g.challenge("invalid_token"))
		problem.Reason = "Your login has run out. " + g.cure(host)
	case proxy.AudienceRefused:
		w.Header().Set("WWW-Authenticate", g.challenge("invalid_token"))
		problem.Reason = "Your token is meant for another service than this console. " + g.cure(host)
	default:
		w.Header().Set("WWW-Authenticate", g.challenge("invalid_token"))
		problem.Reason = "Your token is not one that the issuer " + g.config.IssuerURL + " made and that is valid now. " + g.cure(host)
	}
	problem.Write(w)
}

// challenge is the value of WWW-Authenticate by RFC 6750; its error is empty when no token came.
func (g *gate) challenge(failure string) string {
	challenge := fmt.Sprintf("Bearer realm=%q", g.hostname)
	if failure != "" {
		challenge += fmt.Sprintf(", error=%q", failure)
	}
	return challenge
}

// cure is how to log in, at the host that was asked. Without --token-url and --client-id the ocm command would send a refresh token elsewhere.
func (g *gate) cure(host string) string {
	tokenURL := g.issuer.Places().Token
	if tokenURL == "" {
		return "Log in at " + g.config.IssuerURL + "."
	}
	return fmt.Sprintf("Log in with a token of %s: ocm login --url %s --token-url %s --client-id %s --token <token>.",
		g.config.IssuerURL, geography.PublicURL(cmp.Or(host, g.hostname)), tokenURL, g.config.ClientID)
}

// uiAuth is how users sign in; its member is there with type OIDC only.
type uiAuth struct {
	Type string `json:"type"`
	*uiOIDC
}

// uiOIDC holds the issuer's URLs, which are empty until it has named them to this console.
type uiOIDC struct {
	IssuerURL        string   `json:"issuerURL"`
	ClientID         string   `json:"clientID"`
	Scopes           []string `json:"scopes"`
	AuthorizationURL string   `json:"authorizationURL"`
	TokenURL         string   `json:"tokenURL"`
	EndSessionURL    string   `json:"endSessionURL"`
}

func (c *Console) auth() uiAuth {
	if c.gate == nil {
		return uiAuth{Type: c.config.Auth.Type}
	}
	oidc, places := c.gate.config, c.gate.issuer.Places()
	return uiAuth{c.config.Auth.Type, &uiOIDC{
		IssuerURL: oidc.IssuerURL, ClientID: oidc.ClientID, Scopes: oidc.Scopes,
		AuthorizationURL: places.Authorization, TokenURL: places.Token, EndSessionURL: places.EndSession,
	}}
}
