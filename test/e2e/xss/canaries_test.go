package xss

import (
	"net/http"
	"slices"
	"testing"
)

// canariesSing shows that whatever is looked for would be seen: what the attempts send runs, and leaves, on a page that
// nothing guards.
func canariesSing(t *testing.T, s *stage) {
	unguarded := "https://" + elsewhere + "/"
	for name, test := range map[string]struct{ contentType, text string }{
		"markup": {"text/html", markup}, "an image that is a document": {"image/svg+xml", vector}, "XML": {"text/xml", pure},
		"a script": {"text/html", `<script src="/x.js"></script>`},
		"loopback": {"text/html", `<img src="http://` + s.street.loopback + `/">`},
	} {
		t.Run(name, func(t *testing.T) {
			s.street.set(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/" {
					body(w, test.contentType, test.text)
					return
				}
				script(w, r)
			}, false)
			s.open(t, unguarded)
			seen := s.seen(t, 0)
			reached, _ := s.street.passed()
			want := elsewhere + "/ran"
			if name == "loopback" {
				want = "loopback"
			} else if len(seen.Ran) == 0 {
				t.Error("nothing ran")
			}
			if !slices.Contains(reached, want) {
				t.Errorf("the browser has reached %q", reached)
			}
		})
	}
	s.street.set(nil, false)
}
