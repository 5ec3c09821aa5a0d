package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"cratedigger/bot"
	"cratedigger/bot/dashboard"
	"cratedigger/bot/discord"
	words "cratedigger/bot/text"
	"cratedigger/cmd/internal/socket"
	"cratedigger/config"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Serve opens the parts and runs the bot on them until ctx ends. execute executes
// the commands that come through the socket. At a terminal a refused token ends it at
// once, also in a container: somebody reads why.
func (p *Parts) Serve(ctx context.Context, getenv func(string) string, terminal bool, execute func(context.Context, socket.Call) int) (err error) {
	if err := p.OpenCatalogue(p.Clock.Now); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.OpenLoop(ctx); err != nil {
		return err
	}
	s, err := NewService(ctx, p, crashTransport())
	if err != nil {
		return err
	}
	if s.pages, err = s.Dashboard(); err != nil {
		return err
	}
	if err := s.Listen(); err != nil {
		return err
	}
	p.Log.Info("cratedigger starts", "version", Version(), "data", p.Config.DataDir)
	if err := p.TellSource(ctx); err != nil {
		return err
	}
	err = s.Run(ctx, execute)
	if err == nil {
		p.Log.Info("cratedigger has stopped; nothing was left half done")
	}
	wait := fatalWait(p.Config, getenv)
	if terminal {
		wait = 0
	}
	return s.fatalExit(ctx, err, wait)
}

// Service is the running bot: the parts, the connection to Discord, the
// schedules of all guilds and the socket for commands. `run` and `demo` start
// the same one. Without Discord it serves one person.
type Service struct {
	*Parts
	Bot    *bot.Bot // nil without Discord
	runner *schedule.Runner
	socket net.Listener      // nil in the demo
	pages  *dashboard.Server // nil in the demo, which serves its own, or where there is none
	texts  *words.Catalogue  // in the languages that there are

	replan    sync.Mutex
	unplanned bool          // the guilds could not be read when all were to be planned; guarded by replan
	chosen    chan struct{} // the local guild's settings may have changed

	asideMu sync.Mutex
	failed  []error // errors of parts that failed and that the bot runs without
}

// without records that a part has failed and that the bot goes on without it.
func (s *Service) without(part string, err error) {
	s.Log.Error(part+" is off; all else goes on", "error", err)
	s.asideMu.Lock()
	defer s.asideMu.Unlock()
	s.failed = append(s.failed, err)
}

// lacking returns the errors of the parts that failed.
func (s *Service) lacking() []error {
	s.asideMu.Lock()
	defer s.asideMu.Unlock()
	return slices.Clone(s.failed)
}

// Listen opens the socket for commands.
func (s *Service) Listen() (err error) {
	s.socket, err = socket.Listen(s.Config.DataDir)
	return err
}

// NewService connects the parts. transport makes the calls to Discord; nil is
// http.DefaultTransport.
func NewService(ctx context.Context, p *Parts, transport http.RoundTripper) (*Service, error) {
	s := &Service{Parts: p, runner: schedule.NewRunner(p.Clock, p.Catalog, p.Log), chosen: make(chan struct{}, 1)}
	var err error
	if s.texts, err = words.Load(); err != nil {
		return nil, err
	}
	p.Lacking = s.lacking
	if p.Local {
		return s, p.localGuild(ctx)
	}
	o := bot.Options{
		Token:     p.Config.Discord.Token.Reveal(),
		BaseURL:   string(p.Config.Discord.BaseURL),
		Catalog:   p.store,
		Stages:    p.Loop,
		Text:      s.texts,
		Clock:     p.Clock,
		Log:       p.Log,
		NewGuild:  func(id, name string) catalog.Guild { return newGuild(p.Config, id, name, p.Clock.Now()) },
		Changed:   s.plan,
		Version:   Version(),
		Transport: transport,
		Proxy:     http.ProxyFromEnvironment, // as http.DefaultTransport
		Keep:      p.Config.Retention.Votes,

		CallsPerSecond: p.Config.Discord.CallsPerSecond,
	}
	for _, id := range p.Config.Discord.Guilds {
		o.Guilds = append(o.Guilds, string(id))
	}
	if m := p.Metrics; m != nil {
		o.Gateway, o.Limited, o.Transport = m.gateway, m.limited, m.transport(cmp.Or(transport, http.DefaultTransport))
	}
	if s.Bot, err = bot.New(o); err != nil {
		return nil, err
	}
	p.bot, p.Connected = s.Bot, s.Bot.Connected
	return s, nil
}

