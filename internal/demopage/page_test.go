package demopage_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/internal/demopage"
	"cratedigger/internal/fakediscord"
)

// world is a Control that remembers what was asked of it.
type world struct {
	mu    sync.Mutex
	state demopage.State
}

func (w *world) State(ctx context.Context) demopage.State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}
func (w *world) Pause(p bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Paused = p
}
func (w *world) Voted(context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Votes++
}
func (w *world) NextDay(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Day++
}
func (w *world) Skip(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.SkipFrom, w.state.SkipTo = w.state.Day, w.state.SkipOffer
}
func (w *world) SetSpeed(s float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Speed = s
}

// newWorld is a state that looks like one after some weeks.
func newWorld() *world {
	w := &world{state: demopage.State{
		Now: time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC), Day: 20, Speed: 6, Doing: "Members vote",
		Posts: 100, Votes: 118, Labels: 96, Model: 17, SkipOffer: 40,
		Likes: []string{"acoustic folk", "live sessions", "lo-fi beats"}, Dislikes: []string{"metal covers"},
		Believed: []demopage.Belief{{Words: "acoustic folk", Right: true}, {Words: "covers"}}, Doubted: []demopage.Belief{{Words: "the 80s"}},
	}}
	for d := 1; d <= 20; d++ {
		w.state.Rates = append(w.state.Rates, demopage.Rate{Day: d, Bot: min(0.2+0.025*float64(d), 1), Random: 0.24, Picks: 5})
	}
	return w
}

// stage is a stand-in with one channel, some members and a page.
type stage struct {
	server         *fakediscord.Server
	page           *demopage.Page
	world          *world
	url            string
	guild, channel string
	you, ana       string
}

