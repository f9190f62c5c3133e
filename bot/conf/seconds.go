package conf

import (
	"errors"
	"math"
	"time"

	"gopkg.in/yaml.v3"
)

// Seconds is a time span that is configured as a number of seconds (90, 0.5) or as a
// Go duration ("90s", "15m", "1h30m"). It is never negative.
type Seconds time.Duration

var (
	errNotSeconds      = errors.New(`expected a number of seconds or a duration such as "90s" or "15m"`)
	errNegativeSeconds = errors.New("expected a time span that is not negative")
	errTooManySeconds  = errors.New("expected a time span below 290 years")
)

// Duration returns the span as Go's type.
func (s Seconds) Duration() time.Duration { return time.Duration(s) }

// String returns the span as Go prints durations, "1m30s".
func (s Seconds) String() string { return s.Duration().String() }

// MarshalYAML prints whole seconds as a number and any other span as a duration.
func (s Seconds) MarshalYAML() (any, error) {
	if d := s.Duration(); d%time.Second != 0 {
		return d.String(), nil
	}
	return int64(s.Duration() / time.Second), nil
}

// UnmarshalYAML reads a number of seconds or a duration. On error the span is unchanged.
func (s *Seconds) UnmarshalYAML(n *yaml.Node) error {
	span, err := parseSeconds(n)
	if err != nil {
		return err
	}
	*s = Seconds(span)
	return nil
}

func parseSeconds(n *yaml.Node) (time.Duration, error) {
	if n.Kind != yaml.ScalarNode {
		return 0, errNotSeconds
	}
	switch n.ShortTag() {
	case tagInt, tagFloat:
		var number float64
		if err := n.Decode(&number); err != nil || math.IsNaN(number) {
			return 0, errNotSeconds
		}
		return fromNumber(number)
	case tagText:
		span, err := time.ParseDuration(n.Value)
		if err != nil {
			return 0, errNotSeconds
		}
		if span < 0 {
			return 0, errNegativeSeconds
		}
		return span, nil
	}
	return 0, errNotSeconds
}

func fromNumber(number float64) (time.Duration, error) {
	const most = 290 * 365 * 24 * 3600
	if number < 0 {
		return 0, errNegativeSeconds
	}
	if number > most {
		return 0, errTooManySeconds
	}
	return time.Duration(math.Round(number * float64(time.Second))), nil
}
