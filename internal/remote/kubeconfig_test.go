package remote

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
)

// kubeconfig is one of the form that is taken, for the table to bend.
const kubeconfig = `apiVersion: v1
kind: Config
preferences: {}
current-context: here
contexts:
- name: here
  context: {cluster: geo, user: hub, namespace: geoconsole}
- name: elsewhere
  context: {cluster: other, user: other}
clusters:
- name: geo
  cluster: {server: "https://api.geo.example.com:6443", certificate-authority-data: CA}
- name: other
  cluster: {server: "http://api.other.example.com", insecure-skip-tls-verify: true}
users:
- name: hub
  user: {token: a-token}
- name: other
  user: {exec: {command: steal}}
`

func TestProperty11_Peer11_KubeconfigsAreRebuilt(t *testing.T) {
	ca, pair := certificates(t)
	taken := strings.ReplaceAll(kubeconfig, "CA", ca)
	byCertificate := strings.Replace(taken, "{token: a-token}", "{client-certificate-data: "+pair[0]+", client-key-data: "+pair[1]+"}", 1)

	t.Run("takes a token", func(t *testing.T) {
		a, err := readKubeconfig([]byte(taken))
		if err != nil || a.server != "https://api.geo.example.com:6443" || a.token != "a-token" || a.roots == nil || a.certificate != nil {
			t.Errorf("got %+v, %v", a, err)
		}
	})
	t.Run("takes a client certificate", func(t *testing.T) {
		a, err := readKubeconfig([]byte(byCertificate))
		if err != nil || a.token != "" || a.certificate == nil {
			t.Errorf("got %+v, %v", a, err)
		}
	})
	t.Run("takes the system's roots", func(t *testing.T) {
		a, err := readKubeconfig([]byte(strings.Replace(taken, ", certificate-authority-data: "+ca, "", 1)))
		if err != nil || a.roots != nil {
			t.Errorf("got %+v, %v", a, err)
		}
	})
	t.Run("takes what is written out and switched off", func(t *testing.T) {
		off := strings.Replace(taken, "cluster: {server:", `cluster: {insecure-skip-tls-verify: false, proxy-url: "", server:`, 1)
		if _, err := readKubeconfig([]byte(off)); err != nil {
			t.Error(err)
		}
	})

	for name, c := range map[string]struct{ replace, by, field string }{
		"a command":               {"{token: a-token}", "{exec: {command: sh}}", "users[].user.exec"},
		"a plugin":                {"{token: a-token}", "{auth-provider: {name: oidc}}", "users[].user.auth-provider"},
		"a token's file":          {"{token: a-token}", "{tokenFile: /etc/passwd}", "users[].user.tokenFile"},
		"a token and its file":    {"{token: a-token}", "{token: a-token, tokenFile: /etc/passwd}", "users[].user.tokenFile"},
		"a certificate's file":    {"{token: a-token}", "{client-certificate: /c, client-key: /k}", "users[].user.client-certificate"},
		"a password":              {"{token: a-token}", "{username: u, password: p}", "users[].user.password"},
		"acting as another":       {"{token: a-token}", "{token: a-token, as: admin}", "users[].user.as"},
		"acting for a group":      {"{token: a-token}", "{token: a-token, as-groups: [system:masters]}", "users[].user.as-groups"},
		"two credentials":         {"{token: a-token}", "{token: a-token, client-certificate-data: eA==, client-key-data: eA==}", "users[].user: holds a token and a client certificate"},
		"no credential":           {"{token: a-token}", "{}", "users[].user: holds neither a token nor a client certificate"},
		"a broken certificate":    {"{token: a-token}", "{client-certificate-data: eA==, client-key-data: eA==}", "users[].user.client-certificate-data"},
		"a certificate not coded": {"{token: a-token}", "{client-certificate-data: '%', client-key-data: eA==}", "users[].user.client-certificate-data"},
		"a key not coded":         {"{token: a-token}", "{client-certificate-data: eA==, client-key-data: '%'}", "users[].user.client-key-data"},
		"a token of two lines":    {"{token: a-token}", `{token: "a\nb"}`, "users[].user.token"},
		"no verification":         {"cluster: {server:", "cluster: {insecure-skip-tls-verify: true, server:", "clusters[].cluster.insecure-skip-tls-verify"},
		"a proxy":                 {"cluster: {server:", "cluster: {proxy-url: http://p, server:", "clusters[].cluster.proxy-url"},
		"another server's name":   {"cluster: {server:", "cluster: {tls-server-name: x, server:", "clusters[].cluster.tls-server-name"},
		"an authority's file":     {"cluster: {server:", "cluster: {certificate-authority: /ca, server:", "clusters[].cluster.certificate-authority"},
		"a broken authority":      {"certificate-authority-data: " + ca, "certificate-authority-data: eA==", "clusters[].cluster.certificate-authority-data"},
		"an unknown field":        {"cluster: {server:", "cluster: {hunter2: 1, server:", "clusters[].cluster.<unknown field>"},
		"an extension":            {"namespace: geoconsole", "extensions: [{name: x}]", "contexts[].context.extensions"},
		"plain http":              {"https://api.geo", "http://api.geo", "clusters[].cluster.server"},
		"no scheme":               {"https://api.geo", "api.geo", "clusters[].cluster.server"},
		"a password in the URL":   {"https://api.geo", "https://u:p@api.geo", "clusters[].cluster.server"},
		"a query":                 {"com:6443", "com:6443?x=y", "clusters[].cluster.server"},
		"a command's arguments":   {"{token: a-token}", "{token: a-token, exec: {command: aws, args: [eks, get-token]}}", "users[].user.exec"},
		"a file of the hub":       {"{token: a-token}", "{tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token}", "users[].user.tokenFile"},
		"no context":              {"current-context: here", "current-context: nowhere", "contexts: lacks what the current context names"},
		"no current context":      {"current-context: here\n", "", "contexts: lacks what the current context names"},
		"no cluster":              {"cluster: geo,", "cluster: gone,", "clusters: lacks what the current context names"},
		"no user":                 {"user: hub,", "user: gone,", "users: lacks what the current context names"},
		"a user twice":            {"- name: other\n  user:", "- name: hub\n  user:", "users: holds the current name twice"},
		"an unknown top field":    {"preferences: {}", "hunter2: x", "<unknown field>"},
		"no YAML":                 {"apiVersion: v1", "\t", "the kubeconfig is not YAML"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			bent := strings.Replace(taken, c.replace, c.by, 1)
			if bent == taken {
				t.Fatal("the case changes nothing")
			}
			_, err := readKubeconfig([]byte(bent))
			refusal := refusalOf(err)
			if refusal == nil || refusal.Reason != v1alpha1.ReasonKubeconfigRefused || refusal.Field != c.field {
				t.Fatalf("Property 11: got %v, want KubeconfigRefused of %s", err, c.field)
			}
			for _, secret := range []string{"a-token", "hunter2", "passwd", "example.com"} {
				if strings.Contains(refusal.Error(), secret) {
					t.Errorf("the refusal quotes the kubeconfig: %s", refusal)
				}
			}
		})
	}
}

