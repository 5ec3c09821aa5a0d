package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/doctor"
	"cratedigger/cmd/internal/socket"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/youtube"
)

// clinic is a whole set-up that the doctor examines: both stand-ins, a data
// folder that a bot has used, and the environment.
type clinic struct {
	t       *testing.T
	now     time.Time
	dir     string
	env     map[string]string
	discord *fakediscord.Server
	youtube *fakeyoutube.Server
	guild   string
	channel string
}

// newClinic sets up a healthy bot.
func newClinic(t *testing.T) *clinic {
	t.Helper()
	c := &clinic{t: t, now: time.Now(), dir: filepath.Join(t.TempDir(), "data")}
	var err error
	if c.discord, err = fakediscord.New(fakediscord.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.discord.Close() })
	if c.youtube, err = fakeyoutube.New(fakeyoutube.Options{Seed: 1, Videos: 300}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.youtube.Close)
	c.guild = c.discord.AddGuild(fakediscord.Guild{Name: "Diggers"})
	c.channel = c.discord.AddChannel(c.guild, fakediscord.Channel{Name: "music"})
	c.env = map[string]string{
		"CRATEDIGGER_DATA_DIR":              c.dir,
		"CRATEDIGGER_DISCORD_TOKEN":         c.discord.Token(),
		"CRATEDIGGER_DISCORD_BASE_URL":      c.discord.URL(),
		"CRATEDIGGER_YOUTUBE_BASE_URL":      c.youtube.URL(),
		"CRATEDIGGER_YOUTUBE_API_BASE_URL":  c.youtube.URL(),
		"CRATEDIGGER_YOUTUBE_FEED_BASE_URL": c.youtube.URL(),
		"CRATEDIGGER_DASHBOARD_LISTEN":      "127.0.0.1:0",
	}
	c.catalogue(func(cat *bolt.Catalog) error { return cat.SaveGuild(t.Context(), c.healthyGuild()) })
	return c
}

func (c *clinic) healthyGuild() catalog.Guild {
	return catalog.Guild{
		ID: c.guild, Name: "Diggers", JoinedAt: c.now, ChannelID: c.channel, Queries: []youtube.Query{{Text: "acoustic session"}},
		Schedule: []string{"0 18 * * *"}, Retrain: "0 4 * * *", Zone: "Europe/Lisbon", Picks: 5,
	}
}

// catalogue does something with the catalogue, which no bot holds.
func (c *clinic) catalogue(f func(*bolt.Catalog) error) {
	c.t.Helper()
	cat, err := bolt.Open(filepath.Join(c.dir, app.CatalogueFile), bolt.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := f(cat); err != nil {
		c.t.Fatal(err)
	}
	if err := cat.Close(); err != nil {
		c.t.Fatal(err)
	}
}

// setGuild changes the guild's settings.
func (c *clinic) setGuild(change func(*catalog.Guild)) {
	c.t.Helper()
	c.catalogue(func(cat *bolt.Catalog) error {
		g := c.healthyGuild()
		change(&g)
		return cat.SaveGuild(c.t.Context(), g)
	})
}

// examine runs the doctor and returns what it found and its exit code.
func (c *clinic) examine(args ...string) (diagnosis, int) {
	c.t.Helper()
	var out, errOut bytes.Buffer
	inv := c.invocation(c.t.Context(), &out, &errOut)
	code := inv.execute(append([]string{"doctor", "--json"}, args...))
	var d diagnosis
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		c.t.Fatalf("doctor --json printed no JSON: %v\n%s\n%s", err, out.String(), errOut.String())
	}
	return d, code
}

func (c *clinic) invocation(ctx context.Context, out, errOut io.Writer) *invocation {
	return &invocation{
		ctx: ctx, in: strings.NewReader(""), out: out, errOut: errOut, files: socket.LocalFiles{In: strings.NewReader(""), Out: out},
		now: func() time.Time { return c.now }, getenv: func(name string) string { return c.env[name] },
	}
}

// diagnosis is what the doctor prints.
type diagnosis struct{ doctor.Diagnosis }

