package proxy

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxJudged is how many tokens are remembered, each in about 120 bytes. Only those of the issuer's own users get there.
const maxJudged = 4096

// judged remembers which tokens were good, so that the requests of one login cost one signature: checking it is a third of what
// a request costs the console. It holds no token, and changes no answer: what the next keys would not verify, and what has run
// out, is judged again.
type judged struct {
	lock sync.Mutex
	good map[[sha256.Size]byte]verdictOnToken
}

// A verdictOnToken holds as long as the keys that it was found with.
type verdictOnToken struct {
	caller Caller
	expiry time.Time
	keys   int // the generation of the keyring
}

func newJudged() *judged { return &judged{good: map[[sha256.Size]byte]verdictOnToken{}} }

// caller is whose token it is, by the whole header that carries it, when that was found with the keys of this generation and
// the token has not run out.
func (j *judged) caller(authorization string, keys int, now time.Time) (Caller, bool) {
	j.lock.Lock()
	found, known := j.good[sha256.Sum256([]byte(authorization))]
	j.lock.Unlock()
	if !known || found.keys != keys || hasExpired(found.expiry, now) {
		return Caller{}, false
	}
	return found.caller, true
}

// remember notes a good token. When there are too many, all are forgotten: each then costs one signature more.
func (j *judged) remember(authorization string, found verdictOnToken) {
	j.lock.Lock()
	defer j.lock.Unlock()
	if len(j.good) >= maxJudged {
		clear(j.good)
	}
	j.good[sha256.Sum256([]byte(authorization))] = found
}
