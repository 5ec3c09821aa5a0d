package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cratedigger/bot"
	words "cratedigger/bot/text"
	"cratedigger/cmd/internal/app"
	"cratedigger/config"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

//go:generate go test -run=Reference$ -update .

var update = flag.Bool("update", false, "write the generated files")

// slash is a command as Discord gets it, or an option of one.
type slash struct {
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Type        int     `json:"type"`
	Required    bool    `json:"required"`
	Permissions *string `json:"default_member_permissions"`
	Options     []slash `json:"options"`
	Choices     []struct {
		Value any `json:"value"`
	} `json:"choices"`
}

// Types of options that hold others.
const (
	subCommand      = 1
	subCommandGroup = 2
	messageCommand  = 3 // type of a command on a message
)

// slashReference describes the commands in Discord from what is registered.
func slashReference(t *testing.T, b *strings.Builder) {
	t.Helper()
	texts, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(bot.Commands(texts))
	if err != nil {
		t.Fatal(err)
	}
	var commands []slash
	if err := json.Unmarshal(data, &commands); err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct {
		title string
		admin bool
	}{
		{"For members", false},
		{"For administrators", true},
	} {
		fmt.Fprintf(b, "\n### %s\n", part.title)
		if part.admin {
			b.WriteString("\nThese need the permission *Manage Server*, unless the server's integration settings say otherwise.\n")
		}
		for _, c := range commands {
			if (c.Permissions != nil) != part.admin {
				continue
			}
			if c.Type == messageCommand {
				fmt.Fprintf(b, "\n#### Apps → %s\n\nOn a message, by a right click or a long press.\n", c.Name)
				continue
			}
			slashCommand(b, "/"+c.Name, c)
		}
	}
}

// slashCommand describes one command, and those below it.
func slashCommand(b *strings.Builder, path string, c slash) {
	var rows []slash
	var below []slash
	for _, o := range c.Options {
		if o.Type == subCommand || o.Type == subCommandGroup {
			below = append(below, o)
		} else {
			rows = append(rows, o)
		}
	}
	if len(below) == 0 || strings.Count(path, " ") == 0 {
		usage := path
		for _, o := range rows {
			if o.Required {
				usage += " " + o.Name
			} else {
				usage += " [" + o.Name + "]"
			}
		}
		fmt.Fprintf(b, "\n#### `%s`\n\n%s\n", usage, sentence(c.Description))
	}
	if len(rows) > 0 {
		b.WriteString("\n| option | what |\n|---|---|\n")
		for _, o := range rows {
			what := sentence(o.Description)
			if len(o.Choices) > 0 {
				var values []string
				for _, choice := range o.Choices {
					values = append(values, fmt.Sprintf("`%v`", choice.Value))
				}
				what += " One of " + strings.Join(values, ", ") + "."
			}
			fmt.Fprintf(b, "| `%s` | %s |\n", o.Name, what)
		}
	}
	for _, o := range below {
		slashCommand(b, path+" "+o.Name, o)
	}
}

// sentence ends with a full stop.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "…") {
		return s
	}
	return s + "."
}

// lineReference describes the commands of the program from its own help.
func lineReference(t *testing.T, b *strings.Builder) {
	t.Helper()
	var c cli
	parser, err := kong.New(&c, kong.Name("cratedigger"))
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString("\nFlags of every command:\n")
	lineFlags(b, parser.Model.Node.Flags)
	var visit func(n *kong.Node)
	visit = func(n *kong.Node) {
		for _, child := range n.Children {
			if child.Hidden {
				continue
			}
			if len(child.Children) > 0 {
				visit(child)
				continue
			}
			usage := child.FullPath()
			for _, p := range child.Positional {
				usage += " " + p.Summary()
			}
			fmt.Fprintf(b, "\n### `%s`\n\n%s\n", usage, sentence(child.Help))
			if child.Detail != "" {
				fmt.Fprintf(b, "\n%s\n", child.Detail)
			}
			if len(child.Positional) > 0 {
				b.WriteString("\n| argument | what |\n|---|---|\n")
				for _, p := range child.Positional {
					fmt.Fprintf(b, "| `%s` | %s |\n", p.Name, sentence(p.Help))
				}
			}
			lineFlags(b, child.Flags)
		}
	}
	visit(parser.Model.Node)
}

// lineFlags writes a table of flags.
func lineFlags(b *strings.Builder, flags []*kong.Flag) {
	head := false
	for _, f := range flags {
		if f.Hidden || f.Name == "help" {
			continue
		}
		if !head {
			b.WriteString("\n| flag | what |\n|---|---|\n")
			head = true
		}
		name := "--" + f.Name
		if f.Short != 0 {
			name = "-" + string(f.Short) + ", " + name
		}
		if !f.IsBool() {
			name += "=" + f.FormatPlaceHolder()
		} else if f.Negated {
			name = "--no-" + f.Name
		}
		fmt.Fprintf(b, "| `%s` | %s |\n", strings.ReplaceAll(name, "|", "\\|"), sentence(strings.ReplaceAll(f.Help, "|", "\\|")))
	}
}

// TestCommandsReference compares docs/commands.md with the registered slash
// commands and the program's own help, or with -update writes it.
func TestCommandsReference(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Commands\n\nThis page is generated from the source (`go generate ./cmd/cratedigger`); a test\nkeeps it true.\n\n## In Discord\n\n" +
		"Type `/` and the name; Discord completes the rest. Answers are seen by whoever\nasked alone, unless it says otherwise.\n")
	slashReference(t, &b)
	b.WriteString("\n## On the command line\n\n`cratedigger COMMAND --help` prints the same. Commands that use the data folder\n" +
		"are executed inside the bot while one runs on it.\n")
	lineReference(t, &b)
	compare(t, "commands.md", b.String())
}

// TestConfigurationReference does the same with docs/configuration.md. What a
// guild may choose comes from the table, for every default that is not just true
// or false.
func TestConfigurationReference(t *testing.T) {
	limits, err := app.LimitTexts()
	if err != nil {
		t.Fatal(err)
	}
	reference, example := string(config.Reference(limits)), string(config.Example(limits))
	plain := strings.Join(strings.Fields(strings.ReplaceAll(example, "#", " ")), " ")
	fields := reflect.TypeFor[config.Guild]()
	for i := range fields.NumField() {
		key := "defaults." + fields.Field(i).Tag.Get("key")
		if fields.Field(i).Type.Kind() == reflect.Bool || key == "defaults.channel" { // which Discord knows
			continue
		}
		if limits[key] == "" || !strings.Contains(reference, "- value: "+limits[key]+"\n") || !strings.Contains(plain, "Value: "+limits[key]+".") {
			t.Errorf("the documents do not name the limit of %s, %q", key, limits[key])
		}
	}
	compare(t, "configuration.md", reference)
}

// compare holds a document against what it should be, or with -update writes it.
func compare(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", name)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/%s is stale; run go generate ./config ./cmd/cratedigger (-want +got):\n%s", name, diff)
	}
}
