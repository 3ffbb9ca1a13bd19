package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// granting is what the command rbac was asked for.
type granting struct {
	namespace string
	name      string
	only      []string
	hub       bool
}

func rbacCommand() *cobra.Command {
	var g granting
	command := &cobra.Command{
		Use:   "rbac",
		Short: "Print what the owner of a geography's cluster applies, so that the hub may work in it",
		Long: `Print what the owner of a geography's cluster applies, so that the hub may work in it, as YAML:
the namespace, a ServiceAccount, the Secret of its token, a Role, the ClusterRole for the little outside of the
namespace, and their bindings.

A credential that may do more is refused by the operator. docs/onboarding.md says what comes next.`,
		Example: `  geoconsole rbac | kubectl apply -f -
  geoconsole rbac --namespace console-eu --only account,rights | kubectl apply -f -`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return g.run(command.OutOrStdout()) },
	}
	flags := command.Flags()
	flags.StringVarP(&g.namespace, "namespace", "n", "geoconsole", "the namespace of the console (spec.clusters[].namespace)")
	flags.StringVar(&g.name, "name", "geoconsole-hub", "the name of the ServiceAccount and its Role")
	flags.StringSliceVar(&g.only, "only", nil, "print these parts only, of namespace, account and rights")
	flags.BoolVar(&g.hub, "hub", false, "print the rights of the operator's own ServiceAccount, for clusters of connection type Hub")
	command.MarkFlagsMutuallyExclusive("hub", "name")
	command.MarkFlagsMutuallyExclusive("hub", "only")
	return command
}

// run writes nothing to out unless everything is well.
func (g granting) run(out io.Writer) error {
	if err := g.check(); err != nil {
		return err
	}
	rights, only := render.GeographyRights(g.namespace, g.name), g.only
	if g.hub {
		rights, only = render.HubRights(g.namespace), []string{string(render.PartRights)} // its installation has the rest
	}
	manifests, err := rights.Manifests()
	if err != nil {
		return err
	}
	var documents [][]byte
	for _, manifest := range manifests {
		if len(only) > 0 && !slices.Contains(only, string(manifest.Part)) {
			continue
		}
		document, err := manifest.YAML()
		if err != nil {
			return err
		}
		documents = append(documents, document)
	}
	if _, err := out.Write(bytes.Join(documents, []byte("---\n"))); err != nil {
		return fmt.Errorf("write the rights: %w", err)
	}
	return nil
}

var parts = []string{string(render.PartNamespace), string(render.PartAccount), string(render.PartRights)}

func (g granting) check() error {
	if len(validation.IsDNS1123Label(g.namespace)) > 0 {
		return fmt.Errorf("--namespace: %q is no namespace; give a name of lower-case letters, digits and dashes", g.namespace)
	}
	if len(validation.IsDNS1123Label(g.name)) > 0 {
		return fmt.Errorf("--name: %q is no name; give one of lower-case letters, digits and dashes", g.name)
	}
	for _, part := range g.only {
		if !slices.Contains(parts, part) {
			return fmt.Errorf("--only: %q is no part; choose of namespace, account and rights", part)
		}
	}
	return nil
}
