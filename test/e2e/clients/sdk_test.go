package clients_test

import (
	"context"
	"path/filepath"
)

// ocmSDK is a program of ours: the SDK has none.
var ocmSDK = client{
	name: "sdk", part: "sdk", title: "ocm-sdk-go v0.1.510",
	build:       func(_ context.Context, programs string) (string, error) { return filepath.Join(programs, "sdk"), nil },
	environment: []string{"OCM_URL={url}", "OCM_TOKEN={token}"},
	about:       "The program is [test/e2e/clients/sdk](../test/e2e/clients/sdk/main.go); it prints what is in the SDK's types.",
	chapters: []chapter{
		{title: "All regions answer", drives: []drive{
			{
				about: "A list in pages, in one order over all regions.", command: "sdk list",
				shows: []string{"page 1: 100 of 250", "page 2: 100 of 250", "page 3: 50 of 250"}, lines: 3,
			},
			{
				about: "A new cluster, in Frankfurt.", command: "sdk create made-by-sdk eu-central-1", writes: frankfurt, learns: "made-by-sdk",
				shows: []string{"201: made-by-sdk in eu-central-1 is pending"},
			},
			{about: "Scaled.", command: "sdk scale {made-by-sdk.id} 5", writes: frankfurt, shows: []string{"made-by-sdk has 5 compute nodes"}},
			{about: "Read back.", command: "sdk show {made-by-sdk.id}", shows: []string{"made-by-sdk in eu-central-1", "5 compute nodes"}},
			{about: "Deleted.", command: "sdk delete {made-by-sdk.id}", writes: frankfurt},
			{
				about: "One that no region has: a typed 404.", command: "sdk show 2nothere", fails: true,
				shows: []string{"status 404, id 404, code CLUSTERS-MGMT-404: "},
			},
		}},
		{title: "With one region down", about: "Paris refuses connections.", before: refusing(paris), drives: []drive{
			{
				about: "A list: a typed 503. The SDK asks three times.", command: "sdk list", fails: true,
				shows: []string{"status 503, id 503, code GEOCONSOLE-503: Without a usable answer of region " + paris},
			},
			{
				about: "An id that the others do not know may be one of Paris: 503, and not 404.", command: "sdk show 2nothere", fails: true,
				shows: []string{"status 503, id 503, code GEOCONSOLE-503: ", paris},
			},
			{about: "A cluster elsewhere is shown,", command: "sdk show {irish.id}", shows: []string{"{irish} in eu-"}},
			{about: "scaled,", command: "sdk scale {irish.id} 12", writes: ireland, shows: []string{"{irish} has 12 compute nodes"}},
			{about: "and deleted.", command: "sdk delete {irish.id}", writes: ireland},
		}},
	},
}
