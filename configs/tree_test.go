package configs

import "testing"

// TestSyntaxErrors has the lines that a person would point at.
func TestSyntaxErrors(t *testing.T) {
	tests := []struct{ data, want string }{
		{"seed: 1\ninput: {path: x\nseed: 2\n", "f:2: is not YAML: did not find expected ',' or '}'"}, // where it opens
		{"seed: 1\noutput:\n  formats: [npy\nseed: 2\n", "f:3: is not YAML: did not find expected ',' or ']'"},
		{"seed: 1\n- a\n", "f:2: is not YAML: did not find expected key"},
		{"output:\n  formats:\n    - a\n    b\n", "f:4: is not YAML: could not find expected ':'"},
		{"seed: 1\n  input: x\n", "f:2: is not YAML: mapping values are not allowed in this context"},
		{"seed: 1\n\tinput: x\n", "f:2: is not YAML: found a tab character that violates indentation"},
		{"seed: 1\nwork: *w\n", "f: is not YAML: unknown anchor 'w' referenced"},
		{"seed: \"1\n", "f:2: is not YAML: found unexpected end of stream"},
		{"seed: 1\nwork: {dir: \"\\q\"}\n", "f:2: is not YAML: found unknown escape character"},
		{"seed: \x01\n", "f: is not YAML: control characters are not allowed"},
		{"7", `f:1: must be a mapping of keys (got "7")`},
	}
	for _, tt := range tests {
		_, err := Parse("f", []byte(tt.data), nil)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q:\n got %v\nwant %s", tt.data, err, tt.want)
		}
	}
}
