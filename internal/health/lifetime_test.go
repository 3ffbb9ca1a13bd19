package health

import (
	"testing"
	"time"
)

func TestEnding(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		life, left time.Duration
		from       bool
		want       bool
	}{
		"a year, a year left":                {365 * day, 365 * day, true, false},
		"a year, seven days left":            {365 * day, 7 * day, true, false},
		"a year, less than seven days left":  {365 * day, 7*day - time.Second, true, true},
		"a year, over":                       {365 * day, -time.Second, true, true},
		"28 days, seven days left":           {28 * day, 7 * day, true, false},
		"28 days, less than seven left":      {28 * day, 7*day - time.Second, true, true},
		"seven days, all left":               {7 * day, 7 * day, true, false},
		"seven days, a quarter left":         {7 * day, 42 * time.Hour, true, false},
		"seven days, less than a quarter":    {7 * day, 42*time.Hour - time.Second, true, true},
		"an hour, a quarter left":            {time.Hour, 15 * time.Minute, true, false},
		"an hour, less than a quarter":       {time.Hour, 15*time.Minute - time.Second, true, true},
		"of unknown age, seven days left":    {0, 7 * day, false, false},
		"of unknown age, less than that":     {0, 7*day - time.Second, false, true},
		"that ends before it begins, a week": {-day, 8 * day, true, false},
		"that ends before it begins":         {-day, day, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := Lifetime{Until: start.Add(c.left)}
			if c.from {
				l.From = l.Until.Add(-c.life)
			}
			if got := l.Ending(start); got != c.want {
				t.Errorf("ending is %v, want %v", got, c.want)
			}
		})
	}
	if (Lifetime{From: start.Add(-365 * day)}).Ending(start) {
		t.Error("what never ends is called ending")
	}
}
