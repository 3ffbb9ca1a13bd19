package residency

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// A Process is one of this machine, by its id and its program's name.
type Process struct {
	ID   int
	Name string
}

// Below lists the processes that a process has started, and those that these have, as long as they run.
func Below(id int) ([]Process, error) {
	files, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		return nil, err
	}
	children := map[int][]Process{}
	for _, path := range files {
		text, err := os.ReadFile(path) //nolint:gosec // of the kernel
		if err != nil {
			continue // it has ended meanwhile
		}
		fields := map[string]string{}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(line, ":")
			fields[name] = strings.TrimSpace(value)
		}
		number, _ := strconv.Atoi(fields["Pid"])
		parent, _ := strconv.Atoi(fields["PPid"])
		children[parent] = append(children[parent], Process{ID: number, Name: fields["Name"]})
	}
	below := slices.Clone(children[id])
	for i := 0; i < len(below); i++ {
		below = append(below, children[below[i].ID]...)
	}
	return below, nil
}

// Runs tells whether a process still runs; what was not found of one that has ended is no failure.
func Runs(process Process) bool {
	state, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", process.ID))
	return err == nil && len(state) > 0
}

// ofKernel are pages that the kernel shows in every process.
var ofKernel = []string{"[vvar]", "[vvar_vclock]", "[vsyscall]"}

// Memory looks into what a process has written to its memory, and what lies there of no file. The rest are pages of files,
// which are searched as files.
func (s *Searcher) Memory(kind Kind, process Process) error {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", process.ID))
	if err != nil {
		return fmt.Errorf("memory of %s: %w", process.Name, err)
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", process.ID))
	if err != nil {
		return fmt.Errorf("memory of %s: %w", process.Name, err)
	}
	defer func() { _ = memory.Close() }()
	for line := range strings.Lines(string(maps)) {
		fields := append(strings.Fields(line), "") // what is of no file has no name
		rights, inode, name := fields[1], fields[4], fields[5]
		if rights[0] != 'r' || rights[1] != 'w' && inode != "0" || slices.Contains(ofKernel, name) {
			continue
		}
		begin, end, _ := strings.Cut(fields[0], "-")
		from, err := strconv.ParseInt(begin, 16, 64)
		if err != nil {
			return fmt.Errorf("memory of %s: %w", process.Name, err)
		}
		to, err := strconv.ParseInt(end, 16, 64)
		if err != nil {
			return fmt.Errorf("memory of %s: %w", process.Name, err)
		}
		place := Place{Kind: kind, Where: fmt.Sprintf("%s, process %d, %x %s", process.Name, process.ID, from, name)}
		err = s.At(place, io.NewSectionReader(memory, from, to-from), to-from)
		if err != nil && !errors.Is(err, syscall.EIO) { // it gave the mapping back meanwhile
			return fmt.Errorf("memory of %s: %w", process.Name, err)
		}
	}
	return nil
}

// A mount is a file system that a process sees.
type mount struct{ device, root, point, kind string }

// written are the kinds of file systems that containers and nodes have for themselves. What is on a disk of this machine is
// found in its folder.
var written = []string{"overlay", "tmpfs"}

func mounts(process string) (found []mount, err error) {
	info, err := os.Open("/proc/" + process + "/mountinfo") //nolint:gosec // of the kernel
	if err != nil {
		return nil, err
	}
	defer func() { _ = info.Close() }()
	lines := bufio.NewScanner(info)
	for lines.Scan() {
		before, after, _ := strings.Cut(lines.Text(), " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		found = append(found, mount{device: fields[2], root: fields[3], point: fields[4], kind: kind[0]})
	}
	return found, lines.Err()
}

// A View is the file systems that a process sees and the machine itself does not.
type View struct {
	Process
	// Shown is what stands for the process's root in what a hit tells.
	Shown string
	// Kind says of which kind a file system is, by where the process has it.
	Kind func(point string) Kind
}

// View looks into what a process sees, each file system in whole.
func (s *Searcher) View(view View) error {
	id := strconv.Itoa(view.ID)
	theirs, err := mounts(id)
	if err != nil {
		return fmt.Errorf("file systems of %s: %w", view.Name, err)
	}
	ours, err := mounts("self")
	if err != nil {
		return err
	}
	for _, m := range theirs {
		ofMachine := slices.ContainsFunc(ours, func(o mount) bool { return o.device == m.device })
		if ofMachine || !slices.Contains(written, m.kind) {
			continue
		}
		err := s.Tree(Tree{Root: "/proc/" + id + "/root" + m.point, Shown: view.Shown + m.point, Kind: Of(view.Kind(m.point))})
		if ignore(err) != nil {
			return fmt.Errorf("file systems of %s: %w", view.Name, err)
		}
	}
	return nil
}
