package app

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"cratedigger/config"
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
	if err := p.OpenLoop(); err != nil {
		t.Fatal(err)
	}
	zones := []string{"UTC", "Europe/Lisbon", "America/New_York", "Asia/Tokyo", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Sydney"}
	for i := range n {
		g := newGuild(cfg, fmt.Sprint(100_000_000_000+i), "Guild", p.Clock.Now())
		g.ChannelID, g.Zone = fmt.Sprint(200_000_000_000+i), zones[i%len(zones)]
		if err := p.Catalog.SaveGuild(g); err != nil {
			t.Fatal(err)
		}
	}
	s, err := NewService(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.planAll()
	return s
}

// TestPlanGrowth: a change of one guild's settings plans that guild, so it costs the
// same among 400 guilds as among 100, and all guilds cost no more than their number.
func TestPlanGrowth(t *testing.T) {
	one, all := map[int]float64{}, map[int]float64{}
	for _, n := range []int{100, 400} {
		s := guildsService(t, n)
		one[n] = testing.AllocsPerRun(20, func() { s.plan("100000000007") })
		all[n] = testing.AllocsPerRun(5, s.planAll)
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
			s.planAll()
		}
	})
}
