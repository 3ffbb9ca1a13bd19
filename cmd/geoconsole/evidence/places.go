package evidence

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/health"
)

const (
	unknownPartition = "the config does not hold the partition of a custom geography"
	giveResource     = "give the GeoConsole by --filename"
)

// place is the geography itself.
func (a assessment) place() []Item {
	item := Item{ID: "geography", Verdict: Holds, Known: Declared, Source: a.configMap()}
	for _, country := range a.model.Geography.Countries {
		item.Names = append(item.Names, string(country))
	}
	item.Says = fmt.Sprintf("the geography is %s, of partition %s and %d countries", a.model.Geography.Name, a.model.Geography.Partition, len(item.Names))
	if a.model.Geography.Partition == "" {
		item.Verdict, item.Cure = Unproven, giveResource
		item.Says = fmt.Sprintf("the geography is %s, of %d countries; %s", a.model.Geography.Name, len(item.Names), unknownPartition)
	}
	return []Item{item}
}

// resource compares the GeoConsole that was given with the config that runs. Certificates of authorities are left out: the
// resource only names them.
func (a assessment) resource() []Item {
	if a.Resource == nil {
		return nil
	}
	wanted, _ := geography.FromSpec(a.Resource, geography.Facts{})
	item := Item{ID: "resource", Verdict: Holds, Known: Declared, Source: a.File, Says: "the GeoConsole that was given is what the console's config was made of"}
	if item.Names = differing(wanted.Config(), a.Config.Content); len(item.Names) > 0 {
		item.Verdict, item.Says = Contradicts, "the GeoConsole that was given is not what the console's config was made of: the fields that are named differ"
		item.Cure = "give the GeoConsole as the hub has it now, or find out why the cluster runs another"
	}
	return []Item{item}
}

// identity is which cluster this is. A resource that came from the hub says which clusters it is of.
func (a assessment) identity() []Item {
	item := Item{ID: "cluster-uid", Verdict: Holds, Known: Observed, Source: "Namespace kube-system", Says: "the cluster is the one whose namespace kube-system has the UID " + a.Cluster}
	if missing, unread := a.unread(item.ID, PartCluster); unread {
		return []Item{missing}
	}
	if a.Resource == nil || len(a.Resource.Status.Clusters) == 0 {
		return []Item{item}
	}
	name, is := a.row(a.Cluster)
	if is {
		item.Says += ", which the hub has as " + name
		return []Item{item}
	}
	item.Verdict, item.Says = Contradicts, "the GeoConsole that was given has a status, and this cluster and namespace are not in it"
	item.Cure = "give the GeoConsole as its hub has it now, or a kubeconfig of one of its clusters"
	return []Item{item}
}

// differing are the fields of two configs that are not the same.
func differing(wanted, running geography.Config) []string {
	a, b := fieldsOf(wanted), fieldsOf(running)
	names := maps.Clone(a)
	maps.Copy(names, b)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !reflect.DeepEqual(a[name], b[name]) {
			out = append(out, name)
		}
	}
	return out
}

func fieldsOf(c geography.Config) map[string]any {
	c.Regions = slices.Clone(c.Regions)
	for i := range c.Regions {
		c.Regions[i].CABundle = ""
	}
	if c.Accounts != nil {
		c.Accounts = &geography.ConfigAccounts{ConfigEndpoint: c.Accounts.ConfigEndpoint}
	}
	if c.Auth.OIDC != nil {
		oidc := *c.Auth.OIDC
		oidc.CABundle = ""
		c.Auth.OIDC = &oidc
	}
	fields := map[string]any{}
	encoded, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(encoded, &fields)
	}
	if err != nil {
		panic("a config that was read is not written: " + err.Error()) // it is plain data
	}
	return fields
}

// endpoints has an item for every endpoint of every region.
func (a assessment) endpoints() []Item {
	var items []Item
	for _, region := range a.model.Regions {
		for i, e := range region.Endpoints {
			items = append(items, a.located(fmt.Sprintf("region/%s/endpoint/%d", region.ID, i), "endpoint "+e.URL+" of region "+region.ID, e))
		}
	}
	return items
}

// counterparts are the accounts service and the issuer.
func (a assessment) counterparts() []Item {
	accounts := Item{ID: "accounts", Verdict: Holds, Known: Declared, Source: a.configMap(), Says: "there is no accounts service: every region answers accounts_mgmt for itself"}
	if a.model.Accounts != nil {
		accounts = a.located("accounts", "accounts service "+a.model.Accounts.URL, a.model.Accounts.Endpoint)
	}
	issuer := Item{
		ID: "issuer", Verdict: Unproven, Known: Declared, Source: a.configMap(), Says: "there is no issuer: the console asks nobody who they are",
		Cure: "that is for demonstrations and air-gapped labs; elsewhere spec.auth names an issuer",
	}
	if a.model.Issuer != nil {
		issuer = a.located("issuer", "issuer "+a.model.Issuer.URL, a.model.Issuer.Endpoint)
	}
	return []Item{accounts, issuer}
}

