package browser

// Seen is what the browser did, on every page that it had, since it was asked last.
type Seen struct {
	// Ran is what a script has called __ran with; that function is there on every page.
	Ran []string
	// Violations are what policies have stopped.
	Violations []Violation
	// Requests are the addresses that were asked for, with what a policy stopped at that point.
	Requests []string
	// Opened are the addresses of further pages, which are closed by now, and Frames those within the page.
	Opened, Frames []string
	Dialogs        []string
	Workers        []string
	Downloads      []string
	// Errors are those that no script caught.
	Errors  []string
	Cookies []string
}

// Violation is one of a Content-Security-Policy: the directive, and what it stopped.
type Violation struct{ Directive, Blocked string }

// Watch begins to watch what the browser does, for Watched to tell. Ask for it once, before a page is opened.
func (p *Page) Watch() error { return p.do("watch", map[string]any{}, nil) }

// Watched waits until nothing is under way any more, and some seconds for a number of violations, closes all pages but the
// first, and tells what was seen since the last time.
func (p *Page) Watched(violations int) (seen Seen, err error) {
	return seen, p.do("watched", map[string]any{"violations": violations}, &seen)
}

// Run runs a script as the page itself would, and waits for the promise that it is, if it is one.
func (p *Page) Run(script string, answer any) error {
	return p.do("run", map[string]any{"script": script}, answer)
}
