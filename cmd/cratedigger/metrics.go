package main

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the numbers for Prometheus. The parts of the program know
// nothing of them: they are counted at the seams, in wrappers of the catalogue,
// of the source of videos and of the HTTP transport, and read from the
// catalogue when somebody asks.
type metrics struct {
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

// newMetrics returns metrics with a registry of their own.
func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "cratedigger_" + name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "cratedigger_" + name, Help: help}, labels)
	}
	histogram := func(name, help string, first, factor float64, count int, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "cratedigger_" + name, Help: help, Buckets: prometheus.ExponentialBuckets(first, factor, count),
		}, labels)
	}
	m := &metrics{
		registry:    prometheus.NewRegistry(),
		runs:        counter("runs_total", "Runs that ended, by kind (scrape, post, retrain, tune, backup) and outcome.", "kind", "outcome"),
		runSeconds:  histogram("run_duration_seconds", "How long runs took, by kind.", 0.1, 3, 10, "kind"),
		lastSuccess: gauge("run_last_success_timestamp_seconds", "When a run of the kind last ended well.", "kind"),
		alarms:      counter("drift_alarms_total", "Alarms about pages that have changed, by kind of run.", "kind"),
		pages:       counter("pages_total", "Pages read from YouTube, by kind and status.", "kind", "status"),
		pageSeconds: histogram("page_wait_seconds", "Time to a page, waiting for its turn included, by call.", 0.05, 2, 12, "call"),
		coverage:    gauge("field_coverage_ratio", "Share of the last scrape's videos that had a field, by kind of page.", "kind", "field"),
		votes:       counter("votes_total", "Changes of votes, by direction (up, down), source and change (set, removed).", "direction", "source", "change"),

		gatewayUp: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cratedigger_gateway_up", Help: "1 while the gateway of Discord is connected and ready.",
		}),
		gatewayEvents: counter("gateway_events_total", "Changes of the gateway's state: ready, resumed, disconnected.", "event"),
		rest:          counter("discord_requests_total", "Requests to Discord, by method, route and status (error: no answer).", "method", "route", "status"),
		restSeconds:   histogram("discord_request_duration_seconds", "How long Discord took to answer, by method.", 0.01, 2.5, 9, "method"),
		rateLimited: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cratedigger_discord_ratelimit_wait_seconds_total", Help: "Seconds that requests have waited for a rate limit of Discord's.",
		}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "cratedigger_build_info", Help: "1, with the version and that of Go as labels.",
		ConstLabels: prometheus.Labels{"version": version(), "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(build, m.runs, m.runSeconds, m.lastSuccess, m.alarms, m.pages, m.pageSeconds, m.coverage, m.votes,
		m.gatewayUp, m.gatewayEvents, m.rest, m.restSeconds, m.rateLimited,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// handler serves the metrics.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// serve serves the metrics on an address of their own until ctx ends.
func (m *metrics) serve(ctx context.Context, address string) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.handler())
	server := &http.Server{
		Addr: address, Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.ListenAndServe(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("the metrics cannot be served on %s: %w; set metrics.listen to a free address, or to \"\" for the dashboard's", address, err)
	}
	return nil
}

// gateway counts a change of the gateway's state: "ready", "resumed" or
// "disconnected".
func (m *metrics) gateway(event string) {
	m.gatewayEvents.WithLabelValues(event).Inc()
	up := 1.0
	if event == "disconnected" {
		up = 0
	}
	m.gatewayUp.Set(up)
}

// limited counts a wait for a rate limit.
func (m *metrics) limited(waited time.Duration) { m.rateLimited.Add(waited.Seconds()) }

// meteredStore is a catalogue that counts the runs and votes that pass.
type meteredStore struct {
	*catalog.Catalog
	m *metrics
}

// store wraps a catalogue, and registers the numbers that are read from it.
// When runs last ended well is known from before this start.
func (m *metrics) store(c *catalog.Catalog) meteredStore {
	m.registry.MustRegister(&catalogCollector{c})
	const enough = 500                          // runs
	runs, _ := c.Runs("", enough)               // an error stops the start elsewhere
	for _, run := range slices.Backward(runs) { // the oldest first
		m.succeeded(run)
	}
	return meteredStore{c, m}
}

// succeeded notes when a run of a kind ended well.
func (m *metrics) succeeded(run catalog.Run) {
	if run.Outcome == catalog.OutcomeOK {
		m.lastSuccess.WithLabelValues(string(run.Kind)).Set(float64(run.Ended.Unix()))
	}
}

// FinishRun counts the run once it is written.
func (s meteredStore) FinishRun(run catalog.Run) error {
	if err := s.Catalog.FinishRun(run); err != nil {
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
	votes, err := s.Catalog.Vote(ctx, changes...)
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
	m *metrics
}

// source wraps a source of videos.
func (m *metrics) source(s pipeline.Source) pipeline.Source { return meteredSource{s, m} }

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
	m    *metrics
}

// transport wraps the transport to Discord.
func (m *metrics) transport(next http.RoundTripper) http.RoundTripper {
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

// catalogCollector reads numbers from the catalogue when Prometheus asks.
type catalogCollector struct{ catalog *catalog.Catalog }

var (
	videosDesc = prometheus.NewDesc("cratedigger_videos", "Videos in the catalogue.", nil, nil)
	outboxDesc = prometheus.NewDesc("cratedigger_outbox_depth", "Messages that are not wholly on Discord yet.", nil, nil)
	guildsDesc = prometheus.NewDesc("cratedigger_guilds", "Guilds that the bot is in, by state (active, paused, unset).", []string{"state"}, nil)
	modelDesc  = prometheus.NewDesc("cratedigger_model_metric", "The champion's labels, and its metrics on rows that it was not trained on, by guild.", []string{"guild", "metric"}, nil)
	trainDesc  = prometheus.NewDesc("cratedigger_model_timestamp_seconds", "When the champion was trained, by guild.", []string{"guild"}, nil)
)

// Describe sends what Collect may send.
func (c *catalogCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{videosDesc, outboxDesc, guildsDesc, modelDesc, trainDesc} {
		out <- d
	}
}

// Collect reads the catalogue. What cannot be read is left out: the rest still
// counts, and the log has said why.
func (c *catalogCollector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	if n := c.catalog.VideoCount(); n >= 0 {
		gauge(videosDesc, float64(n))
	}
	if pending, err := c.catalog.Pending(""); err == nil {
		gauge(outboxDesc, float64(len(pending)))
	}
	guilds, err := c.catalog.Guilds()
	if err != nil {
		return
	}
	states := map[string]int{"active": 0, "paused": 0, "unset": 0}
	for _, g := range guilds {
		if !g.LeftAt.IsZero() {
			continue
		}
		switch {
		case g.Paused:
			states["paused"]++
		case g.ChannelID == "":
			states["unset"]++
		default:
			states["active"]++
		}
		model, ok, err := c.catalog.Champion(g.ID)
		if err != nil || !ok {
			continue
		}
		gauge(trainDesc, float64(model.CreatedAt.Unix()), g.ID)
		for name, value := range cardMetrics(model.Card) {
			gauge(modelDesc, value, g.ID, name)
		}
	}
	for state, n := range states {
		gauge(guildsDesc, float64(n), state)
	}
}

// cardMetrics is what a model's card says of its rows and of its quality.
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
