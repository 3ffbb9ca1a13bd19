package geography

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

const sampleImage = "registry.example.com/geoconsole/console:v1"

// sample is a GeoConsole without problems that sets only what is required.
func sample() *v1alpha1.GeoConsole {
	gc := &v1alpha1.GeoConsole{}
	gc.Name, gc.Namespace, gc.UID, gc.Generation = "europe", "geoconsoles", "4f1d", 7
	gc.Spec = v1alpha1.GeoConsoleSpec{
		Geography: v1alpha1.Geography{Type: v1alpha1.GeographyBuiltIn, BuiltIn: "EU"},
		Hostname:  "console.eu.example.com",
		Clusters: []v1alpha1.Cluster{{
			Name: "eu-central", Namespace: "geoconsole",
			Connection: v1alpha1.Connection{
				Type:       v1alpha1.ConnectionKubeconfig,
				Kubeconfig: &v1alpha1.KubeconfigReference{SecretName: "eu-central", Key: "kubeconfig"},
			},
		}},
		Regions: []v1alpha1.Region{
			region("aws.eu-west-1", "https://api.aws.eu-west-1.xcm.example.com"),
			region("aws.eu-central-1", "https://api.aws.eu-central-1.xcm.example.com"),
		},
		Auth: v1alpha1.Auth{Type: v1alpha1.AuthNone},
		Exposure: v1alpha1.Exposure{
			Type:  v1alpha1.ExposureRoute,
			Route: &v1alpha1.RouteExposure{TLS: v1alpha1.ExposureTLS{Type: v1alpha1.TLSClusterDefault}},
		},
	}
	return gc
}

func region(id string, urls ...string) v1alpha1.Region {
	r := v1alpha1.Region{ID: id}
	for _, url := range urls {
		r.Endpoints = append(r.Endpoints, v1alpha1.Endpoint{URL: url})
	}
	return r
}

// withOIDC is auth by an issuer at that url.
func withOIDC(url string) v1alpha1.Auth {
	return v1alpha1.Auth{Type: v1alpha1.AuthOIDC, OIDC: &v1alpha1.OIDC{IssuerURL: url, ClientID: "geoconsole"}}
}

// facts are those of an operator that came with an image.
func facts() Facts { return Facts{Hub: "hub-1", DefaultImage: sampleImage} }

// certificate makes a certificate of its own authority, as PEM, and its key.
func certificate(t testing.TB) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}))
}
