package remote

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// claimLength is how many hexadecimal digits name a claim: enough that no two meet, few enough to be copied.
const claimLength = 16

// claimant is who wrote an inventory, at which generation and in which format.
type claimant struct {
	Format     int    `json:"format"`
	Hub        string `json:"hub"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	UID        string `json:"uid"`
	Generation int64  `json:"generation"`
}

func claimantOf(owner geography.Owner) claimant {
	return claimant{
		Format: inventoryFormat, Hub: owner.Hub, Namespace: owner.Namespace, Name: owner.Name,
		UID: owner.UID, Generation: owner.Generation,
	}
}

// owner is who the claimant is, whatever it has agreed to.
func (c claimant) owner() geography.Owner {
	return geography.Owner{Hub: c.Hub, Namespace: c.Namespace, Name: c.Name, UID: c.UID, Generation: c.Generation}
}

// mark is what the claimant's objects carry.
func (c claimant) mark() string { return c.owner().Mark() }

// isOf tells whether the claimant is the owner, at whatever generation.
func (c claimant) isOf(owner geography.Owner) bool {
	return c.Hub == owner.Hub && c.Namespace == owner.Namespace && c.Name == owner.Name && c.UID == owner.UID
}

// claim names the claimant for a person: exactly this one at exactly this generation. Its digits hold nothing that a
// cluster could word.
func (c claimant) claim() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %q %q %q %q %d", c.Format, c.Hub, c.Namespace, c.Name, c.UID, c.Generation))
	return hex.EncodeToString(sum[:])[:claimLength]
}
