package fakediscord

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// apiError is an answer of Discord's kind: {"message", "code"}.
type apiError struct {
	status  int
	code    int
	message string
}

var (
	errUnauthorized   = &apiError{401, 0, "401: Unauthorized"}
	errUnknownChannel = &apiError{404, 10003, "Unknown Channel"}
	errUnknownMessage = &apiError{404, 10008, "Unknown Message"}
	errUnknownGuild   = &apiError{404, 10004, "Unknown Guild"}
	errUnknownWebhook = &apiError{404, 10015, "Unknown Webhook"}
	errUnknownCall    = &apiError{404, 10062, "Unknown interaction"}
	errMissingAccess  = &apiError{403, 50001, "Missing Access"}
	errMissingPerms   = &apiError{403, 50013, "Missing Permissions"}
	errEmptyMessage   = &apiError{400, 50006, "Cannot send an empty message"}
	errAnswered       = &apiError{400, 40060, "Interaction has already been acknowledged."}
	errReactionLimit  = &apiError{400, 30010, "Maximum number of reactions reached (20)"}
)

func errForm(message string) *apiError { return &apiError{400, 50035, "Invalid Form Body: " + message} }

// restCall is a REST call whose body was read: its JSON part and its files.
type restCall struct {
	*http.Request
	body  json.RawMessage
	files []File
}

// handlerFunc answers a call with data to encode; nil data answers 204.
type handlerFunc func(*restCall) (data any, err *apiError)

// handler routes the REST API and the gateway.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/gateway/", s.serveGateway)
	mux.HandleFunc("/gateway", s.serveGateway)
	mux.HandleFunc("GET /ephemeral-attachments/", s.hosted(s.attached))
	mux.HandleFunc("GET /avatars/", s.hosted(s.avatars))
	const api = "/api/v9"
	on := func(pattern string, auth bool, h handlerFunc) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+api+path, s.rest(auth, h))
	}
	on("GET /gateway", false, func(*restCall) (any, *apiError) { return map[string]any{"url": s.gatewayURL()}, nil })
	on("GET /gateway/bot", true, s.getGatewayBot)
	on("GET /users/@me", true, func(*restCall) (any, *apiError) { return s.bot, nil })
	on("GET /users/@me/guilds", true, s.getMyGuilds)
	on("GET /guilds/{guild}", true, s.getGuild)
	on("GET /guilds/{guild}/roles", true, s.getRoles)
	on("GET /guilds/{guild}/channels", true, s.getChannels)
	on("GET /guilds/{guild}/members/{user}", true, s.getMember)
	on("GET /oauth2/applications/@me", true, s.getApplication)
	on("GET /applications/@me", true, s.getApplication)
	on("GET /channels/{channel}", true, s.getChannel)
	on("GET /channels/{channel}/messages", true, s.getMessages)
	on("POST /channels/{channel}/messages", true, s.postMessage)
	on("GET /channels/{channel}/messages/{message}", true, s.getMessage)
	on("PATCH /channels/{channel}/messages/{message}", true, s.patchMessage)
	on("DELETE /channels/{channel}/messages/{message}", true, s.removeMessage)
	on("GET /channels/{channel}/messages/{message}/reactions/{emoji}", true, s.getReactions)
	on("PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me", true, s.putReaction)
	on("DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/@me", true, s.removeReaction)
	on("PUT /applications/{app}/commands", true, s.putCommands)
	on("GET /applications/{app}/commands", true, s.getCommands)
	on("PUT /applications/{app}/guilds/{guild}/commands", true, s.putCommands)
	on("GET /applications/{app}/guilds/{guild}/commands", true, s.getCommands)
	on("POST /interactions/{id}/{token}/callback", false, s.postCallback)
	on("POST /webhooks/{app}/{token}", false, s.postFollowup)
	on("GET /webhooks/{app}/{token}/messages/{message}", false, s.getAnswer)
	on("PATCH /webhooks/{app}/{token}/messages/{message}", false, s.patchAnswer)
	on("DELETE /webhooks/{app}/{token}/messages/{message}", false, s.removeAnswer)
	mux.HandleFunc("/", s.rest(false, func(*restCall) (any, *apiError) { return nil, &apiError{404, 0, "404: Not Found"} }))
	return mux
}

