// Package resulttext makes the text of a result whose alias has no format of its own.
package resulttext

import (
	"slices"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/jinja"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Of is the text of a result whose alias has no format of its own.
func Of(e *pyjson.Object) string {
	var b strings.Builder
	b.WriteString("\nAction " + e.Object("action").Text("ref") + " completed.\n")
	b.WriteString("status : " + e.Text("status") + "\n")
	b.WriteString("execution: " + e.Text("id") + "\n\n")
	b.WriteString("web_url: " + e.Text("web_url") + "\n\n")
	if seconds, ended := e.Get("elapsed_seconds").(float64); ended {
		b.WriteString("Took " + jinja.HumanTime(seconds) + " to complete.")
	}
	b.WriteString("\n\n")
	if result := e.Object("result"); result.Len() > 0 {
		b.WriteString("result :\n--------\n")
		b.WriteString(resultText(e.Object("runner").Text("name"), result))
		b.WriteString("\n")
	}
	return b.String()
}

// resultText lists what is worth knowing of a result, which depends on the runner.
func resultText(runner string, result *pyjson.Object) string {
	shell := []string{"stdout", "stderr", "return_code", "error"}
	var b strings.Builder
	switch {
	case strings.HasPrefix(runner, "python-script") || strings.HasPrefix(runner, "winrm"):
		writeFilled(&b, result, []string{"result", "stdout", "stderr", "exit_code"}, "")
	case strings.HasPrefix(runner, "local-shell"):
		writeFilled(&b, result, shell, "")
	case strings.HasPrefix(runner, "remote-shell"):
		for _, host := range result.Keys() {
			b.WriteString(host + " : \n")
			writeFilled(&b, result.Object(host), shell, "  ")
		}
	default:
		for _, k := range result.Keys() {
			writeEntry(&b, k, result.Get(k), "")
		}
	}
	return b.String()
}

// writeFilled writes those of the keys that have something in them, in the result's order.
func writeFilled(b *strings.Builder, o *pyjson.Object, keys []string, indent string) {
	for _, k := range o.Keys() {
		if slices.Contains(keys, k) && pyjson.Truthy(o.Get(k)) {
			writeEntry(b, k, o.Get(k), indent)
		}
	}
}

// writeEntry writes an object under its key, and a text of several lines with only the
// first of them indented, as StackStorm's template happens to.
func writeEntry(b *strings.Builder, key string, v any, indent string) {
	o, isObject := v.(*pyjson.Object)
	s, isText := v.(string)
	s = strings.TrimSuffix(s, "\n")
	switch {
	case isObject:
		b.WriteString(indent + key + " : \n")
		for _, k := range o.Keys() {
			writeEntry(b, k, o.Get(k), indent+"  ")
		}
	case isText && strings.Contains(s, "\n"):
		b.WriteString(indent + key + " :       \n" + indent + "  " + s + "\n")
	case isText:
		b.WriteString(indent + key + " : " + s + "\n")
	default:
		b.WriteString(indent + key + " : " + pyjson.Str(v) + "\n")
	}
}
