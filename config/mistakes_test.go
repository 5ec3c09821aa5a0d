package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTokenAsItIsCopied: what comes along with a token when it is copied is
// taken away, and what cannot be a token is refused without being repeated.
func TestTokenAsItIsCopied(t *testing.T) {
	const good = "MTk4.Cl2FMQ.ZnCj_m1-X"
	for text, want := range map[string]string{
		good: good, " " + good + "\t": good, good + "\r\n": good, `"` + good + `"`: good, "'" + good + "'": good,
		"Bot " + good: good, `"Bot ` + good + `" `: good, `""`: "", "  ": "",
	} {
		c, _, err := Load(Input{Getenv: environ(map[string]string{"CRATEDIGGER_DISCORD_TOKEN": text, "CRATEDIGGER_YOUTUBE_API_KEY": text})})
		if err != nil || c.Discord.Token.Reveal() != want || c.YouTube.APIKey.Reveal() != want {
			t.Errorf("%q becomes %q and %q, %v", text, c.Discord.Token.Reveal(), c.YouTube.APIKey.Reveal(), err)
		}
		if c.Discord.Token.IsSet() != (want != "") {
			t.Errorf("%q is set: %v", text, c.Discord.Token.IsSet())
		}
	}
	for _, text := range []string{"MTk4 Cl2FMQ", "MTk4\nCl2FMQ", "MTk4\x00", "mü.töken"} {
		c, _, err := Load(Input{Getenv: environ(map[string]string{"CRATEDIGGER_DISCORD_TOKEN": text}), Needs: []Need{NeedToken}})
		if err == nil || !strings.Contains(err.Error(), "discord.token: must be one word") || c.Discord.Token.IsSet() {
			t.Errorf("%q: %v", text, err)
		} else if strings.Contains(err.Error(), text[:4]) {
			t.Errorf("the error shows the token: %v", err)
		}
	}
}

// TestTabs: YAML's own sentence about a tab does not speak of one. A file that
// cannot be read may well hold the token, so nothing is said of a missing one.
func TestTabs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	for _, text := range []string{"discord:\n\ttoken: x\n", "discord:\n  guilds:\n  \t- 1\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := Load(Input{File: path, Needs: []Need{NeedToken}})
		if err == nil || !strings.Contains(err.Error(), "indented with a tab") || strings.Contains(err.Error(), "is missing") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestPasswordInAnAddress: the proxy's may stand there and is shown nowhere;
// another address has none, and the sentence that says so does not repeat it.
func TestPasswordInAnAddress(t *testing.T) {
	for text, good := range map[string]bool{
		"http://127.0.0.1:3128": true, "http://dj:hunter2@proxy:3128": true, "https://dj:hunter2@proxy/": true,
		"socks5://dj:hunter2@proxy": false, "http://dj:hunter2@proxy/path": false, "dj:hunter2@proxy": false, "http://dj:hunter2@proxy:port": false,
	} {
		c, report, err := Load(Input{Getenv: environ(map[string]string{"CRATEDIGGER_YOUTUBE_PROXY": text})})
		if (err == nil) != good || c.YouTube.Proxy.IsSet() != good || err != nil && !strings.Contains(err.Error(), "youtube.proxy: must be an address") {
			t.Errorf("%s: set %v, %v", text, c.YouTube.Proxy.IsSet(), err)
		}
		if all := fmt.Sprint(err, report, c); strings.Contains(all, "hunter2") || strings.Contains(all, "3128") && good {
			t.Errorf("%s is shown: %s", text, all)
		}
	}
	for _, text := range []string{"http://dj:hunter2@example.com", "http://dj:hunter2@" + strings.Repeat("long", 20)} {
		_, _, err := Load(Input{Getenv: environ(map[string]string{"CRATEDIGGER_YOUTUBE_BASE_URL": text})})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestSettingsThatCannotArrive are refused: a cookie that no request can carry,
// and a profiler without the dashboard that serves it.
func TestSettingsThatCannotArrive(t *testing.T) {
	for _, c := range []struct{ key, text, want string }{
		{"YOUTUBE_COOKIE", "SID=secret\nHSID=secret", "youtube.cookie: must be one line"},
		{"DASHBOARD_PPROF_LISTEN", "127.0.0.1:6060", "dashboard.pprof_listen: needs dashboard.listen"},
	} {
		path := write(t, "dashboard: {listen: \"\"}\n")
		_, _, err := Load(Input{File: path, Getenv: environ(map[string]string{"CRATEDIGGER_" + c.key: c.text})})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", c.key, err)
		}
	}
}
