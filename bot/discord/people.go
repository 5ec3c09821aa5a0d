package discord

import (
	"bytes"
	"cmp"
	order "container/list"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // Discord answers in the form that it is asked for,
	_ "image/jpeg" // and a proxy before it perhaps in another
	"image/png"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
)

// Person is a member of a guild as the others there see them.
type Person struct {
	Name    string // of the guild's own name for them, their own or the account's: the first that there is
	Left    bool   // nobody of this id is in the guild; then there is no name
	Picture string // key of the avatar, "" for none; see [People.Picture]
}

// People knows for a while who members are. It asks Discord only for whom its caller
// names, keeps at most mostPeople of them in memory, and stores nothing.
type People struct {
	client *Client
	now    func() time.Time
	key    [32]byte // of this process; pictures are named with it

	mu     sync.Mutex
	forgot int // how often somebody was forgotten
	byID   map[personID]*order.Element
	byKey  map[string]*order.Element
	recent *order.List // of *known, the last used first
}

type personID struct{ guild, member string }

// known is a person in memory.
type known struct {
	id     personID
	person Person
	path   string // of the avatar on Discord's host of images
	image  []byte // the avatar, once it was asked for
	until  time.Time
}

const (
	mostPeople  = 500
	keepPerson  = time.Hour
	keepLeft    = 10 * time.Minute // somebody may come back
	limitName   = 40               // characters
	askAtOnce   = 4                // calls
	avatarLimit = 5 * time.Second  // one picture
	avatarBytes = 64 << 10
	avatarSide  = 128 // pixels; 64 are asked for
)

// imageHost is where Discord keeps avatars.
const imageHost = "cdn.discordapp.com"

// ErrPicture says that there is no such picture, or that it cannot be had.
var ErrPicture = errors.New("the avatar cannot be fetched from Discord")

// NewPeople returns an empty memory.
func NewPeople(client *Client, now func() time.Time) *People {
	p := &People{client: client, now: now, byID: map[personID]*order.Element{}, byKey: map[string]*order.Element{}, recent: order.New()}
	rand.Read(p.key[:])
	return p
}

// Known is who a member is. It asks nobody: ok is false while nothing is known.
func (p *People) Known(guildID, memberID string) (who Person, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.byID[personID{guildID, memberID}]
	if e == nil {
		return Person{}, false
	}
	k := e.Value.(*known)
	if !p.now().Before(k.until) {
		p.drop(e)
		return Person{}, false
	}
	p.recent.MoveToFront(e)
	return k.person, true
}

// Ask asks Discord who those members are of whom nothing is known, a few at once. It
// ends at the first call that fails; what was answered before is kept.
func (p *People) Ask(ctx context.Context, guildID string, memberIDs []string) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	slots := make(chan struct{}, askAtOnce)
	var asked sync.WaitGroup
	for _, id := range memberIDs {
		if _, ok := p.Known(guildID, id); ok || !IsID(id) {
			continue
		}
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		asked.Go(func() {
			defer func() { <-slots }()
			if err := p.ask(ctx, personID{guildID, id}); err != nil {
				stop(err)
			}
		})
	}
	asked.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("Discord did not say who the members are: %w", context.Cause(ctx))
	}
	return nil
}

// avatarHash is the form of an avatar's name. It stands in an address.
var avatarHash = regexp.MustCompile(`^(a_)?[0-9a-f]{32}$`)

// ask asks who one member is.
func (p *People) ask(ctx context.Context, id personID) error {
	p.mu.Lock()
	forgot := p.forgot
	p.mu.Unlock()
	var m struct {
		Nick   string `json:"nick"`
		Avatar string `json:"avatar"`
		User   struct {
			Name   string `json:"username"`
			Global string `json:"global_name"`
			Avatar string `json:"avatar"`
		} `json:"user"`
	}
	k := &known{id: id, until: p.now().Add(keepPerson)}
	err := p.client.call(ctx, http.MethodGet, discordgo.EndpointGuildMember(id.guild, id.member), nil, nil, &m)
	switch code := ErrorCode(err); {
	case code == codeUnknownMember || code == codeUnknownUser:
		k.person.Left, k.until = true, p.now().Add(keepLeft)
	case err != nil:
		return err
	default:
		k.person.Name = cmp.Or(Plain(m.Nick, limitName), Plain(m.User.Global, limitName), Plain(m.User.Name, limitName))
		switch {
		case avatarHash.MatchString(m.Avatar):
			k.path = "/guilds/" + id.guild + "/users/" + id.member + "/avatars/" + m.Avatar + ".png"
		case avatarHash.MatchString(m.User.Avatar):
			k.path = "/avatars/" + id.member + "/" + m.User.Avatar + ".png"
		}
	}
	if k.path != "" {
		mac := hmac.New(sha256.New, p.key[:])
		io.WriteString(mac, id.guild+k.path)
		k.person.Picture = hex.EncodeToString(mac.Sum(nil)[:16])
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.forgot != forgot { // perhaps this one; the next page asks again
		return nil
	}
	if e := p.byID[id]; e != nil {
		p.drop(e)
	}
	e := p.recent.PushFront(k)
	p.byID[id] = e
	if k.person.Picture != "" {
		p.byKey[k.person.Picture] = e
	}
	for p.recent.Len() > mostPeople {
		p.drop(p.recent.Back())
	}
	return nil
}

// drop takes one out of the memory, which is locked.
func (p *People) drop(e *order.Element) {
	k := p.recent.Remove(e).(*known)
	delete(p.byID, k.id)
	delete(p.byKey, k.person.Picture)
}

// Forget drops what is known of a member, in all guilds. Calls that are going on keep
// nothing.
func (p *People) Forget(memberID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgot++
	for id, e := range p.byID {
		if id.member == memberID {
			p.drop(e)
		}
	}
}

// Picture is the avatar of a member of the guild whom Known has named, by its key: a PNG
// of this program's own making, so nothing but its pixels comes from outside.
func (p *People) Picture(ctx context.Context, guildID, key string) ([]byte, error) {
	p.mu.Lock()
	e := p.byKey[key]
	if e == nil || e.Value.(*known).id.guild != guildID || !p.now().Before(e.Value.(*known).until) {
		p.mu.Unlock()
		return nil, fmt.Errorf("%w: nobody here has it", ErrPicture)
	}
	k := e.Value.(*known)
	path, image := k.path, k.image
	p.mu.Unlock()
	if image != nil {
		return image, nil
	}
	ctx, cancel := context.WithTimeout(ctx, avatarLimit)
	defer cancel()
	err := p.client.fetch(ctx, url.URL{Scheme: "https", Host: imageHost, Path: path, RawQuery: "size=64"}, func(r io.Reader) (err error) {
		image, err = redraw(r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byKey[key] == nil {
		return nil, fmt.Errorf("%w: its member was forgotten", ErrPicture)
	}
	k.image = image
	return image, nil
}

// redraw reads a small picture and draws it anew as a PNG.
func redraw(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, avatarBytes+1))
	if err != nil {
		return nil, brief(err)
	}
	if len(data) > avatarBytes {
		return nil, fmt.Errorf("it has more than %d kB", avatarBytes>>10)
	}
	head, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, errors.New("it is no picture")
	}
	if head.Width < 1 || head.Height < 1 || head.Width > avatarSide || head.Height > avatarSide {
		return nil, fmt.Errorf("it has %d × %d pixels", head.Width, head.Height)
	}
	picture, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, errors.New("it is a broken picture")
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("it cannot be drawn: %w", err)
	}
	return out.Bytes(), nil
}