func newStage(t testing.TB) *stage {
	t.Helper()
	at := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	s := &stage{world: newWorld()}
	server, err := fakediscord.New(fakediscord.Options{Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	s.server = server
	s.guild = server.AddGuild(fakediscord.Guild{Name: "Night Shift Records", BotPermissions: fakediscord.LeastPermissions | fakediscord.PermAttachFiles})
	s.channel = server.AddChannel(s.guild, fakediscord.Channel{Name: "new-music"})
	server.AddChannel(s.guild, fakediscord.Channel{Name: "general"})
	s.you = server.AddMember(s.guild, fakediscord.Member{Name: "you", Permissions: fakediscord.PermManageGuild})
	s.ana = server.AddMember(s.guild, fakediscord.Member{Name: "Ana"})
	s.page, err = demopage.New(demopage.Options{
		Server: server, ChannelID: s.channel, MemberID: s.you, Control: s.world,
		Unfold: func(id string) (demopage.Card, bool) {
			return demopage.Card{VideoID: id, Title: "Slow river (live session) <i>", Channel: "Kitchen Tapes", Seconds: 254}, true
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.page.Close)
	front := httptest.NewServer(s.page)
	t.Cleanup(front.Close)
	t.Cleanup(s.page.Close) // before the front closes: streams are open
	s.url = front.URL
	return s
}

// get fetches a path of the page.
func (s *stage) get(t *testing.T, path string) (int, string) {
	t.Helper()
	res, err := http.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// post sends an action and returns the answer's error sentence.
func (s *stage) post(t *testing.T, path string, body any) string {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(s.url+path, "application/json", strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct{ Error string }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.Error
}

func TestPageShowsTheChannel(t *testing.T) {
	s := newStage(t)
	if _, err := s.server.Say(s.ana, s.channel, "**new** one: https://www.youtube.com/watch?v=abcdefghijk <script>alert(1)</script>"); err != nil {
		t.Fatal(err)
	}
	status, body := s.get(t, "/")
	if status != 200 {
		t.Fatalf("status %d", status)
	}
	for _, want := range []string{
		"<strong>new</strong>", "&lt;script&gt;alert(1)&lt;/script&gt;", "Slow river (live session) &lt;i&gt;", "Kitchen Tapes", "4:14",
		"/thumb/abcdefghijk.svg", "Night Shift Records", "Day 20", "acoustic folk", "<svg",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(body, "<script>alert") {
		t.Error("a message became a script")
	}
}

func TestPageActsAsOneMember(t *testing.T) {
	s := newStage(t)
	id, err := s.server.Say(s.ana, s.channel, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if msg := s.post(t, "/react", map[string]any{"message": id, "emoji": "👍", "on": true}); msg != "" {
		t.Fatal(msg)
	}
	m, _ := s.server.Message(s.channel, id)
	if len(m.Reactions) != 1 || m.Reactions[0].UserID != s.you || m.Reactions[0].Emoji != "👍" {
		t.Fatalf("reactions %v, want one 👍 of the viewer", m.Reactions)
	}
	if msg := s.post(t, "/react", map[string]any{"message": id, "emoji": "👍", "on": false}); msg != "" {
		t.Fatal(msg)
	}
	if m, _ = s.server.Message(s.channel, id); len(m.Reactions) != 0 {
		t.Errorf("reactions %v after taking it back", m.Reactions)
	}
	for _, refuse := range []struct {
		path string
		body map[string]any
	}{
		{"/react", map[string]any{"message": "1", "emoji": "👍", "on": true}},
		{"/say", map[string]any{"text": "/nosuch"}},
		{"/press", map[string]any{"message": id, "id": "nosuch"}},
		{"/control", map[string]any{"action": "explode"}},
		{"/control", map[string]any{"action": "speed", "speed": -1}},
	} {
		if s.post(t, refuse.path, refuse.body) == "" {
			t.Errorf("%s %v was not refused", refuse.path, refuse.body)
		}
	}
}

func TestPageControlsTheClock(t *testing.T) {
	s := newStage(t)
	for _, action := range []map[string]any{{"action": "pause"}, {"action": "next"}, {"action": "speed", "speed": 60}, {"action": "skip"}} {
		if msg := s.post(t, "/control", action); msg != "" {
			t.Fatal(msg)
		}
	}
	if state := s.world.State(t.Context()); !state.Paused || state.Day != 21 || state.Speed != 60 || state.SkipTo != 40 {
		t.Errorf("the clock is %+v", state)
	}
}

// TestPanel: there is one hit rate, none before there are picks, and the weeks' are
// those of whole weeks; a pick is marked by what the members think of it.
func TestPanel(t *testing.T) {
	s := newStage(t)
	id, err := s.server.Say(s.ana, s.channel, "hello")
	if err != nil {
		t.Fatal(err)
	}
	s.world.state.Marks = []demopage.Mark{{Message: id, Liked: true}}
	s.world.state.SkipFrom, s.world.state.SkipTo = 16, 36
	_, body := s.get(t, "/")
	// The rate of day d is 0.2 + 0.025 d, so that of days 14 to 20 is 0.625.
	for _, want := range []string{`data-mark="liked"`, "<b>62 %</b> of the bot's picks", "<b>24 %</b> of random picks", "<b>2.6 times</b>",
		`<th scope="col">1</th><th scope="col">2</th></tr>`, "<td>30 %</td><td>48 %</td>", "model 17", "acoustic folk <b", "covers</li>",
		"Skipping to day 36", `<progress max="100" value="20"`, "Skip to day 40"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	s.world.state = demopage.State{Day: 3, Rates: []demopage.Rate{{Day: 1, Picks: 5}, {Day: 2, Bot: 0.4, Random: 0.2, Picks: 5}}}
	if _, body = s.get(t, "/"); !strings.Contains(body, "<b>20 %</b> of the bot's picks") || strings.Contains(body, `class="chart`) {
		t.Error("the mean of two days is drawn as a course")
	}
	s.world.state = demopage.State{Day: 1, Likes: []string{"jazz"}}
	_, body = s.get(t, "/")
	if strings.Contains(body, `class="rate`) || strings.Contains(body, `class="chart`) || !strings.Contains(body, "the rule") || !strings.Contains(body, "There is no model yet, so the rule ranks.") {
		t.Error("before the first picks the page speaks of a hit rate or of a model")
	}
	s.world.state.Ranks = "Model 1 is no better than guessing yet, so the rule still ranks; more labels help."
	if _, body = s.get(t, "/"); !strings.Contains(body, s.world.state.Ranks) {
		t.Error("the page does not say why the rule still ranks")
	}
}

func TestPageIsForThisMachineOnly(t *testing.T) {
	s := newStage(t)
	for _, tt := range []struct {
		what, method, path, host string
		header                   map[string]string
		want                     int
	}{
		{"its own address", "GET", "/", "", nil, 200},
		{"another name for this machine", "GET", "/", "evil.example", nil, 403},
		{"a post from another site", "POST", "/say", "", map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403},
		{"a template", "GET", "/assets/page.html", "", nil, 404},
		{"a path outside", "GET", "/assets/..%2fpage.go", "", nil, 404},
		{"a file nobody sent", "GET", "/file/1/0", "", nil, 404},
		{"a reading method on an action", "GET", "/react", "", nil, 405},
	} {
		t.Run(tt.what, func(t *testing.T) {
			req, err := http.NewRequest(tt.method, s.url+tt.path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			if tt.host != "" {
				req.Host = tt.host
			}
			for k, v := range tt.header {
				req.Header.Set(k, v)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != tt.want {
				t.Errorf("status %d, want %d", res.StatusCode, tt.want)
			}
			if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe") {
				t.Errorf("policy %q", csp)
			}
		})
	}
}

func TestThumbnailIsAPicture(t *testing.T) {
	a, b := demopage.Thumbnail("abcdefghijk"), demopage.Thumbnail("bbcdefghijk")
	if string(a) == string(b) {
		t.Error("two videos have the same picture")
	}
	if string(a) != string(demopage.Thumbnail("abcdefghijk")) {
		t.Error("the picture of a video changes")
	}
	if strings.Contains(string(demopage.Thumbnail("</svg><script>")), "script") {
		t.Error("an id got into the picture")
	}
}
