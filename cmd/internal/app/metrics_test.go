package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/youtube"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// pagesOf is a source that answers with fixed pages.
type pagesOf []youtube.Page

func (p pagesOf) Search(context.Context, youtube.Query) (youtube.Results, error) {
	return youtube.Results{Status: youtube.StatusOK}, nil
}

func (p pagesOf) Read(_ context.Context, _ []string, each func(youtube.Page) error) error {
	for _, page := range p {
		if err := each(page); err != nil {
			return err
		}
	}
	return errors.New("blocked")
}

// TestMetrics counts one of everything at the seams and reads /metrics as
// Prometheus does.
func TestMetrics(t *testing.T) {
	m := NewMetrics()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	cat, err := bolt.Open(filepath.Join(t.TempDir(), "catalog.db"), bolt.Options{
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer cat.Close()
	served := func(g catalog.Guild) bool { return g.ID == "1" }
	store := m.store(t.Context(), cat, served)
	for _, id := range []string{"2", catalog.LocalGuild} { // which are not counted
		if err := cat.SaveGuild(t.Context(), catalog.Guild{ID: id, ChannelID: "5", Zone: "UTC", Picks: 5}); err != nil {
			t.Fatal(err)
		}
	}

	run, err := store.StartRun(t.Context(), catalog.Run{GuildID: "1", Kind: "scrape", Started: now, Outcome: "running"})
	if err != nil {
		t.Fatal(err)
	}
	run.Ended, run.Outcome, run.Alarms = now.Add(2*time.Second), "ok", []string{"views are gone"}
	run.Coverage = map[string]catalog.Coverage{"results": {Pages: 1, Videos: 20, Fields: map[string]int{"views": 15}}}
	if err := store.FinishRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Vote(t.Context(), catalog.VoteChange{
		GuildID: "1", VideoID: "dQw4w9WgXcQ", MemberID: "7", Up: true, Set: true, Source: catalog.SourceReaction, At: now,
	}); err != nil {
		t.Fatal(err)
	}
	if err := store.SaveGuild(t.Context(), catalog.Guild{ID: "1", ChannelID: "5", Zone: "UTC", Picks: 5}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.SaveModel(t.Context(), "1", []byte(`{"labels":40,"ensemble":{"log_loss":0.5}}`), [][]byte{[]byte("blob")}, true); err != nil {
		t.Fatal(err)
	}

	source := m.source(pagesOf{{Status: youtube.StatusOK}, {Status: youtube.StatusPrivate}})
	if _, err := source.Search(t.Context(), youtube.Query{Text: "a"}); err != nil {
		t.Fatal(err)
	}
	if err := source.Read(t.Context(), []string{"a", "b"}, func(youtube.Page) error { return nil }); err == nil {
		t.Error("the source's error was lost")
	}

	discord := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	client := &http.Client{Transport: m.transport(http.DefaultTransport)}
	for range 2 {
		resp, err := client.Get(discord.URL + "/api/v9/channels/123/messages/456/reactions/%F0%9F%91%8D/@me")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	discord.Close()
	if _, err := client.Get(discord.URL + "/api/v9/users/@me"); err == nil {
		t.Error("a closed server answered")
	}
	m.gateway("ready")
	for range 2 {
		m.limited(1500 * time.Millisecond)
	}

	server := httptest.NewServer(m.handler())
	defer server.Close()
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`cratedigger_runs_total{kind="scrape",outcome="ok"} 1`,
		`cratedigger_run_duration_seconds_sum{kind="scrape"} 2`,
		`cratedigger_run_last_success_timestamp_seconds{kind="scrape"} 1.772366402e+09`,
		`cratedigger_drift_alarms_total{kind="scrape"} 1`,
		`cratedigger_field_coverage_ratio{field="views",kind="results"} 0.75`,
		`cratedigger_votes_total{change="set",direction="up",source="reaction"} 1`,
		`cratedigger_pages_total{kind="results",status="ok"} 1`,
		`cratedigger_pages_total{kind="watch",status="ok"} 1`,
		`cratedigger_pages_total{kind="watch",status="private"} 1`,
		`cratedigger_pages_total{kind="watch",status="error"} 1`,
		`cratedigger_page_wait_seconds_count{call="read"} 2`,
		`cratedigger_discord_requests_total{method="GET",route="/channels/:id/messages/:id/reactions/:id/@me",status="429"} 2`,
		`cratedigger_discord_requests_total{method="GET",route="/users/@me",status="error"} 1`,
		`cratedigger_discord_ratelimit_wait_seconds_total 3`,
		`cratedigger_gateway_up 1`,
		`cratedigger_gateway_events_total{event="ready"} 1`,
		`cratedigger_videos 0`,
		`cratedigger_outbox_depth 0`,
		`cratedigger_guilds{state="active"} 1`,
		`cratedigger_model_metric{guild="1",metric="log_loss"} 0.5`,
		`cratedigger_model_metric{guild="1",metric="labels"} 40`,
		`cratedigger_build_info{goversion="` + runtime.Version() + `",version="` + Version() + `"} 1`,
	} {
		if !strings.Contains(string(body), "\n"+line+"\n") {
			t.Errorf("/metrics lacks %s", line)
		}
	}
	if t.Failed() {
		t.Logf("%s", body)
	}

	// What Prometheus's own linter says of names, units and help.
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}

	// What the guide tells to watch is there.
	guide, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:cratedigger|process|go)_[a-z_]+)").FindAllStringSubmatch(string(guide), -1)
	if len(named) < 15 {
		t.Errorf("the guide names only %q", named)
	}
	for _, name := range named {
		if !strings.Contains(string(body), "\n# TYPE "+name[1]+" ") {
			t.Errorf("docs/operating.md speaks of %s, which is not served", name[1])
		}
	}

	// A restart does not forget when a search last ended well.
	again := NewMetrics()
	again.store(t.Context(), cat, served)
	if got := gaugeOf(t, again, "cratedigger_run_last_success_timestamp_seconds"); got != float64(now.Add(2*time.Second).Unix()) {
		t.Errorf("after a restart the last success is %v", got)
	}
}

