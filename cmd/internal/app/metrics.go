package app

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"
)

// Metrics are the numbers for Prometheus. The parts of the program know nothing of
// them: wrappers of the catalogue, of the source of videos and of the HTTP transport
// count what passes, and the rest is read from the catalogue when Prometheus asks.
type Metrics struct {
	registry *prometheus.Registry

	runs        *prometheus.CounterVec   // kind, outcome
	runSeconds  *prometheus.HistogramVec // kind
	lastSuccess *prometheus.GaugeVec     // kind
	alarms      *prometheus.CounterVec   // kind of page
	pages       *prometheus.CounterVec   // kind, status
	pageSeconds *prometheus.HistogramVec // call
	coverage    *prometheus.GaugeVec     // kind, field
	votes       *prometheus.CounterVec   // direction, source, change

	gatewayUp     prometheus.Gauge
	gatewayEvents *prometheus.CounterVec   // event
	rest          *prometheus.CounterVec   // method, route, status
	restSeconds   *prometheus.HistogramVec // method
	rateLimited   prometheus.Counter
}

// NewMetrics returns metrics with a new registry.
func NewMetrics() *Metrics {
	registry := prometheus.NewRegistry()
	factory := promauto.With(registry)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return factory.NewCounterVec(prometheus.CounterOpts{Name: "cratedigger_" + name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return factory.NewGaugeVec(prometheus.GaugeOpts{Name: "cratedigger_" + name, Help: help}, labels)
	}
	histogram := func(name, help string, first, factor float64, count int, labels ...string) *prometheus.HistogramVec {
		return factory.NewHistogramVec(prometheus.HistogramOpts{
			Name: "cratedigger_" + name, Help: help, Buckets: prometheus.ExponentialBuckets(first, factor, count),
		}, labels)
	}
	m := &Metrics{
		registry:    registry,
		runs:        counter("runs_total", "Runs that ended, by kind (scrape, post, retrain, tune, backup) and outcome.", "kind", "outcome"),
		runSeconds:  histogram("run_duration_seconds", "How long runs took, by kind.", 0.1, 3, 10, "kind"),
		lastSuccess: gauge("run_last_success_timestamp_seconds", "When a run of the kind last ended well.", "kind"),
		alarms:      counter("drift_alarms_total", "Alarms about pages that have changed, by kind of run.", "kind"),
		pages:       counter("pages_total", "Pages read from YouTube, by kind and status.", "kind", "status"),
		pageSeconds: histogram("page_wait_seconds", "Time to a page, waiting for its turn included, by call.", 0.05, 2, 12, "call"),
		coverage:    gauge("field_coverage_ratio", "Share of the last scrape's videos that had a field, by kind of page.", "kind", "field"),
		votes:       counter("votes_total", "Changes of votes, by direction (up, down), source and change (set, removed).", "direction", "source", "change"),

		gatewayUp:     gauge("gateway_up", "1 while the gateway of Discord is connected and ready.").WithLabelValues(),
		gatewayEvents: counter("gateway_events_total", "Changes of the gateway's state: ready, resumed, disconnected.", "event"),
		rest:          counter("discord_requests_total", "Requests to Discord, by method, route and status (error: no answer).", "method", "route", "status"),
		restSeconds:   histogram("discord_request_duration_seconds", "How long Discord took to answer, by method.", 0.01, 2.5, 9, "method"),
		rateLimited:   counter("discord_ratelimit_wait_seconds_total", "Seconds that requests have waited for a rate limit of Discord's.").WithLabelValues(),
	}
	gauge("build_info", "1, with the version and that of Go as labels.", "version", "goversion").WithLabelValues(Version(), runtime.Version()).Set(1)
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// handler serves the metrics.
func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// serve serves the metrics on metrics.listen until ctx ends.
func (m *Metrics) serve(ctx context.Context, address string) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.handler())
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10,
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	const most = 16 // connections: only one or two programs ask for metrics
	l, err := net.Listen("tcp", address)
	if err == nil {
		err = server.Serve(netutil.LimitListener(l, most))
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("the metrics cannot be served on %s: %w; set metrics.listen to a free address, or to \"\" for the dashboard's", address, err)
	}
	return nil
}

