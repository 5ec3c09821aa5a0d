package fakediscord

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Interaction is what a member does: run a command, press a button, choose
// from a menu, fill in a form, or type into an option that completes.
type Interaction struct {
	ChannelID string
	MemberID  string

	// A command: its name, "sub" or "group sub" of it, and its options; a File for one
	// that takes a file.
	Command string
	Sub     string
	Options map[string]any
	Target  string // message id, for a command on a message
	Focused string // option being typed: asks for completions instead of running it

	// A component: the message it is on and its custom id; Values of a menu.
	MessageID string
	CustomID  string
	Values    []string

	// A form: custom id and the inputs' values by their custom ids. MessageID is
	// the message whose button opened it, "" for one that a command opened.
	Form map[string]string
}

// Call is an interaction under way.
type Call struct {
	s  *Server
	c  *call
	ID string
}

// call is the server's side of a Call. Guarded by the server's mu.
type call struct {
	id, token string
	channelID string
	memberID  string
	created   time.Time // on the server's clock
	arrived   time.Time // real
	kind      int       // interaction type
	target    *Message  // the message that a component is on

	answer    int // callback type, 0 until it came
	edited    bool
	original  *Message // the answer
	followups []*Message
	choices   []Choice
	modal     json.RawMessage
	history   []string // contents of the original, in order
}

// settled reports whether the member sees an answer. A deferred update of a
// component's message shows nothing, so it counts at once.
func (c *call) settled() bool {
	return c.answer != 0 && (c.answer != 5 || c.edited)
}

// Answered reports whether a callback came.
func (c *Call) Answered() bool { c.s.mu.Lock(); defer c.s.mu.Unlock(); return c.c.answer != 0 }

// Kind is the callback's type: 4 message, 5 deferred, 6 and 7 updates, 8
// completions, 9 form; 0 before it came.
func (c *Call) Kind() int { c.s.mu.Lock(); defer c.s.mu.Unlock(); return c.c.answer }

// Answer is the message that answered, as it stands now.
func (c *Call) Answer() Message {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.c.original == nil {
		return Message{}
	}
	return c.c.original.clone()
}

// History is the answer's contents one after another, edits included.
func (c *Call) History() []string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return slices.Clone(c.c.history)
}

// Followups is the further messages, as they stand now.
func (c *Call) Followups() []Message {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	var out []Message
	for _, m := range c.c.followups {
		out = append(out, m.clone())
	}
	return out
}

// Choices is what completed a typed option.
func (c *Call) Choices() []Choice {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return slices.Clone(c.c.choices)
}

// Form is the form that answered, as JSON; nil when none did.
func (c *Call) Form() json.RawMessage {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.c.modal
}

// Wait returns when the member sees an answer.
func (c *Call) Wait(ctx context.Context) error {
	return c.s.Until(ctx, func() bool {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		return c.c.settled()
	})
}

// Interact does what a member does and returns at once. It fails where
// Discord's client would not let the member: an unknown command or option, a
// button that is not there or disabled, a command hidden by permissions.
func (s *Server) Interact(in Interaction) (*Call, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[in.ChannelID]
	if ch == nil {
		return nil, errNoChannel
	}
	who, err := s.member(ch, in.MemberID)
	if err != nil {
		return nil, err
	}
	c := &call{channelID: ch.ID, memberID: who.ID, created: s.opts.Now(), arrived: time.Now()}
	c.id = s.newID()
	c.token = "interaction-" + c.id
	var data map[string]any
	name := in.Command
	switch {
	case in.Command != "":
		c.kind = 2
		if in.Focused != "" {
			c.kind = 4
		}
		data, err = s.commandData(ch, who, in)
	case in.Form != nil:
		c.kind, name = 5, in.CustomID
		data = formData(in)
		c.target = s.shown(ch, in)
	default:
		c.kind, name = 3, in.CustomID
		data, c.target, err = s.componentData(ch, in)
	}
	if err != nil {
		return nil, err
	}
	g := s.guilds[ch.guildID]
	member := s.memberJSON(who)
	member["permissions"] = strconv.FormatInt(who.Permissions|PermViewChannel|PermSendMessages, 10)
	event := map[string]any{
		"id": c.id, "application_id": s.appID, "type": c.kind, "token": c.token, "version": 1,
		"guild_id": ch.guildID, "channel_id": ch.ID, "channel": s.channelJSON(ch), "member": member,
		"locale": who.Locale, "guild_locale": g.Locale, "app_permissions": strconv.FormatInt(s.permissions(ch), 10),
		"data": data, "entitlements": []any{}, "authorizing_integration_owners": map[string]any{"0": ch.guildID}, "context": 0,
	}
	if c.target != nil {
		event["message"] = s.messageJSON(c.target)
	}
	s.calls[c.token] = c
	s.callByID[c.id] = c
	s.publish(nil, Event{Kind: Interacted, ChannelID: ch.ID, MemberID: who.ID, CallID: c.id, Name: name})
	s.dispatch(ch.guildID, intentNone, "INTERACTION_CREATE", func() any { return event })
	s.touch()
	return &Call{s: s, c: c, ID: c.id}, nil
}