// rest wraps a handler with what all calls share: faults, token, limits,
// counting, and the lock.
func (s *Server) rest(auth bool, h handlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.open.Add(1)
		time.Sleep(s.opts.Latency)
		defer func() {
			s.open.Add(-1)
			s.mu.Lock()
			s.touch()
			s.mu.Unlock()
		}()
		call := &restCall{Request: r}
		if err := call.read(w); err != nil {
			s.answer(w, call, nil, err)
			return
		}
		s.mu.Lock()
		breaks := s.fault
		s.mu.Unlock()
		var fault *Fault
		if breaks != nil {
			fault = breaks(r)
		}
		if fault == nil {
			fault = &Fault{}
		}
		if fault.Done != nil {
			defer fault.Done()
		}
		if fault.Before != nil {
			fault.Before()
		}
		if fault.Cut && !fault.After {
			panic(http.ErrAbortHandler)
		}
		for k, v := range fault.Header {
			w.Header().Set(k, v)
		}
		if fault.Status != 0 {
			if fault.Body != "" {
				w.WriteHeader(fault.Status)
				io.WriteString(w, fault.Body)
				s.note(call, fault.Status)
				return
			}
			s.answer(w, call, nil, &apiError{fault.Status, fault.Code, http.StatusText(fault.Status)})
			return
		}
		data, err := s.serve(w, call, auth, h)
		if fault.Cut {
			panic(http.ErrAbortHandler)
		}
		s.answer(w, call, data, err)
	}
}

// serve checks token and limits and calls the handler under the lock. What it
// returns is already encoded, since the handler's data may change afterwards.
func (s *Server) serve(w http.ResponseWriter, call *restCall, auth bool, h handlerFunc) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token, isBot := strings.CutPrefix(call.Header.Get("Authorization"), "Bot "); auth && (!isBot || !s.accepts(token)) {
		return nil, errUnauthorized
	}
	path := strings.TrimPrefix(call.URL.Path, "/api/v9")
	if wait := s.everyone(path); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		w.Header().Set("X-RateLimit-Global", "true")
		w.Header().Set("X-RateLimit-Scope", "global")
		return map[string]any{"message": "You are being rate limited.", "retry_after": wait.Seconds(), "global": true}, &apiError{status: 429}
	}
	if s.opts.RateLimits {
		if wait := s.limit(w.Header(), call.Method, path); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
			w.Header().Set("X-RateLimit-Scope", "user")
			return map[string]any{"message": "You are being rate limited.", "retry_after": wait.Seconds(), "global": false}, &apiError{status: 429}
		}
	}
	data, err := h(call)
	if err != nil || data == nil {
		return nil, err
	}
	return raw(data), nil
}

func (s *Server) answer(w http.ResponseWriter, call *restCall, data any, err *apiError) {
	status := http.StatusOK
	switch {
	case err != nil && data != nil:
		status = err.status
	case err != nil:
		status = err.status
		data = map[string]any{"message": err.message, "code": err.code}
	case data == nil:
		status = http.StatusNoContent
	}
	s.note(call, status)
	if data == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(raw(data))
}

// note keeps the call for Requests, the newest hundred thousand.
func (s *Server) note(call *restCall, status int) {
	if status == 401 || status == 403 || status == 429 {
		s.refused.Add(1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) >= 100_000 {
		s.requests = slices.Delete(s.requests, 0, 50_000)
	}
	s.requests = append(s.requests, Request{call.Method, call.URL.Path, call.body, status})
}

// read takes the body in: JSON, or multipart with payload_json and files.
func (call *restCall) read(w http.ResponseWriter) *apiError {
	body, err := io.ReadAll(http.MaxBytesReader(w, call.Body, 25<<20))
	if err != nil {
		return &apiError{413, 40005, "Request entity too large"}
	}
	if len(body) == 0 {
		return nil
	}
	kind, params, _ := mime.ParseMediaType(call.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		if kind != "application/json" || !json.Valid(body) {
			return &apiError{400, 50109, "The request body contains invalid JSON."}
		}
		call.body = body
		return nil
	}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return errForm("broken multipart body")
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return errForm("broken multipart body")
		}
		if part.FormName() == "payload_json" {
			call.body = data
		} else {
			call.files = append(call.files, File{Name: part.FileName(), Data: data})
		}
	}
}

func (s *Server) getApplication(*restCall) (any, *apiError) {
	return map[string]any{"id": s.appID, "name": "Cratedigger", "bot_public": true, "bot": s.bot}, nil
}

// see finds a channel that the bot may see.
func (s *Server) see(call *restCall, need int64) (*channel, *apiError) {
	c := s.channels[call.PathValue("channel")]
	if c == nil {
		return nil, errUnknownChannel
	}
	has := s.permissions(c)
	if has&PermViewChannel == 0 {
		return nil, errMissingAccess
	}
	if has&need != need {
		return nil, errMissingPerms
	}
	return c, nil
}

func (s *Server) getChannel(call *restCall) (any, *apiError) {
	c, err := s.see(call, 0)
	if err != nil {
		return nil, err
	}
	return s.channelJSON(c), nil
}