// gateway counts a change of the gateway's state: "ready", "resumed" or
// "disconnected".
func (m *Metrics) gateway(event string) {
	m.gatewayEvents.WithLabelValues(event).Inc()
	up := 1.0
	if event == "disconnected" {
		up = 0
	}
	m.gatewayUp.Set(up)
}

// limited counts a wait for a rate limit.
func (m *Metrics) limited(waited time.Duration) { m.rateLimited.Add(waited.Seconds()) }

// meteredStore is a catalogue that counts the runs and votes that pass.
type meteredStore struct {
	catalog.Store
	m *Metrics
}

// store wraps a catalogue and registers the numbers that are read from it. It takes
// the times of the last successes from the runs of earlier starts.
func (m *Metrics) store(ctx context.Context, c catalog.Store, serves func(catalog.Guild) bool) meteredStore {
	m.registry.MustRegister(&catalogCollector{catalog: c, serves: serves})
	const enough = 500                          // runs
	runs, _ := c.Runs(ctx, "", enough)          // an error stops the program elsewhere
	for _, run := range slices.Backward(runs) { // the oldest first
		m.succeeded(run)
	}
	return meteredStore{c, m}
}

// succeeded notes when a run of a kind ended well.
func (m *Metrics) succeeded(run catalog.Run) {
	if run.Outcome == catalog.OutcomeOK {
		m.lastSuccess.WithLabelValues(string(run.Kind)).Set(float64(run.Ended.Unix()))
	}
}

// FinishRun counts the run once it is written.
func (s meteredStore) FinishRun(ctx context.Context, run catalog.Run) error {
	if err := s.Store.FinishRun(ctx, run); err != nil {
		return err
	}
	m := s.m
	m.runs.WithLabelValues(string(run.Kind), string(run.Outcome)).Inc()
	m.runSeconds.WithLabelValues(string(run.Kind)).Observe(run.Ended.Sub(run.Started).Seconds())
	m.succeeded(run)
	m.alarms.WithLabelValues(string(run.Kind)).Add(float64(len(run.Alarms)))
	for kind, c := range run.Coverage {
		for field, n := range c.Fields {
			if c.Videos > 0 {
				m.coverage.WithLabelValues(kind, field).Set(float64(n) / float64(c.Videos))
			}
		}
	}
	return nil
}

// Vote counts the changes once they are written.
func (s meteredStore) Vote(ctx context.Context, changes ...catalog.VoteChange) ([]catalog.Vote, error) {
	votes, err := s.Store.Vote(ctx, changes...)
	if err == nil {
		for _, c := range changes {
			direction, change := "down", "removed"
			if c.Up {
				direction = "up"
			}
			if c.Set {
				change = "set"
			}
			s.m.votes.WithLabelValues(direction, string(c.Source), change).Inc()
		}
	}
	return votes, err
}

// meteredSource is a source of videos that counts its pages.
type meteredSource struct {
	pipeline.Source
	m *Metrics
}

// source wraps a source of videos.
func (m *Metrics) source(s pipeline.Source) pipeline.Source { return meteredSource{s, m} }

// Search counts one result of a query, however many pages it had.
func (s meteredSource) Search(ctx context.Context, query youtube.Query) (youtube.Results, error) {
	start := time.Now()
	results, err := s.Source.Search(ctx, query)
	s.m.pageSeconds.WithLabelValues("search").Observe(time.Since(start).Seconds())
	if status := pageStatus(results.Status, err); status != "" {
		s.m.pages.WithLabelValues("results", status).Inc()
	}
	return results, err
}

