package evidence

import (
	"fmt"
	"slices"
	"strings"
)

// written heads both documents.
const written = "<!-- written by go test ./cmd/geoconsole/evidence -update -->\n\n"

// reaches are how far a flow goes, in the words of the documents.
var reaches = map[Reach]string{
	LeavesCluster:   "the cluster, not the geography",
	LeavesGeography: "the geography",
	Depends:         "the geography, where its other end stands outside",
}

// DataMapDocument is docs/data-map.md.
func DataMapDocument() string {
	var text strings.Builder
	text.WriteString("# Data map\n\n" + written + `What passes through a console or stands beside it: where it is processed, for how long it is kept, who gets it, and by which
flows of [transfers.md](transfers.md) it leaves the cluster or the geography. ` + "`geoconsole evidence`" + ` ([evidence.md](evidence.md)) puts
the same table into its answer.

What happens to data at the other ends (in a region, at the issuer, on a user's machine) is theirs to say.

| data | processed | kept | who gets it | leaves the geography | by |
|---|---|---|---|---|---|
`)
	for _, c := range DataMap() {
		fmt.Fprintf(&text, "| **%s**: %s | %s | %s | %s | %s | %s |\n",
			c.ID, c.Data, c.Processed, c.Kept, c.Receivers, c.leaves(), linked(c.Transfers))
	}
	return text.String()
}

// leaves sums up the category's transfers.
func (c Category) leaves() string {
	var certain, perhaps bool
	for _, t := range Transfers() {
		if slices.Contains(c.Transfers, t.ID) {
			certain = certain || t.Leaves == LeavesGeography
			perhaps = perhaps || t.Leaves == Depends
		}
	}
	switch {
	case certain:
		return "yes"
	case perhaps:
		return "where another end stands outside"
	default:
		return "no"
	}
}

func linked(ids []string) string {
	if len(ids) == 0 {
		return "–"
	}
	var links []string
	for _, id := range ids {
		links = append(links, fmt.Sprintf("[%s](transfers.md#%s)", id, id))
	}
	return strings.Join(links, ", ")
}

// chapters are the parts of docs/transfers.md.
var chapters = []struct {
	when         Occasion
	title, about string
}{
	{ByDefault, "By default", "These happen wherever a console runs and is used as it comes."},
	{ByChoice, "By choice", "These happen when the owner of a cluster sets them up, or a user starts them."},
	{Refused, "Refused", "Ways out that are there and are closed. How far they would lead is said."},
}

// TransfersDocument is docs/transfers.md.
func TransfersDocument() string {
	var text strings.Builder
	text.WriteString("# Transfers\n\n" + written + `Every flow that leaves the cluster where a console runs, or its geography. ` + "`geoconsole evidence`" + ` ([evidence.md](evidence.md)) puts the
same table into its answer; [data-map.md](data-map.md) says which data go by which.

That a host is "placed" means: a cloud region in its name is looked up in the atlas, or the spec declares its country, and either lies
inside the geography. It is a statement about location, not about jurisdiction, nor about what that host does with what it gets.
`)
	for _, chapter := range chapters {
		fmt.Fprintf(&text, "\n## %s\n\n%s\n\n| flow | what | from | to | leaves | what bounds it, how to end it | shown by |\n|---|---|---|---|---|---|---|\n", chapter.title, chapter.about)
		for _, t := range Transfers() {
			if t.When == chapter.when {
				fmt.Fprintf(&text, "| <a id=\"%s\"></a>**%s** | %s | %s | %s | %s | %s | %s |\n",
					t.ID, t.ID, t.Data, t.From, t.To, reaches[t.Leaves], t.Control, files(t.Shown))
			}
		}
	}
	return text.String()
}

func files(names []string) string {
	var links []string
	for _, name := range names {
		parts := strings.Split(name, "/")
		target, isDocument := strings.CutPrefix(name, "docs/")
		if !isDocument {
			target = "../" + name
		}
		links = append(links, fmt.Sprintf("[%s](%s)", parts[len(parts)-1], target))
	}
	return strings.Join(links, ", ")
}
