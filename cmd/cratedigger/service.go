package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"cratedigger/bot"
	"cratedigger/bot/dashboard"
	"cratedigger/bot/discord"
	words "cratedigger/bot/text"
	"cratedigger/config"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

// service is the running bot: the parts, the connection to Discord, the
// schedules of all guilds and the socket for commands. `run` and `demo` start
// the same one.
type service struct {
	*parts
	bot    *bot.Bot
	runner *schedule.Runner
	socket net.Listener
	pages  *dashboard.Server // nil in the demo
	texts  *words.Catalogue  // in the languages that there are

	replan sync.Mutex

	asideMu sync.Mutex
	aside   []error // what does not work beside the bot, which goes on
}

// without notes a part that the bot does without.
func (s *service) without(part string, err error) {
	s.log.Error(part+" is off; all else goes on", "error", err)
	s.asideMu.Lock()
	defer s.asideMu.Unlock()
	s.aside = append(s.aside, err)
}

// lacking are the errors of the parts that the bot does without.
func (s *service) lacking() []error {
	s.asideMu.Lock()
	defer s.asideMu.Unlock()
	return slices.Clone(s.aside)
}

// newService connects the parts. transport makes the calls to Discord; nil is
// a plain one.
func newService(p *parts, transport http.RoundTripper) (*service, error) {
	s := &service{parts: p, runner: schedule.NewRunner(p.clock, p.catalog, p.log)}
	if p.metrics != nil && transport == nil {
		transport = http.DefaultTransport
	}
	if p.metrics != nil {
		transport = p.metrics.transport(transport)
	}
	var allowed []string
	for _, id := range p.cfg.Discord.Guilds {
		allowed = append(allowed, string(id))
	}
	var gateway func(string)
	var limited func(time.Duration)
	if p.metrics != nil {
		gateway, limited = p.metrics.gateway, p.metrics.limited
	}
	var err error
	if s.texts, err = words.Load(); err != nil {
		return nil, err
	}
	s.bot, err = bot.New(bot.Options{
		Token:     p.cfg.Discord.Token.Reveal(),
		BaseURL:   string(p.cfg.Discord.BaseURL),
		Guilds:    allowed,
		Catalog:   p.store,
		Stages:    p.loop,
		Text:      s.texts,
		Clock:     p.clock,
		Log:       p.log,
		NewGuild:  func(id, name string) catalog.Guild { return newGuild(p.cfg, id, name, p.clock.Now()) },
		Changed:   func(string) { s.plan() },
		Gateway:   gateway,
		Limited:   limited,
		Version:   version(),
		Transport: transport,
		Keep:      p.cfg.Retention.Votes,
	})
	if err != nil {
		return nil, err
	}
	p.connected, p.lacking = s.bot.Connected, s.lacking
	return s, nil
}

// plan gives the runner the jobs that the guilds' settings ask for.
func (s *service) plan() {
	s.replan.Lock()
	defer s.replan.Unlock()
	guilds, err := s.catalog.Guilds()
	if err != nil {
		s.log.Error("the schedules stay as they were: the guilds could not be read", "error", err)
		return
	}
	jobs, err := s.loop.Upkeep(upkeep(s.cfg))
	if err != nil {
		s.log.Error("no backups are made, and nothing is forgotten", "error", err)
	}
	for _, g := range guilds {
		if g.ID == localGuild {
			continue // it has no Discord
		}
		own, err := s.loop.Jobs(g, pipeline.Outlet{Deliver: s.bot.Deliver, Recap: s.bot.Recap})
		if err != nil {
			s.log.Error("a schedule is refused; correct it with /cratedigger schedule", "guild", g.ID, "error", err)
		}
		jobs = append(jobs, own...)
	}
	s.runner.SetJobs(jobs)
}

// upkeep is how long the installation keeps what, by the configuration.
func upkeep(cfg *config.Config) pipeline.Upkeep {
	u := pipeline.Upkeep{
		Hour: cfg.Backup.Hour, Backups: cfg.Backup.Keep,
		Votes: cfg.Retention.Votes, Runs: cfg.Retention.Runs, LeftGuilds: cfg.Retention.LeftGuilds,
	}
	if configuredSource(cfg) == sourceAPI {
		u.Refresh = youtube.APIMaxAge - 48*time.Hour // two days are left to try again
	}
	return u
}

