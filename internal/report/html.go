package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"unicode"
)

//go:embed page.html.tmpl
var pageSource string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(pageStyle) }, // ours, not a user's
}).Parse(pageSource))

// WriteHTML writes report.html: one page that needs no network, no script and no
// other file. Every text in it is escaped, whoever wrote it.
//
// # Memory
//
// A sorted copy of one list of counts at a time, and the page, whose size does
// not depend on the number of clusters.
func WriteHTML(w io.Writer, s Summary, data Charts) error {
	normalise(&s)
	var buf bytes.Buffer
	if err := pageTemplate.Execute(&buf, newPage(s, data)); err != nil {
		return fmt.Errorf("report: page: %w", err)
	}
	// Control characters and broken UTF-8 from paths and reasons are no HTML.
	text := bytes.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, buf.Bytes())
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("report: page: %w", err)
	}
	return nil
}
