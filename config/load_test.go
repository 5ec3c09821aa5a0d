package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// write returns the path of a configuration file with the text.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// environ turns a map into a Getenv.
func environ(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

// refuse knows some bad defaults.
func refuse(g Guild) (faults []Fault, err error) {
	for i, spec := range g.Schedule {
		if spec == "61 * * * *" {
			faults = append(faults, Fault{fmt.Sprintf("schedule[%d]", i), "must be a cron line"})
		}
	}
	for i, q := range g.Queries {
		if q.Pages > 20 {
			faults = append(faults, Fault{fmt.Sprintf("queries[%d].pages", i), "must be 20 or less"})
		}
	}
	if g.Picks > 10 {
		faults = append(faults, Fault{"picks", "must be 10 or less"})
	}
	return faults, nil
}

func TestLaterPlaceWins(t *testing.T) {
	path := write(t, `
data_dir: from-file
discord: {token: file-token}
youtube:
  pages_per_day: 100
  request_interval: 3s
defaults:
  zone: Europe/Lisbon
  queries:
    - acoustic session
    - {text: new jazz, upload: week, length: medium, pages: 2}
    - channel: UCxxxxxxxxxxxxxxxxxxxxxx
  schedule: ["0 9 * * *", "0 21,22 * * 1-5"]
store: {min_free_bytes: 1GiB}
retention: {left_guilds: 30d}
`)
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("file-twin-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, report, err := Load(Input{
		File: path,
		Getenv: environ(map[string]string{
			"CRATEDIGGER_DATA_DIR":              "from-environment",
			"CRATEDIGGER_YOUTUBE_PAGES_PER_DAY": "200",
			"CRATEDIGGER_DISCORD_TOKEN_FILE":    secret,
			"CRATEDIGGER_DISCORD_GUILDS":        "1, 2;3",
			"CRATEDIGGER_LOG_LEVEL":             "", // as if not set
			"PORT":                              "9000",
		}),
		Flags:    map[string]string{"data_dir": "from-flag"},
		Defaults: refuse,
		Needs:    []Need{NeedToken},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.DataDir = "from-flag"
	want.YouTube.PagesPerDay = 200
	want.YouTube.RequestInterval = 3 * time.Second
	want.Discord.Guilds = []ID{"1", "2", "3"}
	want.Defaults.Zone = "Europe/Lisbon"
	want.Defaults.Queries = []Query{
		{Text: "acoustic session"},
		{Text: "new jazz", Upload: "week", Length: "medium", Pages: 2},
		{Channel: "UCxxxxxxxxxxxxxxxxxxxxxx"},
	}
	want.Defaults.Schedule = []string{"0 9 * * *", "0 21,22 * * 1-5"}
	want.Store.MinFreeBytes = 1 << 30
	want.Retention.LeftGuilds = 30 * day
	want.Dashboard.Listen = ":9000"
	if got := c.Discord.Token.Reveal(); got != "file-twin-token" {
		t.Errorf("token %q", got)
	}
	c.Discord.Token = Secret{}
	if diff := cmp.Diff(want, c, cmp.AllowUnexported(Secret{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	origins := map[string]string{}
	for _, v := range report.Values {
		origins[v.Key] = strings.ReplaceAll(v.Origin.String(), path, "FILE")
		if v.Key == "discord.token" && v.Value != redacted {
			t.Errorf("the report shows %q for the token", v.Value)
		}
	}
	for key, want := range map[string]string{
		"data_dir": "command line", "seed": "default", "discord.token": "CRATEDIGGER_DISCORD_TOKEN_FILE",
		"youtube.pages_per_day": "CRATEDIGGER_YOUTUBE_PAGES_PER_DAY", "youtube.request_interval": "FILE:6",
		"defaults.queries": "FILE:10", "defaults.zone": "FILE:8", "log.level": "default",
		"dashboard.listen": "PORT", "store.min_free_bytes": "FILE:14",
	} {
		if origins[key] != want {
			t.Errorf("%s is said to come from %q, not %q", key, origins[key], want)
		}
	}
}

// TestListsInTheEnvironment covers the ways to write a list in one variable.
func TestListsInTheEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []Query
	}{
		"one":        {"lofi beats", []Query{{Text: "lofi beats"}}},
		"semicolons": {"lofi, slow; new jazz", []Query{{Text: "lofi, slow"}, {Text: "new jazz"}}},
		"lines":      {"lofi\nnew jazz\n", []Query{{Text: "lofi"}, {Text: "new jazz"}}},
		"YAML":       {`[lofi, {text: "new; jazz", pages: 3}]`, []Query{{Text: "lofi"}, {Text: "new; jazz", Pages: 3}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := Load(Input{Getenv: environ(map[string]string{"CRATEDIGGER_DEFAULTS_QUERIES": c.text})})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Defaults.Queries); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAllProblemsAtOnce holds the sentences of one bad file together.
func TestAllProblemsAtOnce(t *testing.T) {
	path := write(t, `discord:
  tokn: abc
  guilds: [12, many]
youtube:
  pages_per_day: lots
  pages_per_day: 3
  base_url: www.youtube.com/x
defaults:
  zone: Mars/Olympus
  schedule:
    - "0 9 * * *"
    - "61 * * * *"
  picks: 12
  votes: smileys
  music_only: yes
  min_seconds: 1000
  queries:
    - text: jazz
      lenght: short
    - {text: a, channel: UCxxxxxxxxxxxxxxxxxxxxxx}
log: debug
colour: red
`)
	_, _, err := Load(Input{
		File: path, Defaults: refuse, Needs: []Need{NeedToken},
		Getenv: environ(map[string]string{
			"CRATEDIGGER_SEED": "-1", "CRATEDIGGER_YOUTUBE_API_KEY": "a", "CRATEDIGGER_YOUTUBE_API_KEY_FILE": "b", "PORT": "http",
		}),
		Flags: map[string]string{"store.min_free_bytes": "a lot"},
	})
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error %v", err)
	}
	want := []string{
		`FILE:2: discord.tokn: there is no such key; did you mean token?`,
		`FILE:3: discord.guilds[1]: must be an id of Discord's, a number of up to 20 digits, not "many"`,
		`FILE:5: youtube.pages_per_day: must be a whole number from 1 to 100000, not "lots"`,
		`FILE:6: youtube.pages_per_day: is here for the second time; the first is in line 5`,
		`FILE:7: youtube.base_url: must be an address such as https://example.com, without a path, not "www.youtube.com/x"`,
		`FILE:15: defaults.music_only: must be true or false, not "yes"`,
		`FILE:19: defaults.queries[0].lenght: there is no such key; did you mean length?`,
		`FILE:20: defaults.queries[1]: must be either a text or a channel, not both`,
		`FILE:21: log: must be a section with the keys level, format`,
		`FILE:22: colour: there is no such key; here may stand data_dir, seed, memory, prepare_ahead, discord, youtube, defaults, taste, dashboard, metrics, log, backup, store, retention`,
		`CRATEDIGGER_SEED: seed: must be a whole number, zero or more, not "-1"`,
		`CRATEDIGGER_YOUTUBE_API_KEY: youtube.api_key: CRATEDIGGER_YOUTUBE_API_KEY and CRATEDIGGER_YOUTUBE_API_KEY_FILE are both set; unset one of them`,
		`PORT: dashboard.listen: must be a port from 1 to 65535, not "http"`,
		`command line: store.min_free_bytes: must be a number of bytes such as 67108864 or 64MiB, not "a lot"`,
		`FILE:12: defaults.schedule[1]: must be a cron line`,
		`FILE:13: defaults.picks: must be 10 or less`,
		`discord.token: is missing; set it in FILE or in the environment, as CRATEDIGGER_DISCORD_TOKEN or as CRATEDIGGER_DISCORD_TOKEN_FILE`,
	}
	var got []string
	for _, p := range problems {
		got = append(got, strings.ReplaceAll(p.Error(), path, "FILE"))
		if !strings.Contains(err.Error(), "\n  "+p.Error()) {
			t.Errorf("the error's text lacks %s", p.Error())
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBadFile covers what is wrong with a file as a whole.
func TestBadFile(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"not YAML":       {"discord:\n\ttoken: x\n", `FILE:2: this is not YAML`},
		"two documents":  {"seed: 1\n---\nseed: 2\n", `more than one YAML document`},
		"a list":         {"- seed\n", `FILE:1: the file must hold the sections and keys data_dir`},
		"a reference":    {"seed: &s 3\nbackup:\n  keep: *s\n", `FILE:3: backup.keep: must be a single value, not a reference to another place (*s)`},
		"a merge":        {"backup: &b {keep: 1}\nstore:\n  <<: *b\n", `FILE:3: store.<<: there is no such key`},
		"a section":      {"seed: {a: 1}\n", `FILE:1: seed: must be a single value, not a section`},
		"binary":         {"\x00\x01\x02", `this is not YAML`},
		"too large":      {strings.Repeat("# x\n", maxFile/4+1), `larger than 1MiB`},
		"a long list":    {"discord:\n  guilds: [" + strings.Repeat("1,", maxItems) + "1]\n", `must have at most 1000 items, not 1001`},
		"a deep section": {strings.Repeat("{a: ", 20000) + strings.Repeat("}", 20000), `FILE`},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, c.text)
			_, _, err := Load(Input{File: path})
			if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), path, "FILE"), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "none.yaml")
	if _, _, err := Load(Input{File: missing}); err == nil || !strings.Contains(err.Error(), missing+": there is no such file") {
		t.Errorf("a missing file gives %v", err)
	}
	for _, empty := range []string{"", "# only a comment\n", "discord:\nyoutube:\n  source:\n", "---\n"} {
		if _, _, err := Load(Input{File: write(t, empty)}); err != nil {
			t.Errorf("%q gives %v", empty, err)
		}
	}
}

// TestSecretFile covers the …_FILE twins; none of the errors may repeat what
// the file holds.
func TestSecretFile(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, want string }{
		"empty": {"\n", "is empty"},
		"large": {strings.Repeat("secret ", maxSecret), "too large to be a secret"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := Load(Input{
			Getenv: environ(map[string]string{"CRATEDIGGER_DASHBOARD_PASSWORD_FILE": path}), Needs: []Need{NeedToken},
		})
		if err == nil || !strings.Contains(err.Error(), "CRATEDIGGER_DASHBOARD_PASSWORD_FILE: dashboard.password: ") ||
			!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A token that cannot be read is one problem, not also a missing token.
	_, _, err := Load(Input{
		Getenv: environ(map[string]string{"CRATEDIGGER_DISCORD_TOKEN_FILE": filepath.Join(dir, "none")}), Needs: []Need{NeedToken},
	})
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 1 {
		t.Errorf("%v", err)
	}
}

// TestNeedsOfACommand: a command that needs no token loads from nothing.
func TestNeedsOfACommand(t *testing.T) {
	if _, _, err := Load(Input{}); err != nil {
		t.Error(err)
	}
	_, _, err := Load(Input{Needs: []Need{NeedToken}})
	if err == nil || !strings.Contains(err.Error(), "discord.token: is missing; set it in the environment") {
		t.Error(err)
	}
}

func TestUnknownVariables(t *testing.T) {
	got := UnknownVariables([]string{
		"HOME=/root", "CRATEDIGGER_DISCORD_TOKEN=x", "CRATEDIGGER_DISCORD_TOKEN_FILE=x", "CRATEDIGGER_DISCORD_TOEKN=x",
		"CRATEDIGGER_SEED_FILE=1", "CRATEDIGGER_CONFIG=c",
	})
	if want := []string{"CRATEDIGGER_DISCORD_TOEKN", "CRATEDIGGER_SEED_FILE"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestFind(t *testing.T) {
	t.Chdir(t.TempDir())
	none := environ(nil)
	if got := Find("", none); got != "" {
		t.Errorf("in an empty folder: %q", got)
	}
	if err := os.WriteFile(DefaultFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Find("", none); got != DefaultFile {
		t.Errorf("beside the file: %q", got)
	}
	named := environ(map[string]string{"CRATEDIGGER_CONFIG": "other.yaml"})
	if got := Find("", named); got != "other.yaml" {
		t.Errorf("named in the environment: %q", got)
	}
	if got := Find("flag.yaml", named); got != "flag.yaml" {
		t.Errorf("named by a flag: %q", got)
	}
}

func TestTexts(t *testing.T) {
	for text, want := range map[string]string{"90d": "90d", "36h": "36h", "15m": "15m", "1h30m": "1h30m", "2s": "2s", "0": "0s", "48h": "2d"} {
		d, err := parseDuration(text)
		if err != nil || formatDuration(d) != want {
			t.Errorf("%s is read as %v and written as %s (%v)", text, d, formatDuration(d), err)
		}
	}
	for text, want := range map[string]Bytes{"0": 0, "64MiB": 64 << 20, "2 GiB": 2 << 30, "1500": 1500} {
		var b Bytes
		if err := b.set(text); err != nil || b != want {
			t.Errorf("%s is %d (%v)", text, b, err)
		}
	}
	for _, bad := range []string{"-1", "MiB", "9999999999TiB", "1.5GiB", ""} {
		var b Bytes
		if b.set(bad) == nil {
			t.Errorf("%q is taken for %d bytes", bad, b)
		}
	}
	for text, loopback := range map[Address]bool{
		"127.0.0.1:8080": true, "localhost:1": true, "[::1]:80": true, ":8080": false, "0.0.0.0:80": false, "": false, "10.0.0.1:80": false,
	} {
		if text.Loopback() != loopback {
			t.Errorf("%q: loopback %v", text, !loopback)
		}
	}
}

// FuzzLoad feeds files to the loader: whatever they hold, it returns, with
// every value that has no problem within its bounds, and all that it reports
// can be read again.
func FuzzLoad(f *testing.F) {
	// The example's sections one by one: the fuzzer shrinks long inputs for
	// minutes before it tries anything.
	for section := range strings.SplitSeq(uncommented.ReplaceAllString(string(Example(nil)), "$1$2"), "\n\n") {
		f.Add([]byte(regexp.MustCompile(`(?m)^\s*#.*\n`).ReplaceAllString(section, "")))
	}
	for _, seed := range []string{
		"defaults: {queries: [a, {text: b, pages: 2}], schedule: 0 1 * * *}", "a: &a [*a]", "x: *y", "? [a]\n: b", "seed: !!binary aGk=",
		"discord: {token: [1]}\n", "---\n---\n", "%YAML 1.1\n---\nseed: 0x10", "\ufeffseed: 1", "defaults: {picks: 1_0, exploration: .nan}",
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "config.yaml")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, report, err := Load(Input{File: path})
		if c.Defaults.Picks < 1 || c.Defaults.Picks > 10 || !(c.Defaults.Exploration >= 0 && c.Defaults.Exploration <= 1) ||
			c.YouTube.RequestInterval < 0 || len(c.Defaults.Queries) > maxItems {
			t.Fatalf("out of bounds: %+v", c)
		}
		if err != nil {
			for _, p := range err.(Problems) {
				if len(p.Text) > 2000 {
					t.Fatalf("a sentence of %d bytes", len(p.Text))
				}
			}
			return
		}
		again := map[string]string{}
		for _, v := range report.Values {
			if v.Origin.Kind == "file" && v.Value != redacted {
				again[v.Key] = v.Value
			}
		}
		// What is shown is what would be read again.
		c2, report2, err := Load(Input{Flags: again})
		if err != nil {
			t.Fatalf("%v\n%v", err, again)
		}
		_ = c2
		for i, v := range report2.Values {
			if want := report.Values[i].Value; v.Value != want && want != redacted {
				t.Fatalf("%s: %s, read again %s", v.Key, want, v.Value)
			}
		}
	})
}

// TestRoundedIDs: a program that takes an id for a number writes another.
func TestRoundedIDs(t *testing.T) {
	for _, text := range []string{"1.486e+18", "1.486E18", "1486000000000000000.0", "1_486_000_000_000_000_000", "1,486,000,000,000,000,000", "1 486 000 000 000 000 000", "+1486000000000000000", "0x149f4e5d2c0a0000"} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte("defaults:\n  channel: "+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Load(Input{File: path}); err == nil || !strings.Contains(err.Error(), "defaults.channel") {
			t.Errorf("%s was taken: %v", text, err)
		}
	}
	for _, text := range []string{"1486000000000000000", "music", "2024", "90s", "1e3", "infinity", "nan", "0x64", "80-90"} {
		cfg, _, err := Load(Input{Flags: map[string]string{"defaults.channel": text}})
		if err != nil || string(cfg.Defaults.Channel) != text {
			t.Errorf("%s: %v", text, err)
		}
	}
}