// find returns the finding in an area that is not ok and holds a text.
func (d diagnosis) find(area, status, text string) (doctor.Finding, bool) {
	for _, f := range d.Findings {
		if f.Area == area && f.Status == status && strings.Contains(f.Text, text) {
			return f, true
		}
	}
	return doctor.Finding{}, false
}

func TestDoctorFindsNothingWrong(t *testing.T) {
	c := newClinic(t)
	d, code := c.examine("--strict")
	if d.Status != doctor.StatusOK || code != 0 {
		t.Errorf("status %s, exit code %d", d.Status, code)
	}
	areas := map[string]bool{}
	for _, f := range d.Findings {
		areas[f.Area] = true
		if f.Status != doctor.StatusOK {
			t.Errorf("%+v", f)
		}
	}
	for _, area := range []string{"configuration", "data folder", "catalogue", "backups", "clock", "schedule", "searches", "models", "outbox", "addresses", "Discord", "channels", "YouTube"} {
		if !areas[area] {
			t.Errorf("nothing was said of %s", area)
		}
	}
}

// seeded is a fault, how the doctor must report it, and what its advice comes
// to: after the advice the finding is gone.
type seeded struct {
	name         string
	area, status string
	text, fix    string
	harm, mend   func(*clinic)
}

// seededFaults are what goes wrong in the lives of such bots.
var seededFaults = []seeded{
	{"no token", "configuration", doctor.StatusFail, "discord.token: is missing", "Bot page",
		func(c *clinic) { delete(c.env, "CRATEDIGGER_DISCORD_TOKEN") },
		func(c *clinic) { c.env["CRATEDIGGER_DISCORD_TOKEN"] = c.discord.Token() }},
	{"refused token", "Discord", doctor.StatusFail, "refuses the token", "Reset Token",
		func(c *clinic) { c.env["CRATEDIGGER_DISCORD_TOKEN"] = "an-old-token" },
		func(c *clinic) { c.env["CRATEDIGGER_DISCORD_TOKEN"] = c.discord.Token() }},
	{"misspelt key", "configuration", doctor.StatusFail, "did you mean picks?", "docs/configuration.md",
		func(c *clinic) { c.write("defaults:\n  pics: 3\n") },
		func(c *clinic) { c.write("defaults:\n  picks: 3\n") }},
	{"bad cron line", "configuration", doctor.StatusFail, "defaults.schedule", "docs/configuration.md",
		func(c *clinic) { c.env["CRATEDIGGER_DEFAULTS_SCHEDULE"] = "0 25 * * *" },
		func(c *clinic) { c.env["CRATEDIGGER_DEFAULTS_SCHEDULE"] = "0 21 * * *" }},
	{"readable secret", "configuration", doctor.StatusWarn, "can be read by others", "chmod 600",
		func(c *clinic) {
			c.write("discord:\n  token: in-the-file\n")
			c.check(os.Chmod(filepath.Join(filepath.Dir(c.dir), "config.yaml"), 0o644))
		},
		func(c *clinic) { c.check(os.Chmod(filepath.Join(filepath.Dir(c.dir), "config.yaml"), 0o600)) }},
	{"open dashboard", "configuration", doctor.StatusWarn, "The dashboard is off", "dashboard.password",
		func(c *clinic) {
			delete(c.env, "CRATEDIGGER_DASHBOARD_LISTEN")
			c.env["PORT"] = "8080"
		},
		func(c *clinic) { c.env["CRATEDIGGER_DASHBOARD_PASSWORD"] = "a long password" }},
	{"short password", "configuration", doctor.StatusWarn, "fewer than 12 characters", "cratedigger config password",
		func(c *clinic) {
			c.env["CRATEDIGGER_DASHBOARD_LISTEN"], c.env["CRATEDIGGER_DASHBOARD_PASSWORD"] = "0.0.0.0:0", "elevenchars"
		},
		func(c *clinic) { c.env["CRATEDIGGER_DASHBOARD_PASSWORD"] += "!" }},
	{"busy address", "addresses", doctor.StatusWarn, "address already in use", "a free address",
		func(c *clinic) {
			other, err := net.Listen("tcp", "127.0.0.1:0")
			c.check(err)
			c.t.Cleanup(func() { other.Close() })
			c.env["CRATEDIGGER_DASHBOARD_LISTEN"] = other.Addr().String()
		},
		func(c *clinic) { c.env["CRATEDIGGER_DASHBOARD_LISTEN"] = "127.0.0.1:0" }},
	{"folder is a file", "data folder", doctor.StatusFail, "is a file", "Set data_dir",
		func(c *clinic) {
			path := filepath.Join(filepath.Dir(c.dir), "file")
			c.check(os.WriteFile(path, nil, 0o600))
			c.env["CRATEDIGGER_DATA_DIR"] = path
		},
		func(c *clinic) { c.env["CRATEDIGGER_DATA_DIR"] = c.dir }},
	{"open folder", "data folder", doctor.StatusWarn, "is open to other users of this machine (mode 750)", "chmod 700",
		func(c *clinic) { c.check(os.Chmod(c.dir, 0o750)) },
		func(c *clinic) { c.check(os.Chmod(c.dir, 0o700)) }},
	{"open file", "data folder", doctor.StatusWarn, "can read 1 files of the data folder", "chmod 600",
		func(c *clinic) { c.check(os.WriteFile(filepath.Join(c.dir, "copy.db"), nil, 0o640)) },
		func(c *clinic) { c.check(os.Chmod(filepath.Join(c.dir, "copy.db"), 0o600)) }},
	{"full disk", "data folder", doctor.StatusFail, "are free on its disk", "Free some space",
		func(c *clinic) { c.env["CRATEDIGGER_STORE_MIN_FREE_BYTES"] = "1000000TiB" },
		func(c *clinic) { c.env["CRATEDIGGER_STORE_MIN_FREE_BYTES"] = "1MiB" }},
	{"damaged catalogue", "catalogue", doctor.StatusFail, "damaged", "cratedigger restore",
		func(c *clinic) {
			c.typed("backup")
			path := filepath.Join(c.dir, app.CatalogueFile)
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			c.check(err)
			_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, 8192), 0) // both meta pages
			c.check(err)
			c.check(f.Close())
		},
		func(c *clinic) { c.typed("restore") }},
	{"emptied catalogue", "catalogue", doctor.StatusFail, "is missing or empty", "cratedigger restore",
		func(c *clinic) {
			c.typed("backup")
			c.check(os.Truncate(filepath.Join(c.dir, app.CatalogueFile), 0))
		},
		func(c *clinic) { c.typed("restore") }},
	{"old backup", "backups", doctor.StatusWarn, "4 days old", "cratedigger backup",
		func(c *clinic) { c.backup(c.now.Add(-100 * time.Hour)) },
		func(c *clinic) { c.typed("backup") }},
	{"wrong clock", "clock", doctor.StatusWarn, "differs by", "timedatectl",
		func(c *clinic) { c.now = c.now.Add(26 * time.Hour) },
		func(c *clinic) { c.now = time.Now() }},
	{"deleted channel", "channels", doctor.StatusFail, "does not exist any more", "/setup",
		func(c *clinic) { c.discord.DeleteChannel(c.channel) },
		func(c *clinic) {
			other := c.discord.AddChannel(c.guild, fakediscord.Channel{Name: "other"})
			c.slash(other, "setup", "", map[string]any{"channel": other})
		}},
	{"missing permission", "channels", doctor.StatusFail, "lacks Embed Links, Add Reactions", "Edit Channel",
		func(c *clinic) {
			c.discord.Deny(c.channel, fakediscord.PermEmbedLinks|fakediscord.PermAddReactions)
		},
		func(c *clinic) { c.discord.Deny(c.channel, 0) }},
	{"kicked", "Discord", doctor.StatusWarn, "is not in Guild \"Diggers\"", "client_id=",
		func(c *clinic) { c.discord.RemoveGuild(c.guild) },
		func(c *clinic) {
			c.discord.AddGuild(fakediscord.Guild{ID: c.guild, Name: "Diggers"})
			c.setGuild(func(g *catalog.Guild) {
				g.ChannelID = c.discord.AddChannel(c.guild, fakediscord.Channel{Name: "music"})
			})
		}},
	{"Discord refuses the question", "Discord", doctor.StatusFail, "answers, but does not say who the bot is", "something stands between",
		func(c *clinic) { c.answers("/users/@me", fakediscord.Fault{Status: 400}) },
		func(c *clinic) { c.discord.Break(nil) }},
	{"another server in Discord's place", "Discord", doctor.StatusFail, "answers, but does not say who the bot is", "discord.base_url",
		func(c *clinic) { c.answers("/users/@me", fakediscord.Fault{Status: 200, Body: "<p>Hello"}) },
		func(c *clinic) { c.discord.Break(nil) }},
	{"Discord has a problem", "Discord", doctor.StatusFail, "answers, but does not say who the bot is", "discordstatus.com",
		func(c *clinic) { c.answers("/users/@me", fakediscord.Fault{Status: 503}) },
		func(c *clinic) { c.discord.Break(nil) }},
	{"removed while it ran", "Discord", doctor.StatusWarn, "The bot was removed from Guild \"Diggers\"", "client_id=",
		func(c *clinic) {
			c.discord.RemoveGuild(c.guild)
			c.setGuild(func(g *catalog.Guild) { g.LeftAt = c.now })
		},
		func(c *clinic) {
			c.discord.AddGuild(fakediscord.Guild{ID: c.guild, Name: "Diggers"})
			c.setGuild(func(g *catalog.Guild) {
				g.ChannelID = c.discord.AddChannel(c.guild, fakediscord.Channel{Name: "music"})
			})
		}},
	{"removed from the last guild", "guilds", doctor.StatusWarn, "in no guild any more; the last to remove it was Guild \"Diggers\"", "Invite it again",
		func(c *clinic) { c.setGuild(func(g *catalog.Guild) { g.LeftAt = c.now }) },
		func(c *clinic) { c.setGuild(func(*catalog.Guild) {}) }},
	{"refused API key", "YouTube", doctor.StatusFail, "was refused: YouTube answers with status 400: API key not valid.", "Set youtube.api_key to a key of a project",
		func(c *clinic) { c.google(400, `{"error":{"message":"API key not valid."}}`) },
		func(c *clinic) { c.google(0, "") }},
	{"used-up API quota", "YouTube", doctor.StatusWarn, "you have exceeded your quota.)", "midnight in California, ",
		func(c *clinic) {
			c.google(403, `{"error":{"message":"The request cannot be completed because you have exceeded your <a href=\"/youtube/v3/getting-started#quota\">quota</a>.","errors":[{"reason":"quotaExceeded"}]}}`)
		},
		func(c *clinic) { c.google(0, "") }},
	{"Discord out of reach", "Discord", doctor.StatusFail, "cannot be reached", "discord.base_url",
		func(c *clinic) { c.env["CRATEDIGGER_DISCORD_BASE_URL"] = "http://127.0.0.1:1" },
		func(c *clinic) { c.env["CRATEDIGGER_DISCORD_BASE_URL"] = c.discord.URL() }},
	{"no channel", "guilds", doctor.StatusWarn, "has no channel yet", "/setup",
		func(c *clinic) { c.setGuild(func(g *catalog.Guild) { g.ChannelID = "" }) },
		func(c *clinic) { c.slash(c.channel, "setup", "", map[string]any{"channel": c.channel}) }},
	{"no queries", "guilds", doctor.StatusWarn, "has no queries", "/setup",
		func(c *clinic) { c.setGuild(func(g *catalog.Guild) { g.Queries = nil }) },
		func(c *clinic) { c.slash(c.channel, "cratedigger", "queries add", map[string]any{"query": "new jazz"}) }},
	{"paused", "guilds", doctor.StatusWarn, "is paused: the channel is gone", "/cratedigger pause",
		func(c *clinic) {
			c.setGuild(func(g *catalog.Guild) { g.Paused, g.PauseReason = true, "the channel is gone" })
		},
		func(c *clinic) { c.slash(c.channel, "cratedigger", "pause", map[string]any{"on": false}) }},
	{"bad schedule of a guild", "schedule", doctor.StatusFail, "never fires", "/cratedigger schedule",
		func(c *clinic) { c.setGuild(func(g *catalog.Guild) { g.Schedule = []string{"0 0 31 2 *"} }) },
		func(c *clinic) { c.slash(c.channel, "cratedigger", "schedule", map[string]any{"post": "0 18 * * *"}) }},
	{"YouTube blocks", "YouTube", doctor.StatusFail, "blocks this address", "youtube.api_key",
		func(c *clinic) { c.youtube.Break(fakeyoutube.FaultTooMany, "/results", -1) },
		func(c *clinic) { c.youtube.Mend(); c.env["CRATEDIGGER_YOUTUBE_API_KEY"] = "AIza-a-key" }},
	{"YouTube has changed", "YouTube", doctor.StatusFail, "not understood", "newest version",
		func(c *clinic) { c.youtube.Break(fakeyoutube.FaultRenamed, "/results", -1) },
		func(c *clinic) { c.youtube.Mend() }},
	{"feeds without a channel", "YouTube", doctor.StatusWarn, "No query names a YouTube channel", "youtube.source",
		func(c *clinic) { c.env["CRATEDIGGER_YOUTUBE_SOURCE"] = "feed" },
		func(c *clinic) {
			c.slash(c.channel, "cratedigger", "queries add", map[string]any{"query": c.youtube.Videos()[0].ChannelID})
			d, _ := c.examine()
			if _, found := d.find("YouTube", doctor.StatusOK, "a channel's feed"); !found {
				c.t.Error(d.list())
			}
		}},
	{"one class", "models", doctor.StatusWarn, "of one class", "/label",
		func(c *clinic) { c.model(`{"labels":40,"liked":40}`) },
		func(c *clinic) { c.model(`{"labels":40,"liked":30}`) }},
	{"useless model", "models", doctor.StatusWarn, "no better than guessing", "cratedigger evaluate",
		func(c *clinic) {
			c.model(`{"labels":40,"liked":30,"ensemble":{"log_loss":0.8},"prior":{"log_loss":0.6}}`)
		},
		func(c *clinic) {
			c.model(`{"labels":90,"liked":50,"ensemble":{"log_loss":0.5},"prior":{"log_loss":0.6}}`)
		}},
	{"drift", "searches", doctor.StatusWarn, "views fell to 3 %", "newest version",
		func(c *clinic) { c.run("degraded", "results: views fell to 3 %") },
		func(c *clinic) { c.run("ok") }},
	{"too few pages", "searches", doctor.StatusWarn, "left 12 videos unread", "the official API (youtube.api_key)",
		func(c *clinic) { c.search(map[string]int{catalog.CountShort: 12}, "ok") },
		func(c *clinic) { c.run("ok") }},
	{"late post", "schedule", doctor.StatusWarn, "the last post came 4 minutes late: 2 servers share this minute", "/cratedigger schedule",
		func(c *clinic) { c.posted(1, 4*time.Minute) },
		func(c *clinic) { c.posted(2, 30*time.Second) }},
	{"refused", "outbox", doctor.StatusWarn, "1 messages were not sent, the last of ", "/setup",
		func(c *clinic) {
			c.catalogue(func(cat *bolt.Catalog) error {
				id := c.guild + "/notice/1"
				_, err := cat.Enqueue(c.t.Context(), catalog.Outbox{ID: id, GuildID: c.guild, ChannelID: c.channel, Kind: catalog.OutboxNotice, Text: "x", CreatedAt: c.now.Add(-time.Hour)})
				return errors.Join(err, cat.MarkFailed(c.t.Context(), id, "Missing Permissions", true))
			})
		},
		func(c *clinic) {
			c.catalogue(func(cat *bolt.Catalog) error {
				id := c.guild + "/notice/2"
				_, err := cat.Enqueue(c.t.Context(), catalog.Outbox{ID: id, GuildID: c.guild, ChannelID: c.channel, Kind: catalog.OutboxNotice, Text: "x", CreatedAt: c.now})
				return errors.Join(err, cat.MarkSent(c.t.Context(), id, "99", c.now))
			})
		}},
	{"stuck outbox", "outbox", doctor.StatusWarn, "1 messages wait for more than an hour", "the log",
		func(c *clinic) {
			c.catalogue(func(cat *bolt.Catalog) error {
				_, err := cat.Enqueue(c.t.Context(), catalog.Outbox{ID: "1/notice", GuildID: c.guild, ChannelID: c.channel, Kind: catalog.OutboxNotice, Text: "x",
					State: catalog.StatePending, CreatedAt: c.now.Add(-3 * time.Hour)})
				return err
			})
		},
		func(c *clinic) {
			c.catalogue(func(cat *bolt.Catalog) error { return cat.MarkSent(c.t.Context(), "1/notice", "99", c.now) })
		}},
}

