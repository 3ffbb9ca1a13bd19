// Command geoconsole helps the people who write GeoConsoles and those who own the clusters, without a cluster at hand, and
// those who audit one.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	if err := root().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func root() *cobra.Command {
	command := &cobra.Command{
		Use:           "geoconsole",
		Short:         "Work with GeoConsoles: offline, and for the auditor of a geography",
		SilenceErrors: true, // main prints them, once and without a prefix
		SilenceUsage:  true, // a problem in a file is not a question of usage
	}
	command.AddCommand(renderCommand(), rbacCommand(), evidenceCommand())
	return command
}

func renderCommand() *cobra.Command {
	var r rendering
	command := &cobra.Command{
		Use:   "render -f FILE",
		Short: "Print what the operator would put into the clusters of a GeoConsole",
		Long: `Print what the operator would put into the clusters of a GeoConsole, as YAML.

The GeoConsole is checked as the operator checks it; every problem is printed as
"field: problem; cure" and the command exits with 1. What only the API server
checks is not: kubectl apply --dry-run=server does.`,
		Example: `  geoconsole render -f europe.yaml --image-default registry.example.com/console:v1 --ca xcm-ca/ca.crt=ca.pem
  geoconsole render -f europe.yaml --config-only --ca xcm-ca/ca.crt=ca.pem > config.json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return r.run(command.InOrStdin(), command.OutOrStdout())
		},
	}
	flags := command.Flags()
	flags.StringVarP(&r.file, "filename", "f", "", "the GeoConsole's file; - reads the standard input")
	flags.StringVar(&r.cluster, "cluster", "", "render this cluster only")
	flags.BoolVar(&r.configOnly, "config-only", false, "print the console's config.json, which is the same in every cluster")
	flags.StringArrayVar(&r.authorities, "ca", nil, "NAME/KEY=FILE: what key KEY of the hub's ConfigMap NAME holds, for a caBundle; repeatable")
	flags.StringVar(&r.image, "image-default", "", "the image that the operator came with (its RELATED_IMAGE_CONSOLE)")
	flags.StringSliceVar(&r.imagePrefixes, "allowed-image-prefixes", nil, "the operator's flag of that name, divided by commas")
	flags.StringVar(&r.hub, "hub-id", "offline", "the hub's id (the operator's flag, or the UID of the hub's namespace kube-system); it is part of the owner mark and so of the revision")
	if err := command.MarkFlagRequired("filename"); err != nil {
		panic(err) // the flag is defined above
	}
	command.MarkFlagsMutuallyExclusive("cluster", "config-only")
	return command
}
