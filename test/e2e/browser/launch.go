package browser

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
)

// Launch starts a browser with an empty page; chromium is its program's path, as hack/browser gives it. The driver is
// installed first where that is missing. The context ends that; the browser itself ends with Close.
func Launch(ctx context.Context, chromium string) (*Page, error) {
	return start(ctx, chromium, Place{})
}

// LaunchIn is Launch for a browser in a place of its own.
func LaunchIn(ctx context.Context, chromium string, place Place) (*Page, error) {
	return start(ctx, chromium, place)
}

// Persona is a browser as a person has it: what it keeps goes to a profile on disk, and certificates count.
type Persona struct {
	// Proxy is the URL of the proxy that everything is asked of.
	Proxy string
	// Trusted is the certificate, PEM, that counts though no authority that the browser knows has signed it.
	Trusted []byte
	// Place is where the browser runs.
	Place Place
}

// LaunchAs starts a browser with an empty page, as Launch does.
func LaunchAs(ctx context.Context, chromium string, persona Persona) (*Page, error) {
	block, _ := pem.Decode(persona.Trusted)
	if block == nil {
		return nil, errors.New("the browser is to trust what is no certificate in PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	return start(ctx, chromium, persona.Place, "PROXY="+persona.Proxy, "PROFILE=profile", "TRUSTED="+base64.StdEncoding.EncodeToString(key[:]))
}

func start(ctx context.Context, chromium string, place Place, environment ...string) (*Page, error) {
	driver, err := Install(ctx)
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", "geoconsole-browser-")
	if err != nil {
		return nil, err
	}
	p := &Page{command: exec.Command("node", "driver.mjs"), home: home} //nolint:noctx // it ends with Close
	p.command.Dir = driver
	// Profile, crash reports and caches: none of it goes to the home of who runs this.
	p.command.Env = append(os.Environ(), "CHROMIUM="+chromium, "HOME="+home, "TMPDIR="+home, "XDG_CONFIG_HOME=", "XDG_CACHE_HOME=", "HOSTS="+place.rules())
	p.command.Env = append(p.command.Env, environment...)
	if err := place.inside(p.start); err != nil {
		return nil, errors.Join(err, os.RemoveAll(home))
	}
	return p, nil
}

func (p *Page) start() error {
	p.command.Stderr = os.Stderr
	out, err := p.command.StdoutPipe()
	if err != nil {
		return err
	}
	p.out = bufio.NewReader(out)
	if p.in, err = p.command.StdinPipe(); err != nil {
		return err
	}
	return p.command.Start()
}

// Install installs the packages of the browser's driver by npm when they are missing or older than
// package-lock.json, and returns the driver's folder. Of several processes that ask at the same time one installs and
// the others wait.
func Install(ctx context.Context) (string, error) {
	root, err := cache.Root()
	if err != nil {
		return "", err
	}
	driver := filepath.Join(root, "test/e2e/browser")
	lock, err := os.Open(filepath.Join(driver, "package-lock.json")) //nolint:gosec // a file of this repository
	if err != nil {
		return "", err
	}
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
	if err == nil {
		err = install(ctx, driver)
	}
	return driver, errors.Join(err, lock.Close())
}

func install(ctx context.Context, driver string) error {
	if fresh, err := installed(driver); fresh || err != nil {
		return err
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return fmt.Errorf("the browser is driven by Node.js: %w; install version 20 or newer", err)
	}
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts")
	npm.Dir, npm.Stdout, npm.Stderr = driver, os.Stderr, os.Stderr
	if err := npm.Run(); err != nil {
		return fmt.Errorf("npm ci in %s: %w; it needs npm's registry", driver, err)
	}
	return nil
}

// installed tells whether npm has finished an installation since package-lock.json was last written: it then leaves a
// copy of it.
func installed(driver string) (bool, error) {
	wanted, err := os.Stat(filepath.Join(driver, "package-lock.json"))
	if err != nil {
		return false, err
	}
	done, err := os.Stat(filepath.Join(driver, "node_modules/.package-lock.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && !done.ModTime().Before(wanted.ModTime()), err
}
