package configs

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fromSet is the place of faults in overrides.
const fromSet = "-set"

// override applies one -set argument, key=value, to the tree of a configuration.
// Nodes it makes have no line; keys that do not exist are found when the tree is
// decoded.
func override(root *yaml.Node, arg string) *fault {
	key, text, ok := strings.Cut(arg, "=")
	if !ok || key == "" {
		return &fault{place: place{file: fromSet}, text: "must be key=value, such as levels.0.n_clusters=500 (got " + quote(arg) + ")"}
	}
	if err := assign(root, key, text); err != nil {
		return &fault{place: place{file: fromSet}, key: key, text: err.Error()}
	}
	return nil
}

func assign(n *yaml.Node, key, text string) error {
	val, err := parse(text)
	if err != nil {
		return err
	}
	names := strings.Split(key, ".")
	if slices.Contains(names, "") {
		return errors.New("must be names joined by dots, such as levels.0.n_clusters")
	}
	if len(names) > 3 && names[0] == "runner" && names[1] == "options" {
		names = append(names[:2:2], strings.Join(names[2:], "."))
	}
	for i, name := range names {
		if n, err = child(n, strings.Join(names[:i], "."), name); err != nil {
			return err
		}
	}
	*n = *val
	return nil
}

// child returns the entry of n by that name, which it makes when n is a mapping
// without it. Aliases are replaced by copies, so that only this use changes.
func child(n *yaml.Node, key, name string) (*yaml.Node, error) {
	if n.Kind == yaml.AliasNode {
		*n = *clone(target(n))
	}
	index, notNumber := strconv.Atoi(name)
	switch {
	case n.Kind == yaml.SequenceNode && (notNumber != nil || index < 0 || index >= len(n.Content)):
		return nil, fmt.Errorf("%s has no entry %q; its entries are 0 to %d", key, name, len(n.Content)-1)
	case n.Kind == yaml.SequenceNode:
		return n.Content[index], nil
	case notNumber == nil:
		return nil, fmt.Errorf("%s has no entry %q, for it is not a list here; set the whole list", key, name)
	case isNull(n) || n.Kind == 0:
		*n = yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	case n.Kind != yaml.MappingNode:
		return nil, fmt.Errorf("%s is %s and has no keys", key, describe(n))
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1], nil
		}
	}
	made := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, made)
	return made, nil
}

// parse reads the value of an override: YAML where it starts as a list, a mapping
// or a quoted string, and otherwise the text as it is, so that *.go or a path
// with a # need no quotes beyond the shell's. Nothing, ~ and null mean the default.
func parse(text string) (*yaml.Node, error) {
	if text == "" || !strings.Contains(`[{"'`, text[:1]) {
		tag := "!!str"
		if slices.Contains([]string{"", "~", "null"}, text) {
			tag = "!!null"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}, nil
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, fmt.Errorf("must be a value in YAML (got %s): %s", quote(text), strings.TrimPrefix(err.Error(), "yaml: "))
	}
	unplace(doc.Content[0])
	return doc.Content[0], nil
}

func unplace(n *yaml.Node) {
	n.Line, n.Column = 0, 0
	for _, c := range n.Content {
		unplace(c)
	}
}

// clone copies a node; aliases inside stay aliases.
func clone(n *yaml.Node) *yaml.Node {
	c := *n
	c.Anchor = ""
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, x := range n.Content {
		c.Content[i] = clone(x)
	}
	return &c
}
