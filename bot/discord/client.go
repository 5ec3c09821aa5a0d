package discord

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/bwmarrin/discordgo"
)

// Options is what a client needs.
type Options struct {
	Token   string // without "Bot "
	BaseURL string // origin that stands for https://discord.com; "" is that
	// Transport makes the calls; nil is a plain one.
	Transport http.RoundTripper
	// CallsPerSecond is how many calls leave at most in a second, answers to
	// interactions apart; 0 is any number.
	CallsPerSecond int
	// Limited is told how long a call has waited for a rate limit of
	// Discord's, each time. It must return quickly; may be nil.
	Limited func(waited time.Duration)
}

// Client is the one way out to Discord. Every call of the bot passes here: it
// waits for rate limits with its context, and no message leaves that could
// mention anybody who did not ask for it.
type Client struct {
	token   string
	origin  *url.URL
	http    *transport
	rest    *discordgo.Session // never opened; makes the requests
	limiter *limiter
}

// rateLimitTries is how often one call is tried while Discord answers 429.
const rateLimitTries = 6

// NewClient returns a client. Nothing is sent before a method is called.
func NewClient(opts Options) (*Client, error) {
	base := cmp.Or(opts.BaseURL, "https://discord.com")
	origin, err := url.Parse(base)
	if err != nil || origin.Host == "" || origin.Scheme != "https" && origin.Scheme != "http" {
		return nil, fmt.Errorf("discord.base_url %q is not an address like https://discord.com", base)
	}
	if opts.Token == "" {
		return nil, errors.New("the bot has no token; set discord.token")
	}
	if opts.Transport == nil {
		opts.Transport = &http.Transport{
			MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
		}
	}
	t := &transport{base: opts.Transport, origin: origin, limiter: newLimiter(opts.CallsPerSecond, opts.Limited), now: time.Now}
	s, _ := discordgo.New("Bot " + opts.Token) // never fails
	s.Client = &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	s.ShouldRetryOnRateLimit = false
	s.MaxRestRetries = 0
	return &Client{token: opts.Token, origin: origin, http: t, rest: s, limiter: t.limiter}, nil
}

// CloseIdle closes connections that no call uses.
func (c *Client) CloseIdle() {
	if t, ok := c.http.base.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Message is what leaves for Discord: a new message, an edit or an answer.
type Message struct {
	Content    string                 `json:"content"`
	Embeds     []Embed                `json:"embeds,omitempty"`
	Components []Component            `json:"components,omitempty"`
	Flags      discordgo.MessageFlags `json:"flags,omitempty"`
	Nonce      string                 `json:"nonce,omitempty"`

	// Role is pinged, when its guild set it and its members opted in.
	Role string `json:"-"`
	// Bare takes the components and embeds of an edited message away.
	Bare bool `json:"-"`
	// File is attached, a chart; Alt says it in words to who does not see it.
	File *File  `json:"-"`
	Alt  string `json:"-"`
}

// Embed is a card of a message: a title that is a link, text below it, a picture beside
// it that Discord fetches.
type Embed = discordgo.MessageEmbed

// Picture is the picture of an embed at an address.
type Picture = discordgo.MessageEmbedThumbnail

// limitAlt is the most characters that Discord takes of a file's description.
const limitAlt = 1024

// attachment describes the one file that goes with a message.
type attachment struct {
	ID          int    `json:"id"`
	Description string `json:"description"`
}

// MarshalJSON adds what no message may lack: allowed_mentions that parse
// nothing, and enforce_nonce where there is a nonce.
func (m Message) MarshalJSON() ([]byte, error) {
	type plain Message
	out := struct {
		plain
		Embeds       any                               `json:"embeds,omitempty"`
		Components   any                               `json:"components,omitempty"`
		Mentions     *discordgo.MessageAllowedMentions `json:"allowed_mentions"`
		EnforceNonce bool                              `json:"enforce_nonce,omitempty"`
		Attachments  []attachment                      `json:"attachments,omitempty"`
	}{plain: plain(m), EnforceNonce: m.Nonce != ""}
	out.Mentions = &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}}
	if m.Role != "" {
		out.Mentions.Roles = []string{m.Role}
	}
	if m.Bare {
		out.Embeds = []any{}
	} else if len(m.Embeds) > 0 {
		out.Embeds = m.Embeds
	}
	if m.File != nil && m.Alt != "" {
		out.Attachments = []attachment{{Description: Cut(m.Alt, limitAlt)}}
	}
	if len(m.Components) > 0 || m.Bare {
		out.Components = append([]Component{}, m.Components...)
	}
	return json.Marshal(out)
}

