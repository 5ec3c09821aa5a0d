package fakediscord

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// component is a message component: the fields that are checked.
type component struct {
	Type       int         `json:"type"`
	CustomID   string      `json:"custom_id"`
	Label      string      `json:"label"`
	URL        string      `json:"url"`
	Style      int         `json:"style"`
	Disabled   bool        `json:"disabled"`
	Components []component `json:"components"`
	MaxValues  int         `json:"max_values"` // 0: one
	Options    []struct {
		Label, Value string
		Default      bool
	} `json:"options"`
}

// components decodes a message's component rows.
func components(data json.RawMessage) []component {
	var rows []component
	json.Unmarshal(orEmpty(data), &rows)
	return rows
}

// checkComponents enforces Discord's limits on rows, buttons and menus.
func checkComponents(data json.RawMessage) *apiError {
	var rows []component
	if err := json.Unmarshal(orEmpty(data), &rows); err != nil {
		return errForm("components: " + err.Error())
	}
	if len(rows) > 5 {
		return errForm("components: Must be 5 or fewer in length.")
	}
	seen := map[string]bool{}
	for _, row := range rows {
		if row.Type != 1 || len(row.Components) == 0 || len(row.Components) > 5 {
			return errForm("components: a row holds 1 to 5 components")
		}
		for _, c := range row.Components {
			if c.Type == 2 && c.Style == 5 {
				if c.URL == "" || c.CustomID != "" {
					return errForm("components: a link button has a url and no custom_id")
				}
				continue
			}
			if c.CustomID == "" || len(c.CustomID) > 100 || seen[c.CustomID] {
				return errForm("custom_id: between 1 and 100 characters, once a message: " + c.CustomID)
			}
			seen[c.CustomID] = true
			if utf8.RuneCountInString(c.Label) > 80 {
				return errForm("label: Must be 80 or fewer in length.")
			}
			if c.Type >= 3 && len(row.Components) > 1 {
				return errForm("components: a menu fills its row")
			}
			if c.Type == 3 && (len(c.Options) == 0 || len(c.Options) > 25) {
				return errForm("options: between 1 and 25")
			}
			chosen := 0
			for _, o := range c.Options {
				if o.Default {
					chosen++
				}
			}
			if chosen > max(c.MaxValues, 1) || c.MaxValues > 25 {
				return errForm("options: more are chosen than may be")
			}
		}
	}
	return nil
}

// checkEmbeds enforces Discord's limits on embeds.
func checkEmbeds(data json.RawMessage) *apiError {
	var embeds []struct {
		Title, Description string
		Fields             []struct{ Name, Value string }
		Footer             struct{ Text string }
	}
	if err := json.Unmarshal(orEmpty(data), &embeds); err != nil {
		return errForm("embeds: " + err.Error())
	}
	if len(embeds) > 10 {
		return errForm("embeds: Must be 10 or fewer in length.")
	}
	total := 0
	for _, e := range embeds {
		n := utf8.RuneCountInString
		if n(e.Title) > 256 || n(e.Description) > 4096 || len(e.Fields) > 25 || n(e.Footer.Text) > 2048 {
			return errForm("embeds: title, description, fields or footer too long")
		}
		total += n(e.Title) + n(e.Description) + n(e.Footer.Text)
		for _, f := range e.Fields {
			if f.Name == "" || f.Value == "" || n(f.Name) > 256 || n(f.Value) > 1024 {
				return errForm("embeds: a field has a name of up to 256 and a value of up to 1024")
			}
			total += n(f.Name) + n(f.Value)
		}
	}
	if total > 6000 {
		return errForm("embeds: Embed size exceeds maximum size of 6000")
	}
	return nil
}

