package cel

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"
)

// share is the part of the budget that the CRD may use, so that the fields that are still to come find room.
const share = 0.5

// cost is what the API server estimates one rule to cost at worst.
type cost struct {
	path  string
	rule  string
	units uint64
}

// The API server refuses a CRD whose rules might cost too much, one by one or together. This is its own estimate.
func TestBudget(t *testing.T) {
	schema := crdSchema(t)
	costs := costsOf(t, "", &schema, validation.RootCELContext(&schema))
	slices.SortFunc(costs, func(a, b cost) int { return cmp.Compare(b.units, a.units) })
	if len(costs) < 20 {
		t.Fatalf("only %d rules found; is the schema walked as it should?", len(costs))
	}
	total := uint64(0)
	var table strings.Builder
	for _, c := range costs {
		total += c.units
		fmt.Fprintf(&table, "%6.2f%%  %9d  %-45s %s\n", percent(c.units), c.units, c.path, short(c.rule))
		if c.units > validation.StaticEstimatedCostLimit {
			t.Errorf("%s: a rule costs %d, the API server takes %d: %s", c.path, c.units, validation.StaticEstimatedCostLimit, c.rule)
		}
	}
	t.Logf("%d rules cost %d, %.1f%% of the budget of %d:\n%s", len(costs), total, percent(total), validation.StaticEstimatedCRDCostLimit, &table)
	if percent(total) > 100*share {
		t.Errorf("the CRD costs %.1f%% of the budget, and shall stay under %.0f%%", percent(total), 100*share)
	}
}

func percent(units uint64) float64 {
	return 100 * float64(units) / validation.StaticEstimatedCRDCostLimit
}

func short(rule string) string {
	if len(rule) > 70 {
		return rule[:70] + "..."
	}
	return rule
}

// crdSchema is the schema of the one version of the CRD, in the API server's internal form.
func crdSchema(t *testing.T) apiextensions.JSONSchemaProps {
	t.Helper()
	text, err := os.ReadFile("../../config/crd/bases/xcm.openshift.io_geoconsoles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &crd); err != nil {
		t.Fatal(err)
	}
	if len(crd.Spec.Versions) != 1 {
		t.Fatalf("%d versions; count the cost of each", len(crd.Spec.Versions))
	}
	var schema apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, &schema, nil); err != nil {
		t.Fatal(err)
	}
	return schema
}

// costsOf walks a schema as the validation of a CustomResourceDefinition does.
func costsOf(t *testing.T, path string, schema *apiextensions.JSONSchemaProps, context *validation.CELSchemaContext) []cost {
	t.Helper()
	var costs []cost
	if len(schema.XValidations) > 0 {
		costs = append(costs, costsAt(t, path, schema, context)...)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		property := schema.Properties[name]
		costs = append(costs, costsOf(t, path+"."+name, &property, context.ChildPropertyContext(&property, name))...)
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		costs = append(costs, costsOf(t, path+"[]", schema.Items.Schema, context.ChildItemsContext(schema.Items.Schema))...)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		values := schema.AdditionalProperties.Schema
		costs = append(costs, costsOf(t, path+"{}", values, context.ChildAdditionalPropertiesContext(values))...)
	}
	return costs
}

func costsAt(t *testing.T, path string, schema *apiextensions.JSONSchemaProps, context *validation.CELSchemaContext) []cost {
	t.Helper()
	info, err := context.TypeInfo()
	if err != nil || info == nil {
		t.Fatalf("%s: no type: %v", path, err)
	}
	results, err := cel.Compile(info.Schema, info.DeclType, celconfig.PerCallLimit,
		environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()), cel.NewExpressionsEnvLoader())
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var costs []cost
	for i, result := range results {
		rule := schema.XValidations[i].Rule
		if result.Error != nil {
			t.Errorf("%s: %s: %v", path, rule, result.Error)
			continue
		}
		costs = append(costs, cost{cmp.Or(path, "."), rule, times(result.MaxCost, context.MaxCardinality)})
	}
	return costs
}

// times counts a rule once for every place in a resource where it may apply; nil is without bound.
func times(units uint64, cardinality *uint64) uint64 {
	if cardinality == nil || (*cardinality > 0 && units > math.MaxUint64 / *cardinality) {
		return math.MaxUint64
	}
	return units * *cardinality
}
