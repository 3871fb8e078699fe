package configs

import (
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestExpand(t *testing.T) {
	t.Setenv("LEVELER_A", "one")
	t.Setenv("LEVELER_B", "${LEVELER_A}")
	t.Setenv("LEVELER_EMPTY", "")
	tests := []struct{ in, want string }{
		{"", ""},
		{"a$b", "a$b"},
		{"$LEVELER_A {x}", "$LEVELER_A {x}"},
		{"${LEVELER_A}", "one"},
		{"a/${LEVELER_A}/${LEVELER_A}b", "a/one/oneb"},
		{"${LEVELER_B}", "${LEVELER_A}"}, // not expanded again
		{"x${LEVELER_EMPTY}", "x"},
		{"$${LEVELER_A}", "${LEVELER_A}"},
		{"$$${LEVELER_A}", "$${LEVELER_A}"},
		{"x-{00..12}.npy", "x-{00..12}.npy"},
	}
	for _, tt := range tests {
		if got, err := expand(tt.in); got != tt.want || err != nil {
			t.Errorf("expand(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{"${", "${}", "${a b}", "${1}", "${LEVELER_UNSET}", "${LEVELER_A}${"} {
		if got, err := expand(in); err == nil {
			t.Errorf("expand(%q) = %q, want an error", in, got)
		}
	}
}

func TestExpandGoroot(t *testing.T) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("no go command")
	}
	want := strings.TrimSpace(string(out))
	t.Setenv("GOROOT", "")
	if got, err := expand("${GOROOT}/src"); got != want+"/src" || err != nil {
		t.Errorf("without GOROOT: %q, %v; want %q", got, err, want+"/src")
	}
	t.Setenv("GOROOT", "/elsewhere")
	if got, err := expand("${GOROOT}/src"); got != "/elsewhere/src" || err != nil {
		t.Errorf("with GOROOT: %q, %v; want /elsewhere/src", got, err)
	}
}

func TestExpandUndoesEscape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[${}A]*`).Draw(t, "s")
		if got, err := expand(escape(s)); got != s || err != nil {
			t.Fatalf("expand(escape(%q)) = %q, %v", s, got, err)
		}
	})
}
