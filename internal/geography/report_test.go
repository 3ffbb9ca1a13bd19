package geography

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func goodReport() Report {
	return Report{
		Format: ReportFormat, Version: "v1.2.3-4-gabcdef", Config: "0123456789abcdef", Digest: "fedcba9876543210",
		Live: "0011223344556677", LiveProblem: LiveRefused,
		Regions: []RegionReport{
			{ID: "aws.eu-west-1", Verdict: Healthy, Endpoint: 3},
			{ID: "aws.eu-west-3", Verdict: Unhealthy, Reason: "ConnectionRefused"},
			{ID: "aws.eu-central-1", Verdict: Unknown, Reason: "NotProbed"},
		},
	}
}

func encoded(t testing.TB, r Report) []byte {
	t.Helper()
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestDecodeReport(t *testing.T) {
	want := goodReport()
	got, err := DecodeReport(encoded(t, want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, reason := range probeReasons[1:] {
		want.Regions[1].Reason = reason
		if _, err := DecodeReport(encoded(t, want)); err != nil {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

// planted is what a hostile pod would like to see in a condition or a log.
const planted = "PLANTED"

// Nothing but closed enums, ids and words of bounded forms comes out of a report, and no error repeats any of it.
func TestProperty13_NothingOfAHostileReportGetsOut(t *testing.T) {
	good := encoded(t, goodReport())
	with := func(change func(*Report)) []byte {
		r := goodReport()
		change(&r)
		return encoded(t, r)
	}
	replace := func(old, replacement string) []byte {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("%s is not in the report", old)
		}
		return bytes.Replace(good, []byte(old), []byte(replacement), 1)
	}
	hostile := map[string][]byte{
		"empty":                          nil,
		"null":                           []byte("null"),
		"text":                           []byte(planted),
		"HTML":                           []byte("<html>" + planted + "</html>"),
		"list":                           []byte(`["` + planted + `"]`),
		"cut off":                        good[:len(good)-2],
		"data after the end":             append(bytes.Clone(good), `"`+planted+`"`...),
		"a second report":                append(bytes.Clone(good), good...),
		"unknown field":                  replace(`"format":1`, `"format":1,"`+planted+`":1`),
		"unknown field of a region":      replace(`"endpoint":3`, `"endpoint":3,"message":"`+planted+`"`),
		"field twice":                    replace(`"format":1`, `"format":2,"format":1`),
		"field in other letters' case":   replace(`"version"`, `"VERSION"`),
		"text for a number":              replace(`"endpoint":3`, `"endpoint":"`+planted+`"`),
		"fraction for a number":          replace(`"endpoint":3`, `"endpoint":1.5`),
		"number that does not fit":       replace(`"endpoint":3`, `"endpoint":4294967296`),
		"number of a thousand digits":    replace(`"endpoint":3`, `"endpoint":`+strings.Repeat("9", 1000)),
		"other format":                   with(func(r *Report) { r.Format = 2 }),
		"no config":                      with(func(r *Report) { r.Config = "" }),
		"config that is a text":          with(func(r *Report) { r.Config = planted }),
		"config in upper case":           with(func(r *Report) { r.Config = "0123456789ABCDEF" }),
		"config that is too long":        with(func(r *Report) { r.Config += "00" }),
		"live config that is a text":     with(func(r *Report) { r.Live = planted }),
		"live config's problem in words": with(func(r *Report) { r.LiveProblem = planted }),
		"digest that is a text":          with(func(r *Report) { r.Digest = planted + planted + planted[:2] }),
		"no version":                     with(func(r *Report) { r.Version = "" }),
		"version with a line break":      with(func(r *Report) { r.Version = "v1\n" + planted }),
		"version with spaces":            with(func(r *Report) { r.Version = "please visit " + planted }),
		"long version":                   with(func(r *Report) { r.Version = strings.Repeat(planted, 10) }),
		"verdict that is not known":      with(func(r *Report) { r.Regions[0].Verdict = planted }),
		"verdict in lower case":          with(func(r *Report) { r.Regions[0].Verdict = "healthy" }),
		"no verdict":                     with(func(r *Report) { r.Regions[0].Verdict = "" }),
		"reason that is not known":       with(func(r *Report) { r.Regions[1].Reason = planted }),
		"reason with more behind it":     with(func(r *Report) { r.Regions[1].Reason = "Timeout: " + planted }),
		"reason of a healthy region":     with(func(r *Report) { r.Regions[0].Reason = "Timeout" }),
		"no reason for an unhealthy one": with(func(r *Report) { r.Regions[1].Reason = "" }),
		"negative endpoint":              with(func(r *Report) { r.Regions[0].Endpoint = -1 }),
		"fifth endpoint":                 with(func(r *Report) { r.Regions[0].Endpoint = maxEndpoints }),
		"id that is a text":              with(func(r *Report) { r.Regions[0].ID = planted + " was here" }),
		"id that climbs":                 with(func(r *Report) { r.Regions[0].ID = "../../" + planted }),
		"no id":                          with(func(r *Report) { r.Regions[0].ID = "" }),
		"long id":                        with(func(r *Report) { r.Regions[0].ID = strings.Repeat("a", maxRegionIDLength+1) }),
		"id twice":                       with(func(r *Report) { r.Regions[1].ID = r.Regions[0].ID }),
		"more regions than there can be": with(func(r *Report) {
			for i := range maxRegions {
				r.Regions = append(r.Regions, RegionReport{ID: fmt.Sprintf("r%d", i), Verdict: Healthy})
			}
		}),
		"too long":                     append(bytes.Clone(good), bytes.Repeat([]byte(" "), MaxReportBytes)...),
		"ten thousand open brackets":   bytes.Repeat([]byte("["), 10_001),
		"invalid UTF-8 in the version": replace("v1.2.3", "v1\xff"),
	}
	for name, body := range hostile {
		t.Run(name, func(t *testing.T) {
			r, err := DecodeReport(body)
			if err == nil {
				t.Fatalf("accepted: %+v", r)
			}
			if diff := cmp.Diff(Report{}, r); diff != "" {
				t.Errorf("a report is returned beside the error: %s", diff)
			}
			if !reportErrors.MatchString(err.Error()) {
				t.Errorf("an error that is not one of the closed texts: %q", err)
			}
		})
	}
}

// reportErrors are all texts that an error of DecodeReport may have; digits are indexes and bounds.
var reportErrors = regexp.MustCompile(`^(regions\[[0-9]+\]: )?(` + strings.Join([]string{
	`the report is longer than [0-9]+ bytes`,
	`the report is not JSON of the known form`,
	`the report is not of format 1`,
	`the report's digests are not lower-case hex of 8 bytes`,
	`the live config's digest is not lower-case hex of 8 bytes`,
	`the live config's problem is not in the closed list`,
	`the version is not 1 to 64 letters, digits, dots, dashes, underscores and plus signs`,
	`the report has more than [0-9]+ regions`,
	`the id is not one of a region`,
	`the id is there twice`,
	`the verdict is none of Healthy, Unhealthy, Unknown`,
	`the reason is not in the closed list`,
	`a reason belongs to a verdict that is not Healthy, and only to that`,
	`the endpoint is not an index below 4`,
}, "|") + `)$`)

func FuzzDecodeReport(f *testing.F) {
	f.Add(encoded(f, goodReport()))
	for _, seed := range []string{"", "null", "{}", `{"format":1,"version":"v1"}`, `{"format":1,"PLANTED":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := DecodeReport(body)
		if err != nil {
			if !reportErrors.MatchString(err.Error()) {
				t.Fatalf("an error that is not one of the closed texts: %q", err)
			}
			return
		}
		again, err := DecodeReport(encoded(t, r))
		if err != nil {
			t.Fatalf("%+v was accepted once: %v", r, err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