// Arguments of one cluster's command once leaked into the next cluster's: nothing may be left of a kubeconfig that was read.
func TestPeer11_NothingIsLeftForTheNextKubeconfig(t *testing.T) {
	ca, pair := certificates(t)
	taken := strings.ReplaceAll(kubeconfig, "CA", ca)
	byCertificate := strings.Replace(taken, "{token: a-token}", "{client-certificate-data: "+pair[0]+", client-key-data: "+pair[1]+"}", 1)
	withCommand := strings.Replace(taken, "{token: a-token}", "{token: a-token, exec: {command: sh}}", 1)
	for _, before := range []string{byCertificate, withCommand, taken} {
		if _, err := readKubeconfig([]byte(before)); err != nil && refusalOf(err) == nil {
			t.Fatal(err)
		}
		bare := strings.NewReplacer("a-token", "b-token", ", certificate-authority-data: "+ca, "").Replace(taken)
		a, err := readKubeconfig([]byte(bare))
		if err != nil || a.token != "b-token" || a.certificate != nil || a.roots != nil {
			t.Errorf("got %+v, %v", a, err)
		}
	}
}

func certificates(t *testing.T) (ca string, pair [2]string) {
	t.Helper()
	authority, err := pki.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	issued, err := authority.IssueClient("hub")
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.StdEncoding.EncodeToString
	return encode(authority.CAPEM()), [2]string{encode(issued.Cert), encode(issued.Key)}
}

// What a Clusters is told of the hub's own networks is asked right before each connect of a kubeconfig's connection.
func TestProperty12_TheHubsOwnNetworks(t *testing.T) {
	authority, _ := certificates(t)
	document := "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n" +
		"clusters: [{name: c, cluster: {server: https://203.0.113.7, certificate-authority-data: " + authority + "}}]\n" +
		"users: [{name: u, user: {token: a-token}}]\n"
	c := &connection{options: Options{OwnNetworks: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}}}
	transport, err := c.transport(t.Context(), credential{kubeconfig: []byte(document)}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.client.Get("https://203.0.113.7/")
	if err == nil {
		_ = response.Body.Close()
	}
	if !errors.Is(err, errDestinationRefused) {
		t.Errorf("got %v", err)
	}
}

func TestProperty12_RefusedDestinations(t *testing.T) {
	for address, refused := range map[string]bool{
		"127.0.0.1": true, "::1": true, "0.0.0.0": true, "::": true, "127.8.8.8": true,
		"169.254.169.254": true, "fe80::1": true, "fe80::1%eth0": true, "168.63.129.16": true, "fd00:ec2::254": true,
		"fd20:ce::254": true, "100.100.100.200": true, "192.0.0.192": true, "224.0.0.1": true, "ff02::1": true,
		"255.255.255.255": true, "240.0.0.1": true, "::ffff:127.0.0.1": true, "::ffff:169.254.169.254": true,
		"64:ff9b::7f00:1": true, "64:ff9b::a9fe:a9fe": true, "2002:7f00:1::": true, "64:ff9b:1::1": true, "2001::1": true,
		"::127.0.0.1": true, "fec0::1": true,
		"10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "203.0.113.7": false, "fd12:3456::1": false,
		"2001:db8::1": false, "64:ff9b::cb00:7107": false, "168.63.129.17": false,
		"10.96.0.1": true, "::ffff:10.96.200.1": true, "64:ff9b::a60:1": true, "fd77::1": true, "10.95.255.255": false,
	} {
		own := []netip.Prefix{netip.MustParsePrefix("10.96.0.0/16"), netip.MustParsePrefix("fd77::/112")}
		if got := isRefusedDestination(netip.MustParseAddr(address), own); got != refused {
			t.Errorf("Property 12: %s: refused is %v, want %v", address, got, refused)
		}
	}
}
