//go:build unix

package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/config"
)

// arrival is where a setting is seen to arrive: with the value, the look shows
// want; without it, the look does not.
type arrival struct {
	key, value string
	look       func(*house) string
	want       string
	with       string // other settings that it needs, as "key=value; key=value"
}

// The channel that a query follows, a key of the API, and a password.
const (
	followed = "[{channel: UCxxxxxxxxxxxxxxxxxxxxxx}]"
	apiKey   = "AIzaSyA1234567890abcdefghijklmnopqrstuv"
	password = "correct horse battery"
	hashed   = "$2a$04$ZfY9xpFSTWwrgZyD22SRRuxtT0BdEi9AhWo7iwKefsNRMfmbkb6i2" // of the password, by bcrypt
)

// arrivals has every key of the configuration at least once.
var arrivals = []arrival{
	{"data_dir", "{dir}/elsewhere", (*house).guild, "elsewhere/cratedigger.db", ""},
	{"seed", "7", (*house).learned, "seed: 7\n", ""},

	{"memory", "1", (*house).forgetful, "leave the memory", ""},
	{"prepare_ahead", "true", (*house).held, "held: 5\n", ""},

	{"discord.token", "wrong", (*house).run, "refused the bot's token", ""},
	{"discord.guilds", "{beta}", (*house).run, "guilds: Beta\n", ""},
	{"discord.base_url", "{other}", (*house).run, "other: GET /api/", ""},
	{"discord.calls_per_second", "1", (*house).paced, "waited over half a second: true\n", ""},
	{"discord.fatal_wait", "1ms", (*house).run, `"wait":"1ms"`, "discord.token=wrong"},

	{"youtube.source", "web", (*house).scrape, "web: GET /results", "youtube.api_key=" + apiKey},
	{"youtube.source", "feed", (*house).scrape, "channel feeds cannot be searched", ""},
	{"youtube.api_key", apiKey, (*house).scrape, "api: GET /youtube/v3/search key=" + apiKey, ""},
	{"youtube.request_interval", "10m", (*house).scrape, "in all 1 request\n", ""},
	{"youtube.cookie", "SID=of-a-person", (*house).scrape, "web: GET /results cookie=SID=of-a-person\n", ""},
	{"youtube.proxy", "http://dj:hunter2@{proxy}", (*house).scrape, "proxy: GET /results for=dj cookie=SOCS=CAE=\n", ""},
	{"youtube.pages_per_day", "1", (*house).scrape, "in all 1 request\n", "defaults.queries=[jazz, techno]"},
	{"youtube.pages_per_day", "2", (*house).scrape, "19 left for later", ""},
	{"youtube.base_url", "{other}", (*house).scrape, "other: GET /results", ""},
	{"youtube.api_base_url", "{other}", (*house).scrape, "other: GET /youtube/v3/search", "youtube.api_key=" + apiKey},
	{"youtube.feed_base_url", "{other}", (*house).scrape, "other: GET /feeds/videos.xml", "defaults.queries=" + followed},

	{"defaults.channel", "music", (*house).guild, `"ChannelID":"music"`, ""},
	{"defaults.queries", "new jazz", (*house).guild, `"Text":"new jazz"`, ""},
	{"defaults.schedule", "0 9 * * *", (*house).guild, `"Schedule":["0 9 * * *"]`, ""},
	{"defaults.scrape", "0 8 * * *", (*house).guild, `"Scrape":"0 8 * * *"`, ""},
	{"defaults.retrain", "0 5 * * *", (*house).guild, `"Retrain":"0 5 * * *"`, ""},
	{"defaults.recap", "0 20 * * 1", (*house).guild, `"Recap":"0 20 * * 1"`, ""},
	{"defaults.duels", "0 20 * * 3", (*house).guild, `"Duels":"0 20 * * 3"`, ""},
	{"defaults.zone", "Europe/Lisbon", (*house).guild, `"Zone":"Europe/Lisbon"`, ""},
	{"defaults.picks", "3", (*house).guild, `"Picks":3`, ""},
	{"defaults.exploration", "0", (*house).guild, `"Exploration":0,`, ""},
	{"defaults.wildcard", "false", (*house).guild, `"Wildcard":false`, ""},
	{"defaults.votes", "both", (*house).guild, `"Votes":"both"`, ""},
	{"defaults.language", "pt-BR", (*house).guild, `"Language":"pt-BR"`, ""},
	{"defaults.min_seconds", "0", (*house).guild, `"MinSeconds":0`, ""},
	{"defaults.max_seconds", "600", (*house).guild, `"MaxSeconds":600`, ""},
	{"defaults.languages", "pt", (*house).guild, `"Languages":["pt"]`, ""},
	{"defaults.music_only", "false", (*house).guild, `"MusicOnly":false`, ""},
	{"defaults.kinds", "karaoke", (*house).guild, `"Kinds":["karaoke"]`, ""},
	{"defaults.same_song_days", "30", (*house).guild, `"SameSongDays":30`, ""},

	{"taste.half_life", "24h", (*house).learned, "base rate: 0.6\n", ""},
	{"taste.packaging", "crate premiere", (*house).learned, "reads premiere: false\n", ""},
	{"taste.built_in_packaging", "false", (*house).learned, "reads official: true\n", ""},
	{"taste.judge_from", "50", (*house).learned, "Only 8 labels are newer", ""},
	{"taste.judge_votes", "8", (*house).learned, "On the 8 newest labels", "taste.judge_from=50"},
	{"taste.judge_certainty", "0.5", (*house).learned, "the new model is worse", "taste.judge_from=50; taste.judge_votes=8"},
	{"taste.tune_trials", "1", (*house).learned, "trials: 1\n", ""},
	{"taste.tune_trials", "0", (*house).weekly, "searched: false\n", ""},
	{"taste.tune_time", "1s", (*house).learned, "trials: 1\n", ""},

	{"dashboard.listen", "127.0.0.2:0", (*house).run, "GET 127.0.0.2/healthz 200", ""},
	{"dashboard.password", password, (*house).run, "GET 127.0.0.1/metrics 303, with the password 200", ""},
	{"dashboard.password_hash", hashed, (*house).run, "GET 127.0.0.1/metrics 303, with the password 200", ""},
	{"dashboard.trusted_proxies", "127.0.0.0/8", (*house).run, `"from":"203.0.113.9"`, "dashboard.password=" + password},
	{"dashboard.pprof_listen", "127.0.0.3:0", (*house).run, "GET 127.0.0.3/debug/pprof/ 200", ""},
	{"metrics.enabled", "false", (*house).run, "GET 127.0.0.1/metrics 404", ""},
	{"metrics.enabled", "false", (*house).run, "GET 127.0.0.4/metrics 0", "metrics.listen={free}"},
	{"metrics.listen", "{free}", (*house).run, "GET 127.0.0.4/metrics 200", ""},

	{"log.level", "debug", (*house).run, `"level":"DEBUG"`, ""},
	{"log.format", "text", (*house).run, " INF cratedigger starts", ""},

	{"backup.keep", "0", (*house).kept, "backups: 0\n", ""},
	{"backup.hour", "5", (*house).kept, "T0530", ""},
	{"store.on_corrupt", "restore", (*house).damaged, "the newest good backup was restored", ""},
	{"store.min_free_bytes", "1000000TiB", (*house).damaged, "nearly full", ""},
	{"retention.votes", "1h", (*house).kept, "votes: 0\n", ""},
	{"retention.votes", "1h", (*house).away, "votes: 0\n", ""},
	{"retention.left_guilds", "1d", (*house).kept, "guilds: Test\n", ""},
	{"retention.runs", "24h", (*house).kept, "old runs: 0\n", ""},
}

