package geography

import (
	"cmp"
	"fmt"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// ConfigProxy bounds what every region, by itself, may take of a console.
type ConfigProxy struct {
	RequestTimeoutSeconds int32 `json:"requestTimeoutSeconds"`
	MaxRequestBodyBytes   int32 `json:"maxRequestBodyBytes"`
	MaxConcurrentRequests int32 `json:"maxConcurrentRequests"`
}

// Defaults that belong to v1alpha1: changing one would change every console that does not set the field. The largest body
// that the public clients send, a cluster with its proxy's CA bundle, is well below 1 MiB. A request that hangs costs a
// console some 60 KiB, so that one region with all its slots taken fits four times into its default memory.
const (
	defaultRequestTimeoutSeconds = 60
	defaultMaxRequestBodyBytes   = 1 << 20
	defaultMaxConcurrentRequests = 256
)

func proxyBounds(p v1alpha1.Proxy) ConfigProxy {
	return ConfigProxy{
		RequestTimeoutSeconds: cmp.Or(p.RequestTimeoutSeconds, defaultRequestTimeoutSeconds),
		MaxRequestBodyBytes:   cmp.Or(p.MaxRequestBodyBytes, defaultMaxRequestBodyBytes),
		MaxConcurrentRequests: cmp.Or(p.MaxConcurrentRequests, defaultMaxConcurrentRequests),
	}
}

func (p ConfigProxy) check() error {
	for _, n := range []struct {
		field           string
		value, min, max int32
	}{
		{"requestTimeoutSeconds", p.RequestTimeoutSeconds, 5, 300},
		{"maxRequestBodyBytes", p.MaxRequestBodyBytes, 1 << 10, 16 << 20},
		{"maxConcurrentRequests", p.MaxConcurrentRequests, 4, 1024},
	} {
		if n.value < n.min || n.value > n.max {
			return fmt.Errorf("proxy.%s: is %d; choose %d to %d", n.field, n.value, n.min, n.max)
		}
	}
	return nil
}