// located says where something stands and how that is known.
func (a assessment) located(id, what string, e geography.Endpoint) Item {
	item := Item{ID: id, Known: Known(e.Place.Evidence), CloudRegion: e.Place.CloudRegion, Country: string(e.Place.Country)}
	switch e.Place.Evidence {
	case geography.Derived:
		item.Source = "the host name, and the atlas of " + geography.AtlasDate
	case geography.Declared:
		item.Source = a.File
	}
	// A problem begins with the url that it is about.
	contradicted := slices.ContainsFunc(a.problems, func(p geography.Problem) bool { return strings.HasPrefix(p.Message, e.URL+".country:") })
	switch verdict := a.judged(e.Place); {
	case contradicted:
		item.Verdict, item.Says = Contradicts, "the resource declares another country for the "+what+" than its host name tells"
		item.Cure = "correct country, or the url"
	case verdict == Unproven && e.Place.Country == "":
		item.Verdict, item.Says, item.Cure = verdict, "nothing tells where the "+what+" stands: its host names no cloud region of the atlas", giveResource+", which declares the country"
	case verdict == Unproven:
		item.Verdict, item.Says, item.Cure = verdict, fmt.Sprintf("the %s stands in %s; %s", what, standing(e.Place), unknownPartition), giveResource
	case verdict == Contradicts:
		item.Verdict, item.Says = verdict, fmt.Sprintf("the %s stands in %s, outside of %s", what, standing(e.Place), a.model.Geography.Name)
		item.Cure = "take it out of the GeoConsole, or choose one inside"
	default:
		item.Verdict, item.Says = verdict, fmt.Sprintf("the %s stands in %s, inside %s", what, standing(e.Place), a.model.Geography.Name)
	}
	return item
}

// judged is whether a place is inside, as far as the boundary is known.
func (a assessment) judged(p geography.Place) Verdict {
	switch {
	case p.Country == "", a.model.Geography.Partition == "" && p.Evidence != geography.Declared:
		return Unproven
	case a.model.Geography.Contains(p):
		return Holds
	default:
		return Contradicts
	}
}

func standing(p geography.Place) string {
	if p.CloudRegion == "" {
		return string(p.Country)
	}
	return fmt.Sprintf("%s (%s, %s)", p.CloudRegion, p.Partition, p.Country)
}

// survey is what the nodes tell together, as the operator has it.
func (a assessment) survey() health.Survey {
	_, unread := a.Unread[PartNodes]
	s := health.Survey{Read: !unread}
	for _, node := range a.Nodes {
		if node.Region == "" {
			s.Unlabelled++
			continue
		}
		s.CloudRegions = append(s.CloudRegions, node.Region)
	}
	slices.Sort(s.CloudRegions)
	s.CloudRegions = slices.Compact(s.CloudRegions)
	return s
}

// nodes has an item for the cluster, by all of its nodes, and one for each node under a pod of the console.
func (a assessment) nodes() []Item {
	survey := a.survey()
	if a.model.Geography.Partition == "" {
		return []Item{{ID: "cluster", Verdict: Unproven, Known: Observed, Names: survey.CloudRegions, Says: "the cluster's nodes cannot be judged: " + unknownPartition, Cure: giveResource}}
	}
	condition := health.LocatedCluster(a.model, a.cluster, survey)
	verdicts := map[metav1.ConditionStatus]Verdict{metav1.ConditionTrue: Holds, metav1.ConditionFalse: Contradicts, metav1.ConditionUnknown: Unproven}
	says, cure, _ := strings.Cut(condition.Message, "; ") // a condition that is not True ends in its cure
	items := []Item{{
		ID: "cluster", Verdict: verdicts[condition.Status], Known: Observed, Says: "of all nodes of the cluster: " + says, Names: survey.CloudRegions, Cure: cure,
		Source: fmt.Sprintf("label %s of %d nodes, and the atlas of %s", v1alpha1.LabelRegion, len(a.Nodes), geography.AtlasDate),
	}}
	on := map[string][]string{}
	for _, pod := range a.Pods {
		on[pod.Spec.NodeName] = append(on[pod.Spec.NodeName], pod.Name)
	}
	delete(on, "") // not scheduled yet
	for _, name := range slices.Sorted(maps.Keys(on)) {
		items = append(items, a.node(name, on[name]))
	}
	return items
}

// node says where a node under pods of the console stands.
func (a assessment) node(name string, pods []string) Item {
	item := Item{ID: "node/" + name, Known: Observed, Names: pods, Source: fmt.Sprintf("label %s, and the atlas of %s", v1alpha1.LabelRegion, geography.AtlasDate)}
	if missing, unread := a.unread(item.ID, PartNodes); unread {
		missing.Names = pods
		return missing
	}
	i := slices.IndexFunc(a.Nodes, func(n NodeFact) bool { return n.Name == name })
	region := ""
	if i >= 0 {
		region = a.Nodes[i].Region
	}
	place, known := geography.LocateCloudRegion(region)
	if !known && a.cluster.Declared != "" {
		place = geography.Place{Country: a.cluster.Declared, Evidence: geography.Declared}
		item.Known, item.Source, known = Declared, a.File, true
	}
	if !known {
		item.Verdict, item.Known = Unproven, ""
		item.Says = fmt.Sprintf("nothing tells where the node stands: its label is %q", cmp.Or(region, "not there"))
		item.Cure = "label the node with its cloud region, or declare the cluster's country and " + giveResource
		return item
	}
	item.CloudRegion, item.Country, item.Verdict = place.CloudRegion, string(place.Country), a.judged(place)
	item.Says = fmt.Sprintf("the node under %d of the console's pods stands in %s, inside %s", len(pods), standing(place), a.model.Geography.Name)
	if item.Verdict == Contradicts {
		item.Says = fmt.Sprintf("the node under %d of the console's pods stands in %s, outside of %s", len(pods), standing(place), a.model.Geography.Name)
		item.Cure = "take the cluster out of the GeoConsole"
	}
	return item
}

func (a assessment) configMap() string { return "ConfigMap " + a.Namespace + "/" + a.Config.Name }
