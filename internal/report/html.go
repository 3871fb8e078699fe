package report

import "io"

// WriteHTML writes report.html.
func WriteHTML(w io.Writer, s Summary, data Charts) error {
	return nil
}
