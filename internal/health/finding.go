package health

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// maxMessage bounds every message, in bytes: a condition is read by people, and a whole status travels with each watch.
const maxMessage = 1024

// namesShown is how many names a message spells out: three of the longest host names still fit into maxMessage.
const namesShown = 3

// finding is what a rule found: a condition without its type and times.
type finding struct {
	status  metav1.ConditionStatus
	reason  string
	message string
}

func isTrue(reason, message string) finding {
	return finding{metav1.ConditionTrue, reason, message}
}

func isFalse(reason, message string) finding {
	return finding{metav1.ConditionFalse, reason, message}
}

func isUnknown(reason, message string) finding {
	return finding{metav1.ConditionUnknown, reason, message}
}

// condition gives the finding a type and the generation that it speaks of.
func (f finding) condition(kind string, generation int64) metav1.Condition {
	return metav1.Condition{
		Type: kind, Status: f.status, Reason: f.reason, Message: bounded(f.message), ObservedGeneration: generation,
	}
}

// bounded cuts a message that is too long, between two characters.
func bounded(message string) string {
	const mark = " ..."
	if len(message) <= maxMessage {
		return message
	}
	end := maxMessage - len(mark)
	for !utf8.RuneStart(message[end]) {
		end--
	}
	return message[:end] + mark
}

// named lists the first few names and counts the others.
func named[T ~string](names []T) string {
	var shown []string
	for _, name := range names[:min(len(names), namesShown)] {
		shown = append(shown, string(name))
	}
	text := strings.Join(shown, ", ")
	if more := len(names) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// said is a condition and whose it is: a cluster's name, or a field of the spec; empty when the message names it.
type said struct {
	who       string
	condition metav1.Condition
}

// about gathers what every row says about one condition.
func about(kind string, rows []v1alpha1.ClusterStatus) []said {
	var all []said
	for _, row := range rows {
		for _, c := range row.Conditions {
			if c.Type == kind {
				all = append(all, said{row.Name, c})
			}
		}
	}
	return all
}

// worst keeps those that decide together: the False ones, else the Unknown ones, else those that warn, else all.
func worst(all []said) []said {
	for _, decides := range []func(metav1.Condition) bool{
		func(c metav1.Condition) bool { return c.Status == metav1.ConditionFalse },
		func(c metav1.Condition) bool { return c.Status == metav1.ConditionUnknown },
		IsWarning,
	} {
		deciding := slices.DeleteFunc(slices.Clone(all), func(s said) bool { return !decides(s.condition) })
		if len(deciding) > 0 {
			return deciding
		}
	}
	return all
}

// IsWarning tells a condition that is True and still waits for a person.
func IsWarning(c metav1.Condition) bool {
	return c.Status == metav1.ConditionTrue && slices.Contains(warnings, c.Reason)
}

// speaking joins the messages, each once, after the sorted names of those who say it. The order does not depend on the
// order of the spec.
func speaking(all []said) string {
	sayers := map[string][]string{}
	for _, s := range all {
		sayers[s.condition.Message] = append(sayers[s.condition.Message], s.who)
	}
	var parts []string
	for message, names := range sayers {
		slices.Sort(names)
		if who := strings.Join(names, ", "); who != "" {
			message = who + ": " + message
		}
		parts = append(parts, message)
	}
	slices.Sort(parts)
	return bounded(strings.Join(parts, "; "))
}
