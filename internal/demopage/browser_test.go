package demopage_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cratedigger/bot/chart"
	"cratedigger/internal/browser"
	"cratedigger/internal/fakediscord"

	"github.com/bwmarrin/discordgo"
	"github.com/chromedp/chromedp"
)

// toStandIn sends what a client library sends to Discord to the stand-in.
type toStandIn struct{ origin *url.URL }

func (r toStandIn) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host = r.origin.Scheme, r.origin.Host
	req.Host = ""
	return http.DefaultTransport.RoundTrip(req)
}

// startBot connects a real client library that knows three commands and a
// button.
func startBot(t *testing.T, s *stage) *discordgo.Session {
	t.Helper()
	origin, err := url.Parse(s.server.URL())
	if err != nil {
		t.Fatal(err)
	}
	bot, err := discordgo.New("Bot " + s.server.Token())
	if err != nil {
		t.Fatal(err)
	}
	bot.Client = &http.Client{Transport: toStandIn{origin}}
	bot.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessageReactions
	bot.AddHandler(answer)
	if err := bot.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bot.Close() })
	one := 1.0
	if _, err := bot.ApplicationCommandBulkOverwrite(s.server.BotID(), "", []*discordgo.ApplicationCommand{
		{Name: "recommend", Description: "A few picks for you alone", Options: []*discordgo.ApplicationCommandOption{
			{Type: discordgo.ApplicationCommandOptionInteger, Name: "count", Description: "how many", MinValue: &one, MaxValue: 10},
		}},
		{Name: "why", Description: "Why a video was picked", Options: []*discordgo.ApplicationCommandOption{
			{Type: discordgo.ApplicationCommandOptionString, Name: "video", Description: "a link", Required: true, Autocomplete: true},
		}},
		{Name: "cratedigger", Description: "Settings", Options: []*discordgo.ApplicationCommandOption{
			{Type: discordgo.ApplicationCommandOptionSubCommand, Name: "pause", Description: "Stop posting for a while"},
		}},
		{Type: discordgo.MessageApplicationCommand, Name: "Take this pick back"},
	}); err != nil {
		t.Fatal(err)
	}
	return bot
}

// answer is what the test's bot does with interactions.
func answer(bot *discordgo.Session, i *discordgo.InteractionCreate) {
	ephemeral := discordgo.MessageFlagsEphemeral
	switch i.Type {
	case discordgo.InteractionApplicationCommandAutocomplete:
		bot.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionApplicationCommandAutocompleteResult,
			Data: &discordgo.InteractionResponseData{Choices: []*discordgo.ApplicationCommandOptionChoice{{Name: "Slow river (live session)", Value: "abcdefghijk"}}}})
	case discordgo.InteractionApplicationCommand:
		switch data := i.ApplicationCommandData(); data.Name {
		case "recommend":
			bot.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource,
				Data: &discordgo.InteractionResponseData{Flags: ephemeral}})
			for _, text := range []string{"Reading ▓▓░░ 50 %", "Here are 3 picks for you."} {
				bot.InteractionResponseEdit(i.Interaction, &discordgo.WebhookEdit{Content: &text})
			}
		case "why":
			text := "Because of " + data.Options[0].StringValue()
			bot.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseChannelMessageWithSource,
				Data: &discordgo.InteractionResponseData{Flags: ephemeral, Content: text, Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{
					discordgo.Button{Label: "Tell more", Style: discordgo.SecondaryButton, CustomID: "v1:ask"},
				}}}}})
		case "cratedigger":
			bot.InteractionRespond(i.Interaction, form("v1:pause"))
		}
	case discordgo.InteractionModalSubmit:
		reason := i.ModalSubmitData().Components[0].(*discordgo.ActionsRow).Components[0].(*discordgo.TextInput).Value
		if i.ModalSubmitData().CustomID == "v1:asked" { // of the button of a message, which shows the answer
			bot.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseUpdateMessage,
				Data: &discordgo.InteractionResponseData{Content: "You told: " + reason}})
			return
		}
		bot.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseChannelMessageWithSource,
			Data: &discordgo.InteractionResponseData{Content: "Paused: " + reason}})
	case discordgo.InteractionMessageComponent:
		if i.MessageComponentData().CustomID == "v1:ask" {
			bot.InteractionRespond(i.Interaction, form("v1:asked"))
			return
		}
		bot.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseChannelMessageWithSource,
			Data: &discordgo.InteractionResponseData{Flags: ephemeral, Content: "Blocked " + i.MessageComponentData().CustomID}})
	}
}

