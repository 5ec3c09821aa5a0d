package dashboard

import (
	"context"
	"errors"
	"net/http"
	"time"
	"unicode"
	"unicode/utf8"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
)

// People tells who members are, as Discord says just then. *discord.People is one.
type People interface {
	// Known is who a member is, without asking anybody; ok is false while nothing is known.
	Known(guildID, memberID string) (who discord.Person, ok bool)
	// Ask asks Discord who those members are of whom nothing is known.
	Ask(ctx context.Context, guildID string, memberIDs []string) error
	// Picture is the avatar with a key that Known has told, as a PNG.
	Picture(ctx context.Context, guildID, key string) ([]byte, error)
}

// voter is a member as the pages show one: never by the id.
type voter struct {
	Name    string
	Initial string // in the place of a picture
	Picture string // address, "" for none
}

// What stands for a name: of whom Discord was not asked yet, and of who left.
const (
	unknownMember = "A member"
	goneMember    = "Someone who left"
)

// voter is who a member is; known is false if Discord can be asked.
func (s *Server) voter(guildID, memberID string) (v voter, known bool) {
	switch {
	case memberID == catalog.ImportVoter && guildID == catalog.LocalGuild:
		return voter{Name: "You", Initial: "Y"}, true
	case memberID == catalog.ImportVoter:
		return voter{Name: "Dashboard and command line", Initial: "⌂"}, true
	}
	v = voter{Name: unknownMember, Initial: "?"}
	if s.People == nil || !discord.IsID(memberID) {
		return v, true
	}
	who, known := s.People.Known(guildID, memberID)
	switch {
	case who.Left:
		v = voter{Name: goneMember, Initial: "–"}
	case who.Name != "":
		first, _ := utf8.DecodeRuneInString(who.Name)
		v = voter{Name: who.Name, Initial: string(unicode.ToUpper(first))}
	}
	if who.Picture != "" {
		v.Picture = "/g/" + guildID + "/avatar/" + who.Picture
	}
	return v, known
}

// askLimit is how long a page waits for Discord to say who its members are.
const askLimit = 10 * time.Second

// meet asks Discord about the members on the page of the votes and draws it again. It is
// a POST: no link of another site makes the bot ask.
func (s *Server) meet(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	v, err := s.votesView(r, g)
	if err == nil && len(v.Unknown) > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), askLimit)
		defer cancel()
		if err := s.People.Ask(ctx, g.ID, v.Unknown); err != nil {
			s.Log.Warn("the dashboard shows members without their names", "guild", g.ID, "error", err)
		}
		v, err = s.votesView(r, g)
	}
	if err != nil {
		s.broken(w, r, err)
		return
	}
	v.Asked = true
	s.draw(w, r, http.StatusOK, "votes.html", v)
}

// avatar serves the picture of a member whom a page shows, so that no browser asks
// Discord who voted.
func (s *Server) avatar(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	data, err := []byte(nil), discord.ErrPicture
	if s.People != nil {
		data, err = s.People.Picture(r.Context(), g.ID, r.PathValue("picture"))
	}
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			s.Log.Debug("an avatar is not shown", "guild", g.ID, "error", err)
		}
		http.Error(w, "There is no such picture.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(data)
}
