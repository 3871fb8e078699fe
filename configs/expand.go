package configs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
)

// variable is the name of an environment variable.
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces every ${NAME} by the environment variable and every $${ by ${.
// What a variable contains is not expanded again.
func expand(s string) (string, error) {
	var out strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			return out.String() + s, nil
		}
		if i > 0 && s[i-1] == '$' {
			out.WriteString(s[:i-1] + "${")
			s = s[i+2:]
			continue
		}
		name, rest, closed := strings.Cut(s[i+2:], "}")
		if !closed {
			return "", errors.New(`"${" must be closed by "}"; a literal one is written "$${"`)
		}
		if !variable.MatchString(name) {
			return "", fmt.Errorf("${%s} must name an environment variable", name)
		}
		value, err := lookup(name)
		if err != nil {
			return "", err
		}
		out.WriteString(s[:i] + value)
		s = rest
	}
}

// escape is the inverse of expand.
func escape(s string) string { return strings.ReplaceAll(s, "${", "$${") }

func lookup(name string) (string, error) {
	value, ok := os.LookupEnv(name)
	switch {
	case name == "GOROOT" && value == "":
		return goroot()
	case !ok:
		return "", fmt.Errorf("environment variable %s is not set", name)
	}
	return value, nil
}

// goroot asks the go command, since GOROOT is seldom in the environment.
var goroot = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	root := strings.TrimSpace(string(out))
	if err == nil && root == "" {
		err = errors.New("it printed nothing")
	}
	if err != nil {
		return "", fmt.Errorf("environment variable GOROOT is not set and 'go env GOROOT' does not know: %w", err)
	}
	return root, nil
})
