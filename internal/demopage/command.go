package demopage

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/internal/fakediscord"
)

// Suggestion is one way to go on with what is typed into the box.
type Suggestion struct {
	Text   string `json:"text"`   // the whole box when it is taken
	Label  string `json:"label"`  // what is offered
	Detail string `json:"detail"` // what it does
	Done   bool   `json:"done"`   // taking it leaves nothing that must follow
}

// typed is a command as far as it was typed.
type typed struct {
	command fakediscord.Command
	path    []string // subcommands
	defs    []fakediscord.CommandOption
	options map[string]any    // of the finished options, by name
	raw     map[string]string // as typed
	open    string            // the option whose value is at the end of the text
	rest    string            // what is typed and not yet a name or value
	prefix  string            // the text before the open value or the rest
}

// parseTyped reads "/command sub option: value". Values may hold spaces: one
// ends where the next option's name begins. Where a command has one text
// option its name may be left out.
func parseTyped(commands []fakediscord.Command, text string) (typed, error) {
	t := typed{options: map[string]any{}, raw: map[string]string{}}
	body, ok := strings.CutPrefix(text, "/")
	if !ok {
		return t, fmt.Errorf("a command begins with /")
	}
	name, rest, _ := strings.Cut(body, " ")
	i := slices.IndexFunc(commands, func(c fakediscord.Command) bool { return c.Type == 1 && c.Name == name })
	if i < 0 {
		return t, fmt.Errorf("there is no command /%s", name)
	}
	t.command, t.defs = commands[i], commands[i].Options
	t.prefix = "/" + name + " "
	for len(t.defs) > 0 && t.defs[0].Type <= 2 {
		rest = strings.TrimLeft(rest, " ")
		word, after, _ := strings.Cut(rest, " ")
		j := slices.IndexFunc(t.defs, func(o fakediscord.CommandOption) bool { return o.Name == word })
		if j < 0 {
			t.rest = rest
			return t, nil
		}
		t.path = append(t.path, word)
		t.defs, rest = t.defs[j].Options, after
		t.prefix += word + " "
	}
	t.split(strings.TrimLeft(rest, " "))
	return t, nil
}

// split finds the options in the rest of the text.
func (t *typed) split(rest string) {
	type span struct{ name, value int } // where an option's name and its value begin
	var spans []span
	var names []string
	for _, d := range t.defs {
		for from := 0; ; {
			at := strings.Index(rest[from:], d.Name+":")
			if at < 0 {
				break
			}
			at += from
			if at == 0 || rest[at-1] == ' ' {
				spans = append(spans, span{at, at + len(d.Name) + 1})
				names = append(names, d.Name)
				break
			}
			from = at + 1
		}
	}
	if len(spans) == 0 {
		if len(t.defs) == 1 && rest != "" && !strings.HasPrefix(t.defs[0].Name+":", rest) {
			t.open = t.defs[0].Name
			t.raw[t.open] = rest
			t.prefix += t.open + ":"
			return
		}
		t.rest = rest
		return
	}
	order := make([]int, len(spans))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return spans[a].name - spans[b].name })
	for k, i := range order {
		end := len(rest)
		if k+1 < len(order) {
			end = spans[order[k+1]].name
		}
		value := rest[spans[i].value:end]
		if k == len(order)-1 {
			t.open = names[i]
			t.prefix += rest[:spans[i].value]
		}
		t.raw[names[i]] = strings.TrimSpace(value)
	}
}

// finish converts the typed values. channels finds a channel by name.
func (t *typed) finish(channel func(name string) string) error {
	if len(t.defs) > 0 && t.defs[0].Type <= 2 {
		var names []string
		for _, d := range t.defs {
			names = append(names, d.Name)
		}
		return fmt.Errorf("/%s needs one of: %s", strings.Join(append([]string{t.command.Name}, t.path...), " "), strings.Join(names, ", "))
	}
	if t.rest != "" {
		return fmt.Errorf("“%s” belongs to no option of /%s", t.rest, t.command.Name)
	}
	for _, d := range t.defs {
		raw, given := t.raw[d.Name]
		if !given || raw == "" {
			if d.Required {
				return fmt.Errorf("/%s needs the option %s: %s", t.command.Name, d.Name, d.Description)
			}
			continue
		}
		value, err := valueOf(d, raw, channel)
		if err != nil {
			return err
		}
		t.options[d.Name] = value
	}
	return nil
}

// valueOf converts what was typed for an option.
func valueOf(d fakediscord.CommandOption, raw string, channel func(string) string) (any, error) {
	for _, c := range d.Choices {
		if c.Name == raw || fmt.Sprint(c.Value) == raw {
			return c.Value, nil
		}
	}
	if len(d.Choices) > 0 {
		return nil, fmt.Errorf("“%s” is not one of the choices of %s", raw, d.Name)
	}
	switch d.Type {
	case 4, 10:
		n, err := strconv.ParseFloat(raw, 64)
		if err != nil || d.Type == 4 && n != float64(int64(n)) {
			return nil, fmt.Errorf("%s is a number, not “%s”", d.Name, raw)
		}
		if d.MinValue != nil && n < *d.MinValue || d.MaxValue != nil && n > *d.MaxValue {
			return nil, fmt.Errorf("%s is outside its range", d.Name)
		}
		return n, nil
	case 5:
		switch strings.ToLower(raw) {
		case "true", "yes", "on", "1":
			return true, nil
		case "false", "no", "off", "0":
			return false, nil
		}
		return nil, fmt.Errorf("%s is true or false, not “%s”", d.Name, raw)
	case 7:
		if id := channel(strings.TrimPrefix(raw, "#")); id != "" {
			return id, nil
		}
		return nil, fmt.Errorf("there is no channel “%s”", raw)
	}
	return raw, nil
}

