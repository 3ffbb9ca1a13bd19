package proxy

import (
	"context"
	"crypto/sha256"
)

// Caller is somebody whose token was checked: the same for every token of one subject of one issuer. It says nothing of
// who that is, and is for keys in memory only: it is never logged.
type Caller [sha256.Size]byte

func callerOf(issuer, subject string) Caller { return sha256.Sum256([]byte(issuer + "\x00" + subject)) }

type callerKey struct{}

// WithCaller returns a context of a request whose token was checked.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// CallerOf returns whose request it is; false where nobody was asked.
func CallerOf(ctx context.Context) (Caller, bool) {
	caller, known := ctx.Value(callerKey{}).(Caller)
	return caller, known
}
