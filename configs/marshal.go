package configs

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// Marshal returns the configuration as YAML with every key, which loads again to
// the same value, whatever the environment then is.
func (c *Config) Marshal() ([]byte, error) {
	var root yaml.Node
	if err := root.Encode(c); err != nil {
		return nil, err
	}
	escapeValues(&root)
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(&root); err != nil {
		return nil, err
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// escapeValues keeps Load from expanding what is not meant as a variable.
func escapeValues(n *yaml.Node) {
	switch n.Kind {
	case yaml.ScalarNode:
		if n.ShortTag() == "!!str" {
			n.Value = escape(n.Value)
		}
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			escapeValues(n.Content[i])
		}
	default:
		for _, c := range n.Content {
			escapeValues(c)
		}
	}
}
