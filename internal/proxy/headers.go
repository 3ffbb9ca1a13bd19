package proxy

import (
	"mime"
	"net/http"
	"slices"
)

// requestHeaders are all that a region sees of a browser's headers. Cookies are not among them, ever.
var requestHeaders = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Type", "If-Match", "If-None-Match", "User-Agent",
}

// responseHeaders are all that a browser sees of a region's headers. Location is ours when it is there (redirects.go).
var responseHeaders = []string{
	"Content-Type", "Content-Length", "Content-Encoding", "Retry-After", "X-Operation-Id",
}

// keep returns the named headers of h and nothing else.
func keep(h http.Header, names []string) http.Header {
	kept := make(http.Header, len(names))
	for _, name := range names {
		if values := h.Values(name); len(values) > 0 {
			kept[name] = slices.Clone(values)
		}
	}
	return kept
}

// MarkAsData sets the headers that make an answer data and never a document under our origin (safety property 14), and
// keep it out of every cache (property 9).
func MarkAsData(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// dataWriter marks an answer as data at the last moment, when nothing can take a header away any more.
type dataWriter struct {
	http.ResponseWriter
	// upload is the body of the request that is answered.
	upload  *upload
	started bool
	// failed is why the region's answer is not the one that is given, else empty.
	failed Cause
}

// WriteHeader drops informational answers: an upstream's 103 would otherwise clear the headers of the final answer.
func (w *dataWriter) WriteHeader(status int) {
	if status < http.StatusOK || w.started {
		return
	}
	w.started = true
	MarkAsData(w.Header())
	w.ResponseWriter.WriteHeader(status)
}

func (w *dataWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController flush a streamed answer.
func (w *dataWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// contentAllowed reports whether an answer's content is JSON or plain text, or whether it has none.
func contentAllowed(response *http.Response) bool {
	values := response.Header.Values("Content-Type")
	if len(values) == 0 {
		return response.ContentLength == 0 || response.StatusCode == http.StatusNoContent || response.StatusCode == http.StatusNotModified
	}
	mediaType, _, err := mime.ParseMediaType(values[0])
	return err == nil && len(values) == 1 && (mediaType == "application/json" || mediaType == "text/plain")
}

// IsNavigation reports whether a browser asks for a document, a frame, a script or anything else but data for a fetch.
// Clients that are no browsers send none of these headers.
func IsNavigation(h http.Header) bool {
	if h.Get("Sec-Fetch-Mode") == "navigate" {
		return true
	}
	destination := h.Get("Sec-Fetch-Dest")
	return destination != "" && destination != "empty"
}
