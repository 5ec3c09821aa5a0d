// Package doctor examines a set-up: the configuration, the data folder, the clock,
// Discord, YouTube, the schedules and the models. Each finding is a sentence, and
// each that is not good says what to do. It changes nothing. If a bot runs on the data
// folder, that bot examines what only it can see.
package doctor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cratedigger/bot/dashboard"
	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
	"cratedigger/cmd/internal/terminal"
	"cratedigger/config"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

// The outcomes of one examination.
const (
	StatusOK   = "ok"
	StatusWarn = "warn" // it works, but somebody should look
	StatusFail = "fail" // it does not work
)

// Finding is one thing that the doctor has looked at.
type Finding struct {
	Area   string `json:"area"`   // "configuration", "data folder", "clock", …
	Status string `json:"status"` // "ok", "warn", "fail"
	Text   string `json:"text"`   // a sentence
	Fix    string `json:"fix"`    // what to do; "" when all is well
}

// Options say what to examine, and how.
type Options struct {
	Quick    bool          // only ask the running bot whether it is well
	Offline  bool          // ask neither Discord nor YouTube
	Timeout  time.Duration // for all examinations together
	Settings config.Input  // where the settings come from
	Now      func() time.Time
}

// doctor collects findings.
type doctor struct {
	Options
	ctx      context.Context
	cfg      *config.Config
	parts    *app.Parts // nil where the catalogue is not open
	findings []Finding
	local    bool              // the guild of one person without Discord is examined
	noToken  string            // what the configuration says of the missing token; "" when it is there
	skew     time.Duration     // this clock minus the clock of the newest answer
	skewed   bool              // skew is known
	sharing  map[time.Time]int // how many guilds' posts are due at a time, as far as it was asked
}

func (d *doctor) ok(area, format string, args ...any) {
	d.findings = append(d.findings, Finding{area, StatusOK, fmt.Sprintf(format, args...), ""})
}

func (d *doctor) warn(area, fix, format string, args ...any) {
	d.findings = append(d.findings, Finding{area, StatusWarn, fmt.Sprintf(format, args...), fix})
}

func (d *doctor) fail(area, fix, format string, args ...any) {
	d.findings = append(d.findings, Finding{area, StatusFail, fmt.Sprintf(format, args...), fix})
}

// Outside examines everything from outside of a running bot, and asks the bot for
// what it alone can see.
func Outside(ctx context.Context, o Options) (Diagnosis, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	d := &doctor{Options: o, ctx: ctx}
	if o.Quick {
		d.quick()
	} else {
		d.examine()
	}
	return d.diagnosis(), d.parts.Close()
}

// Inside is what a running bot says of itself.
func Inside(ctx context.Context, p *app.Parts, o Options) Diagnosis {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	d := &doctor{Options: o, ctx: ctx, parts: p, cfg: p.Config}
	d.service()
	return d.diagnosis()
}

// Health is what a running bot says of one guild and of what that depends on, from what it
// has at hand: it asks neither Discord nor YouTube.
func Health(p *app.Parts) func(ctx context.Context, guildID string) []dashboard.Finding {
	return func(ctx context.Context, guildID string) (shown []dashboard.Finding) {
		d := &doctor{Options: Options{Now: p.Clock.Now}, ctx: ctx, parts: p, cfg: p.Config, local: p.Local}
		g, found, err := p.Catalog.Guild(ctx, guildID)
		if err != nil || !found {
			return nil // the page says so
		}
		d.health(g)
		for _, f := range d.findings {
			f.Text = ofThis(f.Text, nameOf(g))
			shown = append(shown, dashboard.Finding(f))
		}
		return shown
	}
}

// ofThis is a finding as the page of its own guild shows it, which need not name it.
func ofThis(text, name string) string {
	if rest, named := strings.CutPrefix(text, name+": "); named {
		first, size := utf8.DecodeRuneInString(rest)
		return string(unicode.ToUpper(first)) + rest[size:]
	}
	if rest, named := strings.CutPrefix(text, name); named {
		return "This server" + rest
	}
	return strings.ReplaceAll(text, name, "this server")
}