func (s *Server) getMessages(call *restCall) (any, *apiError) {
	c, err := s.see(call, 0)
	if err != nil {
		return nil, err
	}
	out := []any{}
	if s.permissions(c)&PermReadMessageHistory == 0 {
		return out, nil // Discord: no messages, no error
	}
	q := call.URL.Query()
	limit, convErr := strconv.Atoi(q.Get("limit"))
	if q.Get("limit") == "" {
		limit, convErr = 50, nil
	}
	if convErr != nil || limit < 1 || limit > 100 {
		return nil, errForm("limit: int value should be between 1 and 100")
	}
	before, after := q.Get("before"), q.Get("after")
	var chosen []*Message
	if after != "" {
		for _, m := range c.messages {
			if CompareIDs(m.ID, after) > 0 && len(chosen) < limit {
				chosen = append(chosen, m)
			}
		}
		slices.Reverse(chosen)
	} else {
		for _, m := range slices.Backward(c.messages) {
			if (before == "" || CompareIDs(m.ID, before) < 0) && len(chosen) < limit {
				chosen = append(chosen, m)
			}
		}
	}
	for _, m := range chosen {
		out = append(out, s.messageJSON(m))
	}
	return out, nil
}

func (s *Server) getMessage(call *restCall) (any, *apiError) {
	if _, err := s.see(call, PermReadMessageHistory); err != nil {
		return nil, err
	}
	m := s.find(call.PathValue("channel"), call.PathValue("message"))
	if m == nil {
		return nil, errUnknownMessage
	}
	return s.messageJSON(m), nil
}

// messageBody is what creates or edits a message.
type messageBody struct {
	Content      *string         `json:"content"`
	Embeds       json.RawMessage `json:"embeds"`
	Components   json.RawMessage `json:"components"`
	Mentions     json.RawMessage `json:"allowed_mentions"`
	Nonce        json.RawMessage `json:"nonce"`
	EnforceNonce bool            `json:"enforce_nonce"`
	Flags        int             `json:"flags"`
	Attachments  json.RawMessage `json:"attachments"`
}

// fill puts a body into a message and checks Discord's limits.
func (s *Server) fill(m *Message, body messageBody, files []File) *apiError {
	if body.Content != nil {
		m.Content = *body.Content
	}
	if len(body.Embeds) > 0 {
		m.Embeds = body.Embeds
	}
	if len(body.Components) > 0 {
		m.Components = body.Components
	}
	if len(body.Attachments) > 0 {
		m.Files = nil
		var described []struct {
			ID          json.Number `json:"id"` // of a new file, its place
			Description string      `json:"description"`
		}
		if json.Unmarshal(body.Attachments, &described) == nil {
			for _, d := range described {
				if i, err := d.ID.Int64(); err == nil && i >= 0 && int(i) < len(files) {
					files[i].Description = d.Description
				}
			}
		}
	}
	m.Files = append(m.Files, files...)
	m.Mentions = body.Mentions
	m.Flags |= body.Flags
	if utf8.RuneCountInString(m.Content) > 2000 {
		return errForm("content: Must be 2000 or fewer in length.")
	}
	if err := checkEmbeds(m.Embeds); err != nil {
		return err
	}
	if err := checkComponents(m.Components); err != nil {
		return err
	}
	if m.Empty() {
		return errEmptyMessage
	}
	return nil
}

func (s *Server) postMessage(call *restCall) (any, *apiError) {
	c, err := s.see(call, PermSendMessages)
	if err != nil {
		return nil, err
	}
	var body messageBody
	if json.Unmarshal(call.body, &body) != nil {
		return nil, errForm("not a message")
	}
	if len(call.files) > 0 && s.permissions(c)&PermAttachFiles == 0 {
		return nil, errMissingPerms
	}
	if string(orEmpty(body.Embeds)) != "[]" && s.permissions(c)&PermEmbedLinks == 0 {
		return nil, errMissingPerms
	}
	nonce := strings.Trim(string(body.Nonce), `"`)
	if nonce == "null" {
		nonce = ""
	}
	if len(nonce) > 25 {
		return nil, errForm("nonce: Must be 25 or fewer in length.")
	}
	if nonce != "" && body.EnforceNonce {
		if m := s.find(c.ID, c.nonces[nonce]); m != nil {
			return s.messageJSON(m), nil
		}
	}
	m := &Message{ID: s.newID(), ChannelID: c.ID, GuildID: c.guildID, Author: s.bot, Sent: s.opts.Now(), Nonce: nonce}
	if err := s.fill(m, body, call.files); err != nil {
		return nil, err
	}
	c.messages = append(c.messages, m)
	if nonce != "" {
		if c.nonces == nil {
			c.nonces = map[string]string{}
		}
		c.nonces[nonce] = m.ID
	}
	out := s.messageJSON(m)
	s.dispatch(c.guildID, intentMessages, "MESSAGE_CREATE", func() any { return out })
	s.publish(m, Event{Kind: MessageCreated, ChannelID: c.ID})
	return out, nil
}

