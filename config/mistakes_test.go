package config

import (
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