// gaugeOf is the value of a gauge with one series.
func gaugeOf(t *testing.T, m *Metrics, name string) float64 {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("there is no %s", name)
	return 0
}

func TestRoute(t *testing.T) {
	for path, want := range map[string]string{
		"/api/v9/gateway": "/gateway",
		"/api/v9/interactions/12/aW50ZXJhY3Rpb24/callback": "/interactions/:id/:id/callback",
		"/api/v9/webhooks/12/token/messages/@original":     "/webhooks/:id/:id/messages/@original",
		"/api/v9/applications/9/commands":                  "/applications/:id/commands",
		"/api/v9/" + strings.Repeat("evil/", 50):           "/" + strings.TrimSuffix(strings.Repeat(":id/", 8), "/"),
		"/":                                                "/:id",
	} {
		if got := route(path); got != want {
			t.Errorf("%s is %s, not %s", path, got, want)
		}
	}
}

// TestMetricsOnTheirOwnAddress: they are served until the context ends, and an
// address in use is an error.
func TestMetricsOnTheirOwnAddress(t *testing.T) {
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := probe.Addr().String()
	m := NewMetrics()
	if err := m.serve(t.Context(), address); err == nil || !strings.Contains(err.Error(), address) {
		t.Errorf("an address in use gives %v", err)
	}
	probe.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.serve(ctx, address) }()
	var resp *http.Response
	for { // until it listens
		if resp, err = http.Get("http://" + address + "/metrics"); err == nil {
			break
		}
		select {
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !strings.Contains(string(body), "cratedigger_build_info") {
		t.Errorf("%v\n%s", err, body)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
