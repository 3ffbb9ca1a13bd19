// Command floor is httputil.ReverseProxy with pooled buffers and nothing else: what any Go proxy costs at least.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"
	"time"
)

type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte { return b.pool.Get().(*[32 << 10]byte)[:] }

func (b *buffers) Put(buffer []byte) { b.pool.Put((*[32 << 10]byte)(buffer)) }

func main() {
	listen := flag.String("listen", "", "address")
	upstream := flag.String("upstream", "", "host:port, by TLS")
	name := flag.String("name", "", "whom the upstream's certificate is for")
	authority := flag.String("ca", "", "PEM file of the authority that signed it")
	flag.Parse()
	pem, err := os.ReadFile(*authority)
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	proxy := &httputil.ReverseProxy{
		Rewrite:    func(p *httputil.ProxyRequest) { p.SetURL(&url.URL{Scheme: "https", Host: *upstream}) },
		BufferPool: &buffers{pool: sync.Pool{New: func() any { return new([32 << 10]byte) }}},
		Transport: &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: roots, ServerName: *name, MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost: 64, DisableCompression: true,
		},
	}
	server := &http.Server{Addr: *listen, Handler: proxy, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}
