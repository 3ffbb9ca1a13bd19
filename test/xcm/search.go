package xcm

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/yaacov/tree-search-language/pkg/tsl"
)

// truth is SQL's: a comparison with something that is not there is neither true nor false, and so is its negation.
type truth int8

const (
	no truth = iota
	yes
	unknown
)

func truthOf(holds bool) truth {
	if holds {
		return yes
	}
	return no
}

// A predicate tells whether a document matches a search.
type predicate func(*document) truth

// parsing guards the grammar's parser, whose tables are shared by all parsers of the process and not safe for concurrent use.
var parsing sync.Mutex

// compileSearch turns the text of a search parameter into a predicate. has tells which dotted paths can be searched. The error
// is a sentence for the client.
func compileSearch(text string, has func(string) bool) (predicate, error) {
	parsing.Lock()
	tree, err := tsl.ParseTSL(prepareSearch(text))
	parsing.Unlock()
	if err != nil {
		return nil, fmt.Errorf("can't parse the search %q: %w", text, err)
	}
	return compileNode(tree, has)
}

// words are the parts of a search that prepareSearch tells apart: strings and quoted names, which it leaves alone, and names.
var words = regexp.MustCompile("'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|\\[[^\\]]*\\]|[A-Za-z_][A-Za-z_0-9]*(?:\\.[A-Za-z_][A-Za-z_0-9]*)*")

// prepareSearch writes the two things that the grammar cannot parse, and OCM accepts, so that it can: bare booleans, and names
// of more than three parts.
func prepareSearch(text string) string {
	return words.ReplaceAllStringFunc(text, func(word string) string {
		switch {
		case strings.ContainsAny(word[:1], "'\"`["):
			return word
		case strings.EqualFold(word, "true"), strings.EqualFold(word, "false"):
			return "'" + word + "'"
		case strings.Count(word, ".") > 2:
			return `"` + word + `"`
		}
		return word
	})
}

// unquote drops the quotes of the names in a path: properties.`my-key`.
var unquote = strings.NewReplacer(`"`, "", "`", "", "[", "", "]", "")

func compileNode(node tsl.Node, has func(string) bool) (predicate, error) {
	left, _ := node.Left.(tsl.Node)
	right, _ := node.Right.(tsl.Node)
	switch node.Func {
	case tsl.AndOp, tsl.OrOp, tsl.NotOp:
		return compileLogic(node.Func, left, right, has)
	}
	if left.Func != tsl.IdentOp {
		return nil, fmt.Errorf("can't search by an expression: compare a plain attribute with a value")
	}
	path := unquote.Replace(left.Left.(string))
	if !has(path) {
		return nil, fmt.Errorf("%q is not an attribute that can be searched: check its spelling", path)
	}
	switch node.Func {
	case tsl.IsNilOp:
		return func(d *document) truth { return truthOf(d.leaf(path) == nil) }, nil
	case tsl.IsNotNilOp:
		return func(d *document) truth { return truthOf(d.leaf(path) != nil) }, nil
	case tsl.LikeOp, tsl.ILikeOp:
		return compileLike(path, right.Left.(string), node.Func == tsl.ILikeOp), nil
	case tsl.RegexOp, tsl.NotRegexOp:
		return compileRegex(path, right.Left.(string), node.Func == tsl.NotRegexOp)
	case tsl.InOp, tsl.NotInOp:
		return compileIn(path, right.Right.([]tsl.Node), node.Func == tsl.NotInOp), nil
	case tsl.EqOp, tsl.NotEqOp, tsl.LtOp, tsl.LteOp, tsl.GtOp, tsl.GteOp:
		return compileComparison(path, node.Func, literalOf(right)), nil
	}
	return nil, fmt.Errorf("the operator %q is not supported", strings.TrimPrefix(node.Func, "$"))
}

func compileLogic(operator string, left, right tsl.Node, has func(string) bool) (predicate, error) {
	a, err := compileNode(left, has)
	if err != nil {
		return nil, err
	}
	if operator == tsl.NotOp {
		return func(d *document) truth { return [...]truth{no: yes, yes: no, unknown: unknown}[a(d)] }, nil
	}
	b, err := compileNode(right, has)
	if err != nil {
		return nil, err
	}
	decisive := no // what settles an "and" alone; "or" is settled by yes
	if operator == tsl.OrOp {
		decisive = yes
	}
	return func(d *document) truth {
		first := a(d)
		if first == decisive {
			return decisive
		}
		second := b(d)
		if second == decisive {
			return decisive
		}
		return max(first, second) // unknown unless both are known
	}, nil
}

