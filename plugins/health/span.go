package health

import (
	"fmt"
	"time"
)

const day = 24 * time.Hour

// span returns a duration in words, in the two units that matter most.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return count(d/time.Second, "second")
	case d < time.Hour:
		return count(d/time.Minute, "minute")
	case d < day:
		return both(count(d/time.Hour, "hour"), d%time.Hour/time.Minute, "minute")
	default:
		return both(count(d/day, "day"), d%day/time.Hour, "hour")
	}
}

func both(first string, n time.Duration, unit string) string {
	if n == 0 {
		return first
	}
	return first + " and " + count(n, unit)
}

func count(n time.Duration, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", int64(n), unit)
}
