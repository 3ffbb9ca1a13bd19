package geography

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	kjson "sigs.k8s.io/json"
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
	RegionHosts  string             `json:"regionHosts,omitempty"`
	Accounts     *ConfigAccounts    `json:"accounts,omitempty"`
	Auth         ConfigAuth         `json:"auth"`
	LogLevel     string             `json:"logLevel"`
	HealthChecks ConfigHealthChecks `json:"healthChecks"`
	Proxy        ConfigProxy        `json:"proxy"`
	Regions      []ConfigRegion     `json:"regions"`
}

// ConfigAuth says how users are known. Type is "OIDC" with its member, or "None".
type ConfigAuth struct {
	Type string      `json:"type"`
	OIDC *ConfigOIDC `json:"oidc,omitempty"`
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
	// CloudRegions are those in which it creates clusters; empty: all that the instance says it serves.
	CloudRegions []string `json:"cloudRegions,omitempty"`
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

// maxConfigBytes is the most that a ConfigMap holds (Kubernetes' limit of 1 MiB on its data).
const maxConfigBytes = 1 << 20

// ReadConfig decodes and checks a config file. An unknown field, one that is there twice, trailing data or any value
// that a console could not serve is an error that names the field and the cure.
func ReadConfig(file []byte) (Config, error) {
	if len(file) > maxConfigBytes {
		return Config{}, fmt.Errorf("the config is %d bytes long, a ConfigMap holds %d; leave certificates that no endpoint needs out of the caBundles", len(file), maxConfigBytes)
	}
	var c Config
	if err := decodeStrictly(file, &c); err != nil {
		return Config{}, fmt.Errorf("the config is not JSON of format %d: %w", ConfigFormat, err)
	}
	if err := c.check(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// decodeStrictly refuses unknown fields, fields that are there twice or in other letters' case, and trailing data.
func decodeStrictly(document []byte, into any) error {
	violations, err := kjson.UnmarshalStrict(document, into)
	if err == nil && len(violations) > 0 {
		err = violations[0]
	}
	return err
}