// TestDoctorFaults breaks a healthy set-up in one way at a time.
func TestDoctorFaults(t *testing.T) {
	if len(seededFaults) < 15 {
		t.Fatalf("only %d faults", len(seededFaults))
	}
	for _, fault := range seededFaults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			fault.harm(c)
			d, code := c.examine()
			f, found := d.find(fault.area, fault.status, fault.text)
			if !found {
				t.Fatalf("not found; instead:\n%s", d.list())
			}
			if !strings.Contains(f.Fix, fault.fix) {
				t.Errorf("its fix is %q", f.Fix)
			}
			if want := map[string]int{doctor.StatusFail: 1, doctor.StatusWarn: 0}[fault.status]; code != want {
				t.Errorf("exit code %d, want %d:\n%s", code, want, d.list())
			}
			if fault.status == doctor.StatusWarn {
				if _, code := c.examine("--strict", "--offline"); fault.area != "Discord" && fault.area != "clock" && fault.area != "YouTube" && code != 1 {
					t.Errorf("--strict gives exit code %d", code)
				}
			}
			fault.mend(c)
			d, code = c.examine()
			if _, still := d.find(fault.area, fault.status, fault.text); still || code != 0 {
				t.Errorf("after the fix (exit code %d):\n%s", code, d.list())
			}
		})
	}
}

