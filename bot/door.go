package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/bwmarrin/discordgo"
)

// door is the one way out to Discord. Every call of the bot passes here: it
// waits for rate limits with its context, and no message leaves that could
// mention anybody who did not ask for it.
type door struct {
	rest    *discordgo.Session // never opened; makes the requests
	limiter *limiter
	now     func() time.Time
}

// patience with answers 429 of one call.
const rateLimitTries = 6

func newDoor(token string, t *transport) *door {
	s, _ := discordgo.New("Bot " + token) // never fails
	s.Client = &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	s.ShouldRetryOnRateLimit = false
	s.MaxRestRetries = 0
	return &door{rest: s, limiter: t.limiter, now: t.now}
}

// message is what leaves for Discord: a new message, an edit or an answer.
type message struct {
	Content    string                       `json:"content"`
	Embeds     []*discordgo.MessageEmbed    `json:"embeds,omitempty"`
	Components []discordgo.MessageComponent `json:"components,omitempty"`
	Flags      discordgo.MessageFlags       `json:"flags,omitempty"`
	Nonce      string                       `json:"nonce,omitempty"`

	// Role is pinged, when its guild set it and its members opted in.
	Role string `json:"-"`
	// Bare takes the components and embeds of an edited message away.
	Bare bool `json:"-"`
	// File is attached, a chart.
	File *discordgo.File `json:"-"`
}

// MarshalJSON adds what no message may lack: allowed_mentions that parse
// nothing, and enforce_nonce where there is a nonce.
func (m message) MarshalJSON() ([]byte, error) {
	type plain message
	out := struct {
		plain
		Embeds       any                               `json:"embeds,omitempty"`
		Components   any                               `json:"components,omitempty"`
		Mentions     *discordgo.MessageAllowedMentions `json:"allowed_mentions"`
		EnforceNonce bool                              `json:"enforce_nonce,omitempty"`
	}{plain: plain(m), EnforceNonce: m.Nonce != ""}
	out.Mentions = &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}}
	if m.Role != "" {
		out.Mentions.Roles = []string{m.Role}
	}
	if len(m.Embeds) > 0 || m.Bare {
		out.Embeds = append([]*discordgo.MessageEmbed{}, m.Embeds...)
	}
	if len(m.Components) > 0 || m.Bare {
		out.Components = append([]discordgo.MessageComponent{}, m.Components...)
	}
	return json.Marshal(out)
}

