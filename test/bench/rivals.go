package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/hack/debian"
	"github.com/geoconsole/geoconsole-operator/hack/kubernetes"
)

// A rival is another proxy that does what a region's route does at least: HTTP/1.1 in, HTTP/1.1 by checked TLS out, with
// connections kept on both sides, and a line of log for each request.
type rival struct {
	name string
	// program returns where it is, and gets it first where it never was.
	program func(context.Context) (string, error)
	// config is a template of its file, empty when it takes arguments only.
	config string
	args   func(rivalSettings) []string
}

// rivalSettings are what a config is made of.
type rivalSettings struct {
	Dir, File, Listen, Upstream, Host, Authority string
	Root                                         bool
}

var (
	//go:embed nginx.conf
	nginxConfig string
	//go:embed haproxy.cfg
	haproxyConfig string
	//go:embed Caddyfile
	caddyConfig string
)

func (s *stage) rivals() []rival {
	return []rival{
		{name: nginx, program: debianProgram("usr/sbin/nginx"), config: nginxConfig, args: func(r rivalSettings) []string {
			return []string{"-e", "stderr", "-p", r.Dir, "-c", r.File}
		}},
		{name: "HAProxy", program: debianProgram("usr/sbin/haproxy"), config: haproxyConfig, args: func(r rivalSettings) []string {
			return []string{"-db", "-f", r.File}
		}},
		{name: "Caddy", program: kubernetes.Caddy, config: caddyConfig, args: func(r rivalSettings) []string {
			return []string{"run", "--adapter", "caddyfile", "--config", r.File}
		}},
		{name: floor, program: func(context.Context) (string, error) { return s.path("floor"), nil }, args: func(r rivalSettings) []string {
			return []string{"--listen", r.Listen, "--upstream", r.Upstream, "--name", r.Host, "--ca", r.Authority}
		}},
	}
}

// startRival starts one in front of an upstream.
func (s *stage) startRival(ctx context.Context, r rival, upstream, host string) (*process, error) {
	program, err := r.program(ctx)
	if err != nil {
		return nil, err
	}
	listen, err := freeAddress()
	if err != nil {
		return nil, err
	}
	file := "config of " + r.name
	settings := rivalSettings{
		Dir: s.dir, File: s.path(file), Listen: listen, Upstream: upstream, Host: host, Authority: s.path("ca.crt"), Root: os.Geteuid() == 0,
	}
	var text strings.Builder
	if err := template.Must(template.New(r.name).Parse(r.config)).Execute(&text, settings); err != nil {
		return nil, err
	}
	if err := s.write(file, []byte(text.String())); err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, program, r.args(settings)...) //nolint:gosec // our own programs
	command.Env = append(os.Environ(), "HOME="+s.dir)
	if libraries := filepath.Dir(program) + "/../lib/*-linux-gnu*"; r.config != "" {
		found, _ := filepath.Glob(libraries) // the pattern is well formed
		command.Env = append(command.Env, "LD_LIBRARY_PATH="+strings.Join(found, ":"))
	}
	return s.start(ctx, r.name, "http://"+listen, command)
}

// debianPackages are nginx and HAProxy. The C library is the machine's, as for the tests' Chromium; what only an
// installation needs is left out.
var debianPackages = debian.Packages{
	Names:   []string{"nginx", "haproxy"},
	Present: []string{"libc6", "adduser", "debconf", "dpkg", "init-system-helpers", "iproute2", "lsb-base", "sysvinit-utils"},
}

// debianProgram returns a program of the packages, which are loaded and unpacked the first time: about 10 MB.
func debianProgram(path string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		dir, err := cache.Artifact{
			Name: "proxies", Inputs: []string{"test/bench/rivals.go", "hack/debian"},
			Build: func(ctx context.Context, dir string, progress *cache.Progress) error {
				return debianPackages.Unpack(ctx, dir, progress.Set)
			},
		}.Ensure(ctx)
		if err != nil {
			return "", fmt.Errorf("debian's packages: %w", err)
		}
		return filepath.Join(dir, path), nil
	}
}
