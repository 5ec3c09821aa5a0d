package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"cratedigger/config"
)

// secretConfig is a configuration whose secrets are all set, with their texts.
func secretConfig() (*config.Config, []string) {
	texts := []string{"MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs", "not-shaped-like-anything", "correct horse battery", "$2a$10$abcdefghijklmnopqrstuv", "SID=of-a-person", "http://dj:hunter2@127.0.0.1:3128"}
	cfg := config.Default()
	cfg.Discord.Token = config.NewSecret(texts[0])
	cfg.YouTube.APIKey = config.NewSecret(texts[1])
	cfg.Dashboard.Password = config.NewSecret(texts[2])
	cfg.Dashboard.PasswordHash = config.NewSecret(texts[3])
	cfg.YouTube.Cookie = config.NewSecret(texts[4])
	cfg.YouTube.Proxy = config.NewSecret(texts[5])
	cfg.Log.Level = "debug"
	return cfg, texts
}

// TestTokenNeverLogged logs the configured secrets in every way a log line can
// hold them, through each handler.
func TestTokenNeverLogged(t *testing.T) {
	cfg, texts := secretConfig()
	for _, format := range []string{"text", "json"} {
		for _, terminal := range []bool{false, true} {
			var out bytes.Buffer
			cfg.Log.Format = format
			log := NewLogger(&out, cfg, terminal, new(slog.LevelVar))
			for _, text := range texts {
				request, _ := http.NewRequest("GET", "https://discord.com/api/v9/users/@me?key="+text, nil)
				request.Header.Set("Authorization", "Bot "+text)
				log.Debug("said "+text, "token", text, "error", fmt.Errorf("refused: %w", errors.New(text)))
				log.Info("in a group", slog.Group("request", "header", request.Header, "url", request.URL))
				log.With("token", text).WithGroup("g").Warn("with", "any", struct{ T string }{text})
				log.Error("dumped", "request", fmt.Sprintf("%+v", request.Header), "list", []string{text})
			}
			log.Info("typed", "config", cfg.Discord)
			for _, text := range texts {
				if strings.Contains(out.String(), text) {
					t.Errorf("%s, terminal %v: %q was logged:\n%s", format, terminal, text, out.String())
				}
			}
			if !strings.Contains(out.String(), Redacted) || !strings.Contains(out.String(), "in a group") {
				t.Errorf("%s, terminal %v logged\n%s", format, terminal, out.String())
			}
			if format == "json" {
				for line := range strings.Lines(out.String()) {
					if !json.Valid([]byte(line)) {
						t.Errorf("not JSON: %s", line)
					}
				}
			}
		}
	}
}

// TestShapesAreRecognised covers secrets that the configuration does not know,
// and texts that must come through.
func TestShapesAreRecognised(t *testing.T) {
	r := newRedactor(nil, config.Default())
	for in, want := range map[string]string{
		"identify MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs done":          "identify [redacted] done",
		`{"token":"MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789"}`: `{"token":"[redacted]"}`,
		"key AIzaSyA1234567890abcdefghijklmnopqrstuv":                                        "key [redacted]",
		"GET https://x/youtube/v3/search?part=id&key=abc123&q=jazz":                          "GET https://x/youtube/v3/search?part=id&key=[redacted]&q=jazz",
		"map[Authorization:[Bot abc.def]]":                                                   "map[Authorization:[[redacted]]]",
		`"Authorization": "Bearer abc"`:                                                      `"Authorization": "[redacted]"`,
		"PATCH /webhooks/123/aW50ZXJhY3Rpb246MTIzNDU2/messages/@original":                    "PATCH /webhooks/123/[redacted]/messages/@original",
		`proxyconnect "http://dj:hunter2@127.0.0.1:3128": refused`:                           `proxyconnect "http://[redacted]@127.0.0.1:3128": refused`,
		// What only resembles one.
		"https://www.youtube.com/@somebody/videos":                                            "https://www.youtube.com/@somebody/videos",
		"https://www.youtube.com/watch?v=dQw4w9WgXcQ":                                         "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
		"slot 123456789012345678/post/2026-11-22T18:00":                                       "slot 123456789012345678/post/2026-11-22T18:00",
		"go.etcd.io/bbolt@v1.5.0 is fine":                                                     "go.etcd.io/bbolt@v1.5.0 is fine",
		"/channels/123456789012345678/messages/987654321098765432/reactions/%F0%9F%91%8D/@me": "/channels/123456789012345678/messages/987654321098765432/reactions/%F0%9F%91%8D/@me",
	} {
		if got := string(r.redact([]byte(in))); got != want {
			t.Errorf("%s\nbecame %s\nnot    %s", in, got, want)
		}
	}
}

