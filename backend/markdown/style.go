package markdown

import (
	"strconv"

	"github.com/yuin/goldmark/ast"
)

// reset ends everything that a terminal shows in a special way.
const reset = "\x1b[0m"

// style is a pair of escape sequences.
type style struct{ on, off string }

func bold() style      { return style{"\x1b[1m", "\x1b[22m"} }
func underline() style { return style{"\x1b[4m", "\x1b[24m"} }

// colours returns the styles of the attribute list n; nil when n is none. Colours that
// terminals do not have are ignored.
func colours(n ast.Node) []style {
	list, ok := n.(*ast.String)
	if !ok {
		return nil
	}
	var styles []style
	add := func(key, off string, base int) {
		value, _ := list.AttributeString(key)
		name, _ := value.(string)
		if i := colourIndex(name); i >= 0 {
			styles = append(styles, style{"\x1b[" + strconv.Itoa(base+i) + "m", off})
		}
	}
	add("color", "\x1b[39m", 30)
	add("bgcolor", "\x1b[49m", 40)
	return styles
}

// colourIndex returns the number that terminals give to the colour called name; -1 for
// one that they do not know.
func colourIndex(name string) int {
	for i, known := range [...]string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"} {
		if name == known {
			return i
		}
	}
	return -1
}
