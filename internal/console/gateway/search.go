package gateway

import (
	"slices"
	"strings"
)

// idFields name one object of a region, nameFields one as people call it. A search for a value in several of them is how
// ocm and rosa find the cluster that a user named.
var (
	idFields   = []string{"id", "cluster_id", "external_id", "external_cluster_id"}
	nameFields = []string{"name", "display_name"}
)

// maxTokens is the longest search that is understood, as parentheses in parentheses are read once for each. Longer ones are
// no lookups: ocm's and rosa's have some thirty.
const maxTokens = 512

// lookedUp returns the value that a search looks up: it must be, beside whatever else must hold, equalities joined by
// "or" that share the value, in fields that identify. One equality alone is a lookup in an id field only: a search for
// one name may well be for all clusters of that name.
func lookedUp(search string) (value string, isLookup bool) {
	tokens, whole := tokensOf(search)
	if !whole {
		return "", false
	}
	return lookedUpIn(tokens)
}

func lookedUpIn(tokens []token) (string, bool) {
	tokens = withoutParentheses(tokens)
	if either := split(tokens, "or"); len(either) > 1 {
		return sharedValue(either)
	}
	if both := split(tokens, "and"); len(both) > 1 {
		for _, condition := range both {
			if value, isLookup := lookedUpIn(condition); isLookup {
				return value, true
			}
		}
		return "", false
	}
	field, value, isEquality := equality(tokens)
	if !isEquality || !slices.Contains(idFields, field) {
		return "", false
	}
	return value, true
}

// sharedValue returns the value that all alternatives ask for.
func sharedValue(alternatives [][]token) (string, bool) {
	var shared string
	for i, alternative := range alternatives {
		field, value, isEquality := equality(withoutParentheses(alternative))
		if !isEquality || !slices.Contains(idFields, field) && !slices.Contains(nameFields, field) || i > 0 && value != shared {
			return "", false
		}
		shared = value
	}
	return shared, true
}

// equality reads field = 'value'.
func equality(tokens []token) (field, value string, isEquality bool) {
	if len(tokens) != 3 || tokens[0].kind != word || tokens[1].text != "=" || tokens[1].kind != sign || tokens[2].kind != text {
		return "", "", false
	}
	return tokens[0].text, tokens[2].text, tokens[2].text != ""
}

// withoutParentheses takes off those that enclose everything.
func withoutParentheses(tokens []token) []token {
	for len(tokens) >= 2 && tokens[0].is("(") && closing(tokens) == len(tokens)-1 {
		tokens = tokens[1 : len(tokens)-1]
	}
	return tokens
}

// closing is where the parenthesis that opens at the start closes.
func closing(tokens []token) int {
	depth := 0
	for i, t := range tokens {
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(tokens)
}

// split divides at a word that stands outside all parentheses.
func split(tokens []token, at string) [][]token {
	var parts [][]token
	depth, start := 0, 0
	for i, t := range tokens {
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case depth == 0 && t.kind == word && strings.EqualFold(t.text, at):
			parts = append(parts, tokens[start:i])
			start = i + 1
		}
	}
	return append(parts, tokens[start:])
}

// A token is a part of a search.
type token struct {
	kind tokenKind
	text string
}

type tokenKind int

const (
	word tokenKind = iota
	text           // the content of a quoted string
	sign
)

func (t token) is(parenthesis string) bool { return t.kind == sign && t.text == parenthesis }

// tokensOf divides a search. It is not whole when a quote or a parenthesis stands alone, for then the regions say what is
// wrong with it, nor when it is too long.
func tokensOf(search string) (tokens []token, whole bool) {
	depth := 0
	for rest := strings.TrimLeft(search, " \t\r\n"); rest != ""; rest = strings.TrimLeft(rest, " \t\r\n") {
		next, length := tokenAt(rest)
		if length == 0 || len(tokens) == maxTokens {
			return nil, false
		}
		switch {
		case next.is("("):
			depth++
		case next.is(")"):
			if depth--; depth < 0 {
				return nil, false
			}
		}
		tokens, rest = append(tokens, next), rest[length:]
	}
	return tokens, depth == 0
}

// tokenAt returns the first token and its length, 0 when it is a string without an end.
func tokenAt(rest string) (token, int) {
	switch c := rest[0]; {
	case c == '\'':
		return stringAt(rest)
	case isWordByte(c):
		end := 1
		for end < len(rest) && isWordByte(rest[end]) {
			end++
		}
		return token{word, rest[:end]}, end
	case strings.IndexByte("<>!=", c) >= 0:
		end := 1
		for end < len(rest) && strings.IndexByte("<>!=", rest[end]) >= 0 {
			end++
		}
		return token{sign, rest[:end]}, end
	default:
		return token{sign, rest[:1]}, 1
	}
}

// stringAt reads a quoted string, in which a doubled quote stands for one.
func stringAt(rest string) (token, int) {
	var content strings.Builder
	for i := 1; i < len(rest); i++ {
		if rest[i] != '\'' {
			content.WriteByte(rest[i])
			continue
		}
		if i+1 == len(rest) || rest[i+1] != '\'' {
			return token{text, content.String()}, i + 1
		}
		content.WriteByte('\'')
		i++
	}
	return token{}, 0
}

func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.' || c == '-'
}