// run serves until ctx ends. The order of the end: no new jobs, no new
// commands, then Discord; the caller closes the catalogue last.
func (s *service) run(ctx context.Context, inv *invocation) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s.plan()
	var others sync.WaitGroup
	if s.socket != nil {
		template := *inv
		template.parts, template.served = s.parts, true
		others.Go(func() { serveSocket(ctx, s.socket, template, s.log) })
	}
	if s.pages != nil {
		others.Go(func() {
			if err := s.pages.Run(ctx); err != nil {
				s.without("the dashboard", err)
			}
		})
	}
	if m := s.cfg.Metrics; s.metrics != nil && m.Enabled && m.Listen != "" {
		others.Go(func() {
			if err := s.metrics.serve(ctx, string(m.Listen)); err != nil {
				s.without("the address of the metrics", err)
			}
		})
	}
	others.Go(func() { s.runner.Run(ctx) })
	others.Go(func() { watchdog(ctx, s.log, s.alive) })
	notify(s.log, notifyReady)
	ended := make(chan error, 1)
	others.Go(func() {
		ended <- s.bot.Run(ctx)
		stop()
	})
	rest := make(chan struct{})
	go func() { others.Wait(); close(rest) }()
	select {
	case <-rest:
	case <-s.catalog.Damaged():
		return s.endDamaged(stop, rest)
	}
	notify(s.log, notifyStopping)
	return <-ended
}

// damagedLimit is how long the parts may take to end when the catalogue is
// damaged: one of them may wait for ever for a lock of the database's.
const damagedLimit = 15 * time.Second

// endDamaged ends a bot that can keep nothing any more, so that whoever starts
// it again has the file set aside, and restored when so configured.
func (s *service) endDamaged(stop func(), rest <-chan struct{}) error {
	notify(s.log, notifyStopping)
	stop()
	timer := time.NewTimer(damagedLimit)
	defer timer.Stop()
	select {
	case <-rest:
	case <-timer.C:
	}
	return fmt.Errorf("the bot has ended, and the next start will set the damaged file aside: %w", s.catalog.Damage())
}

// dashboardOptions are what the configuration says of the dashboard.
func dashboardOptions(d config.Dashboard) dashboard.Options {
	o := dashboard.Options{Listen: string(d.Listen), Password: d.Password.Reveal(), PasswordHash: d.PasswordHash.Reveal(), PprofListen: string(d.PprofListen)}
	for _, n := range d.TrustedProxies {
		o.TrustedProxies = append(o.TrustedProxies, n.Prefix())
	}
	return o
}

// openDashboard prepares the owner's pages.
func (s *service) openDashboard() error {
	d := s.cfg.Dashboard
	if d.Listen == "" {
		return nil
	}
	options := dashboardOptions(d)
	options.Store, options.Ranker, options.Trainer, options.Labeller, options.Taster, options.Labels = s.catalog, s.loop, s.loop, s.loop, s.loop, labelFiles{s.parts}
	options.Ready, options.Changed, options.PredictPause = s.ready, func(string) { s.plan() }, bot.CoolPredict
	options.Now, options.Log, options.Version, options.Text = s.clock.Now, s.log, version(), s.texts
	if s.metrics != nil && s.cfg.Metrics.Enabled && s.cfg.Metrics.Listen == "" {
		options.Metrics = s.metrics.handler()
	}
	var err error
	s.pages, err = dashboard.New(options)
	return err
}

// ready says why the bot does not serve its guilds just now, or nil.
func (s *service) ready() error {
	if !s.bot.Connected() {
		return errors.New("not connected to Discord")
	}
	return s.alive()
}

// alive says whether the catalogue still answers: what a restart can mend.
func (s *service) alive() error {
	_, err := s.catalog.Guilds()
	return err
}

// labelFiles are the guilds' labels as CSV, for the dashboard.
type labelFiles struct{ *parts }

// Export writes a guild's labels, or with unlabelled the videos without one.
func (f labelFiles) Export(ctx context.Context, w io.Writer, guildID string, unlabelled bool) error {
	_, err := labels.Export(ctx, f.catalog, w, guildID, unlabelled)
	return err
}

// Import reads a file whole or not at all.
func (f labelFiles) Import(ctx context.Context, r io.Reader, guildID string) (imported int, err error) {
	report, err := labels.Import(ctx, f.catalog, r, labels.ImportOptions{GuildID: guildID, Now: f.clock.Now().UTC()})
	return report.Liked + report.Disliked, err
}

// exitFatal is the exit code when trying again cannot help: EX_CONFIG of
// sysexits.h. A service manager should not restart the bot then.
const exitFatal = 78

// fatalExit waits, in a container, so that a restart policy cannot use up the
// day's logins, and gives a fatal error its exit code.
func (s *service) fatalExit(ctx context.Context, err error, wait time.Duration) error {
	fatal, ok := errors.AsType[*discord.FatalError](err)
	if !ok {
		return err
	}
	if wait > 0 {
		s.log.Error("waiting before ending, so that restarts do not use up the day's logins", "wait", wait, "reason", fatal)
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return exitError{exitFatal, fmt.Errorf("Discord refuses the bot for good: %w", err)}
}
