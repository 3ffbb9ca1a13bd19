package cluster

import (
	"context"
	"fmt"
	"net"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
)

// View is where the reader of a kubeconfig is.
type View int

const (
	// FromClusters is for pods of this cluster and of those connected to it.
	FromClusters View = iota
	// FromHost is for processes of this machine, for as long as the process that started the cluster runs.
	FromHost
)

// Kubeconfig is one of the cluster's administrator, all in it inline.
func (c *Cluster) Kubeconfig(view View) ([]byte, error) {
	server := c.network.server()
	if view == FromHost {
		server = "https://" + c.hostAPI.String()
	}
	return c.kubeconfig(server, pki.Pair{Cert: c.client.CertData, Key: c.client.KeyData})
}

// RESTConfig is the administrator's, for clients in this process. It dials the node without a relay.
func (c *Cluster) RESTConfig() *rest.Config { return rest.CopyConfig(c.client) }

func (c *Cluster) clientConfig(pair pki.Pair) *rest.Config {
	return &rest.Config{
		Host:            c.network.server(),
		TLSClientConfig: rest.TLSClientConfig{CAData: c.authority.CAPEM(), CertData: pair.Cert, KeyData: pair.Key},
		Dial:            func(ctx context.Context, _, address string) (net.Conn, error) { return c.Dial(ctx, address) },
		QPS:             -1,
	}
}

func (c *Cluster) kubeconfig(server string, pair pki.Pair) ([]byte, error) {
	name := c.options.Name
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: c.authority.CAPEM()}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{ClientCertificateData: pair.Cert, ClientKeyData: pair.Key}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	text, err := clientcmd.Write(*config)
	if err != nil {
		return nil, fmt.Errorf("write a kubeconfig: %w", err)
	}
	return text, nil
}
