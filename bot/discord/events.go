package discord

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Ready is the beginning of a session.
type Ready struct {
	User        Account `json:"user"`
	Application struct {
		ID string `json:"id"`
	} `json:"application"`
	Guilds list[struct {
		ID string `json:"id"`
	}] `json:"guilds"`

	Session string `json:"session_id"`
	Resume  string `json:"resume_gateway_url"` // where the session is to be resumed
}

// Resumed says that a session goes on and that nothing was missed.
type Resumed struct{}

// Guild is a guild that the bot is in, or has just joined.
type Guild struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	OwnerID     string `json:"owner_id"`
	Locale      string `json:"preferred_locale"`
	System      string `json:"system_channel_id"`
	Updates     string `json:"public_updates_channel_id"`
	Unavailable bool   `json:"unavailable"`

	Channels list[struct {
		ID   string      `json:"id"`
		Name string      `json:"name"`
		Type ChannelKind `json:"type"`
	}] `json:"channels"`
}

// GuildGone is a guild that cannot be reached, or that the bot has left.
type GuildGone struct {
	ID          string `json:"id"`
	Unavailable bool   `json:"unavailable"` // an outage; the bot has not left
}

// ChannelGone is a channel that was deleted.
type ChannelGone struct {
	ID      string `json:"id"`
	GuildID string `json:"guild_id"`
}

// Kinds of reaction events.
const (
	ReactionAdd         = "MESSAGE_REACTION_ADD"
	ReactionRemove      = "MESSAGE_REACTION_REMOVE"
	ReactionRemoveAll   = "MESSAGE_REACTION_REMOVE_ALL"
	ReactionRemoveEmoji = "MESSAGE_REACTION_REMOVE_EMOJI"
)

// Reaction is any of the reaction events.
type Reaction struct {
	Kind      string `json:"-"`
	UserID    string `json:"user_id"`
	ChannelID string `json:"channel_id"`
	MessageID string `json:"message_id"`
	GuildID   string `json:"guild_id"`
	Emoji     struct {
		ID   *string `json:"id"` // of a custom emoji
		Name string  `json:"name"`
	} `json:"emoji"`
	Burst  bool `json:"burst"` // a super reaction, which stands beside a normal one
	Member *struct {
		User Account `json:"user"`
	} `json:"member"`
}

// handled lists the events that the bot looks at, with the type that each is
// decoded to and its largest size in bytes. All other events only advance the
// sequence number.
var handled = map[string]struct {
	make func() any
	most int
}{
	"READY":              {func() any { return new(Ready) }, maxMessage},
	"RESUMED":            {func() any { return new(Resumed) }, maxSmall},
	"GUILD_CREATE":       {func() any { return new(Guild) }, maxMessage},
	"GUILD_DELETE":       {func() any { return new(GuildGone) }, maxSmall},
	"CHANNEL_DELETE":     {func() any { return new(ChannelGone) }, maxSmall},
	ReactionAdd:          {func() any { return &Reaction{Kind: ReactionAdd} }, maxSmall},
	ReactionRemove:       {func() any { return &Reaction{Kind: ReactionRemove} }, maxSmall},
	ReactionRemoveAll:    {func() any { return &Reaction{Kind: ReactionRemoveAll} }, maxSmall},
	ReactionRemoveEmoji:  {func() any { return &Reaction{Kind: ReactionRemoveEmoji} }, maxSmall},
	"INTERACTION_CREATE": {func() any { return new(Interaction) }, maxSmall},
}

const (
	maxMessage = 16 << 20  // bytes of a READY or GUILD_CREATE: megabytes for a large guild
	maxSmall   = 512 << 10 // bytes of an event about a single thing, such as a reaction
	maxListed  = 5000      // guilds of a bot, channels and threads of a guild: Discord allows fewer
)

// decode returns an event as its type, or nil if the bot does not look at its kind.
// A field of an unexpected type is left empty, so that a change at Discord does not
// lose the rest of the event.
func decode(kind string, data []byte) (any, error) {
	h, ok := handled[kind]
	if !ok {
		return nil, nil
	}
	if len(data) > h.most {
		return nil, fmt.Errorf("%w: %s has %d bytes", errGarbled, kind, len(data))
	}
	data = bytes.TrimLeft(data, " \t\r\n")
	if !bytes.HasPrefix(data, []byte("{")) && kind != "RESUMED" { // RESUMED needs no content
		return nil, fmt.Errorf("%w: %s is no object", errGarbled, kind)
	}
	event := h.make()
	_ = json.Unmarshal(data, event)
	return event, nil
}

// list is a JSON array of which the first maxListed elements are kept.
type list[T any] []T

// UnmarshalJSON reads anything but an array as an empty array.
func (l *list[T]) UnmarshalJSON(data []byte) error {
	*l = nil
	decoder := json.NewDecoder(bytes.NewReader(data))
	if first, err := decoder.Token(); err != nil || first != json.Delim('[') {
		return nil
	}
	for len(*l) < maxListed && decoder.More() {
		var element T
		if err := decoder.Decode(&element); err != nil && !isTypeError(err) {
			return nil
		}
		*l = append(*l, element)
	}
	return nil
}

// isTypeError reports whether a value was decoded but for a field.
func isTypeError(err error) bool {
	_, ok := errors.AsType[*json.UnmarshalTypeError](err)
	return ok
}
