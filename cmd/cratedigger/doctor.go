package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"cratedigger/config"
	"cratedigger/pipeline/catalog"
)

// The outcomes of one examination.
const (
	statusOK   = "ok"
	statusWarn = "warn" // it works, but somebody should look
	statusFail = "fail" // it does not work
)

// finding is one thing that the doctor has looked at.
type finding struct {
	Area   string `json:"area"`   // "configuration", "data folder", "clock", …
	Status string `json:"status"` // "ok", "warn", "fail"
	Text   string `json:"text"`   // a sentence
	Fix    string `json:"fix"`    // what to do; "" when all is well
}

type doctorCmd struct {
	JSON    bool          `name:"json" help:"Print JSON, whatever is wrong."`
	Quick   bool          `help:"Only ask the running bot whether it is well: for health checks."`
	Offline bool          `help:"Do not ask Discord or YouTube."`
	Strict  bool          `help:"Exit with code 1 on warnings too."`
	Timeout time.Duration `default:"60s" help:"How long all of it may take."`
}

// Help explains the exit codes.
func (doctorCmd) Help() string {
	return `Looks at the configuration, the data folder, the clock, the token, the channels'
permissions, YouTube, the schedules and the models. Beside a running bot it asks
the bot about what only the bot can see. Nothing is changed.

Exit codes: 0 nothing failed (with --strict: and there is nothing to look at), 1
otherwise, 2 a flag is unknown. --json prints an object with "status" (ok, warn
or fail: the worst), "version" and "findings", each with "area", "status",
"text" and "fix".`
}

// doctor collects findings.
type doctor struct {
	*doctorCmd
	inv      *invocation
	cfg      *config.Config
	findings []finding
	skew     time.Duration // this clock minus theirs, of the newest answer
	skewed   bool          // skew is known
}

func (d *doctor) ok(area, format string, args ...any) {
	d.findings = append(d.findings, finding{area, statusOK, fmt.Sprintf(format, args...), ""})
}

func (d *doctor) warn(area, fix, format string, args ...any) {
	d.findings = append(d.findings, finding{area, statusWarn, fmt.Sprintf(format, args...), fix})
}

func (d *doctor) fail(area, fix, format string, args ...any) {
	d.findings = append(d.findings, finding{area, statusFail, fmt.Sprintf(format, args...), fix})
}

// Run examines and prints. Exit code 1 says that something does not work.
func (c *doctorCmd) Run(inv *invocation) error {
	ctx, cancel := context.WithTimeout(inv.ctx, c.Timeout)
	defer cancel()
	within := *inv
	within.ctx = ctx
	d := &doctor{doctorCmd: c, inv: &within}
	switch {
	case inv.served:
		d.cfg = inv.parts.Config
		d.service()
	case c.Quick:
		d.quick()
	default:
		d.examine()
	}
	inv.parts = within.parts // to be closed
	if err := d.print(inv.out); err != nil {
		return err
	}
	if worst := d.worst(); worst == statusFail || c.Strict && worst == statusWarn {
		return exitError{1, errors.New("")}
	}
	return nil
}

// worst is the worst status found.
func (d *doctor) worst() string {
	for _, status := range []string{statusFail, statusWarn} {
		if slices.ContainsFunc(d.findings, func(f finding) bool { return f.Status == status }) {
			return status
		}
	}
	return statusOK
}

// diagnosis is what --json prints.
type diagnosis struct {
	Status   string    `json:"status"`
	Version  string    `json:"version"`
	Findings []finding `json:"findings"`
}

