package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/geoconsole/geoconsole-operator/cmd/geoconsole/evidence"
)

// gathering is what the command evidence was asked for.
type gathering struct {
	namespace, name     string
	kubeconfig, context string
	hubAccount          string
	file                string
}

func evidenceCommand() *cobra.Command {
	var g gathering
	command := &cobra.Command{
		Use:   "evidence --name NAME",
		Short: "Print what a geography's cluster tells of where its console's data can go, for an auditor to keep",
		Long: `Print what a geography's cluster tells of where its console's data can go, as one JSON document.

It is run in the geography, with a kubeconfig of the geography's own cluster. It reads, writes nothing, and reads no
Secret. The command exits with 1 when something contradicts what should be, after it has printed everything, and when
there is nothing to print. docs/evidence.md says what each item means, and what it cannot prove.`,
		Example: `  geoconsole evidence --namespace geoconsole --name europe > evidence.json
  geoconsole evidence --name europe --kubeconfig geography.kubeconfig --filename europe.yaml`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return g.run(ctx, command.InOrStdin(), command.OutOrStdout())
		},
	}
	flags := command.Flags()
	flags.StringVarP(&g.namespace, "namespace", "n", "geoconsole", "the namespace of the console (spec.clusters[].namespace)")
	flags.StringVar(&g.name, "name", "", "the name of the GeoConsole, which is that of its Deployment")
	flags.StringVar(&g.kubeconfig, "kubeconfig", "", "the kubeconfig's file; without it KUBECONFIG, or ~/.kube/config")
	flags.StringVar(&g.context, "context", "", "the kubeconfig's context; without it the current one")
	flags.StringVar(&g.hubAccount, "hub-account", "geoconsole-hub", "the ServiceAccount that the hub acts as, as NAME in --namespace or NAMESPACE/NAME")
	flags.StringVarP(&g.file, "filename", "f", "", "the GeoConsole's file, for the countries that it declares; - reads the standard input")
	if err := command.MarkFlagRequired("name"); err != nil {
		panic(err) // the flag is defined above
	}
	return command
}

// run prints the whole report, also one that contradicts.
func (g gathering) run(ctx context.Context, stdin io.Reader, out io.Writer) error {
	question, err := g.question(stdin)
	if err != nil {
		return err
	}
	access, err := g.access()
	if err != nil {
		return err
	}
	facts, err := evidence.Read(ctx, access, question)
	if err != nil {
		return errors.New(evidence.Printable(err.Error())) // it may hold words of the API server
	}
	report := evidence.Assess(question, facts, time.Now())
	encoded, err := report.Encode()
	if err != nil {
		return err
	}
	if _, err := out.Write(encoded); err != nil {
		return fmt.Errorf("write the evidence: %w", err)
	}
	return contradictions(report)
}

// question checks the flags, and reads the GeoConsole where one is given.
func (g gathering) question(stdin io.Reader) (evidence.Question, error) {
	q := evidence.Question{Namespace: g.namespace, Name: g.name, HubNamespace: g.namespace, HubAccount: g.hubAccount}
	if namespace, name, both := strings.Cut(g.hubAccount, "/"); both {
		q.HubNamespace, q.HubAccount = namespace, name
	}
	for _, named := range []struct {
		flag, value, cure string
		wrong             func(string) []string
	}{
		{"--namespace", q.Namespace, "give the namespace of the console", validation.IsDNS1123Label},
		{"--name", q.Name, "give the name of the GeoConsole", validation.IsDNS1123Label},
		{"--hub-account", q.HubNamespace, "give NAME or NAMESPACE/NAME", validation.IsDNS1123Label},
		{"--hub-account", q.HubAccount, "give NAME or NAMESPACE/NAME", validation.IsDNS1123Subdomain},
	} {
		if len(named.wrong(named.value)) > 0 {
			return q, fmt.Errorf("%s: %q is no name; %s, of lower-case letters, digits and dashes", named.flag, named.value, named.cure)
		}
	}
	if g.file == "" {
		return q, nil
	}
	resource, err := readGeoConsole(g.file, stdin)
	if err != nil {
		return q, fmt.Errorf("--filename: %w", err)
	}
	if resource.Name != g.name {
		return q, fmt.Errorf("--filename: it holds the GeoConsole %s; give the file of %s, or change --name", resource.Name, g.name)
	}
	q.Resource, q.File = resource, "the GeoConsole that --filename gave"
	return q, nil
}

// access finds the kubeconfig as kubectl does. It never uses the ServiceAccount of a pod that it runs in: evidence is
// asked for by a person.
func (g gathering) access() (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = g.kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: g.context})
	raw, err := loader.RawConfig()
	switch {
	case err != nil:
		return nil, fmt.Errorf("--kubeconfig: %w; give the file of a kubeconfig for the geography's cluster", err)
	case len(raw.Contexts) == 0:
		return nil, errors.New("--kubeconfig: there is none, or it names no context; give the file of a kubeconfig for the geography's cluster")
	case g.context != "" && raw.Contexts[g.context] == nil:
		return nil, fmt.Errorf("--context: the kubeconfig has no context %s; choose another", g.context)
	}
	access, err := loader.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("--kubeconfig: %w; correct it, or choose another --context", err)
	}
	return access, nil
}

// contradictions is an error of one line for each item that contradicts. What a cluster says may be meant for a terminal:
// names are quoted, and of all the rest what does not print is escaped.
func contradictions(report evidence.Record) error {
	var out problems
	for _, item := range report.Items {
		if item.Verdict == evidence.Contradicts {
			line := evidence.Printable(item.ID + ": " + item.Says)
			for i, name := range item.Names {
				line += []string{": ", ", "}[min(i, 1)] + strconv.Quote(name)
			}
			out = append(out, line+"; "+evidence.Printable(item.Cure))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
