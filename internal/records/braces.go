package records

import (
	"fmt"
	"strconv"
	"strings"
)

// maxAlternatives bounds what braces may expand to.
const maxAlternatives = 1_000_000

// braces expands {a,b} and {00000..00012}, nested and repeated, from left to right.
func braces(pattern string) ([]string, error) {
	open := strings.IndexByte(pattern, '{')
	if open < 0 {
		return []string{pattern}, nil
	}
	choices, end, err := choices(pattern, open)
	if err != nil {
		return nil, err
	}
	tails, err := braces(pattern[end:])
	if err != nil {
		return nil, err
	}
	var all []string
	for _, choice := range choices {
		heads, err := braces(choice) // nested ones
		if err != nil {
			return nil, err
		}
		if len(all)+len(heads)*len(tails) > maxAlternatives {
			return nil, fmt.Errorf("pattern %q has more than %d alternatives", pattern, maxAlternatives)
		}
		for _, head := range heads {
			for _, tail := range tails {
				all = append(all, pattern[:open]+head+tail)
			}
		}
	}
	return all, nil
}

// choices returns what the brace at open offers and the position after its end.
func choices(pattern string, open int) (list []string, end int, err error) {
	depth, from := 0, open+1
	for i := open; i < len(pattern); i++ {
		switch pattern[i] {
		case '{':
			depth++
		case ',':
			if depth == 1 {
				list, from = append(list, pattern[from:i]), i+1
			}
		case '}':
			if depth--; depth > 0 {
				continue
			}
			list = append(list, pattern[from:i])
			if len(list) > 1 {
				return list, i + 1, nil
			}
			list, err = numberRange(list[0])
			if err != nil {
				return nil, 0, fmt.Errorf("pattern %q: %w", pattern, err)
			}
			return list, i + 1, nil
		}
	}
	return nil, 0, fmt.Errorf("pattern %q: a { without its }", pattern)
}

// numberRange expands "00000..00012", as wide as its first number.
func numberRange(s string) ([]string, error) {
	low, high, ok := strings.Cut(s, "..")
	a, errLow := strconv.ParseUint(low, 10, 32)
	b, errHigh := strconv.ParseUint(high, 10, 32)
	if !ok || errLow != nil || errHigh != nil || a > b {
		return nil, fmt.Errorf("{%s} is neither {a,b} nor {first..last}", s)
	}
	if b-a >= maxAlternatives {
		return nil, fmt.Errorf("{%s} has more than %d alternatives", s, maxAlternatives)
	}
	list := make([]string, 0, b-a+1)
	for n := a; n <= b; n++ {
		list = append(list, fmt.Sprintf("%0*d", len(low), n))
	}
	return list, nil
}
