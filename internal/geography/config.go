package geography

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// ConfigFormat is the format that this version writes and reads. A console refuses any other, so that an
// operator of one release never half-configures a console of another.
const ConfigFormat = 1

// Config is everything that a console is told about its geography. The operator writes it into an immutable
// ConfigMap, the console reads it at start; nothing else configures a console's behaviour.
type Config struct {
	Format       int                `json:"format"`
	Geography    string             `json:"geography"`
	Countries    []string           `json:"countries"`
	Hostname     string             `json:"hostname"`
	Auth         ConfigAuth         `json:"auth"`
	LogLevel     string             `json:"logLevel"`
	HealthChecks ConfigHealthChecks `json:"healthChecks"`
	Regions      []ConfigRegion     `json:"regions"`
}

// ConfigAuth says how users are known. Type is "None".
type ConfigAuth struct {
	Type string `json:"type"`
}

// ConfigHealthChecks is how the console probes every region. Durations are whole seconds.
type ConfigHealthChecks struct {
	Path             string `json:"path"`
	IntervalSeconds  int32  `json:"intervalSeconds"`
	TimeoutSeconds   int32  `json:"timeoutSeconds"`
	FailureThreshold int32  `json:"failureThreshold"`
	SuccessThreshold int32  `json:"successThreshold"`
}

// ConfigRegion is one XCM region. CABundle is PEM, empty for the system's roots.
type ConfigRegion struct {
	ID          string           `json:"id"`
	DisplayName string           `json:"displayName"`
	Endpoints   []ConfigEndpoint `json:"endpoints"`
	CABundle    string           `json:"caBundle,omitempty"`
}

// ConfigEndpoint is one URL of a region: https, a DNS name, no path.
type ConfigEndpoint struct {
	URL string `json:"url"`
}

// Encode renders the config as the bytes of its file. Equal configs give equal bytes.
func (c Config) Encode() ([]byte, error) {
	encoded, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the console's config: %w", err)
	}
	return append(encoded, '\n'), nil
}

// Digest names the content of a config file: the lower-case hex of the first 8 bytes of its SHA-256.
// It is the suffix of the ConfigMap's name and what a console reports as loaded.
func Digest(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:8])
}

// ReadConfig decodes and checks a config file. An unknown field, trailing data or any value that a console could
// not serve is an error that names the field and the cure.
func ReadConfig(file []byte) (Config, error) {
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.DisallowUnknownFields()
	var c Config
	if err := decoder.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("the config is not valid JSON of format %d: %w", ConfigFormat, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Config{}, errors.New("the config holds data after its end: keep one JSON object")
	}
	return c, c.check()
}

func (c Config) check() error {
	if c.Format != ConfigFormat {
		return fmt.Errorf("format: is %d, this console reads %d; run the operator and the console of one release", c.Format, ConfigFormat)
	}
	required := []struct{ field, value string }{
		{"geography", c.Geography}, {"hostname", c.Hostname},
	}
	for _, r := range required {
		if r.value == "" {
			return fmt.Errorf("%s: is empty; give it a value", r.field)
		}
	}
	if c.Auth.Type != "None" {
		return fmt.Errorf("auth.type: is %q; only None is known", c.Auth.Type)
	}
	switch c.LogLevel {
	case "Error", "Info", "Debug":
	default:
		return fmt.Errorf("logLevel: is %q; choose Error, Info or Debug", c.LogLevel)
	}
	if err := c.HealthChecks.check(); err != nil {
		return err
	}
	if len(c.Regions) == 0 {
		return errors.New("regions: is empty; a console needs at least one region")
	}
	seen := map[string]bool{}
	for i, region := range c.Regions {
		if seen[region.ID] {
			return fmt.Errorf("regions[%d].id: %q is there twice; every region once", i, region.ID)
		}
		seen[region.ID] = true
		if err := region.check(); err != nil {
			return fmt.Errorf("regions[%d].%w", i, err)
		}
	}
	return nil
}

func (h ConfigHealthChecks) check() error {
	if !strings.HasPrefix(h.Path, "/") {
		return fmt.Errorf("healthChecks.path: is %q; start it with /", h.Path)
	}
	for _, n := range []struct {
		field string
		value int32
	}{
		{"intervalSeconds", h.IntervalSeconds},
		{"timeoutSeconds", h.TimeoutSeconds},
		{"failureThreshold", h.FailureThreshold},
		{"successThreshold", h.SuccessThreshold},
	} {
		if n.value < 1 {
			return fmt.Errorf("healthChecks.%s: is %d; at least 1", n.field, n.value)
		}
	}
	return nil
}

func (r ConfigRegion) check() error {
	if r.ID == "" || r.ID != strings.ToLower(r.ID) || strings.ContainsAny(r.ID, "/?#% ") {
		return fmt.Errorf("id: %q cannot stand in a path; use lower-case letters, digits, dots and dashes", r.ID)
	}
	if len(r.Endpoints) == 0 {
		return errors.New("endpoints: is empty; give at least one url")
	}
	for i, endpoint := range r.Endpoints {
		u, err := url.Parse(endpoint.URL)
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" {
			return fmt.Errorf("endpoints[%d].url: must be https://<DNS name>[:port] without a path", i)
		}
	}
	if r.CABundle != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(r.CABundle)) {
		return errors.New("caBundle: holds no certificate; give PEM blocks of type CERTIFICATE")
	}
	return nil
}