func (d diagnosis) list() string {
	var b strings.Builder
	for _, f := range d.Findings {
		b.WriteString(f.Status + " " + f.Area + ": " + f.Text + "\n")
	}
	return b.String()
}

// posted has the guild's post of a day in March come so late, in a minute that another
// guild has too.
func (c *clinic) posted(day int, late time.Duration) {
	c.catalogue(func(cat *bolt.Catalog) error {
		other := c.healthyGuild()
		other.ID, other.Name = "600000000000000001", "Neighbours"
		at := time.Date(2026, 3, day, 18, 0, 0, 0, time.UTC)
		slot := catalog.Slot{Key: c.guild + "/post/" + at.Format("2006-01-02T15:04"), GuildID: c.guild, Kind: catalog.RunPost, At: at, FiredAt: at}
		row := catalog.Outbox{ID: slot.Key + "/00", GuildID: c.guild, ChannelID: c.channel, Kind: catalog.OutboxHeading, Text: "{}"}
		_, err := cat.BeginSlot(c.t.Context(), slot)
		_, cerr := cat.CreatePosts(c.t.Context(), slot, nil, []catalog.Outbox{row})
		return errors.Join(err, cerr, cat.SaveGuild(c.t.Context(), other), cat.MarkSent(c.t.Context(), row.ID, "123456", at.Add(late)))
	})
}