// ForgetNonces empties the memory of nonces, which Discord keeps for a few
// minutes only.
func (s *Server) ForgetNonces() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.channels {
		clear(c.nonces)
	}
}

func (s *Server) patchMessage(call *restCall) (any, *apiError) {
	if _, err := s.see(call, 0); err != nil {
		return nil, err
	}
	m := s.find(call.PathValue("channel"), call.PathValue("message"))
	if m == nil {
		return nil, errUnknownMessage
	}
	if m.Author.ID != s.bot.ID {
		return nil, &apiError{403, 50005, "Cannot edit a message authored by another user"}
	}
	return s.edit(m, call)
}

// edit changes a message in place.
func (s *Server) edit(m *Message, call *restCall) (any, *apiError) {
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
	out := s.messageJSON(m)
	s.dispatch(m.GuildID, intentMessages, "MESSAGE_UPDATE", func() any { return out })
	s.publish(m, Event{Kind: MessageEdited, ChannelID: m.ChannelID})
	return out, nil
}

func (s *Server) removeMessage(call *restCall) (any, *apiError) {
	c, err := s.see(call, 0)
	if err != nil {
		return nil, err
	}
	m := s.find(c.ID, call.PathValue("message"))
	if m == nil {
		return nil, errUnknownMessage
	}
	if m.Author.ID != s.bot.ID {
		return nil, errMissingPerms
	}
	s.deleteMessage(c.ID, m.ID)
	return nil, nil
}

func (s *Server) getReactions(call *restCall) (any, *apiError) {
	c, err := s.see(call, 0)
	if err != nil {
		return nil, err
	}
	m := s.find(c.ID, call.PathValue("message"))
	if m == nil {
		return nil, errUnknownMessage
	}
	q := call.URL.Query()
	limit, convErr := strconv.Atoi(q.Get("limit"))
	if q.Get("limit") == "" {
		limit, convErr = 25, nil
	}
	if convErr != nil || limit < 1 || limit > 100 {
		return nil, errForm("limit: int value should be between 1 and 100")
	}
	var users []User
	for _, r := range m.Reactions {
		if r.Emoji == call.PathValue("emoji") && r.Burst == (q.Get("type") == "1") && CompareIDs(r.UserID, q.Get("after")) > 0 {
			users = append(users, s.users[r.UserID])
		}
	}
	slices.SortFunc(users, func(a, b User) int { return CompareIDs(a.ID, b.ID) })
	if len(users) > limit {
		users = users[:limit]
	}
	if users == nil {
		users = []User{}
	}
	return users, nil
}

func (s *Server) putReaction(call *restCall) (any, *apiError) {
	c, err := s.see(call, PermReadMessageHistory)
	if err != nil {
		return nil, err
	}
	m := s.find(c.ID, call.PathValue("message"))
	if m == nil {
		return nil, errUnknownMessage
	}
	emoji := call.PathValue("emoji")
	emojis := m.Emojis()
	if !slices.Contains(emojis, emoji) {
		if s.permissions(c)&PermAddReactions == 0 {
			return nil, errMissingPerms
		}
		if len(emojis) >= 20 {
			return nil, errReactionLimit
		}
	}
	if s.addReaction(m, Reaction{UserID: s.bot.ID, Emoji: emoji}) {
		s.dispatch(m.GuildID, intentReactions, "MESSAGE_REACTION_ADD", func() any { return s.reactionJSON(m, s.bot.ID, emoji, false) })
	}
	return nil, nil
}

func (s *Server) removeReaction(call *restCall) (any, *apiError) {
	c, err := s.see(call, 0)
	if err != nil {
		return nil, err
	}
	m := s.find(c.ID, call.PathValue("message"))
	if m == nil {
		return nil, errUnknownMessage
	}
	emoji := call.PathValue("emoji")
	m.Reactions = slices.DeleteFunc(m.Reactions, func(r Reaction) bool { return r == Reaction{UserID: s.bot.ID, Emoji: emoji} })
	s.dispatch(m.GuildID, intentReactions, "MESSAGE_REACTION_REMOVE", func() any { return s.reactionJSON(m, s.bot.ID, emoji, false) })
	s.reacted(m)
	return nil, nil
}
