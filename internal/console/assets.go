package console

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// pages is the built user interface, held in memory: index.html, the licences of its libraries, and every asset by its
// path.
type pages struct {
	// hostname is the console's own.
	hostname string
	// issuer is the origin where the user interface gets its tokens; empty without a login.
	issuer   string
	index    []byte
	licences []byte
	assets   map[string]asset
}

// asset is one file in the encodings that the build made of it.
type asset struct {
	contentType string
	plain       []byte
	// encoded holds the precompressed twins by content coding, "br" and "gzip".
	encoded map[string][]byte
}

// encodings are the precompressed twins in order of preference.
var encodings = []struct{ coding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// contentTypes are those that the build makes. The list is ours and not the system's, which differs between images.
var contentTypes = map[string]string{
	".js":    "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".json":  "application/json",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".jpg":   "image/jpeg",
	".webp":  "image/webp",
	".woff":  "font/woff",
	".woff2": "font/woff2",
	".ttf":   "font/ttf",
}

// readPages reads the built user interface of a console: index.html, licenses.md and everything below assets/.
func readPages(ui fs.FS, config geography.Config) (pages, error) {
	read := pages{hostname: config.Hostname, issuer: issuerOrigin(config.Auth), assets: map[string]asset{}}
	var err error
	if read.index, err = fs.ReadFile(ui, "index.html"); err != nil {
		return pages{}, fmt.Errorf("read the user interface: %w", err)
	}
	if read.licences, err = fs.ReadFile(ui, "licenses.md"); err != nil {
		return pages{}, fmt.Errorf("read the user interface's licences: %w", err)
	}
	err = fs.WalkDir(ui, "assets", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || isTwin(name) {
			return err
		}
		file, err := readAsset(ui, name)
		if err != nil {
			return err
		}
		read.assets["/"+name] = file
		return nil
	})
	if err != nil {
		return pages{}, fmt.Errorf("read the user interface's assets: %w", err)
	}
	return read, nil
}

func isTwin(name string) bool {
	for _, encoding := range encodings {
		if path.Ext(name) == encoding.suffix {
			return true
		}
	}
	return false
}

func readAsset(ui fs.FS, name string) (asset, error) {
	file := asset{contentType: contentTypes[path.Ext(name)], encoded: map[string][]byte{}}
	if file.contentType == "" {
		return asset{}, fmt.Errorf("%s has no known content type; add it to the list", name)
	}
	var err error
	if file.plain, err = fs.ReadFile(ui, name); err != nil {
		return asset{}, err
	}
	for _, encoding := range encodings {
		twin, err := fs.ReadFile(ui, name+encoding.suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return asset{}, err
		}
		if err == nil {
			file.encoded[encoding.coding] = twin
		}
	}
	return file, nil
}

// serveAsset serves one hashed file, for ever: its name changes with its content.
func (p pages) serveAsset(w http.ResponseWriter, r *http.Request) {
	file, found := p.assets[r.URL.Path]
	if !found {
		writeText(w, http.StatusNotFound, "not found")
		return
	}
	// An SVG is a document when it is opened by itself: then it is one that can do nothing.
	proxy.MarkAsData(w.Header())
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Type", file.contentType)
	w.Header().Set("Vary", "Accept-Encoding")
	body := file.plain
	for _, encoding := range encodings {
		if twin, ok := file.encoded[encoding.coding]; ok && accepts(r.Header, encoding.coding) {
			w.Header().Set("Content-Encoding", encoding.coding)
			body = twin
			break
		}
	}
	writeFile(w, body)
}

// accepts reports whether a content coding is named in Accept-Encoding and not refused by q=0 (RFC 9110, 12.5.3). A
// wildcard is not enough: whoever sends one gets the plain file, which is always right.
func accepts(h http.Header, coding string) bool {
	for member := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		name, parameters, _ := strings.Cut(member, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		weight, hasWeight := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameters)), "q=")
		if !hasWeight {
			return true
		}
		q, err := strconv.ParseFloat(weight, 64)
		return err == nil && q > 0
	}
	return false
}

// serveLicences serves the texts that the licences of the interface's libraries ask to be passed on.
func (p pages) serveLicences(w http.ResponseWriter, _ *http.Request) {
	proxy.MarkAsData(w.Header())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	writeFile(w, p.licences)
}

// servePage serves index.html for every path that a browser opens as a page: the user interface routes by itself.
func (p pages) servePage(w http.ResponseWriter, r *http.Request) {
	isPage := r.URL.Path == "/" || strings.Contains(r.Header.Get("Accept"), "text/html")
	if !isPage {
		writeText(w, http.StatusNotFound, "not found")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy(r.Host))
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	writeFile(w, p.index)
}

func writeFile(w http.ResponseWriter, content []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	// The headers are out: a write that fails means that nobody is listening any more.
	_, _ = w.Write(content)
}

// policy is the Content-Security-Policy of index.html for the host under which it was asked for. Everything comes from
// /assets/ of the console's own host, and requests go to that host and, for tokens, to the issuer's. A Host header is a
// client's word and writes no policy: under any other name, as in a preview, it is 'self', which is wider only by paths
// that serve data.
func (p pages) policy(host string) string {
	assets := "'self'"
	if host == p.hostname {
		assets = p.hostname + "/assets/"
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src " + assets,
		"style-src " + assets,
		"font-src " + assets,
		"img-src " + assets,
		strings.TrimSuffix("connect-src 'self' "+p.issuer, " "),
		"worker-src 'none'",
		"frame-src 'none'",
		"frame-ancestors 'none'",
		"base-uri 'none'",
		"form-action 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}

// issuerOrigin is scheme, host and port of the issuer, whose form geography.ReadConfig has checked; empty without one.
func issuerOrigin(auth geography.ConfigAuth) string {
	if auth.OIDC == nil {
		return ""
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(auth.OIDC.IssuerURL, "https://"), "/")
	return "https://" + host
}
