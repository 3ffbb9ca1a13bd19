package environment

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// SimulatorNamespace is where the regions' simulators run in an existing cluster.
const SimulatorNamespace = "xcm"

// simulatorPort is above 1024: not every cluster lets a pod without rights listen below.
const simulatorPort = 8443

//go:embed simulator.yaml
var simulatorManifest string

var simulatorTemplate = template.Must(template.New("simulator.yaml").Option("missingkey=error").Parse(simulatorManifest))

// simulatorName is the name of the objects of a region's simulator.
func simulatorName(region string) string { return strings.ReplaceAll(region, ".", "-") }

// simulatorHost resolves in every pod of the cluster, whatever its domain is called.
func simulatorHost(region string) string {
	return simulatorName(region) + "." + SimulatorNamespace + ".svc"
}

// simulatorEndpoint is where the console reaches the simulator. Its host names no cloud region, so the country that the
// region plays in is declared.
func simulatorEndpoint(region string) (v1alpha1.Endpoint, error) {
	place, known := geography.LocateHost(region)
	if !known {
		return v1alpha1.Endpoint{}, fmt.Errorf("config/samples/europe.yaml: region %s names no cloud region", region)
	}
	return v1alpha1.Endpoint{URL: fmt.Sprintf("https://%s:%d", simulatorHost(region), simulatorPort), Country: place.Country}, nil
}

// simulatorObjects are a simulator for each region, as pods.
func (i *Installation) simulatorObjects(regions []v1alpha1.Region) ([]client.Object, error) {
	objects := []client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: SimulatorNamespace}}}
	for at, region := range regions {
		pair, err := i.CA.Issue(simulatorHost(region.ID))
		if err != nil {
			return nil, err
		}
		name := simulatorName(region.ID)
		var text strings.Builder
		if err := simulatorTemplate.Execute(&text, map[string]any{
			"Name": name, "Namespace": SimulatorNamespace, "Port": simulatorPort, "Image": i.options.image(simulatorBinary),
			"Region": region.ID, "Clusters": i.options.ClustersPerRegion, "Seed": at + 1,
		}); err != nil {
			return nil, err
		}
		decoded, err := decodeAll(text.String())
		if err != nil {
			return nil, err
		}
		objects = append(objects, tlsSecret(client.ObjectKey{Namespace: SimulatorNamespace, Name: name}, pair))
		objects = append(objects, decoded...)
	}
	return objects, nil
}
