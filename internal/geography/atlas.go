package geography

import (
	_ "embed"
	"encoding/csv"
	"strings"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// AtlasDate is the day on which the atlas was read from its sources; status.geography.atlas shows it.
const AtlasDate = "2026-09-01"

// Evidence says how a place is known, strongest first.
type Evidence string

// The kinds of evidence.
const (
	// Observed is read from a label of a node.
	Observed Evidence = "Observed"
	// Derived follows from a host name and the atlas.
	Derived Evidence = "Derived"
	// Declared is written in the resource.
	Declared Evidence = "Declared"
)

// Place is where something stands. CloudRegion is empty when only a country was declared.
type Place struct {
	CloudRegion string
	Country     v1alpha1.Country
	Partition   v1alpha1.Partition
	Evidence    Evidence
}

//go:embed atlas_aws.csv
var atlasAWS string

// atlas maps a cloud region's code to its place, without evidence.
var atlas = readAtlas(atlasAWS)

func readAtlas(table string) map[string]Place {
	reader := csv.NewReader(strings.NewReader(table))
	reader.Comment = '#'
	reader.FieldsPerRecord = 3
	rows, err := reader.ReadAll()
	if err != nil {
		panic("the built-in atlas does not parse: " + err.Error()) // a build that its own test refuses
	}
	places := make(map[string]Place, len(rows))
	for _, row := range rows {
		places[row[0]] = Place{CloudRegion: row[0], Partition: v1alpha1.Partition(row[1]), Country: v1alpha1.Country(row[2])}
	}
	return places
}

// LocateCloudRegion finds a cloud region in the atlas, as a node's label names it.
func LocateCloudRegion(code string) (Place, bool) {
	place, ok := atlas[code]
	place.Evidence = Observed
	return place, ok
}

// LocateHost finds the cloud region that a DNS name names by one of its labels, such as api.aws.eu-west-1.example.com.
// A name that names none, or two different ones, is not known.
func LocateHost(host string) (Place, bool) {
	var found Place
	for label := range strings.SplitSeq(host, ".") {
		place, ok := atlas[label]
		switch {
		case !ok:
		case found.CloudRegion != "" && found.CloudRegion != place.CloudRegion:
			return Place{}, false
		default:
			found = place
		}
	}
	found.Evidence = Derived
	return found, found.CloudRegion != ""
}