func (c *clinic) check(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// answers has Discord answer calls whose path ends so with a fault.
func (c *clinic) answers(path string, f fakediscord.Fault) {
	c.discord.Break(func(r *http.Request) *fakediscord.Fault {
		if strings.HasSuffix(r.URL.Path, path) {
			return &f
		}
		return nil
	})
}

// google has the official API answer with a status and a body; 0 is the stand-in's
// own answer.
func (c *clinic) google(status int, body string) {
	c.env["CRATEDIGGER_YOUTUBE_API_KEY"], c.env["CRATEDIGGER_YOUTUBE_API_BASE_URL"] = "AIza-a-key", c.youtube.URL()
	if status == 0 {
		return
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	c.t.Cleanup(api.Close)
	c.env["CRATEDIGGER_YOUTUBE_API_BASE_URL"] = api.URL
}

// TestDoctorAsksForRoles: a guild object may come without them.
func TestDoctorAsksForRoles(t *testing.T) {
	c := newClinic(t)
	c.answers("/guilds/"+c.guild, fakediscord.Fault{Status: 200, Body: `{"id":"` + c.guild + `","name":"Diggers"}`})
	if d, _ := c.examine(); d.Status != doctor.StatusOK {
		t.Error(d.list())
	}
	c.discord.Deny(c.channel, fakediscord.PermEmbedLinks)
	d, _ := c.examine()
	if _, found := d.find("channels", doctor.StatusFail, "lacks Embed Links."); !found {
		t.Error(d.list())
	}
}

// write writes a configuration file and has it read.
func (c *clinic) write(text string) {
	path := filepath.Join(filepath.Dir(c.dir), "config.yaml")
	c.check(os.WriteFile(path, []byte(text), 0o600))
	c.env["CRATEDIGGER_CONFIG"] = path
	if strings.Contains(text, "token") {
		delete(c.env, "CRATEDIGGER_DISCORD_TOKEN")
		c.check(os.WriteFile(path, []byte("discord:\n  token: "+c.discord.Token()+"\n"), 0o600))
	}
}

// typed runs the command that a finding advises.
func (c *clinic) typed(args ...string) {
	c.t.Helper()
	var out bytes.Buffer
	inv := c.invocation(c.t.Context(), &out, &out)
	if code := inv.execute(args); code != 0 {
		c.t.Fatalf("%v ended with %d: %s", args, code, out.String())
	}
}

// slash starts the bot and gives it the slash command that a finding advises.
func (c *clinic) slash(channel, command, sub string, options map[string]any) {
	c.t.Helper()
	admin := c.discord.AddMember(c.guild, fakediscord.Member{Name: "root", Permissions: fakediscord.PermManageGuild})
	ctx, stop := context.WithCancel(c.t.Context())
	var log buffer
	ended := make(chan int, 1)
	inv := c.invocation(ctx, &log, &log)
	go func() { ended <- inv.execute([]string{"run"}) }()
	wait, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	c.check(c.discord.Until(wait, func() bool { return c.discord.Connected() > 0 && len(c.discord.Commands("")) > 0 }))
	call, err := c.discord.Run(wait, fakediscord.Interaction{ChannelID: channel, MemberID: admin, Command: command, Sub: sub, Options: options})
	c.check(err)
	c.check(c.discord.Settle(wait))
	stop()
	if code := <-ended; code != 0 {
		c.t.Fatalf("the bot ended with %d after /%s %s (%s)\n%s", code, command, sub, call.Answer().Content, log.String())
	}
}

func (c *clinic) copy(from, to string) {
	data, err := os.ReadFile(from)
	c.check(err)
	c.check(os.WriteFile(to, data, 0o600))
}

// backup leaves a backup of a time behind.
func (c *clinic) backup(at time.Time) {
	dir := filepath.Join(c.dir, "backups")
	c.check(os.MkdirAll(dir, 0o700))
	path := filepath.Join(dir, "catalog-"+at.UTC().Format("20060102T150405Z")+".db")
	c.copy(filepath.Join(c.dir, app.CatalogueFile), path)
	c.check(os.Chtimes(path, at, at))
}

// model makes a champion with a card.
func (c *clinic) model(card string) {
	c.catalogue(func(cat *bolt.Catalog) error {
		_, err := cat.SaveModel(c.t.Context(), c.guild, []byte(card), [][]byte{[]byte("model")}, true)
		return err
	})
}

// run records an ended scrape.
func (c *clinic) run(outcome catalog.Outcome, alarms ...string) { c.search(nil, outcome, alarms...) }

// search records a search with its counts.
func (c *clinic) search(counts map[string]int, outcome catalog.Outcome, alarms ...string) {
	c.now = c.now.Add(time.Second)
	c.catalogue(func(cat *bolt.Catalog) error {
		run, err := cat.StartRun(c.t.Context(), catalog.Run{GuildID: c.guild, Kind: "scrape", Started: c.now, Outcome: "running"})
		if err != nil {
			return err
		}
		run.Ended, run.Outcome, run.Alarms, run.Counts = c.now, outcome, alarms, counts
		return cat.FinishRun(c.t.Context(), run)
	})
}