func compileComparison(path, operator string, value literal) predicate {
	return func(d *document) truth {
		order, comparable := value.compare(d.leaf(path))
		if !comparable {
			return unknown
		}
		switch operator {
		case tsl.EqOp:
			return truthOf(order == 0)
		case tsl.NotEqOp:
			return truthOf(order != 0)
		case tsl.LtOp:
			return truthOf(order < 0)
		case tsl.LteOp:
			return truthOf(order <= 0)
		case tsl.GtOp:
			return truthOf(order > 0)
		default:
			return truthOf(order >= 0)
		}
	}
}

func compileIn(path string, nodes []tsl.Node, negated bool) predicate {
	values := make([]literal, len(nodes))
	for i, node := range nodes {
		values[i] = literalOf(node)
	}
	return func(d *document) truth {
		leaf := d.leaf(path)
		if leaf == nil {
			return unknown
		}
		for _, value := range values {
			if order, comparable := value.compare(leaf); comparable && order == 0 {
				return truthOf(!negated)
			}
		}
		return truthOf(negated)
	}
}

// compileLike matches as SQL does: % is any text, _ one character, a backslash takes the next character as it is.
func compileLike(path, pattern string, ignoreCase bool) predicate {
	expression, escaped := "^", false
	for _, character := range pattern {
		switch {
		case escaped:
			expression, escaped = expression+regexp.QuoteMeta(string(character)), false
		case character == '\\':
			escaped = true
		case character == '%':
			expression += ".*"
		case character == '_':
			expression += "."
		default:
			expression += regexp.QuoteMeta(string(character))
		}
	}
	// Looking for a text anywhere is much faster than matching what is around it too.
	expression = strings.TrimSuffix(strings.TrimPrefix(expression+"$", "^.*"), ".*$")
	flags := "(?s)"
	if ignoreCase {
		flags = "(?si)"
	}
	matcher := regexp.MustCompile(flags + expression)
	return func(d *document) truth {
		text, isText := d.leaf(path).(string)
		if !isText {
			return unknown
		}
		return truthOf(matcher.MatchString(text))
	}
}

// compileRegex matches a regular expression anywhere in a text, as PostgreSQL does.
func compileRegex(path, expression string, negated bool) (predicate, error) {
	matcher, err := regexp.Compile(expression)
	if err != nil {
		return nil, fmt.Errorf("%q is not a regular expression", expression)
	}
	return func(d *document) truth {
		text, isText := d.leaf(path).(string)
		if !isText {
			return unknown
		}
		return truthOf(matcher.MatchString(text) != negated)
	}, nil
}

// A literal is a value of a search, with its readings worked out once.
type literal struct {
	text   string
	number *float64
	truth  *bool
	moment *time.Time
}

func literalOf(node tsl.Node) literal {
	var value literal
	switch text := node.Left.(type) {
	case float64:
		value.text = strconv.FormatFloat(text, 'f', -1, 64)
	case string:
		value.text = text
	}
	if number, err := strconv.ParseFloat(value.text, 64); err == nil {
		value.number = &number
	}
	switch strings.ToLower(value.text) {
	case "t", "true":
		value.truth = new(true)
	case "f", "false":
		value.truth = new(false)
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if moment, err := time.Parse(layout, value.text); err == nil {
			value.moment = &moment
			break
		}
	}
	return value
}

// compare orders what a document holds against the literal: below zero when the document's value is smaller. It does not hold
// where there is nothing to compare: null, an object, or a value of another type.
func (l literal) compare(leaf any) (order int, comparable bool) {
	switch value := leaf.(type) {
	case string:
		if l.moment != nil {
			if moment, err := time.Parse(time.RFC3339, value); err == nil {
				return moment.Compare(*l.moment), true
			}
		}
		return strings.Compare(value, l.text), true
	case float64:
		if l.number != nil {
			return cmp.Compare(value, *l.number), true
		}
	case bool:
		if l.truth != nil {
			return rank(value) - rank(*l.truth), true
		}
	}
	return 0, false
}

// rank orders false before true.
func rank(value bool) int {
	if value {
		return 1
	}
	return 0
}
