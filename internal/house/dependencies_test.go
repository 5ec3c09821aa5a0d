package house_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// budget is every module whose code is in the program, with what it is for. A
// new one needs a line here, and the line a reason.
var budget = map[string]string{
	"github.com/alecthomas/kong":          "the command line",
	"github.com/jotaen/kong-completion":   "kong's commands and flags as completions of bash, zsh and fish",
	"github.com/posener/complete":         "of kong-completion",
	"github.com/riywo/loginshell":         "of kong-completion: which shell somebody uses",
	"github.com/pkg/errors":               "of kong-completion",
	"github.com/hashicorp/go-multierror":  "of complete",
	"github.com/hashicorp/errwrap":        "of go-multierror",
	"github.com/bwmarrin/discordgo":       "Discord",
	"github.com/gorilla/websocket":        "of discordgo; the gateway connection is made of it",
	"golang.org/x/crypto":                 "of discordgo; bcrypt for the dashboard's password",
	"github.com/PuerkitoBio/goquery":      "YouTube's HTML",
	"github.com/andybalholm/cascadia":     "of goquery",
	"golang.org/x/net":                    "limits of connections; of goquery: the HTML parser",
	"github.com/tidwall/gjson":            "YouTube's JSON, found wherever it is nested",
	"github.com/tidwall/match":            "of gjson",
	"github.com/tidwall/pretty":           "of gjson",
	"github.com/robfig/cron/v3":           "cron lines",
	"go.etcd.io/bbolt":                    "the catalogue's file",
	"go.yaml.in/yaml/v3":                  "the configuration, with the lines of its keys",
	"github.com/google/renameio/v2":       "files that appear whole",
	"github.com/klauspost/compress":       "zstd, for the models in the catalogue",
	"github.com/lmittmann/tint":           "the log on a terminal",
	"github.com/schollz/progressbar/v3":   "progress on a terminal",
	"github.com/mitchellh/colorstring":    "of progressbar",
	"github.com/rivo/uniseg":              "of progressbar",
	"github.com/clipperhouse/uax29/v2":    "words and graphemes of titles",
	"github.com/prometheus/client_golang": "metrics",
	"github.com/prometheus/client_model":  "of Prometheus's client",
	"github.com/prometheus/common":        "of Prometheus's client",
	"github.com/prometheus/procfs":        "of Prometheus's client",
	"github.com/beorn7/perks":             "of Prometheus's client",
	"github.com/cespare/xxhash/v2":        "of Prometheus's client",
	"github.com/munnerz/goautoneg":        "of Prometheus's client",
	"google.golang.org/protobuf":          "of Prometheus's client",
	"go.yaml.in/yaml/v2":                  "of Prometheus's client",
	"github.com/coreos/go-systemd/v22":    "telling systemd that the bot is ready and alive",
	"golang.org/x/sync":                   "groups of goroutines",
	"golang.org/x/sys":                    "free space, terminals",
	"golang.org/x/term":                   "whether a stream is a terminal",
	"golang.org/x/text":                   "normal forms, case folding, languages",
	"golang.org/x/time":                   "the rate limiter",
	"gonum.org/v1/gonum":                  "distributions, singular values",
	"gonum.org/v1/plot":                   "charts",
	"codeberg.org/go-fonts/liberation":    "of plot",
	"codeberg.org/go-latex/latex":         "of plot",
	"codeberg.org/go-pdf/fpdf":            "of plot",
	"git.sr.ht/~sbinet/gg":                "of plot",
	"github.com/ajstarks/svgo":            "of plot",
	"github.com/golang/freetype":          "of plot",
	"golang.org/x/image":                  "of plot: fonts",
}

func TestDependencyBudget(t *testing.T) {
	used := map[string]bool{}
	for _, p := range list(t, "-deps", "./cmd/cratedigger") {
		if p.Module != nil && p.Module.Path != module {
			used[p.Module.Path] = true
		}
	}
	for _, path := range slices.Sorted(maps.Keys(used)) {
		if budget[path] == "" {
			t.Errorf("the program uses the module %s, which has no reason in internal/house/dependencies_test.go", path)
		}
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mod), "\nreplace ") {
		t.Error("go.mod replaces a module: the program could not be installed by its path")
	}
}

// TestNoCgo: the program must build where there is no C compiler.
func TestNoCgo(t *testing.T) {
	for _, p := range list(t, "./...") {
		if slices.Contains(p.Imports, "C") {
			t.Errorf("%s uses cgo", p.ImportPath)
		}
	}
}
