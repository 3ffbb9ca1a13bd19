package xcm

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var (
	identityProviderKind = kind[cmv1.IdentityProvider]{
		name: "IdentityProvider", write: cmv1.MarshalIdentityProvider, read: cmv1.UnmarshalIdentityProvider, openAPI: clustersSchemas,
		writable: []string{"github", "gitlab", "google", "ldap", "mapping_method", "open_id"},
	}
	groupKind = kind[cmv1.Group]{name: "Group", write: cmv1.MarshalGroup, read: cmv1.UnmarshalGroup, openAPI: clustersSchemas}
	userKind  = kind[cmv1.User]{name: "User", write: cmv1.MarshalUser, read: cmv1.UnmarshalUser, openAPI: clustersSchemas}
)

var identityProviders = partAPI[cmv1.IdentityProvider]{
	of:   func(p *parts) *collection[cmv1.IdentityProvider] { return p.identityProviders },
	make: makeIdentityProvider,
}

// makeIdentityProvider keeps no password and no client secret: the real service never shows them again.
func makeIdentityProvider(c partCall) (string, *cmv1.IdentityProvider, error) {
	var tree map[string]any
	if err := json.Unmarshal(c.body, &tree); err != nil {
		return "", nil, refuse(http.StatusBadRequest, "The body is not a JSON object: %v", err)
	}
	dropSecrets(tree)
	body, err := json.Marshal(tree)
	if err != nil {
		return "", nil, err
	}
	request, err := cmv1.UnmarshalIdentityProvider(body)
	if err != nil {
		return "", nil, refuse(http.StatusBadRequest, "The body is not an identity provider: %v", err)
	}
	if request.Name() == "" || request.Type() == "" {
		return "", nil, refuse(http.StatusBadRequest, "Attributes 'name' and 'type' are needed")
	}
	return c.id, built(cmv1.NewIdentityProvider().Copy(request).ID(c.id).
		HREF(clustersAPI + "/clusters/" + c.cluster.ID() + "/identity_providers/" + c.id).Build()), nil
}

// secrets are attributes of identity providers that only the cluster gets.
var secrets = []string{"password", "hashed_password", "client_secret", "bind_password"}

func dropSecrets(value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if slices.Contains(secrets, key) {
				delete(value, key)
			} else {
				dropSecrets(inner)
			}
		}
	case []any:
		for _, inner := range value {
			dropSecrets(inner)
		}
	}
}

// adminGroups are those of every cluster.
var adminGroups = []string{"dedicated-admins", "cluster-admins"}

// group writes one with its users inside, as lists of groups have it.
func (p *parts) group(cluster, id string) *cmv1.Group {
	users := []*cmv1.UserBuilder{}
	for _, d := range p.users[id].documents {
		users = append(users, cmv1.NewUser().Copy(userKind.object(d)))
	}
	return built(cmv1.NewGroup().ID(id).HREF(clustersAPI + "/clusters/" + cluster + "/groups/" + id).
		Users(cmv1.NewUserList().Items(users...)).Build())
}

func listGroups(s *state, c call) (answer, error) {
	all, cluster, err := s.partsOf(c)
	if err != nil {
		return answer{}, err
	}
	groups := newCollection(groupKind)
	for _, id := range adminGroups {
		groups.put(id, all.group(cluster.ID(), id))
	}
	return groups.list(c.URL.Query())
}

func getGroup(s *state, c call) (answer, error) {
	all, cluster, err := s.partsOf(c)
	if err != nil {
		return answer{}, err
	}
	id, err := groupOf(c)
	if err != nil {
		return answer{}, err
	}
	return found(groupKind.document(id, all.group(cluster.ID(), id)), nil)
}

// groupOf is the group that a path names.
func groupOf(c call) (string, error) {
	id := c.PathValue("group")
	if !slices.Contains(adminGroups, id) {
		return "", refuse(http.StatusNotFound, "Group '%s' not found: use %s", id, strings.Join(adminGroups, " or "))
	}
	return id, nil
}

// usersOf serves the users of the group that a request names.
func usersOf(c call) (partAPI[cmv1.User], error) {
	group, err := groupOf(c)
	return partAPI[cmv1.User]{
		of: func(p *parts) *collection[cmv1.User] { return p.users[group] },
		make: func(c partCall) (string, *cmv1.User, error) {
			request, err := cmv1.UnmarshalUser(c.body)
			if err != nil || request.ID() == "" {
				return "", nil, refuse(http.StatusBadRequest, "The body is not a user: use an object with the attribute 'id'")
			}
			href := clustersAPI + "/clusters/" + c.cluster.ID() + "/groups/" + group + "/users/" + request.ID()
			return request.ID(), built(cmv1.NewUser().ID(request.ID()).HREF(href).Build()), nil
		},
	}, err
}

// inGroup is an operation on the users of a group.
func inGroup(do func(partAPI[cmv1.User], *state, call) (answer, error)) operation {
	return func(s *state, c call) (answer, error) {
		users, err := usersOf(c)
		if err != nil {
			return answer{}, err
		}
		return do(users, s, c)
	}
}
