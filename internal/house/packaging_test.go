package house_test

import (
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/coreos/go-systemd/v22/unit"
	"go.yaml.in/yaml/v3"
)

// instruction is one of a Dockerfile.
type instruction struct{ name, rest string }

// dockerfile reads the Dockerfile's instructions.
func dockerfile(t *testing.T) []instruction {
	t.Helper()
	data, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`\\\n\s*`).ReplaceAllString(string(data), " ")
	var list []instruction
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		list = append(list, instruction{name, strings.TrimSpace(rest)})
	}
	return list
}

// TestDockerfileCopiesWhatExists follows each COPY to a file of the checkout, to
// what an earlier RUN writes, or to what the build image is known to hold.
func TestDockerfileCopiesWhatExists(t *testing.T) {
	ignored, err := os.ReadFile(".dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	made := []string{"/etc/ssl/certs/ca-certificates.crt"}
	copies := 0
	for _, in := range dockerfile(t) {
		switch in.name {
		case "RUN":
			// -o FILE of go build, and the folders of mkdir -p
			for _, m := range regexp.MustCompile(`(?:-o|mkdir -p) (/\S+)`).FindAllStringSubmatch(in.rest, -1) {
				made = append(made, m[1])
			}
			for _, m := range regexp.MustCompile(`\./(cmd/\S+)`).FindAllStringSubmatch(in.rest, -1) {
				if _, err := os.Stat(m[1]); err != nil {
					t.Errorf("RUN %s: %v", in.rest, err)
				}
			}
		case "COPY":
			words := strings.Fields(in.rest)
			stage := ""
			for strings.HasPrefix(words[0], "--") {
				if name, ok := strings.CutPrefix(words[0], "--from="); ok {
					stage = name
				}
				words = words[1:]
			}
			for _, source := range words[:len(words)-1] {
				copies++
				if stage != "" {
					if !slices.Contains(made, source) {
						t.Errorf("COPY %s: nothing in the stage %s makes %s", in.rest, stage, source)
					}
					continue
				}
				if _, err := os.Stat(source); err != nil {
					t.Errorf("COPY %s: %v", in.rest, err)
				}
				if slices.Contains(strings.Fields(string(ignored)), path.Clean(source)) {
					t.Errorf("COPY %s: .dockerignore leaves %s out", in.rest, source)
				}
			}
		}
	}
	if copies < 5 {
		t.Errorf("only %d paths are copied; does this test still read the file right?", copies)
	}
}

// TestImageIsBare holds what the final stage promises.
func TestImageIsBare(t *testing.T) {
	final := map[string]string{}
	var goVersion string
	for _, in := range dockerfile(t) {
		if in.name == "FROM" {
			final = map[string]string{}
			if m := regexp.MustCompile(`^golang:(\d+\.\d+)`).FindStringSubmatch(in.rest); m != nil {
				goVersion = m[1]
			}
		}
		final[in.name] = in.rest
	}
	if final["FROM"] != "scratch" && !strings.HasPrefix(final["FROM"], "gcr.io/distroless/static") {
		t.Errorf("the final stage is FROM %s", final["FROM"])
	}
	if user := final["USER"]; user == "" || strings.HasPrefix(user, "root") || strings.HasPrefix(user, "0") {
		t.Errorf("it runs as %q", user)
	}
	for _, name := range []string{"HEALTHCHECK", "ENTRYPOINT", "CMD"} {
		if !strings.Contains(final[name], "[\"") {
			t.Errorf("%s %s needs a shell, and the image has none", name, final[name])
		}
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), "\ngo "+goVersion) {
		t.Errorf("the image builds with Go %s, go.mod wants another", goVersion)
	}
}

// TestCompose reads compose.yaml and holds what makes it safe.
func TestCompose(t *testing.T) {
	data, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct {
			PullPolicy  string            `yaml:"pull_policy"`
			ReadOnly    bool              `yaml:"read_only"`
			CapDrop     []string          `yaml:"cap_drop"`
			SecurityOpt []string          `yaml:"security_opt"`
			Volumes     []string          `yaml:"volumes"`
			Command     []string          `yaml:"command"`
			Environment map[string]string `yaml:"environment"`
			Ports       []string          `yaml:"ports"`
		}
		Volumes map[string]any
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Services) != 2 || len(file.Volumes) != 1 {
		t.Errorf("%d services and %d volumes", len(file.Services), len(file.Volumes))
	}
	for name, s := range file.Services {
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") ||
			!slices.Equal(s.Volumes, []string{"data:/data"}) {
			t.Errorf("the service %s is not closed up: %+v", name, s)
		}
		if s.PullPolicy != "build" {
			t.Errorf("the service %s looks for the image in a registry before it builds it: pull_policy %q", name, s.PullPolicy)
		}
	}
	bot, maker := file.Services["cratedigger"], file.Services["password"]
	if made := maker.Command[len(maker.Command)-1]; made != bot.Environment["CRATEDIGGER_DASHBOARD_PASSWORD_FILE"] {
		t.Errorf("the password is made in %s and read from %s", made, bot.Environment["CRATEDIGGER_DASHBOARD_PASSWORD_FILE"])
	}
	for _, port := range bot.Ports {
		if !strings.HasPrefix(port, "127.0.0.1:") {
			t.Errorf("the port %s is open to the world", port)
		}
	}
}

// TestUnit reads the systemd unit and holds what the bot relies on.
func TestUnit(t *testing.T) {
	f, err := os.Open("packaging/cratedigger.service")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	options, err := unit.DeserializeOptions(f)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, o := range options {
		got[o.Section+"."+o.Name] = o.Value
	}
	for key, want := range map[string]string{
		"Service.Type": "notify", "Service.RestartPreventExitStatus": "78", "Service.WatchdogSec": "60", "Service.DynamicUser": "yes",
		"Service.ProtectSystem": "strict", "Service.NoNewPrivileges": "yes", "Service.CapabilityBoundingSet": "", "Install.WantedBy": "multi-user.target",
	} {
		if value, there := got[key]; !there || value != want {
			t.Errorf("%s is %q, not %q", key, value, want)
		}
	}
	if analyze, err := exec.LookPath("systemd-analyze"); err == nil {
		// The binary is not installed here; every other finding counts.
		out, _ := exec.Command(analyze, "verify", "--man=no", "packaging/cratedigger.service").CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "cratedigger.service") && !strings.Contains(line, "is not executable") {
				t.Errorf("systemd-analyze: %s", line)
			}
		}
	}
}
