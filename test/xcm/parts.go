package xcm

import (
	"net/http"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

// parts are what belongs to one cluster, beside its pools and upgrades.
type parts struct {
	identityProviders *collection[cmv1.IdentityProvider]
	ingresses         *collection[cmv1.Ingress]
	users             map[string]*collection[cmv1.User] // by group
	kubeletConfig     *document                         // nil when there is none
}

// newParts are those of a cluster that nobody has changed. Their ids follow from the cluster's, so that they can be made anew
// for each reader, and are kept with the first change only.
func newParts(cluster *cmv1.Cluster) *parts {
	made := &parts{
		identityProviders: newCollection(identityProviderKind),
		ingresses:         newCollection(ingressKind),
		users:             map[string]*collection[cmv1.User]{},
	}
	for _, group := range adminGroups {
		made.users[group] = newCollection(userKind)
	}
	made.addDefaultIngress(cluster)
	return made
}

// partsOf returns the parts of the cluster that a request names.
func (s *state) partsOf(c call) (*parts, *cmv1.Cluster, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return nil, nil, err
	}
	cluster := clusterKind.object(d)
	if kept := s.parts[d.id]; kept != nil {
		return kept, cluster, nil
	}
	return newParts(cluster), cluster, nil
}

// A partAPI serves one kind of parts.
type partAPI[T any] struct {
	of    func(*parts) *collection[T]
	make  func(c partCall) (id string, part *T, err error) // from a request to create one, found good and filled in
	fixed func(*T) error                                   // why a part cannot be removed
}

// A partCall is a request to make a part of a cluster.
type partCall struct {
	cluster *cmv1.Cluster
	body    []byte
	id      string // for a part whose id the service chooses
}

func (p partAPI[T]) list(s *state, c call) (answer, error) {
	all, _, err := s.partsOf(c)
	if err != nil {
		return answer{}, err
	}
	return p.of(all).list(c.URL.Query())
}

func (p partAPI[T]) get(s *state, c call) (answer, error) {
	all, _, err := s.partsOf(c)
	if err != nil {
		return answer{}, err
	}
	return found(p.of(all).get(c.PathValue("part")))
}

func (p partAPI[T]) create(s *state, c call) (answer, error) {
	all, cluster, err := s.partsOf(c)
	if err != nil {
		return answer{}, err
	}
	id, part, err := p.make(partCall{cluster: cluster, body: c.body, id: newClusterID(s.random)})
	if err != nil {
		return answer{}, err
	}
	if p.of(all).find(id) != nil {
		return answer{}, refuse(http.StatusConflict, "%s '%s' already exists: choose another", p.of(all).kind.name, id)
	}
	p.of(all).put(id, part)
	s.parts[cluster.ID()] = all
	return answer{status: http.StatusCreated, body: p.of(all).find(id).body}, nil
}

func (p partAPI[T]) patch(s *state, c call) (answer, error) {
	all, cluster, err := s.partsOf(c)
	if err != nil {
		return answer{}, err
	}
	d, err := p.of(all).get(c.PathValue("part"))
	if err != nil {
		return answer{}, err
	}
	patched, err := p.of(all).kind.patched(d, c.body)
	if err != nil {
		return answer{}, err
	}
	p.of(all).put(d.id, patched)
	s.parts[cluster.ID()] = all
	return found(p.of(all).get(d.id))
}

func (p partAPI[T]) remove(s *state, c call) (answer, error) {
	all, cluster, err := s.partsOf(c)
	if err != nil {
		return answer{}, err
	}
	d, err := p.of(all).get(c.PathValue("part"))
	if err != nil {
		return answer{}, err
	}
	if p.fixed != nil {
		if err := p.fixed(p.of(all).kind.object(d)); err != nil {
			return answer{}, err
		}
	}
	p.of(all).remove(d.id)
	s.parts[cluster.ID()] = all
	return answer{status: http.StatusNoContent}, nil
}

// partOperations are those on what belongs to a cluster.
func partOperations(cluster string) map[string]operation {
	return map[string]operation{
		"GET " + cluster + "/delete_protection":              getDeleteProtection,
		"PATCH " + cluster + "/delete_protection":            patchDeleteProtection,
		"POST " + cluster + "/hibernate":                     hibernate.serve,
		"POST " + cluster + "/resume":                        resume.serve,
		"GET " + cluster + "/kubelet_config":                 getKubeletConfig,
		"POST " + cluster + "/kubelet_config":                createKubeletConfig,
		"PATCH " + cluster + "/kubelet_config":               patchKubeletConfig,
		"GET " + cluster + "/identity_providers":             identityProviders.list,
		"POST " + cluster + "/identity_providers":            identityProviders.create,
		"GET " + cluster + "/identity_providers/{part}":      identityProviders.get,
		"PATCH " + cluster + "/identity_providers/{part}":    identityProviders.patch,
		"DELETE " + cluster + "/identity_providers/{part}":   identityProviders.remove,
		"GET " + cluster + "/ingresses":                      ingresses.list,
		"POST " + cluster + "/ingresses":                     ingresses.create,
		"GET " + cluster + "/ingresses/{part}":               ingresses.get,
		"PATCH " + cluster + "/ingresses/{part}":             ingresses.patch,
		"DELETE " + cluster + "/ingresses/{part}":            ingresses.remove,
		"GET " + cluster + "/groups":                         listGroups,
		"GET " + cluster + "/groups/{group}":                 getGroup,
		"GET " + cluster + "/groups/{group}/users":           inGroup(partAPI[cmv1.User].list),
		"POST " + cluster + "/groups/{group}/users":          inGroup(partAPI[cmv1.User].create),
		"GET " + cluster + "/groups/{group}/users/{part}":    inGroup(partAPI[cmv1.User].get),
		"DELETE " + cluster + "/groups/{group}/users/{part}": inGroup(partAPI[cmv1.User].remove),
	}
}
