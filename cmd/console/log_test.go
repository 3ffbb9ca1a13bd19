package main

import (
	"bufio"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// A region that sends more than it was asked for makes net/http write that into the process's standard log.
func TestProperty9_WhatARegionSendsUnaskedIsNotLogged(t *testing.T) {
	const mark = "mark-of-a-cluster"
	dropped := make(chan struct{}, 100)
	region := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"+mark)
		_, _ = io.Copy(io.Discard, conn) // until the console has seen it and closes
		_ = conn.Close()
		if r.Header.Get("User-Agent") == mark {
			dropped <- struct{}{}
		}
	}))
	region.Config.ErrorLog = log.New(io.Discard, "", 0)
	region.StartTLS()
	defer region.Close()
	// The certificate of httptest is for example.com.
	config := configFile(t, func(c *geography.Config) {
		c.Regions[0].Endpoints[0].URL = "https://example.com:9001"
		c.Regions[0].CABundle = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: region.Certificate().Raw}))
	})
	command := exec.Command(os.Args[0], "--config", config, "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0",
		"--demo-dial", "example.com:9001="+region.Listener.Addr().String())
	command.Env = []string{asConsole + "=1"}
	output, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	lines := bufio.NewScanner(output)
	served := awaitLine(t, lines, "serving")

	request, err := http.NewRequest(http.MethodGet, "http://"+served.Public+"/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("User-Agent", mark)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if _ = response.Body.Close(); err != nil || string(body) != "{}" {
		t.Errorf("%s, %v", body, err)
	}
	select {
	case <-dropped:
	case <-time.After(20 * time.Second):
		t.Fatal("the console kept the connection")
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		if strings.Contains(lines.Text(), mark) {
			t.Errorf("logged: %s", lines.Text())
		}
	}
	if err := command.Wait(); err != nil {
		t.Errorf("the process ended by %v", err)
	}
}
