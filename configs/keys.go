package configs

import (
	"fmt"
	"slices"
	"strings"
)

// Key documents one key of the configuration.
type Key struct {
	// Path is the key's, with N for the index of a list's entry: levels.N.n_iters.
	Path string
	// Type is what its value may be.
	Type string
	// Default is its value when it is not given, or says what that follows from.
	Default string
	// Help is one line.
	Help string
}

// Keys returns every key, in the order of Config.
func Keys() []Key {
	return slices.Clone(keys)
}

// Markdown returns the keys as tables, one for each section.
func Markdown() string {
	var out strings.Builder
	section := "-"
	for _, k := range keys {
		name, _, nested := strings.Cut(k.Path, ".")
		if !nested && k.Path != "levels" {
			name = ""
		}
		if name != section {
			section = name
			title := "Top level"
			if name != "" {
				title = "`" + name + "`"
			}
			fmt.Fprintf(&out, "\n### %s\n\n| key | type | default | meaning |\n|---|---|---|---|\n", title)
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", k.Path, cell(k.Type), cell(k.Default), cell(k.Help))
	}
	return strings.TrimPrefix(out.String(), "\n")
}

// cell keeps a | from ending a table's cell.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