// call makes one request and decodes its answer into out, unless that is nil.
func (c *Client) call(ctx context.Context, method, endpoint string, body any, file *File, out any) error {
	var data []byte
	contentType := "application/json"
	var err error
	switch {
	case file != nil:
		contentType, data, err = discordgo.MultipartBodyWithJSON(body, []*File{file})
	case body != nil:
		data, err = json.Marshal(body)
	}
	if err != nil {
		return fmt.Errorf("encode a request to Discord: %w", err)
	}
	target, err := url.Parse(endpoint)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		if err := c.limiter.wait(ctx, &http.Request{Method: method, URL: target}); err != nil {
			return err
		}
		// A bucket of our own keeps discordgo's limiter out, see transport.
		bucket := &discordgo.Bucket{Remaining: 1}
		bucket.Lock()
		answer, err := c.rest.RequestWithLockedBucket(method, endpoint, contentType, data, bucket, 0, discordgo.WithContext(ctx))
		if _, limited := errors.AsType[*rateLimitError](err); limited && try < rateLimitTries {
			continue // the limiter knows until when
		}
		if err != nil {
			return brief(err)
		}
		if out == nil || len(bytes.TrimSpace(answer)) == 0 {
			return nil
		}
		if err := json.Unmarshal(answer, out); err != nil {
			return fmt.Errorf("%w: %w", errForeign, brief(err))
		}
		return nil
	}
}

// Sent is what the bot reads of a message that is on Discord.
type Sent struct {
	ID        string    `json:"id"`
	Content   string    `json:"content"`
	Nonce     any       `json:"nonce"`
	Timestamp time.Time `json:"timestamp"`
	Author    struct {
		ID string `json:"id"`
	} `json:"author"`
	Components []sentRow      `json:"components"`
	Embeds     []sentEmbed    `json:"embeds"`
	Reactions  []sentReaction `json:"reactions"`
}

// sentEmbed is what Discord shows of a link: the page's own words.
type sentEmbed struct {
	URL    string `json:"url"`
	Title  string `json:"title"`
	Author struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	} `json:"author"`
}

type sentRow struct {
	Components []struct {
		CustomID string `json:"custom_id"`
	} `json:"components"`
}

type sentReaction struct {
	Count   int  `json:"count"`
	Me      bool `json:"me"`
	Details *struct {
		Burst  int `json:"burst"`
		Normal int `json:"normal"`
	} `json:"count_details"`
	Emoji struct {
		Name string `json:"name"`
	} `json:"emoji"`
}

// Account is a Discord user.
type Account struct {
	ID  string `json:"id"`
	Bot bool   `json:"bot"`
}

// Send posts a message and returns its id.
func (c *Client) Send(ctx context.Context, channelID string, m Message) (string, error) {
	var out Sent
	err := c.call(ctx, http.MethodPost, discordgo.EndpointChannelMessages(channelID), m, m.File, &out)
	return out.ID, err
}

// Remove deletes a message of the bot's.
func (c *Client) Remove(ctx context.Context, channelID, messageID string) error {
	return c.call(ctx, http.MethodDelete, discordgo.EndpointChannelMessage(channelID, messageID), nil, nil, nil)
}

// React adds the bot's own reaction; twice is once.
func (c *Client) React(ctx context.Context, channelID, messageID, emoji string) error {
	return c.call(ctx, http.MethodPut, discordgo.EndpointMessageReaction(channelID, messageID, url.PathEscape(emoji), "@me"), nil, nil, nil)
}

// History is up to 100 messages of a channel before one, newest first.
func (c *Client) History(ctx context.Context, channelID, before string, limit int) ([]Sent, error) {
	endpoint := fmt.Sprintf("%s?limit=%d", discordgo.EndpointChannelMessages(channelID), limit)
	if before != "" {
		endpoint += "&before=" + url.QueryEscape(before)
	}
	var out []Sent
	err := c.call(ctx, http.MethodGet, endpoint, nil, nil, &out)
	return out, err
}

// Message is one message.
func (c *Client) Message(ctx context.Context, channelID, messageID string) (Sent, error) {
	var out Sent
	err := c.call(ctx, http.MethodGet, discordgo.EndpointChannelMessage(channelID, messageID), nil, nil, &out)
	return out, err
}

// Reactions is up to 100 users after one who reacted with an emoji, normally
// or with a burst.
func (c *Client) Reactions(ctx context.Context, channelID, messageID, emoji string, burst bool, after string) ([]Account, error) {
	endpoint := discordgo.EndpointMessageReactions(channelID, messageID, url.PathEscape(emoji)) + "?limit=100"
	if burst {
		endpoint += "&type=1"
	}
	if after != "" {
		endpoint += "&after=" + url.QueryEscape(after)
	}
	var out []Account
	err := c.call(ctx, http.MethodGet, endpoint, nil, nil, &out)
	return out, err
}

// Direct opens the private channel with a user.
func (c *Client) Direct(ctx context.Context, userID string) (channelID string, err error) {
	var out struct {
		ID string `json:"id"`
	}
	err = c.call(ctx, http.MethodPost, discordgo.EndpointUserChannels("@me"), map[string]string{"recipient_id": userID}, nil, &out)
	return out.ID, err
}