// Command is an application command as registered.
type Command struct {
	ID                       string            `json:"id"`
	ApplicationID            string            `json:"application_id"`
	GuildID                  string            `json:"guild_id,omitempty"`
	Version                  string            `json:"version"`
	Type                     int               `json:"type"` // 1 slash, 3 on a message
	Name                     string            `json:"name"`
	NameLocalizations        map[string]string `json:"name_localizations"`
	Description              string            `json:"description"`
	DescriptionLocalizations map[string]string `json:"description_localizations"`
	Options                  []CommandOption   `json:"options"`
	DefaultMemberPermissions *string           `json:"default_member_permissions"`
	Contexts                 []int             `json:"contexts"`
}

// CommandOption is an option of a command, or a subcommand (types 1 and 2).
type CommandOption struct {
	Type                     int               `json:"type"`
	Name                     string            `json:"name"`
	NameLocalizations        map[string]string `json:"name_localizations,omitempty"`
	Description              string            `json:"description"`
	DescriptionLocalizations map[string]string `json:"description_localizations,omitempty"`
	Required                 bool              `json:"required"`
	Autocomplete             bool              `json:"autocomplete"`
	Choices                  []Choice          `json:"choices,omitempty"`
	Options                  []CommandOption   `json:"options,omitempty"`
	ChannelTypes             []int             `json:"channel_types,omitempty"`
	MinValue                 *float64          `json:"min_value,omitempty"`
	MaxValue                 *float64          `json:"max_value,omitempty"`
	MinLength                *int              `json:"min_length,omitempty"`
	MaxLength                *int              `json:"max_length,omitempty"`
}

// Choice is one fixed or completed value of an option.
type Choice struct {
	Name              string            `json:"name"`
	NameLocalizations map[string]string `json:"name_localizations,omitempty"`
	Value             any               `json:"value"`
}

var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// check enforces Discord's rules for commands.
func (c Command) check() error {
	if c.Type == 1 {
		if err := checkNames(c.Name, c.NameLocalizations, c.Description, c.DescriptionLocalizations); err != nil {
			return err
		}
	} else if c.Name == "" || utf8.RuneCountInString(c.Name) > 32 || c.Description != "" || len(c.Options) > 0 {
		return fmt.Errorf("%s: a context menu command has a name of up to 32 and nothing else", c.Name)
	}
	return checkOptions(c.Options)
}

func checkOptions(options []CommandOption) error {
	if len(options) > 25 {
		return fmt.Errorf("options: Must be 25 or fewer in length")
	}
	optional, seen := false, map[string]bool{}
	for _, o := range options {
		if err := checkNames(o.Name, o.NameLocalizations, o.Description, o.DescriptionLocalizations); err != nil {
			return err
		}
		if seen[o.Name] {
			return fmt.Errorf("%s: option names must be unique", o.Name)
		}
		seen[o.Name] = true
		if o.Type < 1 || o.Type > 11 {
			return fmt.Errorf("%s: no such option type", o.Name)
		}
		if o.Required && optional {
			return fmt.Errorf("%s: required options come first", o.Name)
		}
		optional = optional || (!o.Required && o.Type > 2)
		if len(o.Choices) > 25 || (o.Autocomplete && len(o.Choices) > 0) {
			return fmt.Errorf("%s: up to 25 choices, none with autocomplete", o.Name)
		}
		if err := checkOptions(o.Options); err != nil {
			return err
		}
	}
	return nil
}

func checkNames(name string, names map[string]string, description string, descriptions map[string]string) error {
	all := map[string]string{"": name}
	for k, v := range names {
		all[k] = v
	}
	for locale, n := range all {
		if !commandName.MatchString(n) || n != strings.ToLower(n) {
			return fmt.Errorf("name %q (%s): 1 to 32 lower-case letters, digits, - and _", n, locale)
		}
	}
	all = map[string]string{"": description}
	for k, v := range descriptions {
		all[k] = v
	}
	for locale, d := range all {
		if n := utf8.RuneCountInString(d); n < 1 || n > 100 {
			return fmt.Errorf("description of %s (%s): 1 to 100 characters", name, locale)
		}
	}
	return nil
}
