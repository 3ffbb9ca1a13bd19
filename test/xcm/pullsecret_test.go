package xcm

import (
	"encoding/base64"
	"net/http"
	"testing"
)

func TestPullSecret(t *testing.T) {
	for given, want := range map[string]string{"": "example", "of-my-own": "of-my-own"} {
		p := newProbe(t, Options{PullSecret: given})
		auths, _ := p.ask(http.MethodPost, accountsAPI+"/access_token", "", http.StatusOK).at("auths").(map[string]any)
		for _, registry := range registries {
			auth, _ := auths[registry].(map[string]any)
			if auth["auth"] != base64.StdEncoding.EncodeToString([]byte("user-01:"+want)) || auth["email"] != "user-01@example.com" {
				t.Errorf("%s of %q: %v", registry, given, auth)
			}
		}
		if len(auths) != len(registries) {
			t.Errorf("%d registries", len(auths))
		}
	}
}