// Run is Interact with a wait for the answer.
func (s *Server) Run(ctx context.Context, in Interaction) (*Call, error) {
	c, err := s.Interact(in)
	if err != nil {
		return nil, err
	}
	return c, c.Wait(ctx)
}

// commandData is an interaction's data for a command.
func (s *Server) commandData(ch *channel, who *Member, in Interaction) (map[string]any, error) {
	all := append(slices.Clone(s.perGuild[ch.guildID]), s.commands...)
	i := slices.IndexFunc(all, func(c Command) bool { return c.Name == in.Command })
	if i < 0 {
		return nil, fmt.Errorf("fakediscord: no command %q is registered", in.Command)
	}
	cmd := all[i]
	if p := cmd.DefaultMemberPermissions; p != nil {
		need, _ := strconv.ParseInt(*p, 10, 64)
		if who.Permissions&PermAdministrator == 0 && (need == 0 || who.Permissions&need != need) {
			return nil, fmt.Errorf("fakediscord: %s does not see the command %q", who.Name, in.Command)
		}
	}
	resolved := map[string]any{}
	data := map[string]any{"id": cmd.ID, "name": cmd.Name, "type": cmd.Type}
	if cmd.Type == 3 {
		m := s.find(ch.ID, in.Target)
		if m == nil {
			return nil, errNoMessage
		}
		data["target_id"] = m.ID
		resolved["messages"] = map[string]any{m.ID: s.messageJSON(m)}
		data["resolved"] = resolved
		return data, nil
	}
	defs, path := cmd.Options, strings.Fields(in.Sub)
	for _, name := range path {
		j := slices.IndexFunc(defs, func(o CommandOption) bool { return o.Name == name && o.Type <= 2 })
		if j < 0 {
			return nil, fmt.Errorf("fakediscord: %s has no subcommand %q", in.Command, name)
		}
		defs = defs[j].Options
	}
	options, err := s.optionData(defs, in, resolved)
	if err != nil {
		return nil, err
	}
	for k, name := range slices.Backward(path) {
		kind := 1
		if k < len(path)-1 {
			kind = 2
		}
		options = []any{map[string]any{"name": name, "type": kind, "options": options}}
	}
	if len(options) > 0 {
		data["options"] = options
	}
	if len(resolved) > 0 {
		data["resolved"] = resolved
	}
	return data, nil
}

