package dex

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Login is one of Users at an issuer, by one of its clients.
type Login struct{ Issuer, ClientID, User string }

// Token logs in by the password grant, and returns the access token.
func Token(ctx context.Context, asker *http.Client, login Login) (string, error) {
	form := url.Values{
		"grant_type": {"password"}, "client_id": {login.ClientID}, "scope": {"openid profile"},
		"username": {login.User + "@example.com"}, "password": {Password},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, login.Issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := asker.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Token string `json:"access_token"`
		Error string `json:"error"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK || answer.Token == "" {
		return "", fmt.Errorf("dex: %s %s", response.Status, answer.Error)
	}
	return answer.Token, nil
}