// TestEverySettingArrives walks every key of the configuration: where it is to
// have an effect, the effect is looked at without the setting and with it.
func TestEverySettingArrives(t *testing.T) {
	_, report, err := config.Load(config.Input{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range report.Values {
		if !slices.ContainsFunc(arrivals, func(a arrival) bool { return a.key == v.Key }) {
			t.Errorf("nobody has seen %s arrive: add it to the arrivals", v.Key)
		}
	}
	var plain sync.Mutex
	without := map[string]string{} // what is seen without a setting, by what it is seen with
	for _, a := range arrivals {
		t.Run(a.key+"="+a.value, func(t *testing.T) {
			t.Parallel()
			if strings.HasPrefix(a.value, "127.") {
				freeAddress(t, a.value) // skips where there is one loopback address alone
			}
			settings := map[string]string{}
			for pair := range strings.SplitSeq(a.with, "; ") {
				if key, value, ok := strings.Cut(pair, "="); ok {
					settings[key] = value
				}
			}
			changed := maps.Clone(settings)
			changed[a.key] = a.value
			if seen := a.look(newHouse(t, changed)); !strings.Contains(seen, a.want) {
				t.Errorf("with the setting %q is not seen:\n%s", a.want, seen)
			}
			plain.Lock()
			defer plain.Unlock()
			same := fmt.Sprint(reflect.ValueOf(a.look).Pointer(), a.with)
			if _, ok := without[same]; !ok {
				without[same] = a.look(newHouse(t, settings))
			}
			if seen := without[same]; strings.Contains(seen, a.want) {
				t.Errorf("without the setting %q is seen too:\n%s", a.want, seen)
			}
		})
	}
}

// TestProxyAndCookie: whatever asks YouTube does it through the proxy and with
// the cookie, and neither the password of the one nor the other is told.
func TestProxyAndCookie(t *testing.T) {
	settings := map[string]string{"youtube.proxy": "http://dj:hunter2@{proxy}", "youtube.cookie": "SID=of-a-person", "log.level": "debug"}
	for name, ask := range map[string]func(h *house) (said string){
		"scrape": func(h *house) string {
			out, errOut, _ := h.typed("", "scrape")
			return out + errOut
		},
		"run --dry-run": func(h *house) string {
			out, errOut, _ := h.typed("", "run", "--dry-run")
			return out + errOut
		},
		"doctor": func(h *house) string {
			out, errOut, _ := h.typed("", "doctor", "--json")
			return out + errOut
		},
		"run": func(h *house) string {
			stop := h.running(h.discord)
			var said string
			for code, last := 1, time.Now().Add(time.Minute); code != 0 && time.Now().Before(last); time.Sleep(10 * time.Millisecond) {
				said, _, code = h.typed("", "scrape", "--guild", h.beta) // once the bot has met the guild
			}
			_, log := stop()
			return said + log
		},
		"doctor beside run": func(h *house) string {
			stop := h.running(h.discord)
			out, errOut, _ := h.typed("", "doctor", "--json")
			_, log := stop()
			return out + errOut + log
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, settings)
			said := ask(h)
			if strings.Contains(said, "hunter2") || strings.Contains(said, "of-a-person") {
				t.Errorf("a secret was told:\n%s", said)
			}
			if len(h.passed) == 0 {
				t.Fatalf("nothing was asked:\n%s", said)
			}
			for _, line := range h.passed {
				if !strings.HasPrefix(line, "proxy: ") || !strings.HasSuffix(line, " for=dj cookie=SID=of-a-person") {
					t.Errorf("%s was asked %q", name, line)
				}
			}
		})
	}
}

// TestProxyThatIsDown: what goes wrong with a proxy is told without its password.
func TestProxyThatIsDown(t *testing.T) {
	h := newHouse(t, map[string]string{"youtube.proxy": "http://dj:hunter2@" + freeAddress(t, "127.0.0.1:0"), "log.level": "debug"})
	out, errOut, _ := h.typed("", "doctor", "--json")
	if !strings.Contains(out, "youtube.proxy") {
		t.Errorf("doctor does not name the setting: %s", out)
	}
	shown, _, _ := h.typed("", "config", "show")
	if said := out + errOut + shown; strings.Contains(said, "hunter2") {
		t.Errorf("the password was told:\n%s", said)
	}
	if len(h.passed) > 0 {
		t.Errorf("YouTube was asked without the proxy: %q", h.passed)
	}
}