// suggest offers how to go on with what was typed. It asks the bot where an
// option completes.
func (p *Page) suggest(ctx context.Context, text string) []Suggestion {
	var out []Suggestion
	if !strings.HasPrefix(text, "/") {
		return out
	}
	commands := p.commands()
	if !strings.Contains(text, " ") {
		for _, c := range commands {
			if c.Type == 1 && strings.HasPrefix("/"+c.Name, strings.ToLower(text)) {
				out = append(out, Suggestion{Text: "/" + c.Name + " ", Label: "/" + c.Name, Detail: c.Description, Done: !needsMore(c.Options)})
			}
		}
		slices.SortFunc(out, func(a, b Suggestion) int { return strings.Compare(a.Label, b.Label) })
		return out
	}
	t, err := parseTyped(commands, text)
	if err != nil {
		return nil
	}
	if t.open == "" {
		for _, d := range t.defs {
			if _, given := t.raw[d.Name]; given || !strings.HasPrefix(d.Name, strings.TrimSpace(t.rest)) {
				continue
			}
			s := Suggestion{Text: t.prefix + d.Name, Label: d.Name, Detail: d.Description, Done: d.Type == 1 && !needsMore(d.Options)}
			if d.Type > 2 {
				s.Text += ":"
				if d.Required {
					s.Label += " (needed)"
				}
			} else {
				s.Text += " "
			}
			out = append(out, s)
		}
		return out
	}
	i := slices.IndexFunc(t.defs, func(o fakediscord.CommandOption) bool { return o.Name == t.open })
	out = p.values(ctx, t, t.defs[i])
	// A space behind a value: the other options may follow.
	if strings.HasSuffix(text, " ") && t.raw[t.open] != "" {
		for _, d := range t.defs {
			if _, given := t.raw[d.Name]; !given {
				out = append(out, Suggestion{Text: text + d.Name + ":", Label: d.Name, Detail: d.Description})
			}
		}
	}
	return out
}

// needsMore reports whether a command cannot run by its name alone.
func needsMore(options []fakediscord.CommandOption) bool {
	return slices.ContainsFunc(options, func(o fakediscord.CommandOption) bool { return o.Type <= 2 || o.Required })
}

// values offers values for the option that is being typed.
func (p *Page) values(ctx context.Context, t typed, d fakediscord.CommandOption) []Suggestion {
	var out []Suggestion
	typed := strings.ToLower(t.raw[d.Name])
	offer := func(value, label string) {
		if len(out) < 25 && strings.Contains(strings.ToLower(label), typed) {
			out = append(out, Suggestion{Text: t.prefix + value + " ", Label: label, Detail: d.Description, Done: true})
		}
	}
	switch {
	case len(d.Choices) > 0:
		for _, c := range d.Choices {
			offer(c.Name, c.Name)
		}
	case d.Type == 5:
		offer("true", "true")
		offer("false", "false")
	case d.Type == 7:
		for _, c := range p.channels() {
			offer("#"+c.Name, "#"+c.Name)
		}
	case d.Autocomplete:
		options := map[string]any{d.Name: t.raw[d.Name]}
		for _, other := range t.defs {
			if raw := t.raw[other.Name]; raw != "" && other.Name != d.Name {
				if v, err := valueOf(other, raw, p.channelID); err == nil {
					options[other.Name] = v
				}
			}
		}
		call, err := p.server.Interact(fakediscord.Interaction{
			ChannelID: p.channel, MemberID: p.member, Command: t.command.Name, Sub: strings.Join(t.path, " "),
			Options: options, Focused: d.Name,
		})
		if err != nil {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, fakediscord.AnswerLimit)
		defer cancel()
		if p.server.Until(ctx, call.Answered) != nil {
			return nil
		}
		for _, c := range call.Choices() {
			value := fmt.Sprint(c.Value)
			out = append(out, Suggestion{Text: t.prefix + value + " ", Label: c.Name, Done: true})
		}
	}
	return out
}

// commands is what the viewing member may run.
func (p *Page) commands() []fakediscord.Command {
	var mine []fakediscord.Command
	for _, c := range p.server.Commands(p.guild) {
		if need := c.DefaultMemberPermissions; need != nil {
			bits, _ := strconv.ParseInt(*need, 10, 64)
			if p.permissions&fakediscord.PermAdministrator == 0 && (bits == 0 || p.permissions&bits != bits) {
				continue
			}
		}
		mine = append(mine, c)
	}
	return mine
}

// submit runs an interaction and returns when the bot's first answer is there:
// a form to fill in, or nothing, since messages come through the event stream.
func (p *Page) submit(ctx context.Context, in fakediscord.Interaction) (form []byte, err error) {
	in.ChannelID, in.MemberID = p.channel, p.member
	call, err := p.server.Interact(in)
	if err != nil {
		return nil, fmt.Errorf("this cannot be done: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, fakediscord.AnswerLimit+time.Second)
	defer cancel()
	if p.server.Until(ctx, call.Answered) != nil {
		return nil, errSilent
	}
	if call.Kind() == 9 {
		return call.Form(), nil
	}
	return nil, nil
}
