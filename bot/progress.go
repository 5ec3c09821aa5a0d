package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

const (
	editEvery  = 2 * time.Second  // between edits of a progress bar
	tokenLimit = 14 * time.Minute // Discord accepts answers to an interaction for 15 minutes
	barWidth   = 16
)

// work is one stage, run for a member.
type work func(ctx context.Context, p pipeline.Progress) (catalog.Run, error)

// long answers at once, runs the work, and edits the answer to show how far it is,
// at most every two seconds. When the interaction has expired by the end of the
// work, the result goes to the channel.
func (r *runCommands) long(ctx context.Context, c *call, kind catalog.RunKind, w work, result func(catalog.Run) discord.Message) error {
	if err := r.stages.Busy(ctx, kind, c.guild.ID); err != nil {
		return err
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	bar := &progress{changed: make(chan struct{}, 1)}
	type outcome struct {
		run catalog.Run
		err error
	}
	ended := make(chan outcome, 1)
	go func() {
		var o outcome
		o.err = fmt.Errorf("%s ended by a mistake in the program", kind)
		defer func() { ended <- o }()
		r.tasks.guard(string(kind), func() { o.run, o.err = w(ctx, bar.report) })
	}()
	c.show(ctx, kind, bar)
	tick := time.NewTicker(r.editEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			select {
			case <-bar.changed:
				c.show(ctx, kind, bar)
			default:
			}
		case o := <-ended:
			return c.ended(ctx, kind, o.run, o.err, result)
		}
	}
}

// show edits the answer to what the bar says now, with a button to cancel.
func (c *call) show(ctx context.Context, kind catalog.RunKind, bar *progress) {
	if c.expired() {
		return
	}
	m := discord.Message{Content: c.l.Say("progress."+string(kind)) + "\n" + bar.draw(c), Components: []discord.Component{
		discord.Row{Components: []discord.Component{discord.Button{
			Style: discord.ButtonSecondary, Label: c.l.Say("progress.cancel"), CustomID: discord.CustomID(actionCancel, string(kind), c.in.UserID()),
		}}}}}
	if err := c.reply(ctx, m); err != nil && ctx.Err() == nil {
		c.log.Debug("progress could not be shown", "guild", c.guild.ID, "error", err)
	}
}

// expired reports whether the interaction can no longer be answered.
func (c *call) expired() bool { return c.now().Sub(c.in.Received) >= tokenLimit }

// ended says how the work ended.
func (c *call) ended(ctx context.Context, kind catalog.RunKind, run catalog.Run, err error, result func(catalog.Run) discord.Message) error {
	var m discord.Message
	switch busy, isBusy := errors.AsType[*pipeline.BusyError](err); {
	case isBusy:
		m.Content = c.running(busy)
	case err != nil && ctx.Err() != nil: // the bot stops, which cancels runs too
		m.Content = c.l.Say("progress.stopping")
		if _, fatal := errors.AsType[*discord.FatalError](context.Cause(ctx)); fatal {
			m.Content = c.l.Say("progress.ending")
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
	case run.Outcome == catalog.OutcomeCancelled:
		m.Content = c.l.Say("progress.cancelled")
	case err != nil:
		code := shortCode(string(kind), err)
		c.log.Error("work that a member asked for failed", "guild", c.guild.ID, "kind", kind, "error", err, "code", code)
		m.Content = c.l.Say("progress.failed", "kind", c.l.Say("kind."+string(kind)), "code", code)
	default:
		m = result(run)
	}
	m.Bare = true
	if !c.expired() {
		err := c.reply(ctx, m)
		if err == nil || discord.Classify(err) != discord.Final {
			return nil
		}
	}
	m.Bare = false
	if _, err := c.client.Send(ctx, c.in.ChannelID, m); err != nil {
		c.log.Warn("the end of long work could not be told", "guild", c.guild.ID, "error", err)
	}
	return nil
}

// progress is how far work is.
type progress struct {
	mu      sync.Mutex
	stage   string
	done    int
	total   int
	changed chan struct{}
}

// report is a pipeline.Progress.
func (p *progress) report(stage string, done, total int) {
	p.mu.Lock()
	same := p.stage == stage && p.done == done && p.total == total
	p.stage, p.done, p.total = stage, done, total
	p.mu.Unlock()
	if same {
		return
	}
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// draw is the bar as text.
func (p *progress) draw(c *call) string {
	p.mu.Lock()
	stage, done, total := p.stage, p.done, p.total
	p.mu.Unlock()
	name := discord.Title(stage, 60)
	if key := "stage." + strings.ReplaceAll(stage, " ", "_"); c.l.Has(key) {
		name = c.l.Say(key)
	}
	switch {
	case stage == "":
		return c.l.Say("progress.started")
	case total <= 0:
		return c.l.Say("progress.count", "stage", name, "done", done)
	}
	done = min(max(done, 0), total)
	full := done * barWidth / total
	return fmt.Sprintf("`%s%s` %s", strings.Repeat("█", full), strings.Repeat("░", barWidth-full),
		c.l.Say("progress.bar", "stage", name, "done", done, "total", total))
}

// cancel ends long work, for the member who started it or an administrator.
func (r *runCommands) cancel(ctx context.Context, c *call) error {
	kind, by := catalog.RunKind(c.id.Arg(0)), c.id.Arg(1)
	if by != c.in.UserID() && !c.in.Manages() {
		return problem("error.not_yours")
	}
	if !r.stages.Cancel(kind, c.guild.ID) {
		return c.say(ctx, "progress.over")
	}
	return c.say(ctx, "progress.cancelling")
}
