package presentation

import (
	"strconv"
	"strings"
)

// The colours of what has ended.
const (
	good    = "#36a64f"
	warning = "#daa038"
	danger  = "#d00000"
)

// statusColor returns the colour of an execution's status, "" while it has not ended.
func statusColor(status string) string {
	switch status {
	case "succeeded":
		return good
	case "failed", "timeout", "abandoned":
		return danger
	case "canceled":
		return warning
	}
	return ""
}

// color returns a colour as "#rrggbb", "" for what is none. It understands the names of
// Slack, the usual names of CSS, and numbers with and without "#".
func color(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	switch name {
	case "good":
		return good
	case "warning":
		return warning
	case "danger":
		return danger
	case "red":
		return "#ff0000"
	case "green":
		return "#008000"
	case "blue":
		return "#0000ff"
	case "yellow":
		return "#ffff00"
	case "orange":
		return "#ffa500"
	case "purple":
		return "#800080"
	case "gray", "grey":
		return "#808080"
	case "black":
		return "#000000"
	case "white":
		return "#ffffff"
	}
	digits := strings.TrimPrefix(name, "#")
	if len(digits) == 3 {
		digits = strings.Repeat(digits[:1], 2) + strings.Repeat(digits[1:2], 2) + strings.Repeat(digits[2:], 2)
	}
	if _, err := strconv.ParseUint(digits, 16, 32); err != nil || len(digits) != 6 {
		return ""
	}
	return "#" + digits
}

// number returns "#rrggbb" as Discord has it.
func number(color string) (n int, ok bool) {
	v, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 32)
	return int(v), err == nil && color != ""
}
