package demopage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"cratedigger/internal/fakediscord"
)

// indexView is the whole page.
type indexView struct {
	Guild, Channel, Member string
	MemberID               string
	Hue                    int
	Initial                string
	Messages               []messageView
	Side                   sideView
	Channels               []string
	Control                bool
	Dashboard              string
	Speeds                 []float64 // that can be chosen, days a minute
}

func (p *Page) serveIndex(w http.ResponseWriter, r *http.Request) {
	v := indexView{
		Guild: p.guildName, Channel: p.channelText, Member: p.userName(p.member), MemberID: p.member, Hue: hueOf(p.member),
		Side: p.side(r.Context()), Control: p.control != nil, Dashboard: p.dashboard,
		Speeds: speeds(r.Context(), p.control),
	}
	for _, c := range p.channels() {
		v.Channels = append(v.Channels, c.Name)
	}
	if v.Member != "" {
		v.Initial = strings.ToUpper(v.Member[:1])
	}
	marks := markNames(v.Side.State.Marks)
	for _, m := range p.shown() {
		message := p.view(r.Context(), m, p.callOf(m.ID))
		message.Mark = marks[m.ID]
		v.Messages = append(v.Messages, message)
	}
	var b bytes.Buffer
	if err := p.templates.ExecuteTemplate(&b, "page.html", v); err != nil {
		p.log.Error("the demo's page could not be drawn", "error", err)
		http.Error(w, "The page could not be drawn.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(b.Bytes())
}

// shown is the messages that the page shows: the channel's newest and the
// member's private answers, oldest first.
func (p *Page) shown() []fakediscord.Message {
	messages := p.server.Messages(p.channel)
	messages = messages[max(0, len(messages)-maxShown):]
	p.mu.Lock()
	for _, id := range p.order {
		messages = append(messages, p.private[id])
	}
	p.mu.Unlock()
	slices.SortStableFunc(messages, func(a, b fakediscord.Message) int { return fakediscord.CompareIDs(a.ID, b.ID) })
	return messages
}

// remember keeps what a reload of the page must show again: ephemeral answers,
// and which command an answer belongs to.
func (p *Page) remember(events <-chan fakediscord.Event) {
	for {
		for e := range events {
			p.note(e)
		}
		select {
		case <-p.closed:
			return
		default: // fallen behind: go on from now
			var stop func()
			events, stop = p.server.Subscribe(4096)
			p.mu.Lock()
			p.stop = stop
			p.mu.Unlock()
		}
	}
}

// note takes one event in.
func (p *Page) note(e fakediscord.Event) {
	// Buttons interact too, but a button's answer needs no heading.
	command := e.Kind == fakediscord.Interacted && slices.ContainsFunc(p.server.Commands(p.guild), func(c fakediscord.Command) bool { return c.Name == e.Name })
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case command:
		if len(p.calls) >= maxCalls {
			clear(p.calls)
			clear(p.answers)
		}
		p.calls[e.CallID] = e.MemberID + "\x00" + e.Name
	case e.CallID != "" && e.Kind == fakediscord.MessageCreated:
		if _, ok := p.calls[e.CallID]; ok {
			p.answers[e.Message.ID] = e.CallID
		}
	}
	if e.MemberID != p.member || !e.Message.Ephemeral() || e.ChannelID != p.channel {
		return
	}
	id := e.Message.ID
	if e.Kind == fakediscord.MessageDeleted {
		delete(p.private, id)
		p.order = slices.DeleteFunc(p.order, func(o string) bool { return o == id })
		return
	}
	if _, known := p.private[id]; !known {
		if e.Kind != fakediscord.MessageCreated { // dismissed before
			return
		}
		p.order = append(p.order, id)
	}
	p.private[id] = e.Message
	if len(p.order) > maxPrivate {
		delete(p.private, p.order[0])
		p.order = p.order[1:]
	}
}

// callOf says above an answer who used which command.
func (p *Page) callOf(messageID string) string {
	p.mu.Lock()
	who, name, ok := strings.Cut(p.calls[p.answers[messageID]], "\x00")
	p.mu.Unlock()
	if !ok {
		return ""
	}
	user := p.userName(who)
	if who == p.member {
		user = "You"
	}
	return user + " used /" + name
}

// serveEvents streams what changes: messages as they are drawn, and the side
// panel.
func (p *Page) serveEvents(w http.ResponseWriter, r *http.Request) {
	rc := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	events, stop := p.server.Subscribe(1024)
	defer stop()
	send := func(kind string, data any) bool {
		body, err := json.Marshal(data)
		if err != nil {
			p.log.Error("an event could not be sent", "kind", kind, "error", err)
			return false
		}
		// A reader that takes nothing for ten seconds is gone.
		if rc.SetWriteDeadline(time.Now().Add(10*time.Second)) != nil {
			return false
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", kind, body); err != nil {
			return false
		}
		return rc.Flush() == nil
	}
	p.mu.Lock()
	changed := p.changed
	p.mu.Unlock()
	if !p.sendMissed(r.Context(), send, r.FormValue("after")) || !send("hello", map[string]string{}) || !p.sendSide(r.Context(), send) {
		return
	}
	alive := time.NewTicker(15 * time.Second)
	defer alive.Stop()
	// The panel is drawn at most four times a second, however fast days pass.
	pause := time.NewTimer(0)
	defer pause.Stop()
	ready, dirty := false, false
	// While days are skipped, nobody can read the channel: what others write in it
	// comes when the skip is over. held is the newest message that was sent before.
	held := ""
	for {
		select {
		case <-r.Context().Done():
			return
		case <-p.closed:
			send("bye", map[string]string{})
			return
		case <-alive.C:
			if !send("alive", map[string]string{}) {
				return
			}
		case <-changed:
			p.mu.Lock()
			changed = p.changed
			p.mu.Unlock()
			dirty = true
		case <-pause.C:
			ready = true
		case e, ok := <-events:
			if !ok { // fallen behind: the page loads itself anew
				send("behind", map[string]string{})
				return
			}
			if held == "" && p.skipping(r.Context()) {
				held = p.newest()
			}
			if (held == "" || e.MemberID == p.member) && !p.sendEvent(r.Context(), send, e) {
				return
			}
		}
		if held != "" && !p.skipping(r.Context()) {
			if !p.sendMissed(r.Context(), send, held) {
				return
			}
			held, dirty = "", true
		}
		if dirty && ready {
			dirty, ready = false, false
			pause.Reset(250 * time.Millisecond)
			if !p.sendSide(r.Context(), send) {
				return
			}
		}
	}
}

// skipping reports whether days are skipped just now.
func (p *Page) skipping(ctx context.Context) bool {
	return p.control != nil && p.control.State(ctx).SkipTo != 0
}

// newest is the id of the newest message that is shown, "0" for none.
func (p *Page) newest() string {
	if shown := p.shown(); len(shown) > 0 {
		return shown[len(shown)-1].ID
	}
	return "0"
}

// redrawn is how many messages that a page already has are sent again when its
// stream begins: their votes may have changed meanwhile.
const redrawn = 20

// sendMissed sends what happened between the drawing of a page, whose newest
// message is after ("" for none), and the begin of its stream.
func (p *Page) sendMissed(ctx context.Context, send func(string, any) bool, after string) bool {
	messages := p.shown()
	first := len(messages)
	for first > 0 && (after == "" || fakediscord.CompareIDs(messages[first-1].ID, after) > 0) {
		first--
	}
	for _, m := range messages[max(0, first-redrawn):] {
		if !p.sendEvent(ctx, send, fakediscord.Event{Kind: fakediscord.MessageEdited, ChannelID: p.channel, MemberID: p.member, Message: m}) {
			return false
		}
	}
	return true
}

// sendEvent sends what an event changed on the page; false ends the stream.
func (p *Page) sendEvent(ctx context.Context, send func(string, any) bool, e fakediscord.Event) bool {
	if e.ChannelID != p.channel || e.Message.ID == "" || e.Message.Ephemeral() && e.MemberID != p.member {
		return true
	}
	if e.Kind == fakediscord.MessageDeleted {
		return send("delete", map[string]string{"id": e.Message.ID})
	}
	if e.Kind == fakediscord.MessageCreated {
		p.note(e) // the keeper's own subscription may be later than this one
	}
	var b bytes.Buffer
	part := "message.html"
	kind := string(e.Kind)
	if e.Kind == fakediscord.ReactionsChanged {
		part = "reactions"
	}
	if err := p.templates.ExecuteTemplate(&b, part, p.view(ctx, e.Message, p.callOf(e.Message.ID))); err != nil {
		p.log.Error("a message could not be drawn", "message", e.Message.ID, "error", err)
		return true
	}
	return send(kind, map[string]string{"id": e.Message.ID, "html": b.String()})
}

// zone is the simulated guild's.
func (p *Page) zone(ctx context.Context) *time.Location {
	if p.control != nil {
		if now := p.control.State(ctx).Now; !now.IsZero() {
			return now.Location()
		}
	}
	return time.UTC
}

func (p *Page) unfold(id string) (Card, bool) { return p.unfoldVideo(id) }

func (p *Page) userName(id string) string { return p.server.User(id).Username }

func (p *Page) channelName(id string) string {
	for _, c := range p.channels() {
		if c.ID == id {
			return c.Name
		}
	}
	return ""
}

// channels is the guild's text channels.
func (p *Page) channels() []fakediscord.Channel { return p.server.Channels(p.guild) }

// channelID finds a channel by its name; "" when there is none.
func (p *Page) channelID(name string) string {
	for _, c := range p.channels() {
		if c.Name == name || c.ID == name {
			return c.ID
		}
	}
	return ""
}