// planAll gives the runner the jobs that all guilds' settings ask for, and the upkeep.
func (s *Service) planAll(ctx context.Context) {
	s.replan.Lock()
	defer s.replan.Unlock()
	s.planGuilds(ctx)
}

// planGuilds is planAll. replan is held.
func (s *Service) planGuilds(ctx context.Context) {
	guilds, err := s.Catalog.Guilds(ctx)
	if s.unplanned = err != nil; s.unplanned {
		s.Log.Error("nothing is scheduled until a guild's settings change: the guilds could not be read", "error", err)
		return
	}
	jobs, err := s.Loop.Upkeep(upkeep(s.Config))
	if err != nil {
		s.Log.Error("no backups are made, and nothing is forgotten", "error", err)
	}
	s.runner.SetJobs(pipeline.AllGuilds, jobs)
	for _, g := range guilds {
		s.runner.SetJobs(g.ID, s.jobs(g))
	}
}

// plan gives the runner the jobs that a guild's settings ask for.
func (s *Service) plan(guildID string) {
	s.replan.Lock()
	defer s.replan.Unlock()
	ctx, release := catalog.Accepted(context.Background()) // the change is stored, whoever made it may be gone
	defer release()
	if s.unplanned {
		s.planGuilds(ctx)
		return
	}
	g, found, err := s.Catalog.Guild(ctx, guildID)
	if err != nil {
		s.Log.Error("a schedule stays as it was: the guild could not be read", "guild", guildID, "error", err)
		return
	}
	var jobs []schedule.Job
	if found {
		jobs = s.jobs(g)
	}
	s.runner.SetJobs(guildID, jobs)
}

// jobs are the jobs that a guild's settings ask for.
func (s *Service) jobs(g catalog.Guild) []schedule.Job {
	if !s.Serves(g) {
		return nil
	}
	outlet, correct := pipeline.Outlet{}, "on the dashboard's page Settings"
	if !s.Local {
		outlet, correct = pipeline.Outlet{Deliver: s.Bot.Deliver, Recap: s.Bot.Recap, Duel: s.Bot.Duel}, "with /cratedigger schedule"
	}
	jobs, err := s.Loop.Jobs(g, outlet)
	if err != nil {
		s.Log.Error("a schedule is refused; correct it "+correct, "guild", g.ID, "error", err)
	}
	return jobs
}

// upkeep has the options of backups and retention from the configuration.
func upkeep(cfg *config.Config) pipeline.Upkeep {
	u := pipeline.Upkeep{
		Hour: cfg.Backup.Hour, Backups: cfg.Backup.Keep,
		Votes: cfg.Retention.Votes, Runs: cfg.Retention.Runs, LeftGuilds: cfg.Retention.LeftGuilds,
	}
	if ConfiguredSource(cfg) == SourceAPI {
		u.Refresh = youtube.APIMaxAge - 48*time.Hour // two days are left to try again
	}
	return u
}

