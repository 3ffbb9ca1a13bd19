package browser

import "github.com/geoconsole/geoconsole-operator/test/e2e/dex"

// SignIn fills in the form of Dex, where the page is or comes to be within half a minute, for one of dex.Users, and returns
// when the page has left it.
func (p *Page) SignIn(user string) error {
	return p.do("signIn", map[string]any{"name": user + "@example.com", "password": dex.Password}, nil)
}

// Reload loads the page anew: what it had in memory is gone.
func (p *Page) Reload() error { return p.do("reload", map[string]any{}, nil) }

// Back goes to the page before.
func (p *Page) Back() error { return p.do("back", map[string]any{}, nil) }

// At waits at most that many seconds until the page's path is that.
func (p *Page) At(path string, seconds int) error {
	return p.do("at", map[string]any{"path": path, "seconds": seconds}, nil)
}

// URL is where the page is.
func (p *Page) URL() (url string, err error) { return url, p.do("url", map[string]any{}, &url) }

// Value is what is in the first such field.
func (p *Page) Value(e Element) (value string, err error) {
	return value, p.do("value", map[string]any{"role": e.Role, "name": e.Name, "row": e.Row}, &value)
}

// Fetch asks for a path of the page's host, as its own script could without a token, and returns the status.
func (p *Page) Fetch(path string) (status int, err error) {
	return status, p.do("fetch", map[string]any{"path": path}, &status)
}

// Asked are method and URL of all that the page has asked for since this was called last.
func (p *Page) Asked() (requests []string, err error) {
	return requests, p.do("asked", map[string]any{}, &requests)
}

// Stored is what the browser keeps for the page's host, in either storage and in cookies, as name=value.
func (p *Page) Stored() (kept []string, err error) {
	return kept, p.do("stored", map[string]any{}, &kept)
}
