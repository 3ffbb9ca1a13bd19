package capture

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOnlyDeclaredFlowsAreDeclared(t *testing.T) {
	other := netip.MustParseAddr("203.0.113.7")
	endpoint := Declared{
		What: "the endpoint", Sources: []netip.Prefix{netip.MustParsePrefix("198.19.16.0/24")}, Destinations: Single(region),
		Protocol: "TCP", Ports: []uint16{443}, Names: []string{"api.example.com", "standby.example.com"},
	}
	good := Flow{Source: pod, Destination: region, Protocol: "TCP", Port: 443, Names: []string{"api.example.com"}}
	for what, c := range map[string]struct {
		change func(*Flow)
		want   bool
	}{
		"as it is declared": {func(*Flow) {}, true},
		"another source":    {func(f *Flow) { f.Source = other }, false},
		"to elsewhere":      {func(f *Flow) { f.Destination = other }, false},
		"the way back":      {func(f *Flow) { f.Source, f.Destination = region, pod }, false},
		"another port":      {func(f *Flow) { f.Port = 8443 }, false},
		"another protocol":  {func(f *Flow) { f.Protocol = "UDP" }, false},
		"another name":      {func(f *Flow) { f.Names = []string{"api.example.com", "evil.example.com"} }, false},
		"both names":        {func(f *Flow) { f.Names = []string{"api.example.com", "standby.example.com"} }, true},
		"no name":           {func(f *Flow) { f.Names = nil }, false},
		"once without name": {func(f *Flow) { f.Unnamed = true }, false},
		"too many names":    {func(f *Flow) { f.Names = []string{"api.example.com", excess} }, false},
	} {
		f := good
		c.change(&f)
		v := Judge([]Flow{f}, []Declared{endpoint})
		if got := len(v.Undeclared) == 0; got != c.want || (v.Flows[0].As == endpoint.What) != c.want || (len(v.Unseen) == 0) != c.want {
			t.Errorf("%s: declared %v, want %v: %+v", what, got, c.want, v)
		}
	}
}

func TestWhatIsDeclaredMustBeSeen(t *testing.T) {
	declared := []Declared{
		{What: "ping", Sources: Single(pod), Destinations: Single(region), Protocol: "ICMPv4"},
		{What: "ARP", Sources: Single(pod), Destinations: Single(region), Protocol: "ARP", May: true},
		{What: "DNS", Sources: Single(pod), Destinations: Single(region), Protocol: "UDP", Ports: []uint16{53}},
	}
	v := Judge([]Flow{{Source: pod, Destination: region, Protocol: "ICMPv4"}}, declared)
	if len(v.Undeclared) != 0 || len(v.Unseen) != 1 || v.Unseen[0] != "DNS" {
		t.Errorf("%+v", v)
	}
	file := filepath.Join(t.TempDir(), "flows.json")
	if err := v.Write(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), `"declaredAs": "ping"`) || !strings.Contains(string(text), `"undeclared": []`) {
		t.Errorf("%v %s", err, text)
	}
}
