package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// tree parses YAML into nodes: a mapping, or null when there is nothing.
func tree(name string, data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}, nil
	case err != nil:
		return nil, syntaxError(name, err)
	}
	switch err := dec.Decode(&more); {
	case err == nil:
		return nil, fmt.Errorf("%s: must be one document; a second one starts here", place{name, more.Line})
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(name, err)
	}
	root := target(doc.Content[0])
	if root.Kind != yaml.MappingNode && !isNull(root) {
		return nil, fmt.Errorf("%s: must be a mapping of keys (got %s)", place{name, root.Line}, describe(root))
	}
	return root, nil
}

// yamlError is the form of the library's errors.
var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// fromZero are errors whose lines the library counts from 0.
var fromZero = []string{
	"did not find expected key",
	"did not find expected node content",
	"did not find expected '-' indicator",
	"did not find expected ',' or ']'",
	"did not find expected ',' or '}'",
	"did not find expected <document start>",
}

func syntaxError(name string, err error) error {
	text, at := err.Error(), place{file: name}
	if m := yamlError.FindStringSubmatch(text); m != nil {
		at.line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	if at.line > 0 && slices.ContainsFunc(fromZero, func(s string) bool { return strings.HasPrefix(text, s) }) {
		at.line++
	}
	return fmt.Errorf("%s: is not YAML: %s", at, text)
}
