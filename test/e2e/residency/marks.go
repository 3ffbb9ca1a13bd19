// Package residency searches for data where none of it may be left. Marks, random words that occur nowhere else, are put
// into what passes through a console: names, descriptions, tokens, secrets, searches. Afterwards files, memory, etcd and
// logs are searched for them in every form that they could have been written in. A hit tells where and of which category,
// and never the mark itself.
package residency

import (
	"crypto/rand"
	"strings"
)

// A Category is a kind of data.
type Category string

// The categories.
const (
	ClusterName Category = "ClusterName"
	DisplayName Category = "DisplayName"
	Identifier  Category = "Identifier" // of a cluster, as its cloud or its issuer knows it
	User        Category = "User"
	Login       Category = "Login" // what a user types at the issuer
	Token       Category = "Token"
	PullSecret  Category = "PullSecret"
	Password    Category = "Password"
	Description Category = "Description"
	Search      Category = "Search"
	// Planted is what the search itself puts into a place to see that it finds it there.
	Planted Category = "Planted"
)

// A Mark is a text that is searched for.
type Mark struct {
	Category Category
	Text     string
}

// Word is a new random word of lower-case letters alone, which can be a part of any name.
func Word() string {
	letters := strings.NewReplacer("2", "v", "3", "w", "4", "x", "5", "y", "6", "z", "7", "q").Replace(rand.Text()[:14])
	return strings.ToLower(letters)
}
