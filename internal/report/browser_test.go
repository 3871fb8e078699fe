package report

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// visit is what a browser made of a page.
type visit struct {
	dom     string   // after scripts
	console []string // messages
	urls    []string // asked of a network
	colours int      // of the screenshot
}

// ofThePage begins a request that a page made, in Chromium's log: the annotation
// is that of its resource loader. The browser's own requests have others.
const ofThePage = `"traffic_annotation":101845102,"url":"`

// browse opens a page in Chromium, in a window of that width.
func browse(t *testing.T, page string, width int) visit {
	t.Helper()
	var chromium string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		t.Skip("no chromium here: apt-get install chromium")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (stdout, stderr string) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, chromium, append([]string{
			"--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
			"--disable-sync", "--disable-extensions", "--disable-default-apps", "--enable-logging=stderr", "--hide-scrollbars",
			"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", // nothing beyond this machine
			"--user-data-dir=" + filepath.Join(dir, "profile"), fmt.Sprintf("--window-size=%d,2400", width),
		}, append(args, "file://"+file)...)...)
		var out, err bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &err
		if e := cmd.Run(); e != nil {
			t.Fatalf("%v: %v\n%s", args, e, err.String())
		}
		return out.String(), err.String()
	}
	var v visit
	netlog, shot := filepath.Join(dir, "net.json"), filepath.Join(dir, "shot.png")
	var log string
	v.dom, log = run("--dump-dom", "--log-net-log="+netlog, "--net-log-capture-mode=Everything")
	for line := range strings.Lines(log) {
		if strings.Contains(line, "CONSOLE") {
			v.console = append(v.console, strings.TrimSpace(line))
		}
	}
	events, err := os.ReadFile(netlog)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range bytes.Split(events, []byte(ofThePage))[1:] {
		url, _, _ := bytes.Cut(part, []byte(`"`))
		if !bytes.HasPrefix(url, []byte("file:")) {
			v.urls = append(v.urls, string(url))
		}
	}
	run("--screenshot=" + shot)
	in, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	img, err := png.Decode(in)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[3]uint32]bool{}
	for y := 0; y < img.Bounds().Dy(); y += 3 {
		for x := 0; x < img.Bounds().Dx(); x += 3 {
			r, g, b, _ := img.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	v.colours = len(seen)
	return v
}

// overflow makes a page say in its title how much wider it is than its window.
const overflow = `<script>document.title = "overflow " + (document.documentElement.scrollWidth - innerWidth)</script></body>`

// TestInABrowser: the page renders, says nothing on the console, asks nothing of
// a network and fits its window.
func TestInABrowser(t *testing.T) {
	s, charts := fixture(t, []int{2000, 300, 40}, 3000)
	var page bytes.Buffer
	if err := WriteHTML(&page, s, charts); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{1280, 500} { // the least that Chromium has is 500
		v := browse(t, strings.Replace(page.String(), "</body>", overflow, 1), width)
		if len(v.console) > 0 || len(v.urls) > 0 {
			t.Errorf("width %d: console %q, requests %q; want none", width, v.console, v.urls)
		}
		if !strings.Contains(v.dom, "<title>overflow 0</title>") {
			_, title, _ := strings.Cut(v.dom, "<title>")
			t.Errorf("width %d: the page is wider than its window: %.40s", width, title)
		}
		if n := strings.Count(v.dom, "<polyline"); n < 12 || v.colours < 50 {
			t.Errorf("width %d: %d lines in charts, %d colours on the screen; want a page with charts", width, n, v.colours)
		}
	}
}

// TestBrowserSeesFaults: the test above could fail.
func TestBrowserSeesFaults(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close() // that it was asked is enough
		}
	}()
	url := "http://" + l.Addr().String() + "/x.png"
	v := browse(t, `<!doctype html><html><body><div style="width: 3000px">wide</div><img src="`+url+`"><script>console.error("a fault")</script>`+overflow+`</html>`, 1280)
	if !strings.Contains(strings.Join(v.console, "\n"), "a fault") || !strings.Contains(strings.Join(v.urls, "\n"), url) || strings.Contains(v.dom, "<title>overflow 0") {
		t.Errorf("console %q, requests %q; want the fault and %s", v.console, v.urls, url)
	}
}