func (d *doctor) health(g catalog.Guild) {
	p := d.parts
	d.gateway()
	d.guild(p.Catalog, g)
	d.runs(p.Catalog, g)
	d.pages(p.Catalog, g.Zone)
	d.model(p.Catalog, g)
	d.votes(p.Catalog, g)
	if !p.Throwaway { // which has none, and may have a clock of its own
		d.backups()
	}
	d.refused(p.Catalog, g)
	d.outbox(p.Catalog)
}

// pages says how many of the day's pages are left, and in a zone when there are more.
func (d *doctor) pages(c store, zone string) {
	if app.ConfiguredSource(d.cfg) == app.SourceAPI {
		return // it reads no pages
	}
	used, err := c.Counter(d.ctx, youtube.PagesCounter(d.Now()))
	of := d.cfg.YouTube.PagesPerDay
	left := of - int(min(used, uint64(of)))
	switch {
	case err != nil:
		d.fail("pages", catalogueFix(err), "The count of the day's pages cannot be read: %v.", err)
	case left == 0:
		again := schedule.In(d.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1), zone).Format("2 Jan 15:04 MST")
		d.warn("pages", "They are full again on "+again+". youtube.pages_per_day changes how many there are, and the official API (youtube.api_key) needs none.",
			"Today's %d pages of YouTube are used up, so nothing new is read.", of)
	default:
		d.ok("pages", "%d of today's %d pages of YouTube are left.", left, of)
	}
}

// diagnosis sums up the findings.
func (d *doctor) diagnosis() Diagnosis {
	worst := StatusOK
	for _, status := range []string{StatusWarn, StatusFail} {
		if slices.ContainsFunc(d.findings, func(f Finding) bool { return f.Status == status }) {
			worst = status
		}
	}
	return Diagnosis{worst, app.Version(), append([]Finding{}, d.findings...)}
}

// Diagnosis is all that was found.
type Diagnosis struct {
	Status   string    `json:"status"` // the worst of the findings
	Version  string    `json:"version"`
	Findings []Finding `json:"findings"`
}

// WriteJSON prints the diagnosis for programs.
func (d Diagnosis) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}

// WriteText prints the diagnosis for people.
func (d Diagnosis) WriteText(w io.Writer) error {
	var b strings.Builder
	area := ""
	counts := map[string]int{}
	for _, f := range byArea(d.Findings) {
		if f.Area != area {
			area = f.Area
			fmt.Fprintf(&b, "%s\n", area)
		}
		fmt.Fprintf(&b, "  %-4s  %s\n", f.Status, f.Text)
		if f.Fix != "" {
			fmt.Fprintf(&b, "        → %s\n", f.Fix)
		}
		counts[f.Status]++
	}
	fmt.Fprintf(&b, "\n%d ok, %d to look at, %d failed\n", counts[StatusOK], counts[StatusWarn], counts[StatusFail])
	_, err := io.WriteString(w, b.String())
	return err
}

// byArea puts the findings of an area together, in the order in which the areas
// came up: a running bot and this process may both have looked at one.
func byArea(findings []Finding) []Finding {
	var order []string
	for _, f := range findings {
		if !slices.Contains(order, f.Area) {
			order = append(order, f.Area)
		}
	}
	grouped := slices.Clone(findings)
	slices.SortStableFunc(grouped, func(a, b Finding) int {
		return slices.Index(order, a.Area) - slices.Index(order, b.Area)
	})
	return grouped
}

// examine looks at everything from outside of a running bot, and asks the bot for
// what it alone can see, because it owns the catalogue.
func (d *doctor) examine() {
	d.configuration()
	folder := d.folder()
	if folder && d.askBot() {
		d.clock()
		return
	}
	d.addresses()
	if folder {
		d.openCatalogue()
	}
	d.token()
	if !d.Offline {
		d.discord()
		d.youtube()
	}
	d.clock()
}

