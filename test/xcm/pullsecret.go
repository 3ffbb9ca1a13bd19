package xcm

import (
	"bytes"
	"encoding/base64"
	"net/http"

	amv1 "github.com/openshift-online/ocm-sdk-go/accountsmgmt/v1"
)

// registries are those that a pull secret opens.
var registries = []string{"cloud.openshift.com", "quay.io", "registry.connect.redhat.com", "registry.redhat.io"}

// createAccessToken answers with the pull secret of who asks, in the form of a Docker config as the service does.
func createAccessToken(s *state, c call) (answer, error) {
	account := s.caller(c)
	credentials := base64.StdEncoding.EncodeToString([]byte(account.Username() + ":" + s.pullSecret))
	auths := map[string]*amv1.AccessTokenAuthBuilder{}
	for _, registry := range registries {
		auths[registry] = amv1.NewAccessTokenAuth().Auth(credentials).Email(account.Email())
	}
	var body bytes.Buffer
	if err := amv1.MarshalAccessToken(built(amv1.NewAccessToken().Auths(auths).Build()), &body); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: body.Bytes()}, nil
}
