package main

import (
	"context"
	"fmt"
	"time"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/xcm"
)

const (
	// regionLatency is added to every answer of a region.
	regionLatency     = 100 * time.Millisecond
	clustersPerRegion = 1000
)

// regionIDs are the ten regions of the lists and of the hanging.
var regionIDs = []string{
	"aws.eu-west-1", "aws.eu-west-3", "aws.eu-central-1", "aws.eu-north-1", "aws.eu-south-1", "aws.eu-south-2",
	"gcp.europe-west1", "gcp.europe-west3", "gcp.europe-west8", "gcp.europe-west9",
}

// A region is a simulator in this process, at an address.
type region struct {
	id, address string
	instance    *xcm.Instance
}

// startRegion serves a simulated region by TLS until the stage ends.
func (s *stage) startRegion(id string, seed int) (region, error) {
	if err := s.issue(hostOf(id)); err != nil {
		return region{}, err
	}
	instance, err := xcm.New(xcm.Options{Region: id, Clusters: clustersPerRegion, Seed: uint64(seed), Latency: regionLatency}) //nolint:gosec // small and not negative
	if err != nil {
		return region{}, err
	}
	server, err := xcm.Listen(instance, xcm.Port{Address: "127.0.0.1:0", CertFile: s.path(hostOf(id) + ".crt"), KeyFile: s.path(hostOf(id) + ".key")})
	if err != nil {
		return region{}, err
	}
	s.also = append(s.also, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		return server.Shutdown(ctx)
	})
	return region{id: id, address: server.Address(), instance: instance}, nil
}

// startRegions starts all of them, and writes the config of a console in front of them.
func (s *stage) startRegions() (regions []region, hosts map[string]string, err error) {
	hosts = map[string]string{}
	for i, id := range regionIDs {
		started, err := s.startRegion(id, i+1)
		if err != nil {
			return nil, nil, fmt.Errorf("region %s: %w", id, err)
		}
		regions = append(regions, started)
		hosts[hostOf(id)] = started.address
	}
	return regions, hosts, s.configure("ten", regionIDs, v1alpha1.Auth{Type: v1alpha1.AuthNone})
}
