package app

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"cratedigger/config"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
)

// guildsService is a service over n guilds, each with a post a day, a weekly search
// for parameters and a recap, in one of eight zones.
func guildsService(t testing.TB, n int) *Service {
	t.Helper()
	cfg := config.Default()
	cfg.Discord.Token = config.NewSecret("token")
	p := &Parts{
		Config: cfg, Log: slog.New(slog.DiscardHandler), Throwaway: true,
		Clock: schedule.NewStepped(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
	}
	p.Config.DataDir = ""
	if err := p.OpenCatalogue(p.Clock.Now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	if err := p.OpenLoop(t.Context()); err != nil {
		t.Fatal(err)
	}
	zones := []string{"UTC", "Europe/Lisbon", "America/New_York", "Asia/Tokyo", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Sydney"}
	for i := range n {
		g := newGuild(cfg, fmt.Sprint(100_000_000_000+i), "Guild", p.Clock.Now())
		g.ChannelID, g.Zone = fmt.Sprint(200_000_000_000+i), zones[i%len(zones)]
		if err := p.Catalog.SaveGuild(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	s, err := NewService(t.Context(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.planAll(t.Context())
	return s
}

// TestPlanGrowth: a change of one guild's settings plans that guild, so it costs the
// same among 400 guilds as among 100, and all guilds cost no more than their number.
func TestPlanGrowth(t *testing.T) {
	one, all := map[int]float64{}, map[int]float64{}
	for _, n := range []int{100, 400} {
		s := guildsService(t, n)
		one[n] = testing.AllocsPerRun(20, func() { s.plan("100000000007") })
		all[n] = testing.AllocsPerRun(5, func() { s.planAll(t.Context()) })
	}
	t.Logf("allocations of one guild's plan and of all: among 100 %.0f and %.0f, among 400 %.0f and %.0f", one[100], all[100], one[400], all[400])
	if one[400] > 1.1*one[100] {
		t.Errorf("one guild's plan takes %.0f allocations among 400 guilds, %.0f among 100", one[400], one[100])
	}
	if all[400] > 5*all[100] {
		t.Errorf("the plan of 400 guilds takes %.0f allocations, that of 100 %.0f", all[400], all[100])
	}
}

// BenchmarkPlan plans one guild, and all, among 2,500.
func BenchmarkPlan(b *testing.B) {
	s := guildsService(b, 2500)
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			s.plan("100000000007")
		}
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			s.planAll(b.Context())
		}
	})
}

// TestMetricsGrowth: a scrape reads no models, and each card once, but not those of all of
// many guilds at a time. Its work grows with the guilds, and above two hundred of them it
// has no series for each. A new champion shows.
func TestMetricsGrowth(t *testing.T) {
	work, first, lines := map[int]uint64{}, map[int]uint64{}, map[int]int{}
	const blob, cardBytes = 200 << 10, 50 << 10
	pad := strings.Repeat("x", cardBytes)
	for _, n := range []int{100, 400} {
		s := guildsService(t, n)
		for i := range n {
			card := []byte(fmt.Sprintf(`{"labels":%d,"liked":40,"base_rate":0.5,"ensemble":{"log_loss":0.5,"average_precision":0.8},"pad":%q}`, 100+i, pad))
			if _, err := s.Catalog.SaveModel(t.Context(), fmt.Sprint(100_000_000_000+i), card, [][]byte{make([]byte, blob)}, true); err != nil {
				t.Fatal(err)
			}
		}
		m := NewMetrics()
		m.store(t.Context(), s.Catalog, func(catalog.Guild) bool { return true })
		scrape := func() string {
			w := httptest.NewRecorder()
			m.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			return w.Body.String()
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		text := scrape()
		runtime.ReadMemStats(&after)
		first[n] = after.TotalAlloc - before.TotalAlloc
		if n > mostGuilds {
			if strings.Contains(text, `cratedigger_model_metric{guild="all"`) {
				t.Error("the first scrape sums up the models of which it has read the cards")
			}
			text = scrape()
		}
		runtime.ReadMemStats(&before)
		scrape()
		runtime.ReadMemStats(&after)
		work[n] = after.TotalAlloc - before.TotalAlloc
		if _, err := s.Catalog.SaveModel(t.Context(), "100000000000", []byte(`{"labels":7000}`), nil, true); err != nil {
			t.Fatal(err)
		}
		if fresh := scrape(); n <= mostGuilds && !strings.Contains(fresh, `{guild="100000000000",metric="labels"} 7000`) {
			t.Error("the metrics of a new champion are not shown")
		}
		lines[n] = strings.Count(text, "\ncratedigger_model_")
		if all := `cratedigger_model_metric{guild="all",metric="log_loss"} 0.5`; strings.Contains(text, all) != (n > mostGuilds) {
			t.Errorf("%d guilds: whether there is %s is wrong", n, all)
		}
	}
	t.Logf("the first scrape allocates %d kB with 100 guilds and %d kB with 400, another %d and %d, and has %d and %d series of models", first[100]>>10, first[400]>>10, work[100]>>10, work[400]>>10, lines[100], lines[400])
	if work[100] > 100*cardBytes || work[400] > 5*work[100] {
		t.Errorf("a scrape allocates %d bytes with 100 guilds, %d with 400", work[100], work[400])
	}
	if first[400] > 3*first[100] { // 200 cards, and 100
		t.Errorf("the first scrape allocates %d bytes with 100 guilds, %d with 400", first[100], first[400])
	}
	if lines[100] < 100 || lines[400] > 20 {
		t.Errorf("%d series of models with 100 guilds, %d with 400", lines[100], lines[400])
	}
}
