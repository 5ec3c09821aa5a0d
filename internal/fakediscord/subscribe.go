package fakediscord

// EventKind says what happened in a channel.
type EventKind string

// What a page that shows a channel has to redraw.
const (
	MessageCreated   EventKind = "message"   // a message, or an interaction's first answer
	MessageEdited    EventKind = "edit"      // also an ephemeral answer's edit
	MessageDeleted   EventKind = "delete"    //
	ReactionsChanged EventKind = "reactions" // Message holds the new ones
	Interacted       EventKind = "interact"  // a member ran a command or pressed a button
	CommandsChanged  EventKind = "commands"  // the bot registered its commands
)

// Event is one change that somebody who looks at a channel can see.
type Event struct {
	Seq       uint64 // from 1, without gaps
	Kind      EventKind
	ChannelID string
	Message   Message
	MemberID  string // for whom alone, when the message is ephemeral; or who interacted
	CallID    string // of the interaction that this answers
	Name      string // of the command or custom id, for Interacted
}

type subscription struct {
	ch     chan Event
	closed bool
}

func (sub *subscription) close() {
	if !sub.closed {
		sub.closed = true
		close(sub.ch)
	}
}

// Subscribe returns the events from now on. A reader that falls more than
// buffer events behind finds the channel closed and has to look again. stop
// ends the subscription.
func (s *Server) Subscribe(buffer int) (events <-chan Event, stop func()) {
	sub := &subscription{ch: make(chan Event, max(buffer, 1))}
	s.mu.Lock()
	s.subs[sub] = struct{}{}
	s.mu.Unlock()
	return sub.ch, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.subs, sub)
		sub.close()
	}
}

// publish hands an event to the subscribers, with the message as it is now, nil for
// none. The caller holds mu.
func (s *Server) publish(m *Message, e Event) {
	s.events++
	e.Seq = s.events
	if m != nil && len(s.subs) > 0 {
		e.Message = m.clone()
	}
	for sub := range s.subs {
		select {
		case sub.ch <- e:
		default:
			delete(s.subs, sub)
			sub.close()
		}
	}
}
