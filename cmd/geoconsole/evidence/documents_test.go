package evidence

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the documents and testdata")

const root = "../../.."

func TestTheDocumentsAreTheTables(t *testing.T) {
	for file, want := range map[string]string{"docs/data-map.md": DataMapDocument(), "docs/transfers.md": TransfersDocument()} {
		compare(t, filepath.Join(root, file), want)
	}
}

// compare holds a file to what it should be, or writes it with -update.
func compare(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(got), "\n"), strings.Split(want, "\n")); diff != "" {
		t.Errorf("%s differs (run with -update after reading this):\n%s", file, diff)
	}
}

var idForm = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)

// Every flow says what, from where, to where and what bounds it, and is in one chapter; what it cites is there.
func TestTransfersAreWhole(t *testing.T) {
	ids := map[string]bool{}
	for _, transfer := range Transfers() {
		if !idForm.MatchString(transfer.ID) || ids[transfer.ID] {
			t.Errorf("%q is no id, or there twice", transfer.ID)
		}
		ids[transfer.ID] = true
		for _, said := range []string{transfer.Data, transfer.From, transfer.To, transfer.Control} {
			if said == "" || strings.ContainsAny(said, "|\n") {
				t.Errorf("%s: %q is no cell of a table", transfer.ID, said)
			}
		}
		if reaches[transfer.Leaves] == "" {
			t.Errorf("%s: %q is no reach", transfer.ID, transfer.Leaves)
		}
		if strings.Count(TransfersDocument(), `<a id="`+transfer.ID+`">`) != 1 {
			t.Errorf("%s: is not in one chapter", transfer.ID)
		}
		if len(transfer.Shown) == 0 {
			t.Errorf("%s: nothing shows it", transfer.ID)
		}
		for _, file := range transfer.Shown {
			if _, err := os.Stat(filepath.Join(root, file)); err != nil {
				t.Errorf("%s: %v", transfer.ID, err)
			}
		}
	}
}

// What leaves is some data: a category names each flow that carries any, and no flow that there is not.
func TestTheTablesFitTogether(t *testing.T) {
	var used []string
	ids := map[string]bool{}
	for _, category := range DataMap() {
		if !idForm.MatchString(category.ID) || ids[category.ID] {
			t.Errorf("%q is no id, or there twice", category.ID)
		}
		ids[category.ID] = true
		for _, said := range []string{category.Data, category.Processed, category.Kept, category.Receivers} {
			if said == "" || strings.ContainsAny(said, "|\n") {
				t.Errorf("%s: %q is no cell of a table", category.ID, said)
			}
		}
		used = append(used, category.Transfers...)
	}
	for _, transfer := range Transfers() {
		if transfer.When != Refused && !slices.Contains(used, transfer.ID) && !slices.Contains(withoutOurData, transfer.ID) {
			t.Errorf("%s: no category of the data map goes by it", transfer.ID)
		}
		used = slices.DeleteFunc(used, func(id string) bool { return id == transfer.ID })
	}
	if len(used) > 0 {
		t.Errorf("the data map names flows that are none: %v", used)
	}
}

// withoutOurData are flows that carry nothing that the data map lists: a question of a client, a visit.
var withoutOurData = []string{
	"issuer-keys", "browser-maker", "rosa-version", "rosa-cloud", "platform-telemetry", "cluster-links", "vendor-regions", "client-downloads",
}

// The hosts that the clients were seen to ask outside of the geography are in the list.
func TestTheClientsOwnHostsAreListed(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/clients.md"))
	if err != nil {
		t.Fatal(err)
	}
	strays := regexp.MustCompile(`(?m)^> CONNECT ([a-z0-9.-]+):443  refused`).FindAllStringSubmatch(string(page), -1)
	strays = append(strays, regexp.MustCompile(`(mirror\.[a-z.]+), outside of the geography`).FindAllStringSubmatch(string(page), -1)...)
	if len(strays) < 4 {
		t.Fatalf("docs/clients.md tells of %d hosts outside only", len(strays))
	}
	for _, stray := range strays {
		if !slices.ContainsFunc(Transfers(), func(t Transfer) bool {
			return t.Leaves == LeavesGeography && t.When != Refused && strings.Contains(t.To, stray[1])
		}) {
			t.Errorf("%s is asked by a client and in no transfer", stray[1])
		}
	}
}
