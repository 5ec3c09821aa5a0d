package fakediscord

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
)

// client is an unchanged discordgo session that talks to the stand-in.
type client struct {
	*discordgo.Session
	mu     sync.Mutex
	events []string
}

// toServer sends requests for discord.com to the stand-in.
type toServer struct{ origin *url.URL }

func (o toServer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = o.origin.Scheme, o.origin.Host
	return http.DefaultTransport.RoundTrip(r)
}

// newClient is a client that is not connected yet.
func newClient(t *testing.T, s *Server) *client {
	t.Helper()
	session, err := discordgo.New("Bot " + s.Token())
	if err != nil {
		t.Fatal(err)
	}
	origin, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	session.Client = &http.Client{Transport: toServer{origin}}
	session.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessageReactions
	session.SyncEvents = true
	c := &client{Session: session}
	session.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.events = append(c.events, e.Type)
	})
	return c
}

func connect(t *testing.T, s *Server) *client {
	t.Helper()
	c := newClient(t, s)
	c.open(t)
	return c
}

func (c *client) open(t *testing.T) {
	t.Helper()
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
}

func start(t *testing.T, opts Options) (s *Server, guild, channel, member string) {
	t.Helper()
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	guild = s.AddGuild(Guild{Name: "g"})
	channel = s.AddChannel(guild, Channel{Name: "c"})
	member = s.AddMember(guild, Member{Name: "m", Permissions: PermManageGuild})
	return s, guild, channel, member
}

