package clients_test

import (
	"bytes"
	"context"
	"os"
	"strings"

	"github.com/geoconsole/geoconsole-operator/hack/browser"
	driver "github.com/geoconsole/geoconsole-operator/test/e2e/browser"
	"github.com/geoconsole/geoconsole-operator/test/e2e/residency"
)

// visitor is a person at the console with a browser, which has a profile as any person's.
type visitor struct {
	*stage
	*driver.Page
	marks *marks
}

// A visit is what such a person does, one page each. Pages that come later are further ones.
type visit struct {
	about string
	do    func(v *visitor) error
	// carries are the kinds of marks that must pass through the console on its account.
	carries []residency.Category
}

// patience is for how many seconds a page is waited for.
const patience = 60

var visits = []visit{
	{
		about: "The list of clusters, after signing in at the issuer.", carries: []residency.Category{residency.ClusterName, residency.Identifier, residency.Token, residency.Description},
		do: func(v *visitor) error {
			return first(func() error { return v.Open(v.url()) }, func() error { return v.SignIn(user) }, v.sees("clusters from 3 regions"))
		},
	},
	{
		about: "The list again by another sign-in, filtered by a text that no name has, and by a name.", carries: []residency.Category{residency.ClusterName, residency.Token},
		do: func(v *visitor) error {
			filter := driver.Element{Role: "textbox", Name: "Filter by name"}
			return first(
				func() error { return v.Open(v.url()) }, func() error { return v.SignIn(user) }, v.sees("clusters from 3 regions"),
				func() error { return v.Fill(filter, v.words["mark.search"]) }, v.sees(v.words["mark.search"]),
				func() error { return v.Fill(filter, v.words["mark.name"]) }, v.sees(v.words["mark.name"]),
			)
		},
	},
	{
		about: "A cluster's page.", carries: []residency.Category{residency.ClusterName, residency.Token},
		do: func(v *visitor) error {
			return first(func() error { return v.Click(driver.Element{Role: "link", Name: v.words["mark.name"]}) }, v.sees("Control plane type"))
		},
	},
	{
		about: "The commands to log in with, and a refresh token for them by a sign-in of its own.", carries: []residency.Category{residency.Token},
		do: func(v *visitor) error {
			return first(
				func() error { return v.Click(driver.Element{Role: "link", Name: "Command line"}) }, v.sees("Load token"),
				func() error { return v.Click(driver.Element{Role: "button", Name: "Load token"}) },
				func() error { return v.SignIn(user) }, v.sees("Refresh token"), v.learnsToken,
			)
		},
	},
}

// first does one thing after the other until one fails.
func first(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (v *visitor) sees(text string) func() error {
	return func() error { return v.See(text, patience) }
}

// learnsToken makes a mark of the refresh token that the page shows.
func (v *visitor) learnsToken() error {
	token, err := v.Value(driver.Element{Role: "textbox", Name: "Refresh token"})
	if err == nil {
		v.marks.list = append(v.marks.list, residency.Mark{Category: residency.Token, Text: token})
	}
	return err
}

// launch starts a person's browser on the street.
func (s *stage) launch(ctx context.Context) (*driver.Page, error) {
	chromium, err := browser.Chromium(ctx)
	if err != nil {
		return nil, err
	}
	certificate, err := os.ReadFile(s.path("router.crt"))
	if err != nil {
		return nil, err
	}
	return driver.LaunchAs(ctx, chromium, s.browsers.persona(bytes.TrimSpace(certificate)))
}

// visitAll makes all visits, and counts what passes with each.
func (s *stage) visitAll(m *marks) (*driver.Page, []residency.Drive) {
	s.Helper()
	page, err := s.launch(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	v := &visitor{stage: s, Page: page, marks: m}
	var drives []residency.Drive
	for _, visit := range visits {
		s.street.clear()
		if err := visit.do(v); err != nil {
			text, _ := page.Text()
			s.Errorf("%s: %v; the page shows:\n%s", visit.about, err, text)
			break
		}
		s.browsers.note()
		passed := s.street.passed()
		for _, category := range visit.carries {
			if passed[category] == 0 {
				s.Errorf("%s: no mark of category %s has passed through the console", visit.about, category)
			}
		}
		drives = append(drives, residency.Drive{Client: "browser", What: visit.about, Passed: passed})
	}
	if complaints, err := page.Complaints(); err != nil || len(complaints) > 0 {
		s.Errorf("the pages complain: %s %v", strings.Join(complaints, "; "), err)
	}
	return page, drives
}
