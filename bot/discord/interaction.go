package discord

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// Kinds of interactions.
const (
	KindCommand   = 2
	KindComponent = 3
	KindComplete  = 4
	KindForm      = 5
)

// Permissions of a member that the bot looks at.
const (
	PermAdministrator = 1 << 3
	PermManageGuild   = 1 << 5
)

// Interaction is what a member did, decoded leniently: one odd field of a
// newer Discord must not lose the rest.
type Interaction struct {
	ID             string          `json:"id"`
	AppID          string          `json:"application_id"`
	Type           int             `json:"type"`
	Token          string          `json:"token"`
	GuildID        string          `json:"guild_id"`
	ChannelID      string          `json:"channel_id"`
	Locale         string          `json:"locale"`
	GuildLocale    string          `json:"guild_locale"`
	AppPermissions Bits            `json:"app_permissions"`
	Member         *Member         `json:"member"`
	User           *Account        `json:"user"`
	Data           interactionData `json:"data"`
	Message        Shown           `json:"message"` // that a component is on

	Received time.Time // on the bot's clock, for the token's fifteen minutes
}

// Shown is what the bot reads of the message on which a component was used.
type Shown struct {
	Content    string    `json:"content"`
	Flags      Flags     `json:"flags"`
	Components []sentRow `json:"components"`
}

// Member is who did it, with the permissions in the channel.
type Member struct {
	User        Account `json:"user"`
	Permissions Bits    `json:"permissions"`
}

type interactionData struct {
	Name     string   `json:"name"`
	Type     int      `json:"type"` // of a command: 1 slash, 2 on a user, 3 on a message
	Options  []Option `json:"options"`
	TargetID string   `json:"target_id"`
	CustomID string   `json:"custom_id"`
	Values   []string `json:"values"`
	Resolved struct {
		Channels    map[string]resolvedChannel `json:"channels"`
		Messages    map[string]targetMessage   `json:"messages"`
		Attachments map[string]struct {
			URL string `json:"url"`
		} `json:"attachments"`
	} `json:"resolved"`
	Components []struct {
		Components []struct {
			CustomID string `json:"custom_id"`
			Value    string `json:"value"`
		} `json:"components"`
	} `json:"components"`
}

type resolvedChannel struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	Type           int    `json:"type"`
	AppPermissions *Bits  `json:"app_permissions"`
}

// targetMessage is what is read of a message whose menu a member used.
type targetMessage struct {
	Content string `json:"content"`
	Embeds  []struct {
		URL string `json:"url"`
	} `json:"embeds"`
}

// Option is an option of a command, or a subcommand.
type Option struct {
	Name    string          `json:"name"`
	Type    int             `json:"type"`
	Value   json.RawMessage `json:"value"`
	Options []Option        `json:"options"`
	Focused bool            `json:"focused"`
}

// Bits is a set of permissions: a decimal string, or a number.
type Bits int64

// UnmarshalJSON reads anything but a number as none.
func (b *Bits) UnmarshalJSON(data []byte) error {
	n, _ := strconv.ParseInt(strings.Trim(string(data), `"`), 10, 64)
	*b = Bits(n)
	return nil
}

// UserID is the member's user id; in a private message the user's.
func (in *Interaction) UserID() string {
	switch {
	case in.Member != nil:
		return in.Member.User.ID
	case in.User != nil:
		return in.User.ID
	}
	return ""
}

// Manages reports whether the member administers the guild.
func (in *Interaction) Manages() bool {
	return in.Member != nil && in.Member.Permissions&(PermAdministrator|PermManageGuild) != 0
}

// Subcommand is the path of subcommands, and the options below it.
func (in *Interaction) Subcommand() (path string, options []Option) {
	options = in.Data.Options
	var names []string
	for len(options) == 1 && options[0].Type <= 2 {
		names = append(names, options[0].Name)
		options = options[0].Options
	}
	return strings.Join(names, " "), options
}

// Attachment is the address of the file in an option, "" without one.
func (in *Interaction) Attachment(option string) string {
	return in.Data.Resolved.Attachments[in.Options().Text(option)].URL
}

// Target is the text of the message whose menu the member used, and the addresses
// that it shows previews of.
func (in *Interaction) Target() (content string, addresses []string) {
	m := in.Data.Resolved.Messages[in.Data.TargetID]
	for _, e := range m.Embeds {
		addresses = append(addresses, e.URL)
	}
	return m.Content, addresses
}

// Values gives access to a command's options.
type Values []Option

// Options is the options of the command or subcommand.
func (in *Interaction) Options() Values {
	_, options := in.Subcommand()
	return options
}

func (v Values) find(name string) (Option, bool) {
	for _, o := range v {
		if o.Name == name {
			return o, len(o.Value) > 0 && string(o.Value) != "null"
		}
	}
	return Option{}, false
}

// Has reports whether the member gave an option.
func (v Values) Has(name string) bool { _, ok := v.find(name); return ok }

// Text is an option as a string, "" without one.
func (v Values) Text(name string) string {
	o, ok := v.find(name)
	if !ok {
		return ""
	}
	var s string
	if json.Unmarshal(o.Value, &s) != nil {
		s = string(o.Value)
	}
	return strings.TrimSpace(s)
}

// Number is an option as a whole number within bounds, or def.
func (v Values) Number(name string, def, low, high int) int {
	n, err := strconv.ParseFloat(v.Text(name), 64)
	if err != nil || math.IsNaN(n) {
		return def
	}
	return int(min(max(n, float64(low)), float64(high)))
}

// Flag is an option as a truth value, or def.
func (v Values) Flag(name string, def bool) bool {
	b, err := strconv.ParseBool(v.Text(name))
	if err != nil {
		return def
	}
	return b
}

// Focused is the option that the member is typing.
func (v Values) Focused() (name, typed string) {
	for _, o := range v {
		if o.Focused {
			return o.Name, v.Text(o.Name)
		}
	}
	return "", ""
}

// Form is what a member typed into a form's input.
func (in *Interaction) Form(customID string) string {
	for _, row := range in.Data.Components {
		for _, c := range row.Components {
			if c.CustomID == customID {
				return strings.TrimSpace(c.Value)
			}
		}
	}
	return ""
}
