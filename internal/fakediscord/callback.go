package fakediscord

import (
	"encoding/json"
	"slices"
	"time"
)

// AnswerLimit is how long a bot may take to answer an interaction first, in real
// time, because a person waits for it.
const AnswerLimit = 3 * time.Second

// tokenLife is how long an interaction's token is valid, on the server's clock.
const tokenLife = 15 * time.Minute

func (s *Server) postCallback(call *restCall) (any, *apiError) {
	c := s.callByID[call.PathValue("id")]
	if c == nil || c.token != call.PathValue("token") || time.Since(c.arrived) > AnswerLimit {
		return nil, errUnknownCall
	}
	if c.answer != 0 {
		return nil, errAnswered
	}
	var body struct {
		Type int             `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(call.body, &body) != nil {
		return nil, errForm("not an interaction response")
	}
	var m messageBody
	if len(body.Data) > 0 && json.Unmarshal(body.Data, &m) != nil {
		return nil, errForm("data: not a message")
	}
	switch body.Type {
	case 4, 5:
		msg := s.answerMessage(c)
		msg.Flags = m.Flags & 64
		if body.Type == 4 {
			if err := s.fill(msg, m, call.files); err != nil {
				return nil, err
			}
		}
		c.original = msg
		s.show(c, msg, MessageCreated)
	case 6, 7:
		if c.target == nil {
			return nil, errForm("type: there is no message to update")
		}
		c.original = c.target
		if body.Type == 7 {
			if err := s.fill(c.target, m, call.files); err != nil {
				return nil, err
			}
			s.show(c, c.target, MessageEdited)
		}
	case 8:
		var d struct {
			Choices []Choice `json:"choices"`
		}
		if json.Unmarshal(body.Data, &d) != nil || len(d.Choices) > 25 || c.kind != 4 {
			return nil, errForm("choices: up to 25, for a completion only")
		}
		for _, choice := range d.Choices {
			if n := len([]rune(choice.Name)); n < 1 || n > 100 {
				return nil, errForm("choices: a name has 1 to 100 characters")
			}
		}
		c.choices = d.Choices
	case 9:
		c.modal = body.Data
	default:
		return nil, errForm("type: unknown")
	}
	c.answer = body.Type
	return nil, nil
}

// answerMessage is a new message of the bot in the call's channel, not yet shown.
func (s *Server) answerMessage(c *call) *Message {
	guildID := ""
	if ch := s.channels[c.channelID]; ch != nil {
		guildID = ch.guildID
	}
	return &Message{ID: s.newID(), ChannelID: c.channelID, GuildID: guildID, Author: s.bot, Sent: s.opts.Now()}
}

// show tells who sees an answer about it; one for everybody is also one of the
// channel's messages.
func (s *Server) show(c *call, m *Message, kind EventKind) {
	memberID := ""
	if m.Ephemeral() {
		memberID = c.memberID
	} else if ch := s.channels[c.channelID]; ch != nil && kind == MessageCreated {
		ch.messages = append(ch.messages, m)
	}
	if m == c.original {
		c.history = append(c.history, m.Content)
	}
	s.publish(m, Event{Kind: kind, ChannelID: c.channelID, MemberID: memberID, CallID: c.id})
}

// webhook finds the call whose token may still be used.
func (s *Server) webhook(call *restCall) (*call, *apiError) {
	c := s.calls[call.PathValue("token")]
	if c == nil || c.answer == 0 || call.PathValue("app") != s.appID || s.opts.Now().Sub(c.created) > tokenLife {
		return nil, errUnknownWebhook
	}
	return c, nil
}

// answerOf finds one of a call's messages.
func (s *Server) answerOf(call *restCall) (*call, *Message, *apiError) {
	c, err := s.webhook(call)
	if err != nil {
		return nil, nil, err
	}
	id := call.PathValue("message")
	if id == "@original" && c.original != nil {
		return c, c.original, nil
	}
	for _, m := range append(slices.Clone(c.followups), c.original) {
		if m != nil && m.ID == id {
			return c, m, nil
		}
	}
	return nil, nil, errUnknownMessage
}

func (s *Server) getAnswer(call *restCall) (any, *apiError) {
	_, m, err := s.answerOf(call)
	if err != nil {
		return nil, err
	}
	return s.messageJSON(m), nil
}

func (s *Server) patchAnswer(call *restCall) (any, *apiError) {
	c, m, err := s.answerOf(call)
	if err != nil {
		return nil, err
	}
	var body messageBody
	if json.Unmarshal(call.body, &body) != nil {
		return nil, errForm("not a message")
	}
	next := m.clone()
	if err := s.fill(&next, body, call.files); err != nil {
		return nil, err
	}
	now := s.opts.Now()
	next.Edited = &now
	*m = next
	c.edited = true
	s.show(c, m, MessageEdited)
	return s.messageJSON(m), nil
}

func (s *Server) removeAnswer(call *restCall) (any, *apiError) {
	c, m, err := s.answerOf(call)
	if err != nil {
		return nil, err
	}
	c.edited = true
	if !m.Ephemeral() {
		s.deleteMessage(c.channelID, m.ID)
		return nil, nil
	}
	s.publish(m, Event{Kind: MessageDeleted, ChannelID: c.channelID, MemberID: c.memberID, CallID: c.id})
	return nil, nil
}

func (s *Server) postFollowup(call *restCall) (any, *apiError) {
	c, err := s.webhook(call)
	if err != nil {
		return nil, err
	}
	var body messageBody
	if json.Unmarshal(call.body, &body) != nil {
		return nil, errForm("not a message")
	}
	m := s.answerMessage(c)
	if err := s.fill(m, body, call.files); err != nil {
		return nil, err
	}
	// The first followup of a deferred answer takes its place.
	if c.answer == 5 && !c.edited {
		m.Flags = m.Flags&^64 | c.original.Flags&64
		m.ID = c.original.ID
		*c.original = *m
		c.edited = true
		s.show(c, c.original, MessageEdited)
		return s.messageJSON(c.original), nil
	}
	c.followups = append(c.followups, m)
	s.show(c, m, MessageCreated)
	return s.messageJSON(m), nil
}

func (s *Server) putCommands(call *restCall) (any, *apiError) {
	if call.PathValue("app") != s.appID {
		return nil, &apiError{404, 10002, "Unknown Application"}
	}
	var commands []Command
	if err := json.Unmarshal(call.body, &commands); err != nil {
		return nil, errForm(err.Error())
	}
	if len(commands) > 110 {
		return nil, &apiError{400, 30032, "Maximum number of application commands reached (100)"}
	}
	seen := map[string]bool{}
	for i := range commands {
		if commands[i].Type == 0 {
			commands[i].Type = 1
		}
		if err := commands[i].check(); err != nil {
			return nil, errForm(err.Error())
		}
		key := string(rune('0'+commands[i].Type)) + commands[i].Name
		if seen[key] {
			return nil, errForm("name: APPLICATION_COMMANDS_DUPLICATE_NAME " + commands[i].Name)
		}
		seen[key] = true
		commands[i].ID = s.newID()
		commands[i].Version = commands[i].ID
		commands[i].ApplicationID = s.appID
		commands[i].GuildID = call.PathValue("guild")
	}
	if guildID := call.PathValue("guild"); guildID == "" {
		s.commands = commands
	} else if s.guilds[guildID] == nil {
		return nil, errUnknownGuild
	} else {
		s.perGuild[guildID] = commands
	}
	s.puts++
	s.publish(nil, Event{Kind: CommandsChanged})
	return commands, nil
}

func (s *Server) getCommands(call *restCall) (any, *apiError) {
	commands := s.commands
	if guildID := call.PathValue("guild"); guildID != "" {
		commands = s.perGuild[guildID]
	}
	if commands == nil {
		commands = []Command{}
	}
	return commands, nil
}

// Commands is the application commands that a guild's members have.
func (s *Server) Commands(guildID string) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(slices.Clone(s.commands), s.perGuild[guildID]...)
}

// CommandPuts is how often commands were overwritten.
func (s *Server) CommandPuts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.puts
}
