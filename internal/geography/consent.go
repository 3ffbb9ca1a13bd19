package geography

import "strings"

// consents reads an annotation by which a person agrees to something that is never done on a guess: <cluster>@<what>,
// several divided by commas. What has another form agrees to nothing.
func consents(annotation string) map[string]string {
	agreed := map[string]string{}
	for entry := range strings.SplitSeq(annotation, ",") {
		cluster, what, divided := strings.Cut(strings.TrimSpace(entry), "@")
		if divided && cluster != "" && what != "" {
			agreed[cluster] = what
		}
	}
	return agreed
}
