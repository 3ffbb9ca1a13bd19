// Package browser drives one page of a real Chromium by way of Playwright.
package browser

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
)

// Page is an open page. Its methods fail with what the browser says.
type Page struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	home    string // all that the browser writes
	mu      sync.Mutex
}

// Element is one that people find by its role and accessible name; Row narrows it to a table row of that name.
type Element struct {
	Role string `json:"role"`
	Name string `json:"name,omitempty"`
	Row  string `json:"row,omitempty"`
}

// Close ends the browser and removes what it wrote.
func (p *Page) Close() error {
	home, err := p.Leave()
	return errors.Join(err, os.RemoveAll(home))
}

// Leave ends the browser, and returns the folder of all that it wrote. Who has looked at that removes it.
func (p *Page) Leave() (home string, err error) {
	return p.home, errors.Join(p.in.Close(), p.command.Wait())
}

// do sends one command and decodes its value into answer, which may be nil.
func (p *Page) do(verb string, arguments map[string]any, answer any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	arguments["do"] = verb
	line, err := json.Marshal(arguments)
	if err != nil {
		return err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("browser: %s: %w", verb, err)
	}
	reply, err := p.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("browser: %s: it ended: %w", verb, err)
	}
	var result struct {
		Value json.RawMessage
		Error string
	}
	if err := json.Unmarshal(reply, &result); err != nil {
		return err
	}
	if result.Error != "" {
		return fmt.Errorf("browser: %s: %s", verb, result.Error)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(result.Value, answer)
}

// Open goes to an address, with a certificate of whatever authority.
func (p *Page) Open(url string) error { return p.do("open", map[string]any{"url": url}, nil) }

// See waits at most that many seconds until the page shows a text.
func (p *Page) See(text string, seconds int) error {
	return p.do("see", map[string]any{"text": text, "seconds": seconds}, nil)
}

// Miss waits at most that many seconds until the page does not show a text any more.
func (p *Page) Miss(text string, seconds int) error {
	return p.do("miss", map[string]any{"text": text, "seconds": seconds}, nil)
}

// Click clicks the first such element.
func (p *Page) Click(e Element) error {
	return p.do("click", map[string]any{"role": e.Role, "name": e.Name, "row": e.Row}, nil)
}

// Fill types a value into the first such element.
func (p *Page) Fill(e Element, value string) error {
	return p.do("fill", map[string]any{"role": e.Role, "name": e.Name, "row": e.Row, "value": value}, nil)
}

// Count counts such elements.
func (p *Page) Count(e Element) (n int, err error) {
	arguments := map[string]any{"role": e.Role}
	if e.Name != "" {
		arguments["name"] = e.Name
	}
	return n, p.do("count", arguments, &n)
}

// Text is all that the page shows.
func (p *Page) Text() (text string, err error) { return text, p.do("text", map[string]any{}, &text) }

// Colors makes the system prefer a scheme, "light" or "dark".
func (p *Page) Colors(scheme string) error {
	return p.do("colors", map[string]any{"scheme": scheme}, nil)
}

// Screenshot writes the whole page as PNG.
func (p *Page) Screenshot(file string) error {
	return p.do("screenshot", map[string]any{"file": file}, nil)
}

// Kept counts what the browser keeps of the console, by kind.
func (p *Page) Kept() (kept map[string]int, err error) {
	return kept, p.do("kept", map[string]any{}, &kept)
}

// Complaints are the errors that the page caused since it was opened, violations of its policy among them.
func (p *Page) Complaints() (complaints []string, err error) {
	return complaints, p.do("complaints", map[string]any{}, &complaints)
}

// Axe are the accessibility findings on the page as it is.
func (p *Page) Axe() (findings []string, err error) {
	return findings, p.do("axe", map[string]any{}, &findings)
}
