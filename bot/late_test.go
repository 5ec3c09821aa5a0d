package bot

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// lateStages is the stages, of which a real Loop says how late posts came.
type lateStages struct {
	*stages
	loop *pipeline.Loop
}

func (s lateStages) Late(ctx context.Context, guildID string) (pipeline.Lateness, error) {
	return s.loop.Late(ctx, guildID)
}

// TestLatePost: /status says how late the last post came when that was more than a minute
// after its slot's, and how many servers share the minute if the bot was there in time.
func TestLatePost(t *testing.T) {
	w := newWorld(t, notStarted())
	loop, err := pipeline.New(pipeline.Options{
		Store: w.catalog, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler), Serves: func(g catalog.Guild) bool { return g.Name != "Elsewhere" },
		Learning: pipeline.Learning{Votes: taste.VoteOptions{HalfLife: time.Hour}, Judge: taste.JudgeOptions{Certainty: 0.9}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.newBot(func(o *Options) { o.Stages = lateStages{w.stages, loop} })
	w.run()
	w.configure(func(g *catalog.Guild) { g.ChannelID, g.Zone, g.Schedule = w.channel, "UTC", []string{"0 18 * * *"} })
	for i, other := range []catalog.Guild{
		{Zone: "Europe/Berlin", Schedule: []string{"0 9 * * *", "0 19 * * *"}}, // in winter the same minute
		{Zone: "UTC", Schedule: []string{"0 18 * * *"}},
		{Zone: "UTC", Schedule: []string{"1 18 * * *"}},
		{Zone: "UTC", Schedule: []string{"0 18 * * *"}, Paused: true},
		{Zone: "UTC", Schedule: []string{"0 18 * * *"}, Name: "Elsewhere"},
	} {
		other.ID, other.ChannelID = fmt.Sprint(600+i), fmt.Sprint(700+i)
		if err := w.catalog.SaveGuild(t.Context(), other); err != nil {
			t.Fatal(err)
		}
	}
	status := func(member string) string {
		return w.do(fakediscord.Interaction{MemberID: member, Command: "status"}).Answer().Content
	}
	portuguese := w.discord.AddMember(w.guild, fakediscord.Member{Name: "Rui", Locale: "pt-BR", Permissions: fakediscord.PermManageGuild})
	at := w.clock.Now() // 18:00
	for _, day := range []struct {
		name         string
		fired, taken time.Duration // after the minute
		want         string
	}{
		{"in time", 0, 50 * time.Second, ""},
		{"behind others", 5 * time.Second, 3*time.Minute + 20*time.Second, "The last post came 3 minutes late: 3 servers share this minute. Choose another minute with `/cratedigger schedule`."},
		{"the bot was down", 2 * time.Hour, 2*time.Hour + 10*time.Second, "The last post came 120 minutes late.\n"},
		{"posted ahead of its time", -time.Hour, -time.Hour, ""},
	} {
		slot := catalog.Slot{Key: w.guild + "/post/" + at.Format("2006-01-02T15:04"), GuildID: w.guild, Kind: catalog.RunPost, At: at, FiredAt: at.Add(day.fired)}
		if _, err := w.catalog.BeginSlot(t.Context(), slot); err != nil {
			t.Fatal(err)
		}
		w.slot(w.guild, w.channel, at, 2, nil)
		w.clock.add(at.Add(day.taken).Sub(w.clock.Now()))
		if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
			t.Fatal(err)
		}
		w.clock.add(time.Hour) // what comes after the first message does not count
		said := status(w.admin)
		if late := strings.Contains(said, "late"); late != (day.want != "") || !strings.Contains(said, day.want) {
			t.Errorf("%s: %s", day.name, said)
		}
		if day.name == "behind others" {
			if said := status(portuguese); !strings.Contains(said, "3 minutos de atraso: 3 servidores") {
				t.Errorf("in Portuguese: %s", said)
			}
		}
		at = at.Add(24 * time.Hour)
	}
}