// form asks for one text.
func form(id string) *discordgo.InteractionResponse {
	return &discordgo.InteractionResponse{Type: discordgo.InteractionResponseModal,
		Data: &discordgo.InteractionResponseData{CustomID: id, Title: "Tell", Components: []discordgo.MessageComponent{
			discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.TextInput{CustomID: "reason", Label: "Why?", Style: discordgo.TextInputShort}}},
		}}}
}

// pick posts one pick as the bot does.
func pick(t *testing.T, bot *discordgo.Session, channel string, n int, title string) string {
	t.Helper()
	m, err := bot.ChannelMessageSendComplex(channel, &discordgo.MessageSend{
		Content: fmt.Sprintf("**[%d · %s](https://www.youtube.com/watch?v=abcdefghi%02d)** – Kitchen Tapes\n-# because you liked 3 by this channel · match 71 %%", n, title, n),
		Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{
			discordgo.Button{Label: "Not this channel", Style: discordgo.SecondaryButton, CustomID: fmt.Sprintf("v1:block:%d", n)},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, emoji := range []string{"👍", "👎"} {
		if err := bot.MessageReactionAdd(channel, m.ID, emoji); err != nil {
			t.Fatal(err)
		}
	}
	return m.ID
}

func TestBrowserChannel(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	s := newStage(t)
	bot := startBot(t, s)
	browser.Look(t, ctx, 1280, 800, "dark")
	browser.Do(t, ctx, chromedp.Navigate(s.url))

	// Posts arrive live, also those that come before the page listens.
	if _, err := bot.ChannelMessageSend(s.channel, "### 🎧 Picks of Sunday\nStill learning: 17 votes so far."); err != nil {
		t.Fatal(err)
	}
	var posts []string
	for i, title := range []string{"Slow river (live session)", "Night bus home"} {
		posts = append(posts, pick(t, bot, s.channel, i+1, title))
	}
	if err := s.server.React(s.ana, s.channel, posts[1], "👍"); err != nil {
		t.Fatal(err)
	}
	browser.Until(t, ctx, `document.querySelectorAll(".card img").length === 2 && [...document.querySelectorAll(".card img")].every(i => i.complete && i.naturalWidth > 0)`)
	last := "#m" + posts[1]
	browser.Until(t, ctx, fmt.Sprintf(`document.querySelector(%q)?.textContent === "2"`, last+` .reaction .count`))

	// A click is a reaction of the viewer, and shows as one.
	thumb := last + ` .reaction[data-emoji="👍"]`
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(thumb)))
	browser.Until(t, ctx, fmt.Sprintf(`document.querySelector(%q)?.getAttribute("aria-pressed") === "true"`, thumb))
	if m, _ := s.server.Message(s.channel, posts[1]); !hasReaction(m.Reactions, s.you, "👍") {
		t.Errorf("the click is no reaction of the viewer: %v", m.Reactions)
	}

	// A button's answer is the viewer's alone.
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(last+` [data-press]`)))
	browser.Until(t, ctx, `document.querySelector(".ephemeral .body")?.textContent.includes("Blocked v1:block:2")`)

	// A command by keyboard alone: completed, deferred, edited.
	browser.Do(t, ctx, chromedp.Focus(chromedp.CSS("#box")), chromedp.KeyEvent("/rec"))
	browser.Until(t, ctx, `document.querySelector("#suggestions li")?.textContent.startsWith("/recommend")`)
	browser.Picture(t, ctx, "channel-suggestions")
	browser.Do(t, ctx, chromedp.KeyEvent("\r"))
	browser.Until(t, ctx, `[...document.querySelectorAll(".ephemeral .body")].at(-1).textContent.includes("Here are 3 picks for you.")`)
	if !browser.Eval[bool](t, ctx, `[...document.querySelectorAll(".call")].at(-1).textContent.includes("You used /recommend")`) {
		t.Error("nothing says which command was used")
	}

	// An option that the bot completes.
	browser.Do(t, ctx, chromedp.KeyEvent("/why video:slow"))
	browser.Until(t, ctx, `document.querySelector("#suggestions li")?.textContent.startsWith("Slow river")`)
	browser.Do(t, ctx, chromedp.KeyEvent("\t\r"))
	browser.Until(t, ctx, `[...document.querySelectorAll(".ephemeral .body")].at(-1).textContent.includes("Because of abcdefghijk")`)

	// A form.
	browser.Do(t, ctx, chromedp.KeyEvent("/cratedigger pause\r"))
	browser.Until(t, ctx, `document.querySelector("dialog").open`)
	browser.Do(t, ctx, chromedp.KeyEvent("holiday\r"))
	browser.Until(t, ctx, `[...document.querySelectorAll("article .body")].at(-1).textContent.includes("Paused: holiday")`)

	// A form that a message's button opens changes that message.
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-press="v1:ask"]`)))
	browser.Until(t, ctx, `document.querySelector("dialog").open`)
	browser.Do(t, ctx, chromedp.KeyEvent("more brass\r"))
	browser.Until(t, ctx, `[...document.querySelectorAll(".ephemeral .body")].some(b => b.textContent.includes("You told: more brass"))`)
	browser.Do(t, ctx, chromedp.Focus(chromedp.CSS("#box")))

	// What is wrong is said, and the text is kept.
	browser.Do(t, ctx, chromedp.KeyEvent("/recommend count:99\r"))
	browser.Until(t, ctx, `document.querySelector("#note").textContent.includes("range") && document.querySelector("#box").value.includes("99")`)

	// A reload keeps everything, the private answers too.
	before := browser.Eval[int](t, ctx, `document.querySelectorAll("article").length`)
	browser.Do(t, ctx, chromedp.Reload())
	browser.Until(t, ctx, fmt.Sprintf(`document.querySelectorAll("article").length === %d`, before))

	// The clock.
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS("#pause")))
	browser.Until(t, ctx, `document.querySelector("#next").disabled === false && document.querySelector("#pause").textContent.includes("Go on")`)
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS("#next")))
	browser.Until(t, ctx, `document.querySelector(".clock h2").textContent.includes("Day 21")`)

	for _, theme := range []string{"dark", "light"} {
		for _, width := range []int64{1280, 390} {
			browser.Look(t, ctx, width, 800, theme)
			name := fmt.Sprintf("channel-%s-%d", theme, width)
			browser.Picture(t, ctx, name)
			browser.NoOverflow(t, ctx, name)
		}
		if theme == "dark" {
			browser.Accessible(t, ctx, "channel")
		} else {
			browser.Accessible(t, ctx, "channel, light", "color-contrast")
		}
	}
}

func hasReaction(all []fakediscord.Reaction, user, emoji string) bool {
	for _, r := range all {
		if r.UserID == user && r.Emoji == emoji {
			return true
		}
	}
	return false
}

// picture is an attachment as the bot sends them.
func picture(t *testing.T) string {
	t.Helper()
	data, err := chart.Bars(chart.BarChart{Title: "Why", Bars: []chart.Bar{{Label: "channel", Value: 1}}}).PNG(chart.Dark, 1)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPageShowsPictures(t *testing.T) {
	s := newStage(t)
	bot := startBot(t, s)
	m, err := bot.ChannelMessageSendComplex(s.channel, &discordgo.MessageSend{
		Content: "The server's taste", Files: []*discordgo.File{{Name: "taste.png", ContentType: "image/png", Reader: strings.NewReader(picture(t))}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, body := s.get(t, "/"); !strings.Contains(body, "/file/"+m.ID+"/0") {
		t.Error("the picture is not on the page")
	}
	if status, body := s.get(t, "/file/"+m.ID+"/0"); status != 200 || body != picture(t) {
		t.Errorf("status %d and %d bytes instead of the picture", status, len(body))
	}
}
