package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	askEvery   = 50 * time.Millisecond
	askTimeout = 2 * time.Second
)

// children are the processes of the spec that run. The first process of a node also gets all that lose their parents;
// it waits for those too, so that they do not stay as zombies.
type children struct {
	mu    sync.Mutex
	names map[int]string
	ended chan error
}

// run starts the processes and returns when one of them ends, or cannot start.
func (s Spec) run() error {
	running := &children{names: map[int]string{}, ended: make(chan error, len(s.Processes)+1)}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGCHLD)
	go func() {
		for range signals {
			running.reap()
		}
	}()
	answers, err := s.awaitAnswers()
	if err != nil {
		return err
	}
	for _, process := range s.Processes {
		go func() {
			for _, address := range process.After {
				<-answers[address]
			}
			if err := running.start(process); err != nil {
				running.ended <- fmt.Errorf("start %s: %w", process.Name, err)
			}
		}()
	}
	return <-running.ended
}

// start runs a process with its output in a log of its name. The lock keeps reap from seeing its end before its name
// is known.
func (c *children) start(process Process) error {
	program, err := exec.LookPath(process.Name)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(Home, LogDir, process.Name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer func() { _ = nothing.Close() }()
	c.mu.Lock()
	defer c.mu.Unlock()
	child, err := os.StartProcess(program, append([]string{process.Name}, process.Args...), &os.ProcAttr{
		Env: os.Environ(), Files: []*os.File{nothing, log, log},
	})
	if err != nil {
		return err
	}
	c.names[child.Pid] = process.Name
	return child.Release()
}

// reap takes the state of every child that ended.
func (c *children) reap() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if name, ours := c.names[pid]; ours {
			c.ended <- fmt.Errorf("%s ended with %s; see %s.log", name, describe(status), name)
		}
	}
}

func describe(status syscall.WaitStatus) string {
	if status.Signaled() {
		return "signal " + status.Signal().String()
	}
	return fmt.Sprintf("exit code %d", status.ExitStatus())
}

// awaitAnswers asks each address that a process waits for until it answers, then closes its channel. The node's starter
// bounds the wait.
func (s Spec) awaitAnswers() (map[string]chan struct{}, error) {
	client, err := readinessClient()
	if err != nil {
		return nil, err
	}
	answers := map[string]chan struct{}{}
	for _, process := range s.Processes {
		for _, address := range process.After {
			if answers[address] != nil {
				continue
			}
			answered := make(chan struct{})
			answers[address] = answered
			go func() {
				defer close(answered)
				for ask(client, address) != nil {
					time.Sleep(askEvery)
				}
			}()
		}
	}
	return answers, nil
}

func ask(client *http.Client, address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		connection, err := new(net.Dialer).DialContext(ctx, "unix", path)
		if err != nil {
			return err
		}
		return connection.Close()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	// Only a connection whose answer was read is used again.
	_, err = io.Copy(io.Discard, answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, answer.Status)
	}
	return nil
}

// readinessClient trusts the authority of the spec's folder alone.
func readinessClient() (*http.Client, error) {
	file := filepath.Join(Home, ConfigDir, "ca.crt")
	text, err := os.ReadFile(file) //nolint:gosec // a constant path
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: no certificate", file)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}, nil
}