func settle(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestRealClientConnects drives an unchanged discordgo through what the bot
// uses, with discordgo's own methods and types.
func TestRealClientConnects(t *testing.T) {
	s, _, channel, member := start(t, Options{})
	c := connect(t, s)
	m, err := c.ChannelMessageSend(channel, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.MessageReactionAdd(channel, m.ID, "👍"); err != nil {
		t.Fatal(err)
	}
	if err := s.React(member, channel, m.ID, "👍"); err != nil {
		t.Fatal(err)
	}
	users, err := c.MessageReactions(channel, m.ID, "👍", 100, "", "")
	if err != nil || len(users) != 2 {
		t.Errorf("reactions %v, %v", users, err)
	}
	list, err := c.ChannelMessages(channel, 10, "", "", "")
	if err != nil || len(list) != 1 || list[0].Reactions[0].Count != 2 || !list[0].Reactions[0].Me {
		t.Errorf("messages %+v, %v", list, err)
	}
	if _, err := c.ChannelMessageEdit(channel, m.ID, "edited"); err != nil {
		t.Error(err)
	}
	settle(t, s)
	c.mu.Lock()
	got := strings.Join(c.events, " ")
	c.mu.Unlock()
	if want := "READY GUILD_CREATE MESSAGE_REACTION_ADD MESSAGE_REACTION_ADD"; got != want {
		t.Errorf("events %s, want %s", got, want)
	}
	if err := c.ChannelMessageDelete(channel, m.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.ChannelMessage(channel, m.ID); code(err) != 10008 {
		t.Errorf("a deleted message: %v", err)
	}
}

func code(err error) int {
	var rest *discordgo.RESTError
	if errors.As(err, &rest) && rest.Message != nil {
		return rest.Message.Code
	}
	return 0
}

func TestPermissionsAreEnforced(t *testing.T) {
	tests := []struct {
		deny int64
		call func(c *client, channel, message string) error
		code int
	}{
		{PermViewChannel, func(c *client, ch, _ string) error { _, err := c.ChannelMessageSend(ch, "x"); return err }, 50001},
		{PermSendMessages, func(c *client, ch, _ string) error { _, err := c.ChannelMessageSend(ch, "x"); return err }, 50013},
		{PermAddReactions, func(c *client, ch, m string) error { return c.MessageReactionAdd(ch, m, "👎") }, 50013},
		{PermReadMessageHistory, func(c *client, ch, m string) error { return c.MessageReactionAdd(ch, m, "👍") }, 50013},
		{PermEmbedLinks, func(c *client, ch, _ string) error {
			_, err := c.ChannelMessageSendEmbed(ch, &discordgo.MessageEmbed{Title: "x"})
			return err
		}, 50013},
	}
	s, _, channel, member := start(t, Options{})
	c := connect(t, s)
	m, err := c.ChannelMessageSend(channel, "hello")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		s.Deny(channel, test.deny)
		if err := test.call(c, channel, m.ID); code(err) != test.code {
			t.Errorf("without %d: %v, want code %d", test.deny, err, test.code)
		}
	}
	s.Deny(channel, PermAddReactions)
	if err := s.React(member, channel, m.ID, "👎"); err != nil {
		t.Fatal(err)
	}
	if err := c.MessageReactionAdd(channel, m.ID, "👎"); err != nil {
		t.Errorf("joining a reaction needs no right to add one: %v", err)
	}
}

func TestNonceIsEnforced(t *testing.T) {
	s, _, channel, _ := start(t, Options{})
	c := connect(t, s)
	send := func(body map[string]any) string {
		t.Helper()
		data, err := c.Request("POST", discordgo.EndpointChannelMessages(channel), body)
		if err != nil {
			t.Fatal(err)
		}
		var m struct{ ID string }
		json.Unmarshal(data, &m)
		return m.ID
	}
	a := send(map[string]any{"content": "x", "nonce": "n1", "enforce_nonce": true})
	if b := send(map[string]any{"content": "x", "nonce": "n1", "enforce_nonce": true}); a != b {
		t.Error("an enforced nonce made a second message")
	}
	if b := send(map[string]any{"content": "x", "nonce": "n1"}); a == b {
		t.Error("a nonce that is not enforced made none")
	}
	if _, err := c.Request("POST", discordgo.EndpointChannelMessages(channel), map[string]any{"content": "x", "nonce": strings.Repeat("n", 26)}); code(err) != 50035 {
		t.Errorf("a nonce of 26 characters: %v", err)
	}
}

func TestInteractionIsAnsweredDeferredAndEdited(t *testing.T) {
	s, _, channel, member := start(t, Options{})
	c := connect(t, s)
	_, err := c.ApplicationCommandBulkOverwrite(s.BotID(), "", []*discordgo.ApplicationCommand{{Name: "hi", Description: "d",
		Options: []*discordgo.ApplicationCommandOption{{Type: discordgo.ApplicationCommandOptionInteger, Name: "n", Description: "d", Required: true}}}})
	if err != nil {
		t.Fatal(err)
	}
	c.AddHandler(func(ses *discordgo.Session, in *discordgo.InteractionCreate) {
		go func() {
			n := in.ApplicationCommandData().Options[0].IntValue()
			ses.InteractionRespond(in.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource,
				Data: &discordgo.InteractionResponseData{Flags: discordgo.MessageFlagsEphemeral}})
			text := strings.Repeat("!", int(n))
			ses.InteractionResponseEdit(in.Interaction, &discordgo.WebhookEdit{Content: &text})
		}()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	call, err := s.Run(ctx, Interaction{ChannelID: channel, MemberID: member, Command: "hi", Options: map[string]any{"n": 3}})
	if err != nil {
		t.Fatal(err)
	}
	if m := call.Answer(); m.Content != "!!!" || !m.Ephemeral() || call.Kind() != 5 {
		t.Errorf("answer %+v of type %d", m, call.Kind())
	}
	if n := len(s.Messages(channel)); n != 0 {
		t.Errorf("an ephemeral answer is in the channel: %d messages", n)
	}
	for name, in := range map[string]Interaction{
		"unknown command": {Command: "ho"},
		"missing option":  {Command: "hi"},
		"unknown option":  {Command: "hi", Options: map[string]any{"n": 1, "m": 2}},
		"no such button":  {MessageID: call.Answer().ID, CustomID: "x"},
	} {
		in.ChannelID, in.MemberID = channel, member
		if _, err := s.Interact(in); err == nil {
			t.Errorf("%s was let through", name)
		}
	}
}

func TestRateLimitIsToldAndEnforced(t *testing.T) {
	s, _, channel, _ := start(t, Options{RateLimits: true})
	origin, _ := url.Parse(s.URL())
	session, _ := discordgo.New("Bot " + s.Token())
	session.Client = &http.Client{Transport: toServer{origin}}
	session.ShouldRetryOnRateLimit = false
	var limited *discordgo.RateLimitError
	for range 7 {
		b := &discordgo.Bucket{Remaining: 1}
		b.Lock()
		_, err := session.RequestWithLockedBucket("POST", discordgo.EndpointChannelMessages(channel), "application/json", []byte(`{"content":"x"}`), b, 0)
		if errors.As(err, &limited) {
			break
		}
	}
	if limited == nil || limited.RetryAfter <= 0 {
		t.Errorf("seven messages at once were let through: %v", limited)
	}
	if n := len(s.Messages(channel)); n != 5 {
		t.Errorf("%d messages, want 5", n)
	}
}

func TestIdsAreTheSameAgain(t *testing.T) {
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	var first []string
	for range 2 {
		s, guild, channel, member := start(t, Options{Now: func() time.Time { return now }})
		ids := []string{guild, channel, member, s.BotID(), s.NewID()}
		if first == nil {
			first = ids
		} else if strings.Join(first, " ") != strings.Join(ids, " ") {
			t.Errorf("ids %v, then %v", first, ids)
		}
	}
}

func TestCommandsAreChecked(t *testing.T) {
	s, _, _, _ := start(t, Options{})
	c := connect(t, s)
	for name, cmd := range map[string]*discordgo.ApplicationCommand{
		"upper case":       {Name: "Hi", Description: "d"},
		"no description":   {Name: "hi"},
		"long description": {Name: "hi", Description: strings.Repeat("d", 101)},
		"optional first": {Name: "hi", Description: "d", Options: []*discordgo.ApplicationCommandOption{
			{Type: 3, Name: "a", Description: "d"}, {Type: 3, Name: "b", Description: "d", Required: true}}},
	} {
		if _, err := c.ApplicationCommandBulkOverwrite(s.BotID(), "", []*discordgo.ApplicationCommand{cmd}); code(err) != 50035 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSubscribersSeeWhatHappens(t *testing.T) {
	s, _, channel, member := start(t, Options{})
	events, stop := s.Subscribe(10)
	defer stop()
	id, err := s.Say(member, channel, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.React(member, channel, id, "👍"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []EventKind{MessageCreated, ReactionsChanged} {
		if e := <-events; e.Kind != want || e.ChannelID != channel {
			t.Errorf("event %+v, want %s", e, want)
		}
	}
}
