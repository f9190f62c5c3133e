package jinja

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/nikolalohinski/gonja/v2/builtins"
	"github.com/nikolalohinski/gonja/v2/exec"
	"gopkg.in/yaml.v3"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// dict and list print as Python's do, which gonja's own texts only resemble.
type (
	dict map[string]any
	list []any
)

// String implements [fmt.Stringer].
func (d dict) String() string { return repr(map[string]any(d)) }

// String implements [fmt.Stringer].
func (l list) String() string { return repr([]any(l)) }

func repr(v any) string {
	document, err := pyjson.From(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return pyjson.Repr(document)
}

// native turns a document into what gonja can walk.
func native(v any) any {
	switch v := v.(type) {
	case *pyjson.Object:
		d := make(dict, v.Len())
		for _, k := range v.Keys() {
			d[k] = native(v.Get(k))
		}
		return d
	case []any:
		l := make(list, len(v))
		for i := range v {
			l[i] = native(v[i])
		}
		return l
	default:
		return v
	}
}

// filters returns Jinja2's filters and those that StackStorm adds.
func filters() *exec.FilterSet {
	return exec.NewFilterSet(map[string]exec.FilterFunction{
		"to_yaml_string":             toYAML,
		"to_json_string":             toJSON,
		"to_human_time_from_seconds": toHumanTime,
	}).Update(builtins.Filters)
}

func toYAML(_ *exec.Evaluator, in *exec.Value, _ *exec.VarArgs) *exec.Value {
	if in.IsError() {
		return in
	}
	var b strings.Builder
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(in.Interface()); err != nil {
		return exec.AsValue(fmt.Errorf("to_yaml_string: %w", err))
	}
	return exec.AsValue(b.String())
}

func toJSON(_ *exec.Evaluator, in *exec.Value, _ *exec.VarArgs) *exec.Value {
	if in.IsError() {
		return in
	}
	text, err := json.MarshalIndent(in.Interface(), "", "    ")
	if err != nil {
		return exec.AsValue(fmt.Errorf("to_json_string: %w", err))
	}
	return exec.AsValue(string(text))
}

func toHumanTime(_ *exec.Evaluator, in *exec.Value, _ *exec.VarArgs) *exec.Value {
	if in.IsError() {
		return in
	}
	if !in.IsNumber() {
		return exec.AsValue(fmt.Errorf("to_human_time_from_seconds: %q is no number", in.String()))
	}
	return exec.AsValue(HumanTime(in.Float()))
}

// HumanTime is StackStorm's filter to_human_time_from_seconds: "1h2m3s", and below one
// second the seconds themselves with a sign for microseconds, as it really prints.
func HumanTime(seconds float64) string {
	if seconds < 1 {
		return pyjson.Str(seconds) + "μs"
	}
	left := int64(math.Round(seconds))
	var b strings.Builder
	for _, unit := range []struct {
		name    string
		seconds int64
	}{{"y", 365 * 86400}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}} {
		if n := left / unit.seconds; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			left %= unit.seconds
		}
	}
	return b.String()
}
