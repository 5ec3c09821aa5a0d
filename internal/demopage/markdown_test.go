package demopage

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"cratedigger/internal/fakediscord"
)

func TestMarkdown(t *testing.T) {
	m := markdown{zone: time.UTC, user: func(id string) string { return map[string]string{"7": "Ana <3"}[id] }, channel: func(string) string { return "music" }}
	for _, tt := range []struct{ src, want string }{
		{"plain", "<div>plain</div>"},
		{"**bold _and italic_** ~~gone~~ __under__", "<div><strong>bold <em>and italic</em></strong> <s>gone</s> <u>under</u></div>"},
		{"snake_case_name and 2*3*4 x", "<div>snake_case_name and 2<em>3</em>4 x</div>"},
		{`\*not italic\* and \<tag\>`, "<div>*not italic* and &lt;tag&gt;</div>"},
		{`**a \* b**`, "<div><strong>a * b</strong></div>"},
		{"# Title\n-# small\n> quote\n- one", `<div class="h1">Title</div><div class="subtext">small</div><blockquote>quote</blockquote><div class="item">one</div>`},
		{"`<b>` and ```\nx < y\n```", "<div><code>&lt;b&gt;</code> and ```</div><div>x &lt; y</div><pre><code></code></pre>"},
		{"```\nx < y\n```\nend", "<pre><code>x &lt; y</code></pre><div>end</div>"},
		{"<@7> in <#1> </why:123>", `<div><span class="mention">@Ana &lt;3</span> in <span class="mention">#music</span> <span class="mention">/why</span></div>`},
		{"see https://a.example/x?a=1&b=2.", `<div>see <a href="https://a.example/x?a=1&amp;b=2" rel="noreferrer noopener" target="_blank">https://a.example/x?a=1&amp;b=2</a>.</div>`},
		{"<https://a.example/>", `<div><a href="https://a.example/" rel="noreferrer noopener" target="_blank">https://a.example/</a></div>`},
		{"[play **all**](https://a.example/y)", `<div><a href="https://a.example/y" rel="noreferrer noopener" target="_blank">play **all**</a></div>`},
		{"[x](javascript:alert(1))", "<div>[x](javascript:alert(1))</div>"},
		{"<t:0:D>", `<div><time datetime="1970-01-01T00:00:00Z">1 January 1970</time></div>`},
		{"**open and *crossed**", "<div><strong>open and *crossed</strong></div>"},
	} {
		if got := string(m.html(tt.src)); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.src, got, tt.want)
		}
	}
}

// ours are the elements that the renderer writes.
var ours = regexp.MustCompile(`</?(div|strong|em|u|s|span|code|pre|blockquote|a|time)( (class|href|rel|target|datetime|tabindex)="[^"<>]*")*>`)

func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{"**a**", "<t:1:R>", "[a](https://b)", "```x\n```", "||`<`||", "\\", "***", "https://\"onclick=", "_ __ ___ ____", "<@1><#2></a:3>"} {
		f.Add(seed)
	}
	m := markdown{zone: time.UTC, user: func(string) string { return `"<b>` }, channel: func(string) string { return "'<i>" }}
	f.Fuzz(func(t *testing.T, src string) {
		out := string(m.html(src))
		if rest := ours.ReplaceAllString(out, ""); strings.ContainsAny(rest, "<>\"") {
			t.Errorf("%q became %q", src, out)
		}
		if strings.Contains(out, "href=\"javascript") {
			t.Errorf("%q links a script", src)
		}
	})
}

func TestTypedCommands(t *testing.T) {
	one, ten := 1.0, 10.0
	commands := []fakediscord.Command{
		{Type: 1, Name: "recommend", Options: []fakediscord.CommandOption{{Type: 4, Name: "count", MinValue: &one, MaxValue: &ten}}},
		{Type: 1, Name: "why", Options: []fakediscord.CommandOption{{Type: 3, Name: "video", Required: true}}},
		{Type: 1, Name: "crate", Options: []fakediscord.CommandOption{
			{Type: 1, Name: "queries", Options: []fakediscord.CommandOption{{Type: 3, Name: "add"}, {Type: 3, Name: "upload", Choices: []fakediscord.Choice{{Name: "This week", Value: "week"}}}, {Type: 5, Name: "music"}, {Type: 7, Name: "channel"}}},
		}},
	}
	channel := func(name string) string { return map[string]string{"new-music": "42"}[name] }
	for _, tt := range []struct{ text, want string }{
		{"/recommend", "recommend [] map[]"},
		{"/recommend count: 3", "recommend [] map[count:3]"},
		{"/recommend 3", "recommend [] map[count:3]"},
		{"/recommend count:11", "error: count is outside its range"},
		{"/recommend count:x", "error: count is a number, not “x”"},
		{"/why https://youtu.be/abc?x=y:z", "why [] map[video:https://youtu.be/abc?x=y:z]"},
		{"/why", "error: /why needs the option video: "},
		{"/crate queries add:lo fi hip hop upload:This week music:yes channel:#new-music", "crate [queries] map[add:lo fi hip hop channel:42 music:true upload:week]"},
		{"/crate queries upload:never", "error: “never” is not one of the choices of upload"},
		{"/crate queries nonsense", "error: “nonsense” belongs to no option of /crate"},
		{"/crate", "error: /crate needs one of: queries"},
		{"/nosuch", "error: there is no command /nosuch"},
	} {
		parsed, err := parseTyped(commands, tt.text)
		if err == nil {
			err = parsed.finish(channel)
		}
		got := ""
		if err != nil {
			got = "error: " + err.Error()
		} else {
			got = parsed.command.Name + " [" + strings.Join(parsed.path, " ") + "] " + fmt.Sprint(parsed.options)
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func FuzzTypedCommands(f *testing.F) {
	commands := []fakediscord.Command{{Type: 1, Name: "a", Options: []fakediscord.CommandOption{{Type: 3, Name: "x"}, {Type: 4, Name: "y"}}}}
	f.Add("/a x:1 y:2")
	f.Fuzz(func(t *testing.T, text string) {
		if parsed, err := parseTyped(commands, text); err == nil {
			_ = parsed.finish(func(string) string { return "" })
		}
	})
}

// TestMarkdownOfATitle: escaped brackets in a link's text are part of it, as Discord has it.
func TestMarkdownOfATitle(t *testing.T) {
	got := string(markdown{zone: time.UTC}.html(`**[Song \[Official\] \*x\*](https://a.example/y)** · B`))
	if want := `<div><strong><a href="https://a.example/y" rel="noreferrer noopener" target="_blank">Song [Official] *x*</a></strong> · B</div>`; got != want {
		t.Errorf("got %s", got)
	}
}