// Run serves until ctx ends; execute executes the commands that come through the
// socket. At the end the jobs and the commands stop first, then Discord; the caller
// closes the catalogue last.
func (s *Service) Run(ctx context.Context, execute func(context.Context, socket.Call) int) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s.planAll(ctx)
	var others sync.WaitGroup
	if s.socket != nil {
		others.Go(func() { socket.Serve(ctx, s.socket, execute, s.Log) })
	}
	if s.pages != nil {
		others.Go(func() {
			if err := s.pages.Run(ctx); err != nil {
				s.without("the dashboard", err)
			}
		})
	}
	if m := s.Config.Metrics; s.Metrics != nil && m.Enabled && m.Listen != "" {
		others.Go(func() {
			if err := s.Metrics.serve(ctx, string(m.Listen)); err != nil {
				s.without("the address of the metrics", err)
			}
		})
	}
	others.Go(func() {
		if err := s.Loop.RenewSongs(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("songs that an earlier program read are read anew at the next start", "error", err)
		}
	})
	others.Go(func() { s.runner.Run(ctx) })
	others.Go(func() { watchdog(ctx, s.Log, s.alive) })
	notify(s.Log, daemon.SdNotifyReady)
	ended := make(chan error, 1)
	others.Go(func() {
		if s.Local {
			s.runLocal(ctx)
			ended <- nil
		} else {
			ended <- s.Bot.Run(ctx)
		}
		stop()
	})
	var damaged <-chan struct{}
	if s.file != nil {
		damaged = s.file.Damaged()
	}
	rest := make(chan struct{})
	go func() { others.Wait(); close(rest) }()
	select {
	case <-rest:
	case <-damaged:
		return s.endDamaged(stop, rest)
	}
	notify(s.Log, daemon.SdNotifyStopping)
	return <-ended
}

// runLocal serves one person without Discord until ctx ends: it searches as soon as
// there is something to search for, and then on schedule.
func (s *Service) runLocal(ctx context.Context) {
	for ctx.Err() == nil {
		g, _, err := s.Catalog.Guild(ctx, catalog.LocalGuild)
		switch {
		case err != nil:
			s.Log.Error("nothing was searched: the settings could not be read", "error", err)
		case len(g.Queries) == 0:
			s.Log.Warn("there is nothing to search for yet: write searches on the dashboard's page Settings, or set defaults.queries in the configuration", "guild", g.ID)
		case !g.Paused:
			if err := s.Loop.Freshen(ctx, g.ID); err != nil && ctx.Err() == nil {
				s.Log.Error("the search failed; it is tried again on schedule", "guild", g.ID, "error", err)
			}
		}
		select {
		case <-s.chosen:
		case <-ctx.Done():
		}
	}
}

// settingsChanged brings the schedules up to date with a guild's settings. For the
// local guild it also starts a search.
func (s *Service) settingsChanged(guildID string) {
	s.plan(guildID)
	select {
	case s.chosen <- struct{}{}:
	default: // a signal is already waiting
	}
}

// damagedLimit is how long the parts may take to end when the catalogue is damaged:
// one of them may be waiting for a lock of the database that never comes.
const damagedLimit = 15 * time.Second

// endDamaged ends a bot whose catalogue is damaged. The next start renames the file
// and, if the configuration says so, restores a backup.
func (s *Service) endDamaged(stop func(), rest <-chan struct{}) error {
	notify(s.Log, daemon.SdNotifyStopping)
	stop()
	timer := time.NewTimer(damagedLimit)
	defer timer.Stop()
	select {
	case <-rest:
	case <-timer.C:
	}
	return fmt.Errorf("the bot has ended, and the next start will set the damaged file aside: %w", s.file.Damage())
}

// DashboardOptions are the options of the dashboard from the configuration.
func DashboardOptions(d config.Dashboard) dashboard.Options {
	o := dashboard.Options{Listen: string(d.Listen), Password: d.Password.Reveal(), PasswordHash: d.PasswordHash.Reveal(), PprofListen: string(d.PprofListen)}
	for _, n := range d.TrustedProxies {
		o.TrustedProxies = append(o.TrustedProxies, n.Prefix())
	}
	return o
}

