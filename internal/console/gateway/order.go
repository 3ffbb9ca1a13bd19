package gateway

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// maxKeys is how many parts an order has: every row is compared by each of them.
const maxKeys = 8

// maxNames is how deep an attribute of an order stands: every level of a row is read anew.
const maxNames = 4

// A sortKey is one part of "name asc, creation_timestamp desc".
type sortKey struct {
	path       string
	descending bool
}

// parseOrder reads the parameter order. It is not ok when a part is not an attribute followed by asc, desc or nothing,
// stands too deep, or comes a second time.
func parseOrder(order string) (keys []sortKey, ok bool) {
	for part := range strings.SplitSeq(order, ",") {
		fields := strings.Fields(part)
		switch {
		case len(fields) == 0:
			continue
		case strings.Count(fields[0], ".") >= maxNames, slices.ContainsFunc(keys, func(key sortKey) bool { return key.path == fields[0] }):
			return nil, false
		case len(fields) == 1, len(fields) == 2 && strings.EqualFold(fields[1], "asc"):
			keys = append(keys, sortKey{path: fields[0]})
		case len(fields) == 2 && strings.EqualFold(fields[1], "desc"):
			keys = append(keys, sortKey{path: fields[0], descending: true})
		default:
			return nil, false
		}
	}
	return keys, true
}

// A row is one object of a region's list.
type row struct {
	region int // its place among the regions
	id     string
	of     string // the region that it says it is of, empty when it says none
	body   json.RawMessage
	keys   []any // what stands at the sort keys
}

// before tells which of two rows comes first: by the keys, and where these are equal by the order of the regions. Rows
// of one region keep the order in which the region gave them.
func before(keys []sortKey, a, b row) bool {
	for i, key := range keys {
		if order := compareValues(a.keys[i], b.keys[i]); order != 0 {
			return (order < 0) != key.descending
		}
	}
	return a.region < b.region
}

// compareValues orders two values of one attribute. What is not there counts as greatest, as in the regions' database.
func compareValues(a, b any) int {
	switch a := a.(type) {
	case string:
		if b, same := b.(string); same {
			return compareTexts(a, b)
		}
	case float64:
		if b, same := b.(float64); same {
			return cmp.Compare(a, b)
		}
	case bool:
		if b, same := b.(bool); same {
			return rank(a) - rank(b)
		}
	}
	return kindRank(a) - kindRank(b)
}

// compareTexts orders points in time by time: as text, a second with a fraction would come before the same second.
func compareTexts(a, b string) int {
	if looksLikeTime(a) && looksLikeTime(b) {
		first, err := time.Parse(time.RFC3339Nano, a)
		second, otherErr := time.Parse(time.RFC3339Nano, b)
		if err == nil && otherErr == nil {
			return first.Compare(second)
		}
	}
	return strings.Compare(a, b)
}

func looksLikeTime(s string) bool {
	return len(s) >= len("2006-01-02T15:04:05Z") && s[4] == '-' && s[10] == 'T'
}

func rank(value bool) int {
	if value {
		return 1
	}
	return 0
}

// kindRank orders values that cannot be compared, so that the order is one and the same in every answer.
func kindRank(value any) int {
	switch value.(type) {
	case bool:
		return 1
	case float64:
		return 2
	case string:
		return 3
	default:
		return 4
	}
}

// valueAt returns what stands at a dotted path: a string, a float64, a bool, or nil for anything else. Below a map such
// as properties a key may itself have dots.
func valueAt(object json.RawMessage, path string) any {
	for {
		var members map[string]json.RawMessage
		if json.Unmarshal(object, &members) != nil {
			return nil
		}
		if member, there := members[path]; there {
			return scalar(member)
		}
		first, rest, deeper := strings.Cut(path, ".")
		member, there := members[first]
		if !deeper || !there {
			return nil
		}
		object, path = member, rest
	}
}

func scalar(raw json.RawMessage) any {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return nil
	}
	switch value.(type) {
	case string, float64, bool:
		return value
	default:
		return nil
	}
}