// call makes one request and decodes its answer into out, unless that is nil.
func (d *door) call(ctx context.Context, method, endpoint string, body any, file *discordgo.File, out any) error {
	var data []byte
	contentType := "application/json"
	var err error
	switch {
	case file != nil:
		contentType, data, err = discordgo.MultipartBodyWithJSON(body, []*discordgo.File{file})
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
	key := route(&http.Request{Method: method, URL: target})
	for try := 1; ; try++ {
		if err := d.limiter.wait(ctx, key, d.now); err != nil {
			return err
		}
		// A bucket of our own keeps discordgo's limiter out, see transport.
		bucket := &discordgo.Bucket{Remaining: 1}
		bucket.Lock()
		answer, err := d.rest.RequestWithLockedBucket(method, endpoint, contentType, data, bucket, 0, discordgo.WithContext(ctx))
		if _, limited := errors.AsType[*rateLimitError](err); limited && try < rateLimitTries {
			continue // the limiter knows until when
		}
		if err != nil {
			return err
		}
		if out == nil || len(bytes.TrimSpace(answer)) == 0 {
			return nil
		}
		if err := json.Unmarshal(answer, out); err != nil {
			return fmt.Errorf("Discord's answer to %s is not what it should be: %w", key, err)
		}
		return nil
	}
}

// sent is what the bot reads of a message that is on Discord.
type sent struct {
	ID        string    `json:"id"`
	Content   string    `json:"content"`
	Nonce     any       `json:"nonce"`
	Timestamp time.Time `json:"timestamp"`
	Author    struct {
		ID string `json:"id"`
	} `json:"author"`
	Components []sentRow      `json:"components"`
	Reactions  []sentReaction `json:"reactions"`
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

// account is a Discord user.
type account struct {
	ID  string `json:"id"`
	Bot bool   `json:"bot"`
}

// send posts a message and returns its id.
func (d *door) send(ctx context.Context, channelID string, m message) (string, error) {
	var out sent
	err := d.call(ctx, http.MethodPost, discordgo.EndpointChannelMessages(channelID), m, m.File, &out)
	return out.ID, err
}

// remove deletes a message of the bot's.
func (d *door) remove(ctx context.Context, channelID, messageID string) error {
	return d.call(ctx, http.MethodDelete, discordgo.EndpointChannelMessage(channelID, messageID), nil, nil, nil)
}

// react adds the bot's own reaction; twice is once.
func (d *door) react(ctx context.Context, channelID, messageID, emoji string) error {
	return d.call(ctx, http.MethodPut, discordgo.EndpointMessageReaction(channelID, messageID, url.PathEscape(emoji), "@me"), nil, nil, nil)
}

// history is up to 100 messages of a channel before one, newest first.
func (d *door) history(ctx context.Context, channelID, before string, limit int) ([]sent, error) {
	endpoint := fmt.Sprintf("%s?limit=%d", discordgo.EndpointChannelMessages(channelID), limit)
	if before != "" {
		endpoint += "&before=" + url.QueryEscape(before)
	}
	var out []sent
	err := d.call(ctx, http.MethodGet, endpoint, nil, nil, &out)
	return out, err
}

// message is one message.
func (d *door) message(ctx context.Context, channelID, messageID string) (sent, error) {
	var out sent
	err := d.call(ctx, http.MethodGet, discordgo.EndpointChannelMessage(channelID, messageID), nil, nil, &out)
	return out, err
}

// reactions is up to 100 users after one who reacted with an emoji, normally
// or with a burst.
func (d *door) reactions(ctx context.Context, channelID, messageID, emoji string, burst bool, after string) ([]account, error) {
	endpoint := discordgo.EndpointMessageReactions(channelID, messageID, url.PathEscape(emoji)) + "?limit=100"
	if burst {
		endpoint += "&type=1"
	}
	if after != "" {
		endpoint += "&after=" + url.QueryEscape(after)
	}
	var out []account
	err := d.call(ctx, http.MethodGet, endpoint, nil, nil, &out)
	return out, err
}

// direct opens the private channel with a user.
func (d *door) direct(ctx context.Context, userID string) (channelID string, err error) {
	var out struct {
		ID string `json:"id"`
	}
	err = d.call(ctx, http.MethodPost, discordgo.EndpointUserChannels("@me"), map[string]string{"recipient_id": userID}, nil, &out)
	return out.ID, err
}

// application is the id under which commands are registered, for when READY
// did not say.
func (d *door) application(ctx context.Context) (string, error) {
	var out struct {
		ID string `json:"id"`
	}
	err := d.call(ctx, http.MethodGet, discordgo.EndpointAPI+"oauth2/applications/@me", nil, nil, &out)
	return out.ID, err
}

// overwrite replaces all global commands.
func (d *door) overwrite(ctx context.Context, appID string, commands []*discordgo.ApplicationCommand) error {
	return d.call(ctx, http.MethodPut, discordgo.EndpointApplicationGlobalCommands(appID), commands, nil, nil)
}

// registered is the names of the global commands that Discord has.
func (d *door) registered(ctx context.Context, appID string) ([]string, error) {
	var out []struct {
		Name string `json:"name"`
	}
	err := d.call(ctx, http.MethodGet, discordgo.EndpointApplicationGlobalCommands(appID), nil, nil, &out)
	names := make([]string, len(out))
	for i, c := range out {
		names[i] = c.Name
	}
	return names, err
}

// answer is the first answer to an interaction.
type answer struct {
	Type discordgo.InteractionResponseType `json:"type"`
	Data any                               `json:"data,omitempty"`
}

// callback answers an interaction for the first time.
func (d *door) callback(ctx context.Context, in *interaction, a answer, file *discordgo.File) error {
	return d.call(ctx, http.MethodPost, discordgo.EndpointInteractionResponse(in.ID, in.Token), a, file, nil)
}

// amend changes the first answer to an interaction.
func (d *door) amend(ctx context.Context, in *interaction, m message) error {
	return d.call(ctx, http.MethodPatch, discordgo.EndpointWebhookMessage(in.AppID, in.Token, "@original"), m, m.File, nil)
}