// Read counts each page as it comes.
func (s meteredSource) Read(ctx context.Context, ids []string, each func(youtube.Page) error) error {
	last := time.Now()
	err := s.Source.Read(ctx, ids, func(page youtube.Page) error {
		s.m.pageSeconds.WithLabelValues("read").Observe(time.Since(last).Seconds())
		s.m.pages.WithLabelValues("watch", string(page.Status)).Inc()
		err := each(page)
		last = time.Now()
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.m.pages.WithLabelValues("watch", "error").Inc()
	}
	return err
}

// pageStatus is the label of a page: its status, or "error" when there is none.
func pageStatus(status youtube.Status, err error) string {
	if status == "" && err != nil {
		return "error"
	}
	return string(status)
}

// meteredTransport counts requests to Discord.
type meteredTransport struct {
	next http.RoundTripper
	m    *Metrics
}

// transport wraps the transport to Discord.
func (m *Metrics) transport(next http.RoundTripper) http.RoundTripper {
	return meteredTransport{next, m}
}

// RoundTrip counts the request.
func (t meteredTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := t.next.RoundTrip(r)
	t.m.restSeconds.WithLabelValues(r.Method).Observe(time.Since(start).Seconds())
	status := "error"
	if err == nil {
		status = strconv.Itoa(resp.StatusCode)
	}
	t.m.rest.WithLabelValues(r.Method, route(r.URL.Path), status).Inc()
	return resp, err
}

// route is the path of a request to Discord with ids, emoji and tokens replaced by
// ":id". This leaves about thirty routes, few enough for labels of metrics.
func route(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) > 2 && parts[0] == "api" {
		parts = parts[2:] // "api", "v9"
	}
	const most = 8
	if len(parts) > most {
		parts = parts[:most]
	}
	for i, part := range parts {
		if !routeWords[part] {
			parts[i] = ":id"
		}
	}
	return "/" + strings.Join(parts, "/")
}

// routeWords are the fixed parts of the routes that the bot uses.
var routeWords = map[string]bool{
	"applications": true, "bulk-delete": true, "callback": true, "channels": true, "commands": true, "gateway": true, "bot": true,
	"guilds": true, "interactions": true, "members": true, "messages": true, "oauth2": true, "reactions": true, "roles": true,
	"threads": true, "typing": true, "users": true, "webhooks": true, "@me": true, "@original": true,
}

// collected is what is read of the catalogue.
type collected interface {
	VideoCount(context.Context) (int, error)
	Owing(context.Context) (map[string]int, error)
	Guilds(context.Context) ([]catalog.Guild, error)
	ChampionVersion(ctx context.Context, guildID string) (int, error)
	ChampionCard(ctx context.Context, guildID string) (catalog.Model, bool, error)
}

// catalogCollector reads numbers from the catalogue when Prometheus asks.
type catalogCollector struct {
	catalog collected
	serves  func(catalog.Guild) bool // others are not counted

	mu    sync.Mutex
	known map[string]modelMetrics // of the guilds' champions; cards are large, and change once a day
}

// modelMetrics are a champion's numbers.
type modelMetrics struct {
	version int
	trained time.Time
	numbers map[string]float64 // by metric
}

// keep forgets the champions of other guilds, whose versions may begin anew.
func (c *catalogCollector) keep(guilds []catalog.Guild) {
	here := make(map[string]bool, len(guilds))
	for _, g := range guilds {
		here[g.ID] = true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.known, func(id string, _ modelMetrics) bool { return !here[id] })
}