func (d *doctor) print(w io.Writer) error {
	if d.JSON {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(diagnosis{d.worst(), version(), append([]finding{}, d.findings...)})
	}
	var b strings.Builder
	area := ""
	counts := map[string]int{}
	for _, f := range byArea(d.findings) {
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
	fmt.Fprintf(&b, "\n%d ok, %d to look at, %d failed\n", counts[statusOK], counts[statusWarn], counts[statusFail])
	_, err := io.WriteString(w, b.String())
	return err
}

// byArea puts the findings of an area together, in the order in which the areas
// came up: a running bot and this process may both have looked at one.
func byArea(findings []finding) []finding {
	var order []string
	for _, f := range findings {
		if !slices.Contains(order, f.Area) {
			order = append(order, f.Area)
		}
	}
	grouped := slices.Clone(findings)
	slices.SortStableFunc(grouped, func(a, b finding) int {
		return slices.Index(order, a.Area) - slices.Index(order, b.Area)
	})
	return grouped
}

// examine looks at everything from outside of a running bot. What only the bot
// can see, because it owns the catalogue, the bot is asked.
func (d *doctor) examine() {
	d.configuration()
	folder := d.folder()
	if folder && d.askBot() {
		d.clock()
		return
	}
	d.addresses()
	if folder {
		d.OpenCatalogue()
	}
	if !d.Offline {
		d.discord()
		d.youtube()
	}
	d.clock()
}

// askBot has the running bot examine itself; false when none runs.
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
	inside := *d.inv
	inside.out, inside.errOut = &out, &errOut
	if _, served := inside.call(d.cfg.DataDir, args); !served {
		if !d.Quick {
			d.ok(area, "No bot runs on this data folder, so its files were looked at directly.")
		}
		return false
	}
	var answer diagnosis
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		d.fail(area, "Look at its log; if it says nothing, restart it.", "A bot runs on this data folder and did not answer: %s",
			firstLine(errOut.String(), d.inv.ctx.Err()))
		return true
	}
	d.ok(area, "A bot of version %s runs on this data folder and answers.", answer.Version)
	if answer.Version != version() {
		d.warn(area, "Restart the bot, so that it is the installed version.", "This command is version %s and the bot %s.", version(), answer.Version)
	}
	d.findings = append(d.findings, answer.Findings...)
	return true
}

// firstLine is the first line of text, or the error.
func firstLine(text string, err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if line == "" && err != nil {
		return err.Error()
	}
	if line == "" {
		return "it said nothing."
	}
	return line
}

// quick asks the running bot for its health and nothing else.
func (d *doctor) quick() {
	cfg, _, err := config.Load(d.inv.configInput())
	if err != nil {
		d.fail("configuration", "Run `cratedigger config show`.", "%v", err)
		return
	}
	d.cfg = cfg
	if !d.askBot() {
		d.fail("running bot", "Start it: cratedigger run", "No bot runs on %s.", cfg.DataDir)
	}
}

// service is what the running bot says of itself.
func (d *doctor) service() {
	d.gateway()
	if d.Quick {
		if _, err := d.inv.parts.Catalog.Guilds(); err != nil {
			d.fail("catalogue", "See the bot's log; `cratedigger check` tells whether the file is damaged.", "The catalogue does not answer: %v", err)
		}
		return
	}
	if lacking := d.inv.parts.Lacking; lacking != nil {
		for _, err := range lacking() {
			d.warn("addresses", "Correct the setting and restart the bot.", "%v.", err)
		}
	}
	d.catalogue(d.inv.parts.Catalog)
	if !d.Offline {
		d.discord()
		d.youtube()
	}
}

// gateway says whether the running bot is connected.
func (d *doctor) gateway() {
	if d.inv.parts.Connected == nil {
		return
	}
	if d.inv.parts.Connected() {
		d.ok("gateway", "The bot is connected to Discord's gateway.")
		return
	}
	d.fail("gateway", "It tries again by itself; see https://discordstatus.com, and the bot's log for the reason.",
		"The bot is not connected to Discord's gateway.")
}

// guilds are the guilds that the catalogue knows and the bot has not left.
func (d *doctor) guilds() []catalog.Guild {
	if d.inv.parts == nil || d.inv.parts.Catalog == nil {
		return nil
	}
	all, err := d.inv.parts.Catalog.Guilds()
	if err != nil {
		return nil // catalogue has said so
	}
	return slices.DeleteFunc(all, func(g catalog.Guild) bool { return !g.LeftAt.IsZero() || g.ID == localGuild })
}

// nameOf is how a finding calls a guild.
func nameOf(g catalog.Guild) string {
	if g.Name == "" {
		return "Guild " + g.ID
	}
	return fmt.Sprintf("Guild %q (%s)", oneLine(g.Name), g.ID)
}