// Application is the id under which commands are registered, for when READY
// did not say.
func (c *Client) Application(ctx context.Context) (string, error) {
	var out struct {
		ID string `json:"id"`
	}
	err := c.call(ctx, http.MethodGet, discordgo.EndpointAPI+"oauth2/applications/@me", nil, nil, &out)
	return out.ID, err
}

// Joined reports whether the bot is in a guild. An error means that Discord did
// not say, as in an outage.
func (c *Client) Joined(ctx context.Context, guildID string) (bool, error) {
	err := c.call(ctx, http.MethodGet, discordgo.EndpointGuild(guildID), nil, nil, nil)
	if code := ErrorCode(err); code == codeUnknownGuild || code == codeMissingAccess {
		return false, nil
	}
	return err == nil, err
}

// Named is something of Discord's with its name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Self is the bot's own account. A refused token is a *FatalError.
func (c *Client) Self(ctx context.Context) (Named, error) {
	var user struct {
		ID       string `json:"id"`
		Username string `json:"username"`
	}
	err := c.call(ctx, http.MethodGet, discordgo.EndpointUser("@me"), nil, nil, &user)
	if err != nil && Classify(err) == Refused {
		return Named{}, TokenRefused()
	}
	return Named{user.ID, user.Username}, err
}

// Guilds are the guilds that the bot is in, as many as one connection may have.
func (c *Client) Guilds(ctx context.Context) (guilds []Named, err error) {
	const most = 200 // in an answer
	endpoint := discordgo.EndpointUserGuilds("@me")
	for range maxListed / most {
		var page []Named
		if err := c.call(ctx, http.MethodGet, endpoint, nil, nil, &page); err != nil {
			return guilds, err
		}
		guilds = append(guilds, page...)
		if len(page) < most {
			break
		}
		endpoint = discordgo.EndpointUserGuilds("@me") + "?after=" + url.QueryEscape(page[len(page)-1].ID)
	}
	return guilds, nil
}

// postChannel is a text or announcement channel.
type postChannel struct {
	Named
	Type       ChannelKind `json:"type"`
	Position   int         `json:"position"`
	Overwrites []overwrite `json:"permission_overwrites"`
}

// postChannels are a guild's text and announcement channels, in Discord's order.
func (c *Client) postChannels(ctx context.Context, guildID string) ([]postChannel, error) {
	var all []postChannel
	if err := c.call(ctx, http.MethodGet, discordgo.EndpointGuildChannels(guildID), nil, nil, &all); err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(ch postChannel) bool { return ch.Type != ChannelText && ch.Type != ChannelNews })
	slices.SortStableFunc(all, func(a, b postChannel) int { return cmp.Compare(a.Position, b.Position) })
	return all, nil
}

// PostChannels are a guild's text and announcement channels: where a bot may post if it
// has the permissions.
func (c *Client) PostChannels(ctx context.Context, guildID string) (channels []Named, err error) {
	all, err := c.postChannels(ctx, guildID)
	for _, ch := range all {
		channels = append(channels, ch.Named)
	}
	return channels, err
}

// Roles are a guild's roles that members can have, the highest first.
func (c *Client) Roles(ctx context.Context, guildID string) (roles []Named, err error) {
	type role struct {
		Named
		Position int  `json:"position"`
		Managed  bool `json:"managed"` // a bot's own
	}
	var all []role
	if err := c.call(ctx, http.MethodGet, discordgo.EndpointGuildRoles(guildID), nil, nil, &all); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b role) int { return cmp.Compare(b.Position, a.Position) })
	for _, r := range all {
		if r.ID != guildID && !r.Managed { // @everyone has the guild's id
			roles = append(roles, r.Named)
		}
	}
	return roles, nil
}

// SetCommands replaces all global commands.
func (c *Client) SetCommands(ctx context.Context, appID string, commands []*Command) error {
	return c.call(ctx, http.MethodPut, discordgo.EndpointApplicationGlobalCommands(appID), commands, nil, nil)
}

// Commands is the names of the global commands that Discord has.
func (c *Client) Commands(ctx context.Context, appID string) ([]string, error) {
	var out []struct {
		Name string `json:"name"`
	}
	err := c.call(ctx, http.MethodGet, discordgo.EndpointApplicationGlobalCommands(appID), nil, nil, &out)
	names := make([]string, len(out))
	for i, c := range out {
		names[i] = c.Name
	}
	return names, err
}

// Answer is the first answer to an interaction.
type Answer struct {
	Type discordgo.InteractionResponseType `json:"type"`
	Data any                               `json:"data,omitempty"`
}

// Answer answers an interaction for the first time.
func (c *Client) Answer(ctx context.Context, in *Interaction, a Answer, file *File) error {
	return c.call(ctx, http.MethodPost, discordgo.EndpointInteractionResponse(in.ID, in.Token), a, file, nil)
}

// Amend changes the first answer to an interaction.
func (c *Client) Amend(ctx context.Context, in *Interaction, m Message) error {
	return c.call(ctx, http.MethodPatch, discordgo.EndpointWebhookMessage(in.AppID, in.Token, "@original"), m, m.File, nil)
}