// champion is the numbers of a guild's champion; ok is false if there is none. It takes a
// card that is to be read from left: without any, the numbers are those of the champion
// before, or of none yet, which left tells by falling below 0.
func (c *catalogCollector) champion(ctx context.Context, guildID string, left *int) (m modelMetrics, ok bool) {
	version, err := c.catalog.ChampionVersion(ctx, guildID)
	if err != nil || version == 0 {
		return m, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if m, ok = c.known[guildID]; ok && (m.version == version || *left <= 0) {
		return m, true
	}
	if *left <= 0 {
		*left = -1
		return m, false
	}
	*left--
	model, ok, err := c.catalog.ChampionCard(ctx, guildID)
	if err != nil || !ok {
		return m, false
	}
	m = modelMetrics{version: model.Version, trained: model.CreatedAt, numbers: cardMetrics(model.Card)}
	if c.known == nil {
		c.known = map[string]modelMetrics{}
	}
	c.known[guildID] = m
	return m, true
}

var (
	videosDesc = prometheus.NewDesc("cratedigger_videos", "Videos in the catalogue.", nil, nil)
	outboxDesc = prometheus.NewDesc("cratedigger_outbox_depth", "Messages that are not wholly on Discord yet.", nil, nil)
	guildsDesc = prometheus.NewDesc("cratedigger_guilds", "Guilds that the bot is in, by state (active, paused, unset).", []string{"state"}, nil)
	modelDesc  = prometheus.NewDesc("cratedigger_model_metric", "The champion's labels, and its metrics on rows that it was not trained on, by guild. With many guilds, of all: labels added up, metrics averaged.", []string{"guild", "metric"}, nil)
	trainDesc  = prometheus.NewDesc("cratedigger_model_timestamp_seconds", "When the champion was trained, by guild; with many guilds, the oldest of all.", []string{"guild"}, nil)
)

// Describe sends nothing: Collect leaves out what cannot be read.
func (c *catalogCollector) Describe(chan<- *prometheus.Desc) {}

// Collect reads the catalogue. It leaves out numbers that cannot be read; the log says
// why.
func (c *catalogCollector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	// Prometheus gives no context; who scrapes does not wait longer.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if n, err := c.catalog.VideoCount(ctx); err == nil {
		gauge(videosDesc, float64(n))
	}
	if owing, err := c.catalog.Owing(ctx); err == nil {
		depth := 0
		for _, n := range owing {
			depth += n
		}
		gauge(outboxDesc, float64(depth))
	}
	guilds, err := c.catalog.Guilds(ctx)
	if err != nil {
		return
	}
	guilds = slices.DeleteFunc(guilds, func(g catalog.Guild) bool { return !c.serves(g) })
	c.keep(guilds)
	states := map[string]int{"active": 0, "paused": 0, "unset": 0}
	all := allModels{sum: map[string]float64{}, of: map[string]int{}}
	left := mostGuilds // cards to read: those of many guilds take some scrapes
	for _, g := range guilds {
		switch {
		case g.Paused:
			states["paused"]++
		case g.ChannelID == "":
			states["unset"]++
		default:
			states["active"]++
		}
		model, ok := c.champion(ctx, g.ID, &left)
		if !ok {
			continue
		}
		if len(guilds) > mostGuilds {
			all.add(model)
			continue
		}
		gauge(trainDesc, float64(model.trained.Unix()), g.ID)
		for name, value := range model.numbers {
			gauge(modelDesc, value, g.ID, name)
		}
	}
	for state, n := range states {
		gauge(guildsDesc, float64(n), state)
	}
	if left < 0 {
		return // sums of some are not those of all
	}
	if !all.oldest.IsZero() {
		gauge(trainDesc, float64(all.oldest.Unix()), "all")
	}
	for name, value := range all.sum {
		if !countMetrics[name] {
			value /= float64(all.of[name])
		}
		gauge(modelDesc, value, "all", name)
	}
}

// mostGuilds is how many guilds have series of their own: more would cost Prometheus
// more than they tell. A scrape reads as many cards at most.
const mostGuilds = 200

// allModels sums up the models of many guilds.
type allModels struct {
	oldest time.Time
	sum    map[string]float64 // by metric
	of     map[string]int     // models that have it
}

func (a *allModels) add(m modelMetrics) {
	if a.oldest.IsZero() || m.trained.Before(a.oldest) {
		a.oldest = m.trained
	}
	for name, value := range m.numbers {
		a.sum[name] += value
		a.of[name]++
	}
}

// countMetrics are the metrics of a card that are counts.
var countMetrics = map[string]bool{"labels": true, "liked": true, "weak_labels": true}

// cardMetrics are the fields of a model's card that are metrics.
func cardMetrics(data []byte) map[string]float64 {
	card, err := taste.ReadCard(data)
	if err != nil {
		return nil
	}
	numbers := map[string]float64{
		"labels": float64(card.Labels), "liked": float64(card.Liked), "weak_labels": float64(card.Weak), "base_rate": card.BaseRate,
	}
	if f := card.Ensemble; f != nil {
		numbers["average_precision"], numbers["roc_auc"], numbers["log_loss"] = f.AveragePrecision, f.ROCAUC, f.LogLoss
	}
	return numbers
}
