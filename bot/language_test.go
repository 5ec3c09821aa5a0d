package bot

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bwmarrin/discordgo"

	"cratedigger/bot/text"
	"cratedigger/internal/fakediscord"
)

// TestLanguageIsOneFile adds a file to the languages, and the bot speaks it.
func TestLanguageIsOneFile(t *testing.T) {
	t.Parallel()
	english, err := os.ReadFile("text/en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dutch := strings.Replace(string(english), "\npause.on: \"", "\npause.on: \"Gepauzeerd. ", 1)
	texts, err := text.Read(fstest.MapFS{"en.yaml": {Data: english}, "nl.yaml": {Data: []byte(dutch)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Commands(texts) {
		if (*c.NameLocalizations)[discordgo.Dutch] == "" {
			t.Errorf("%s has no name in the new language", c.Name)
		}
	}
	w := newWorld(t, withBot(func(o *Options) { o.Text = texts }))
	piet := w.discord.AddMember(w.guild, fakediscord.Member{Name: "Piet", Locale: "nl", Permissions: fakediscord.PermManageGuild})
	if said := w.do(fakediscord.Interaction{MemberID: piet, Command: "cratedigger", Sub: "pause"}).Answer().Content; !strings.HasPrefix(said, "Gepauzeerd. ") {
		t.Errorf("in the new language the bot says %q", said)
	}
	w.do(fakediscord.Interaction{MemberID: piet, Command: "cratedigger", Sub: "settings", Options: map[string]any{"language": "nl"}})
	if got := w.settings().Language; got != "nl" {
		t.Errorf("the posts' language is %q", got)
	}
	call := w.do(fakediscord.Interaction{MemberID: piet, Command: "cratedigger", Sub: "settings", Options: map[string]any{"language": "n"}, Focused: "language"})
	if len(call.Choices()) != 2 { // en and nl
		t.Errorf("the language is completed with %v", call.Choices())
	}
}

// TestTextsNameCommandsOfTheirLanguage: what a text says to type is a command as that
// language names it.
func TestTextsNameCommandsOfTheirLanguage(t *testing.T) {
	t.Parallel()
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	typed := regexp.MustCompile("`/([^`]+)`")
	for _, tag := range texts.Tags() {
		l, known, named := texts.For(tag), map[string]bool{}, 0
		var add func(path string, options []opt)
		add = func(path string, options []opt) {
			known[path] = true
			for _, o := range options {
				add(path+" "+l.Say("option."+o.name), o.options)
			}
		}
		for _, s := range specs {
			add(l.Say("command."+s.name+".name"), s.options)
		}
		for _, key := range l.Keys() {
			for _, form := range l.Forms(key) {
				for _, m := range typed.FindAllStringSubmatch(form, -1) {
					if named++; !known[m[1]] {
						t.Errorf("%s %s says to type /%s, which is no command", tag, key, m[1])
					}
				}
			}
		}
		if named == 0 {
			t.Errorf("%s names no command", tag)
		}
	}
}
