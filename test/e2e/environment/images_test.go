package environment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
)

// What is tested is built by the cryptographic module that is shipped.
func TestFIPSIsThatOfTheShippedBinaries(t *testing.T) {
	root, err := cache.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Dockerfile", "Makefile"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "GOFIPS140="+FIPS+" go build") {
			t.Errorf("%s does not build with GOFIPS140=%s", name, FIPS)
		}
	}
}
