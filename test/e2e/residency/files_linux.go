package residency

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A Tree is a folder with all below it that is on the same file system.
type Tree struct {
	Root string
	// Kind says of which kind a file is, by its path below the root.
	Kind func(path string) Kind
	// Shown is what stands for the root in what a hit tells; empty: the root itself.
	Shown string
	// Without are paths below the root that are left out.
	Without []string
}

// Of is the Kind of a tree that has one kind only.
func Of(kind Kind) func(string) Kind { return func(string) Kind { return kind } }

// Tree looks into the files of a tree, and at the names of all that is in it. A file that goes meanwhile is none, and one
// that was looked into is not looked into again.
func (s *Searcher) Tree(tree Tree) error {
	top, err := os.Lstat(tree.Root)
	if err != nil {
		return err
	}
	if tree.Shown == "" {
		tree.Shown = tree.Root
	}
	device := top.Sys().(*syscall.Stat_t).Dev
	return filepath.WalkDir(tree.Root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		below, err := filepath.Rel(tree.Root, path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		status := info.Sys().(*syscall.Stat_t)
		if entry.IsDir() && (status.Dev != device || tree.leavesOut(below)) {
			return fs.SkipDir
		}
		if tree.leavesOut(below) {
			return nil
		}
		place := Place{Kind: tree.Kind(below), Where: filepath.Join(tree.Shown, below)}
		return s.entry(place, path, info)
	})
}

func (t Tree) leavesOut(path string) bool {
	for _, without := range t.Without {
		if matched, _ := filepath.Match(without, path); matched {
			return true
		}
	}
	return false
}

// entry looks into a file, at the target of a link, or at the name alone of anything else.
func (s *Searcher) entry(place Place, path string, info fs.FileInfo) error {
	switch {
	case info.Mode().IsRegular():
		return s.file(place, path, info)
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		if err != nil {
			return ignore(err)
		}
		return s.Bytes(place, []byte(target))
	default:
		return s.Bytes(place, nil)
	}
}

func (s *Searcher) file(place Place, path string, info fs.FileInfo) error {
	status := info.Sys().(*syscall.Stat_t)
	this := file{status.Dev, status.Ino}
	s.lock.Lock()
	seen := s.seen[this]
	s.seen[this] = true
	s.lock.Unlock()
	if seen {
		return s.Bytes(place, nil)
	}
	content, err := os.Open(path) //nolint:gosec // of the tree that is searched
	if err != nil {
		return ignore(err)
	}
	defer func() { _ = content.Close() }()
	return s.At(place, content, info.Size())
}

// ignore lets go what went meanwhile.
func ignore(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
