// Package glob matches names as Python's fnmatchcase does.
package glob

// Match matches a name against a shell pattern as Python's fnmatchcase does: * ? [seq]
// [!seq], and no escapes.
func Match(pattern, name string) bool {
	p, n := []rune(pattern), []rune(name)
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(n) {
		if i < len(p) && p[i] == '*' {
			star, mark = i, j
			i++
			continue
		}
		if size, matches := matchOne(p[i:], n[j]); matches {
			i += size
			j++
			continue
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// matchOne matches one rune against the beginning of a pattern, and says how long that is.
func matchOne(p []rune, r rune) (size int, matches bool) {
	if len(p) == 0 {
		return 0, false
	}
	switch p[0] {
	case '?':
		return 1, true
	case '[':
		return matchSet(p, r)
	default:
		return 1, p[0] == r
	}
}

func matchSet(p []rune, r rune) (size int, matches bool) {
	start := 1
	negated := start < len(p) && p[start] == '!'
	if negated {
		start++
	}
	end := start + 1
	for end < len(p) && p[end] != ']' {
		end++
	}
	if end >= len(p) {
		return 1, r == '['
	}
	found := false
	for i := start; i < end; i++ {
		if i+2 < end && p[i+1] == '-' {
			found = found || p[i] <= r && r <= p[i+2]
			i += 2
			continue
		}
		found = found || p[i] == r
	}
	return end + 1, found != negated
}
