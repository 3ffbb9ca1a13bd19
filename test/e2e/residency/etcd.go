package residency

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// Etcd is one that is searched through its API. That speaks JSON too, which saves a client with gRPC.
type Etcd struct {
	// Name stands for it in what a hit tells.
	Name string
	// URL is where it serves clients, and Dial leads there.
	URL  string
	Dial func(ctx context.Context, address string) (net.Conn, error)
}

// page is how many keys are asked for at a time: the answer is bounded.
const page = 200

// Etcd looks into all keys and values. What was overwritten or deleted is in etcd's files only.
func (s *Searcher) Etcd(ctx context.Context, etcd Etcd) error {
	asker := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) { return etcd.Dial(ctx, address) },
	}}
	defer asker.CloseIdleConnections()
	from := []byte{0}
	for {
		answer, err := etcd.ask(ctx, asker, from)
		if err != nil {
			return fmt.Errorf("etcd of %s: %w", etcd.Name, err)
		}
		for _, pair := range answer.Pairs {
			if err := s.Bytes(Place{Kind: EtcdValues, Where: etcd.Name + string(pair.Key)}, pair.Value); err != nil {
				return err
			}
			from = append(bytes.Clone(pair.Key), 0)
		}
		if !answer.More {
			return nil
		}
	}
}

// values is an answer of etcd; what holds bytes is Base64 in JSON, for Go too.
type values struct {
	More  bool `json:"more"`
	Pairs []struct {
		Key   []byte `json:"key"`
		Value []byte `json:"value"`
	} `json:"kvs"`
}

// ask reads the keys from one on.
func (e Etcd) ask(ctx context.Context, asker *http.Client, from []byte) (values, error) {
	question, err := json.Marshal(map[string]any{"key": from, "range_end": []byte{0}, "limit": page})
	if err != nil {
		return values{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(e.URL, "/")+"/v3/kv/range", bytes.NewReader(question))
	if err != nil {
		return values{}, err
	}
	response, err := asker.Do(request)
	if err != nil {
		return values{}, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return values{}, fmt.Errorf("answered %s", response.Status)
	}
	var answer values
	return answer, json.NewDecoder(response.Body).Decode(&answer)
}