func (s *Server) optionData(defs []CommandOption, in Interaction, resolved map[string]any) ([]any, error) {
	var out []any
	left := len(in.Options)
	for _, d := range defs {
		if d.Type <= 2 {
			if len(strings.Fields(in.Sub)) == 0 {
				return nil, fmt.Errorf("fakediscord: %s needs a subcommand", in.Command)
			}
			continue
		}
		v, given := in.Options[d.Name]
		if !given {
			if d.Required && in.Focused == "" {
				return nil, fmt.Errorf("fakediscord: %s needs the option %q", in.Command, d.Name)
			}
			continue
		}
		left--
		if len(d.Choices) > 0 && !slices.ContainsFunc(d.Choices, func(c Choice) bool { return fmt.Sprint(c.Value) == fmt.Sprint(v) }) {
			return nil, fmt.Errorf("fakediscord: %v is not a choice of %q", v, d.Name)
		}
		if f, ok := v.(File); ok != (d.Type == 11) {
			return nil, fmt.Errorf("fakediscord: %v is not what %q takes", v, d.Name)
		} else if ok {
			id := s.newID()
			path := "/ephemeral-attachments/" + id + "/" + url.PathEscape(f.Name)
			s.attached[path] = f.Data
			resolved["attachments"] = map[string]any{id: map[string]any{"id": id, "filename": f.Name, "size": len(f.Data), "ephemeral": true,
				"url": "https://cdn.discordapp.com" + path + "?ex=1&hm=2", "proxy_url": "https://media.discordapp.net" + path, "content_type": "text/csv; charset=utf-8"}}
			v = id
		}
		o := map[string]any{"name": d.Name, "type": d.Type, "value": v}
		if in.Focused == d.Name {
			o["focused"] = true
		}
		if d.Type == 7 {
			c := s.channels[fmt.Sprint(v)]
			if c == nil {
				return nil, errNoChannel
			}
			j := s.channelJSON(c)
			j["permissions"] = strconv.FormatInt(LeastPermissions, 10)
			j["app_permissions"] = strconv.FormatInt(s.permissions(c), 10)
			resolved["channels"] = map[string]any{c.ID: j}
		}
		out = append(out, o)
	}
	if left > 0 {
		return nil, fmt.Errorf("fakediscord: %s %s has other options than %v", in.Command, in.Sub, in.Options)
	}
	return out, nil
}

// componentData is an interaction's data for a button or a menu.
func (s *Server) componentData(ch *channel, in Interaction) (map[string]any, *Message, error) {
	m := s.shown(ch, in)
	if m == nil {
		return nil, nil, errNoMessage
	}
	for _, row := range components(m.Components) {
		for _, c := range row.Components {
			if c.CustomID != in.CustomID || c.CustomID == "" {
				continue
			}
			if c.Disabled {
				return nil, nil, fmt.Errorf("fakediscord: %q is disabled", in.CustomID)
			}
			data := map[string]any{"custom_id": c.CustomID, "component_type": c.Type}
			if c.Type != 2 {
				values := in.Values
				if values == nil {
					values = []string{}
				}
				data["values"] = values
				if c.Type == 8 {
					resolved := map[string]any{}
					for _, v := range values {
						if o := s.channels[v]; o != nil {
							j := s.channelJSON(o)
							j["permissions"] = strconv.FormatInt(LeastPermissions, 10)
							j["app_permissions"] = strconv.FormatInt(s.permissions(o), 10)
							resolved[v] = j
						}
					}
					data["resolved"] = map[string]any{"channels": resolved}
				}
			}
			return data, m, nil
		}
	}
	return nil, nil, fmt.Errorf("fakediscord: message %s has no component %q", in.MessageID, in.CustomID)
}

// shown is the message of an interaction as the member sees it: one of the
// channel, or an ephemeral answer of an earlier call. It is nil where there is
// none.
func (s *Server) shown(ch *channel, in Interaction) *Message {
	if m := s.find(ch.ID, in.MessageID); m != nil {
		return m
	}
	for _, c := range s.calls {
		for _, m := range append([]*Message{c.original}, c.followups...) {
			if m != nil && m.ID == in.MessageID && c.memberID == in.MemberID {
				return m
			}
		}
	}
	return nil
}

// formData is an interaction's data for a submitted form.
func formData(in Interaction) map[string]any {
	rows := []any{}
	for id, v := range in.Form {
		rows = append(rows, map[string]any{"type": 1, "components": []any{map[string]any{"type": 4, "custom_id": id, "value": v}}})
	}
	return map[string]any{"custom_id": in.CustomID, "components": rows}
}

// hosted serves files by their paths, in the place of Discord's hosts of files, where the
// token has nothing to do.
func (s *Server) hosted(files map[string][]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		data, ok := files[r.URL.EscapedPath()]
		s.requests = append(s.requests, Request{Method: r.Method, Path: r.URL.Path, Status: http.StatusOK})
		s.mu.Unlock()
		switch {
		case r.Header.Get("Authorization") != "":
			http.Error(w, "the token was sent", http.StatusBadRequest)
		case !ok:
			http.NotFound(w, r)
		default:
			w.Write(data)
		}
	}
}