// Dashboard returns the owner's pages, with changes to what the configuration says of
// them; nil if no address is set.
func (s *Service) Dashboard(changes ...func(*dashboard.Options)) (*dashboard.Server, error) {
	d := s.Config.Dashboard
	if d.Listen == "" {
		return nil, nil
	}
	options := DashboardOptions(d)
	options.Store, options.Stages, options.Labels = s.Catalog, s.Loop, labelFiles{s.Parts}
	options.Serves, options.Health = s.Serves, s.Health
	if s.Bot != nil {
		options.Deliver, options.People = s.Bot.Deliver, s.Bot.People()
		options.Places, options.Roles = placesOf(s.Bot.PostChannels), placesOf(s.Bot.Roles)
	}
	options.Ready, options.Changed = s.ready, s.settingsChanged
	options.PredictPause, options.SearchPause = bot.CoolPredict, bot.CoolRescrape
	options.Now, options.Log, options.Version, options.Text = s.Clock.Now, s.Log, Version(), s.texts
	if s.Metrics != nil && s.Config.Metrics.Enabled && s.Config.Metrics.Listen == "" {
		options.Metrics = s.Metrics.handler()
	}
	options.Channel = channelURL
	for _, change := range changes {
		change(&options)
	}
	return dashboard.New(options)
}

// placesOf asks for channels or roles of a guild on behalf of the dashboard.
func placesOf(ask func(context.Context, string) ([]discord.Named, error)) func(context.Context, string) ([]dashboard.Place, error) {
	return func(ctx context.Context, guildID string) ([]dashboard.Place, error) {
		named, err := ask(ctx, guildID)
		out := make([]dashboard.Place, len(named)) // not nil: Discord has answered
		for i, n := range named {
			out[i] = dashboard.Place(n)
		}
		return out, err
	}
}

// channelURL is a guild's channel in Discord, "" where it has none.
func channelURL(g catalog.Guild) string {
	if g.ID == catalog.LocalGuild || g.ChannelID == "" {
		return ""
	}
	return "https://discord.com/channels/" + g.ID + "/" + g.ChannelID
}

// ready says why the bot does not serve its guilds just now, or nil.
func (s *Service) ready(ctx context.Context) error {
	if s.Bot != nil && !s.Bot.Connected() {
		return errors.New("not connected to Discord")
	}
	return s.alive(ctx)
}

// alive returns an error if the catalogue does not answer; a restart may help then.
func (s *Service) alive(ctx context.Context) error {
	_, _, err := s.Catalog.Guild(ctx, catalog.LocalGuild) // whether or not there is one
	return err
}

// labelFiles exports and imports the guilds' labels as CSV, for the dashboard.
type labelFiles struct{ *Parts }

// Export writes a guild's labels, or with unlabelled the videos without one.
func (f labelFiles) Export(ctx context.Context, w io.Writer, guildID string, unlabelled bool) error {
	_, err := labels.Export(ctx, f.Catalog, w, guildID, unlabelled)
	return err
}

// Import imports all rows of a file of labels or none, or a file of likes.
func (f labelFiles) Import(ctx context.Context, r io.Reader, guildID string, preview bool) (holds string, err error) {
	report, err := labels.Import(ctx, f.Catalog, r, labels.ImportOptions{GuildID: guildID, Now: f.Clock.Now().UTC(), DryRun: preview})
	return report.String(), err
}

// fatalExit gives a fatal error its exit code. In a container it waits first, so
// that a restart policy cannot use up the day's logins.
func (s *Service) fatalExit(ctx context.Context, err error, wait time.Duration) error {
	fatal, ok := errors.AsType[*discord.FatalError](err)
	if !ok {
		return err
	}
	if wait > 0 {
		s.Log.Error("waiting before ending, so that restarts do not use up the day's logins; Ctrl-C ends it now", "wait", wait, "reason", fatal)
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ExitError{ExitFatal, fmt.Errorf("Discord refuses the bot for good: %w", err)}
}

// fatalWait is how long to wait before a fatal exit. It is 0 outside of a container,
// where a person decides about restarts.
func fatalWait(cfg *config.Config, getenv func(string) string) time.Duration {
	if getenv("KUBERNETES_SERVICE_HOST") != "" || getenv("container") != "" { // podman and others set the second
		return cfg.Discord.FatalWait
	}
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(mark); err == nil {
			return cfg.Discord.FatalWait
		}
	}
	return 0
}
