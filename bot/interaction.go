package bot

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Kinds of interactions.
const (
	kindCommand   = 2
	kindComponent = 3
	kindComplete  = 4
	kindForm      = 5
)

// Permissions of a member that the bot looks at.
const (
	permAdministrator = 1 << 3
	permManageGuild   = 1 << 5
)

// interaction is what a member did, decoded leniently: one odd field of a
// newer Discord must not lose the rest.
type interaction struct {
	ID             string          `json:"id"`
	AppID          string          `json:"application_id"`
	Type           int             `json:"type"`
	Token          string          `json:"token"`
	GuildID        string          `json:"guild_id"`
	ChannelID      string          `json:"channel_id"`
	Locale         string          `json:"locale"`
	GuildLocale    string          `json:"guild_locale"`
	AppPermissions bits            `json:"app_permissions"`
	Member         *member         `json:"member"`
	User           *account        `json:"user"`
	Data           interactionData `json:"data"`
	Message        *sent           `json:"message"`

	received time.Time // on the bot's clock, for the token's fifteen minutes
}

type member struct {
	User        account `json:"user"`
	Permissions bits    `json:"permissions"`
}

type interactionData struct {
	Name     string   `json:"name"`
	Type     int      `json:"type"` // of a command: 1 slash, 2 on a user, 3 on a message
	Options  []option `json:"options"`
	TargetID string   `json:"target_id"`
	CustomID string   `json:"custom_id"`
	Values   []string `json:"values"`
	Resolved struct {
		Channels map[string]resolvedChannel `json:"channels"`
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
	AppPermissions *bits  `json:"app_permissions"`
}

type option struct {
	Name    string          `json:"name"`
	Type    int             `json:"type"`
	Value   json.RawMessage `json:"value"`
	Options []option        `json:"options"`
	Focused bool            `json:"focused"`
}

// bits is a set of permissions: a decimal string, or a number.
type bits int64

// UnmarshalJSON takes what is no number as none.
func (b *bits) UnmarshalJSON(data []byte) error {
	n, _ := strconv.ParseInt(strings.Trim(string(data), `"`), 10, 64)
	*b = bits(n)
	return nil
}

// member's user id; in a private message the user's.
func (in *interaction) userID() string {
	switch {
	case in.Member != nil:
		return in.Member.User.ID
	case in.User != nil:
		return in.User.ID
	}
	return ""
}

// manages reports whether the member administers the guild.
func (in *interaction) manages() bool {
	return in.Member != nil && in.Member.Permissions&(permAdministrator|permManageGuild) != 0
}

// sub is the path of subcommands, and the options below it.
func (in *interaction) sub() (path string, options []option) {
	options = in.Data.Options
	var names []string
	for len(options) == 1 && options[0].Type <= 2 {
		names = append(names, options[0].Name)
		options = options[0].Options
	}
	return strings.Join(names, " "), options
}

// values gives access to a command's options.
type values []option

// options is the options of the command or subcommand.
func (in *interaction) options() values {
	_, options := in.sub()
	return options
}

func (v values) find(name string) (option, bool) {
	for _, o := range v {
		if o.Name == name {
			return o, len(o.Value) > 0 && string(o.Value) != "null"
		}
	}
	return option{}, false
}

// has reports whether the member gave an option.
func (v values) has(name string) bool { _, ok := v.find(name); return ok }

// text is an option as a string, "" without one.
func (v values) text(name string) string {
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

// number is an option as a whole number within bounds, or def.
func (v values) number(name string, def, low, high int) int {
	n, err := strconv.ParseFloat(v.text(name), 64)
	if err != nil {
		return def
	}
	return int(min(max(n, float64(low)), float64(high)))
}

// flag is an option as a truth value, or def.
func (v values) flag(name string, def bool) bool {
	b, err := strconv.ParseBool(v.text(name))
	if err != nil {
		return def
	}
	return b
}

// focused is the option that the member is typing.
func (v values) focused() (name, typed string) {
	for _, o := range v {
		if o.Focused {
			return o.Name, v.text(o.Name)
		}
	}
	return "", ""
}

// form is what a member typed into a form's input.
func (in *interaction) form(customID string) string {
	for _, row := range in.Data.Components {
		for _, c := range row.Components {
			if c.CustomID == customID {
				return strings.TrimSpace(c.Value)
			}
		}
	}
	return ""
}
