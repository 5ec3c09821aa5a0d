package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/youtube"
)

const (
	previewKept   = 15 * time.Minute // as long as the preview's buttons can be answered
	mostPreviews  = 32               // of all members together: each is a megabyte at most
	namesShown    = 5                // artists, or videos, in a preview
	importsListed = 5                // with a button each
)

// fileBatch is what labels.ReadLikes names a file.
var fileBatch = regexp.MustCompile(`^file-[0-9a-f]{16}$`)

// imports is /import: a member's own files of likes.
type imports struct {
	store PreferenceStore
	cool  *cooldowns
	now   func() time.Time

	mu       sync.Mutex
	previews map[string]preview // by guild and member, one each
}

// preview is a file that was read and waits for its member to press Import.
type preview struct {
	*labels.Likes
	at time.Time
}

// command reads the file that a member gives and shows what it holds, or lists what
// they gave before.
func (i *imports) command(ctx context.Context, c *call) error {
	address := c.in.Attachment("file")
	if address == "" {
		return i.list(ctx, c)
	}
	if err := i.cool.take("import/"+c.guild.ID+"/"+c.in.UserID(), coolSeed); err != nil {
		return err
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	var likes *labels.Likes
	err := c.client.Attachment(ctx, address, func(r io.Reader) (err error) {
		likes, err = labels.ReadLikes(r)
		return err
	})
	switch {
	case errors.Is(err, labels.ErrLikesLarge):
		return problem("import.large", "mb", labels.MaxLikes>>20)
	case errors.Is(err, labels.ErrLikesForm):
		return problem("import.form")
	case errors.Is(err, discord.ErrAttachment):
		return problem("import.gone")
	case err != nil:
		return fmt.Errorf("an attached file could not be read: %w", err)
	}
	m := discord.Message{Content: c.previewed(likes)}
	if len(likes.Preferences) > 0 {
		i.keep(c, likes)
		m.Components = []discord.Component{discord.Row{Components: []discord.Component{
			c.importButton(discord.ButtonSuccess, c.l.Say("import.yes"), "yes", likes.Batch),
			c.importButton(discord.ButtonSecondary, c.l.Say("import.no"), "no", likes.Batch)}}}
	}
	return c.reply(ctx, m)
}

func (c *call) importButton(style discord.ButtonStyle, label, what, batch string) discord.Component {
	return discord.Button{Style: style, Label: label, CustomID: discord.CustomID(actionImport, what, batch)}
}

// previewed says what is in a file, what was skipped and why.
func (c *call) previewed(l *labels.Likes) string {
	lines := []string{c.l.Say("import.preview", "n", len(l.Preferences), "rows", l.Rows, "form", c.l.Say("import.from."+string(l.Source)),
		"liked", len(l.Preferences)-l.Disliked(), "disliked", l.Disliked())}
	var names []string
	for _, p := range l.Preferences {
		name := discord.Title(p.Artist, limitChannel)
		if p.VideoID != "" {
			name = "<" + youtube.WatchURL(p.VideoID) + ">"
		}
		if !slices.Contains(names, name) && len(names) < namesShown {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		lines = append(lines, c.l.Say("import.first", "list", strings.Join(names, ", ")))
	}
	for _, s := range l.Skipped {
		lines = append(lines, c.l.Say("import.skipped."+string(s.Why), "n", s.Rows, "line", s.Line))
	}
	if l.Left > 0 {
		lines = append(lines, c.l.Say("import.left", "n", l.Left, "most", catalog.MemberPreferences))
	}
	if len(names) > 0 {
		lines = append(lines, c.l.Say("import.ask"))
	}
	return discord.Join(lines, "\n")
}

// keep remembers a preview until its member presses a button.
func (i *imports) keep(c *call, likes *labels.Likes) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.expire()
	if i.previews == nil {
		i.previews = map[string]preview{}
	}
	for len(i.previews) >= mostPreviews {
		oldest := slices.MinFunc(slices.Collect(maps.Keys(i.previews)), func(a, b string) int {
			return cmp.Or(i.previews[a].at.Compare(i.previews[b].at), cmp.Compare(a, b))
		})
		delete(i.previews, oldest)
	}
	i.previews[c.guild.ID+"/"+c.in.UserID()] = preview{likes, i.now()}
}

// expire drops previews whose buttons are dead. i.mu is held.
func (i *imports) expire() {
	maps.DeleteFunc(i.previews, func(_ string, p preview) bool { return i.now().Sub(p.at) > previewKept })
}

// take takes the member's own preview of a file out; nil if it is gone.
func (i *imports) take(c *call, batch string) *labels.Likes {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.expire()
	key := c.guild.ID + "/" + c.in.UserID()
	p, ok := i.previews[key]
	if !ok || p.Batch != batch {
		return nil
	}
	delete(i.previews, key)
	return p.Likes
}

// forget drops a member's preview, in every guild.
func (i *imports) forget(memberID string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	maps.DeleteFunc(i.previews, func(key string, _ preview) bool { return strings.HasSuffix(key, "/"+memberID) })
}

// press is a press on one of the buttons. The member who presses is the one whose file
// it is: a custom id names no member.
func (i *imports) press(ctx context.Context, c *call) error {
	what, batch := c.id.Arg(0), c.id.Arg(1)
	if !fileBatch.MatchString(batch) { // "" would stand for all
		return problem("error.unknown")
	}
	switch what {
	case "yes":
		likes := i.take(c, batch)
		if likes == nil {
			return problem("error.unknown")
		}
		n, err := i.store.AddPreferences(ctx, likes.Of(c.guild.ID, c.in.UserID(), i.now())...)
		if err != nil {
			return fmt.Errorf("your file could not be imported, and nothing of it was kept: %w", err)
		}
		said := c.l.Say("import.done", "n", n, "all", len(likes.Preferences))
		if n < len(likes.Preferences) {
			said += "\n" + c.l.Say("import.rest")
		}
		return c.update(ctx, discord.Message{Content: said, Bare: true,
			Components: []discord.Component{discord.Row{Components: []discord.Component{c.importButton(discord.ButtonSecondary, c.l.Say("import.undo"), "undo", batch)}}}})
	case "no":
		i.take(c, batch)
		return c.update(ctx, discord.Message{Content: c.l.Say("import.cancelled"), Bare: true})
	case "undo":
		n, err := i.store.RemovePreferences(ctx, c.guild.ID, c.in.UserID(), batch)
		if err != nil {
			return fmt.Errorf("your import could not be taken back: %w", err)
		}
		return c.update(ctx, discord.Message{Content: c.l.Say("import.undone", "n", n), Bare: true})
	}
	return problem("error.unknown")
}

// list shows what the member imported, the newest first, with a button to undo each.
func (i *imports) list(ctx context.Context, c *call) error {
	all, err := i.store.Preferences(ctx, c.guild.ID, c.in.UserID())
	if err != nil {
		return fmt.Errorf("what you imported could not be read: %w", err)
	}
	files := catalog.ImportedFiles(all)
	if len(files) == 0 {
		return c.say(ctx, "import.none")
	}
	lines := []string{c.l.Say("import.list")}
	var row discord.Row
	for at, f := range files[:min(len(files), importsListed)] {
		lines = append(lines, fmt.Sprintf("%d. %s · %s", at+1, c.l.Say("import.entry", "n", f.Told, "form", c.l.Say("import.from."+string(f.Source))), moment(f.At)))
		row.Components = append(row.Components, c.importButton(discord.ButtonSecondary, fmt.Sprintf("%s %d", c.l.Say("import.undo"), at+1), "undo", f.ID))
	}
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n"), Components: []discord.Component{row}})
}
