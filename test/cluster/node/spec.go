// Package node runs one machine of a cluster: a folder as its root, processes, and mount, network, process, host name,
// IPC and cgroup namespaces of its own. It knows nothing of Kubernetes.
//
// Keep runs on the host. It lives as long as its starter holds its standard input open, and takes everything down
// when that closes: a starter that is killed leaves nothing. Boot runs as the first process inside; when it ends, the
// kernel ends every other process of the node.
package node

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
)

// The places of a node's file system that its processes are told.
const (
	// Home is where the node sees Spec.Dir.
	Home = "/cluster"
	// Programs is where the node sees Spec.Programs.
	Programs = "/opt/programs"
	// Path finds the programs of Spec.Root and Spec.Programs.
	Path = "/usr/sbin:/usr/bin:" + Programs
)

// The folders below Spec.Dir.
const (
	// StateDir is emptied when the node starts and removed when it ends.
	StateDir = "state"
	// LogDir holds NAME.log of every process and node.log of the node itself. It stays.
	LogDir = "log"
	// ConfigDir holds what the processes read.
	ConfigDir = "config"
)

// Spec is all that a node is made from.
type Spec struct {
	// Name is the host name.
	Name string
	// Dir is a folder of the host, absolute, for this node alone.
	Dir string
	// Root is a folder of the host with the programs and libraries of the node. It is never written.
	Root string
	// Programs is a further folder of programs.
	Programs string
	// Address is that of the node, on its loopback interface.
	Address netip.Addr
	// Local are networks that the node itself translates to others, for example those of services: without a route
	// its own processes could not send to them.
	Local []netip.Prefix
	// Nameserver is the one that /etc/resolv.conf names.
	Nameserver netip.Addr
	// Processes start as soon as what they need answers. The node ends when one of them ends.
	Processes []Process
}

// Process is one that runs as long as the node does.
type Process struct {
	// Name is the program's, and the log's.
	Name string
	Args []string
	// After lists what must answer before the process starts: "unix:PATH" accepts a connection, "https://..."
	// answers 200 with a certificate of ConfigDir/ca.crt.
	After []string
}

// Event is what Keep tells its starter, one line of JSON each.
type Event struct {
	// PID is the host's id of the node's first process, once it runs.
	PID int `json:"pid,omitempty"`
	// Ended says why the node ended, as a sentence.
	Ended string `json:"ended,omitempty"`
}

// EventsFD is the file descriptor on which Keep writes its events.
const EventsFD = 3

func (s Spec) stateDir() string { return filepath.Join(s.Dir, StateDir) }

func specPath(dir string) string { return filepath.Join(dir, ConfigDir, "node.json") }

// Write puts the spec where Keep and Boot read it.
func (s Spec) Write() error {
	if !filepath.IsAbs(s.Dir) {
		return fmt.Errorf("node %s: the folder %q is relative; give an absolute path", s.Name, s.Dir)
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(specPath(s.Dir), text, 0o600)
}

func readSpec(dir string) (Spec, error) {
	text, err := os.ReadFile(specPath(dir))
	if err != nil {
		return Spec{}, err
	}
	var spec Spec
	err = json.Unmarshal(text, &spec)
	return spec, err
}
