package report

import "testing"

func TestPage(t *testing.T) {
	s, data := fixture(t, []int{1000, 300, 50}, 10_000)
	render(t, "page", s, data)
}