// askBot asks the running bot to examine itself; false if none runs.
func (d *doctor) askBot() bool {
	const area = "running bot"
	args := []string{"doctor", "--json", "--timeout", d.Timeout.String()}
	if d.Offline {
		args = append(args, "--offline")
	}
	if d.Quick {
		args = append(args, "--quick")
	}
	var out, errOut bytes.Buffer
	call := socket.Call{Args: args, Out: &out, ErrOut: &errOut, Probe: d.Quick}
	if _, served := call.Send(d.ctx, d.cfg.DataDir); !served {
		if !d.Quick {
			d.ok(area, "No bot runs on this data folder, so its files were looked at directly.")
		}
		return false
	}
	var answer Diagnosis
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		why, _, _ := strings.Cut(strings.TrimSpace(errOut.String()), "\n")
		if err := d.ctx.Err(); err != nil && why == "" {
			why = err.Error()
		}
		d.fail(area, "Look at its log; if it says nothing, restart it.", "A bot runs on this data folder and did not answer: %s",
			cmp.Or(why, "it said nothing."))
		return true
	}
	d.ok(area, "A bot of version %s runs on this data folder and answers.", answer.Version)
	if answer.Version != app.Version() {
		d.warn(area, "Restart the bot, so that it is the installed version.", "This command is version %s and the bot %s.", app.Version(), answer.Version)
	}
	d.findings = append(d.findings, answer.Findings...)
	return true
}

// quick asks the running bot for its health and nothing else.
func (d *doctor) quick() {
	cfg, _, err := config.Load(d.Settings)
	if err != nil {
		d.fail("configuration", "Run `cratedigger config show`.", "%v", err)
		return
	}
	d.cfg = cfg
	if !d.askBot() {
		d.fail("running bot", "Start it: cratedigger run", "No bot runs on %s.", cfg.DataDir)
	}
}

// service examines the running bot from inside.
func (d *doctor) service() {
	d.local = d.parts.Local
	d.gateway()
	if d.Quick {
		if _, err := d.parts.Catalog.Guilds(d.ctx); err != nil {
			d.fail("catalogue", "See the bot's log; `cratedigger check` tells whether the file is damaged.", "The catalogue does not answer: %v", err)
		}
		return
	}
	if lacking := d.parts.Lacking; lacking != nil {
		for _, err := range lacking() {
			d.warn("addresses", "Correct the setting and restart the bot.", "%v.", err)
		}
	}
	d.catalogue(d.parts.Catalog)
	if !d.Offline {
		d.discord()
		d.youtube()
	}
}

// gateway says whether the running bot is connected.
func (d *doctor) gateway() {
	if d.local {
		d.ok("Discord", "One person is served without Discord (run --local).")
		return
	}
	if d.parts.Connected == nil {
		return
	}
	if d.parts.Connected() {
		d.ok("gateway", "The bot is connected to Discord's gateway.")
		return
	}
	d.fail("gateway", "It tries again by itself; see https://discordstatus.com, and the bot's log for the reason.",
		"The bot is not connected to Discord's gateway.")
}

// guilds returns the guilds that are served: those of Discord that the bot has not
// left, or the local guild.
func (d *doctor) guilds() []catalog.Guild {
	if d.parts == nil || d.parts.Catalog == nil {
		return nil
	}
	all, err := d.parts.Catalog.Guilds(d.ctx)
	if err != nil {
		return nil // catalogue has said so
	}
	return slices.DeleteFunc(all, func(g catalog.Guild) bool { return !d.parts.Serves(g) })
}

// left returns the guilds that have removed the bot and whose data is still kept.
func (d *doctor) left() []catalog.Guild {
	if d.parts == nil || d.parts.Catalog == nil {
		return nil
	}
	all, err := d.parts.Catalog.Guilds(d.ctx)
	if err != nil {
		return nil // catalogue has said so
	}
	return slices.DeleteFunc(all, func(g catalog.Guild) bool { return g.LeftAt.IsZero() })
}

// nameOf is the name of a guild in a finding.
func nameOf(g catalog.Guild) string {
	if g.Name == "" {
		return "Guild " + g.ID
	}
	return fmt.Sprintf("Guild %q (%s)", terminal.OneLine(g.Name), g.ID)
}
