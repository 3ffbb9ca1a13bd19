package browser

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
)

// ofTheSystem matches the folders where a machine keeps programs, libraries and fonts.
var ofTheSystem = regexp.MustCompile(`^/(usr|lib\w*|bin|sbin|etc|opt|snap)/`)

// cLibrary matches the C library with its loader and tables.
var cLibrary = regexp.MustCompile(`/(ld-linux[^/]*|lib(c|m|dl|rt|util|pthread|resolv|nss_\w+)\.so\.\d+|gconv-modules\.cache)$|^/usr/lib/locale/`)

// mapped lists the files that a process's descendants have in memory: those from the cache, and those of the machine
// without the C library.
func mapped(pid int) (own, foreign []string) {
	dir, err := cache.Dir()
	Expect(err).NotTo(HaveOccurred())
	seen := map[string]bool{}
	for _, child := range descendants(pid) {
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%s/maps", child))
		if os.IsNotExist(err) { // it has ended meanwhile
			continue
		}
		Expect(err).NotTo(HaveOccurred())
		for line := range strings.Lines(string(maps)) {
			_, file, _ := strings.Cut(line, " /")
			file = "/" + strings.TrimSpace(file)
			switch {
			case seen[file]:
			case strings.HasPrefix(file, dir+"/"):
				own = append(own, file)
			case ofTheSystem.MatchString(file) && !cLibrary.MatchString(file):
				foreign = append(foreign, file)
			}
			seen[file] = true
		}
	}
	return own, foreign
}

// descendants lists the processes below one, by the parent that each names in its status.
func descendants(pid int) (below []string) {
	files, err := filepath.Glob("/proc/[0-9]*/status")
	Expect(err).NotTo(HaveOccurred())
	children := map[string][]string{}
	for _, path := range files {
		file, err := os.Open(path)
		if err != nil { // it has ended meanwhile
			continue
		}
		for lines := bufio.NewScanner(file); lines.Scan(); {
			if parent, ok := strings.CutPrefix(lines.Text(), "PPid:\t"); ok {
				children[parent] = append(children[parent], filepath.Base(filepath.Dir(path)))
			}
		}
		_ = file.Close()
	}
	below = children[fmt.Sprint(pid)]
	for i := 0; i < len(below); i++ {
		below = append(below, children[below[i]]...)
	}
	return below
}