// TestShortSecretsAreRedacted: a short secret is taken out where it stands by itself,
// and a long one also as logs and addresses write it; words and JSON stay whole.
func TestShortSecretsAreRedacted(t *testing.T) {
	for _, tt := range []struct{ secret, in, want string }{
		{"abc", "wrong password abc from 10.0.0.1", "wrong password [redacted] from 10.0.0.1"},
		{"abc", `{"password":"abc","abc":"x","n":"abcd"}`, `{"password":"[redacted]","abc":"x","n":"abcd"}`},
		{"abc", "abc=abc labcd “abc” abc", "abc=[redacted] labcd “[redacted]” [redacted]"},
		{"12", `{"n":12,"list":"12, 123","password":"12"}`, `{"n":12,"list":"[redacted], 123","password":"[redacted]"}`},
		{"é", "caffé é", "caffé [redacted]"},
		{`pa"ss wörd`, `{"error":"pa\"ss wörd"} msg="pa\"ss wörd"`, `{"error":"[redacted]"} msg="[redacted]"`},
		{`pa"ss wörd`, `"pa\"ss w\u00f6rd" ?q=pa%22ss+w%C3%B6rd /pa%22ss%20w%C3%B6rd`, `"[redacted]" ?q=[redacted] /[redacted]`},
	} {
		cfg := config.Default()
		cfg.Dashboard.Password = config.NewSecret(tt.secret)
		got := string(newRedactor(nil, cfg).redact([]byte(tt.in)))
		if got != tt.want {
			t.Errorf("%s\nbecame %s\nnot    %s", tt.in, got, tt.want)
		}
	}
}

// TestLevelAtRunTime: the level of a logger in use can be changed.
func TestLevelAtRunTime(t *testing.T) {
	var out bytes.Buffer
	var level slog.LevelVar
	log := NewLogger(&out, config.Default(), false, &level)
	log.Debug("unseen")
	level.Set(parseLevel("debug"))
	log.Debug("seen")
	level.Set(parseLevel("error"))
	log.Warn("unseen")
	if got := out.String(); strings.Contains(got, "unseen") || !strings.Contains(got, `"seen"`) {
		t.Errorf("logged %s", got)
	}
}

// TestLogFormats: coloured text for a person, JSON for a machine, and plain
// text where a person asks a machine for it.
func TestLogFormats(t *testing.T) {
	for _, c := range []struct {
		format         string
		terminal       bool
		colour, object bool
	}{
		{"auto", true, true, false}, {"auto", false, false, true},
		{"text", true, true, false}, {"text", false, false, false},
		{"json", true, false, true}, {"json", false, false, true},
	} {
		var out bytes.Buffer
		cfg := config.Default()
		cfg.Log.Format = c.format
		NewLogger(&out, cfg, c.terminal, new(slog.LevelVar)).Error("it broke", "wait", 15*time.Minute)
		if colour := strings.Contains(out.String(), "\x1b["); colour != c.colour {
			t.Errorf("%s, terminal %v: coloured %v: %q", c.format, c.terminal, colour, out.String())
		}
		if object := json.Valid(out.Bytes()); object != c.object {
			t.Errorf("%s, terminal %v: JSON %v: %q", c.format, c.terminal, object, out.String())
		}
		NewLogger(&out, cfg, c.terminal, new(slog.LevelVar)).Error("it broke", "error", errors.New(strings.Repeat("a long answer ", 6000)))
		if out.Len() > 3000 {
			t.Errorf("%s, terminal %v: %d bytes for an error that quotes a page", c.format, c.terminal, out.Len())
		}
		if !strings.Contains(out.String(), "15m0s") {
			t.Errorf("%s, terminal %v: a duration that nobody can read: %q", c.format, c.terminal, out.String())
		}
	}
}
