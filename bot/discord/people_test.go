package discord

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	hash   = "0123456789abcdef0123456789abcdef"
	guild1 = "900000000000000001"
)

// square is a picture of one colour.
func square(side int) image.Image { return oblong(side, side) }

func oblong(width, height int) image.Image {
	m := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black, color.RGBA{200, 40, 90, 255}})
	for i := range m.Pix {
		m.Pix[i] = 1
	}
	return m
}

// encoded is a picture in a format.
func encoded(t *testing.T, side int, encode func(io.Writer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, square(side)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stand answers for Discord and its host of images, and counts what is asked.
type stand struct {
	*People
	t      *testing.T
	now    time.Time
	mu     sync.Mutex // of what follows: a call that was given up may still be answered
	asked  map[string]int
	member func(w http.ResponseWriter, r *http.Request, guild, id string)
	image  http.HandlerFunc
}

// newStand has members whose id ends in a digit below 9 and who have an avatar; the
// others have left.
func newStand(t *testing.T) *stand {
	s := &stand{t: t, now: time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC), asked: map[string]int{}}
	s.members(func(w http.ResponseWriter, _ *http.Request, _, id string) {
		if strings.HasSuffix(id, "9") {
			w.WriteHeader(404)
			io.WriteString(w, `{"code":10007,"message":"Unknown Member"}`)
			return
		}
		fmt.Fprintf(w, `{"nick":null,"user":{"id":%q,"username":"user%s","global_name":"Person %s","avatar":%q}}`, id, id, id[len(id)-1:], hash)
	})
	s.images(func(w http.ResponseWriter, _ *http.Request) { w.Write(encoded(t, 64, png.Encode)) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked[r.URL.Path]++
		member, image := s.member, s.image
		s.mu.Unlock()
		parts := strings.Split(r.URL.Path, "/")
		if strings.HasPrefix(r.URL.Path, "/api/") && len(parts) == 7 {
			member(w, r, parts[4], parts[6])
			return
		}
		if r.Header.Get("Authorization") != "" {
			t.Error("the token was sent to the host of images")
		}
		image(w, r)
	}))
	t.Cleanup(server.Close)
	c, err := NewClient(Options{Token: "secret", BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	s.People = NewPeople(c, func() time.Time { return s.now })
	return s
}

// members sets how calls about a member are answered from now on.
func (s *stand) members(answer func(w http.ResponseWriter, r *http.Request, guild, id string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.member = answer
}

// images sets how the host of images answers from now on.
func (s *stand) images(answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.image = answer
}

// count is how often paths with a prefix were asked for.
func (s *stand) count(prefix string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, times := range s.asked {
		if strings.HasPrefix(path, prefix) {
			n += times
		}
	}
	return n
}

func (s *stand) ask(ids ...string) {
	s.t.Helper()
	if err := s.Ask(s.t.Context(), guild1, ids); err != nil {
		s.t.Fatal(err)
	}
}

func TestPeopleAreAskedForOnce(t *testing.T) {
	s := newStand(t)
	if _, ok := s.Known(guild1, "81"); ok || s.count("/") != 0 {
		t.Error("somebody is known of whom nobody asked")
	}
	s.ask("81", "82", "89", "import", "local", "../81")
	s.ask("81", "82", "89")
	if n := s.count("/api/"); n != 3 {
		t.Errorf("%d calls, want 3: %v", n, s.asked)
	}
	if p, ok := s.Known(guild1, "82"); !ok || p.Name != "Person 2" || p.Left || len(p.Picture) != 32 {
		t.Errorf("%+v, %v", p, ok)
	}
	if p, ok := s.Known(guild1, "89"); !ok || p != (Person{Left: true}) {
		t.Errorf("who has left is %+v, %v", p, ok)
	}
	if _, ok := s.Known("77", "82"); ok {
		t.Error("a member of one guild is known in another")
	}
	s.now = s.now.Add(keepLeft)
	if _, ok := s.Known(guild1, "89"); ok {
		t.Error("somebody who may be back is still said to have left")
	}
	s.now = s.now.Add(keepPerson)
	if _, ok := s.Known(guild1, "82"); ok {
		t.Error("a name is known for longer than an hour")
	}
	for i := range mostPeople + 20 {
		s.ask(fmt.Sprint(1000+i) + "1")
	}
	if s.recent.Len() != mostPeople || len(s.byID) != mostPeople || len(s.byKey) != mostPeople {
		t.Errorf("%d, %d and %d people are kept, want %d", s.recent.Len(), len(s.byID), len(s.byKey), mostPeople)
	}
}

// TestPeopleNames takes the guild's own name first, and no more of a name than fits.
func TestPeopleNames(t *testing.T) {
	s := newStand(t)
	for i, tt := range []struct{ answer, name, path string }{
		{`{"nick":"Nick","user":{"username":"u","global_name":"G"}}`, "Nick", ""},
		{`{"nick":" \u202e\u0000 ","user":{"username":"u","global_name":"G"}}`, "G", ""},
		{`{"user":{"username":"u"}}`, "u", ""},
		{`{"user":{}}`, "", ""},
		{`{"nick":"` + strings.Repeat("名", 500) + `","user":{}}`, strings.Repeat("名", 39) + "…", ""},
		{`{"avatar":"a_` + hash + `","user":{"username":"u","avatar":"` + hash + `"}}`, "u", "/guilds/" + guild1 + "/users/805/avatars/a_" + hash + ".png"},
		{`{"user":{"username":"u","avatar":"../../../api/v9/users/@me"}}`, "u", ""},
		{`{"user":{"username":"u","avatar":"` + hash + `?x="}}`, "u", ""},
		{`{"avatar":"` + hash + `\n","user":{"username":"u"}}`, "u", ""},
	} {
		id := fmt.Sprint(800 + i)
		s.members(func(w http.ResponseWriter, _ *http.Request, _, _ string) { io.WriteString(w, tt.answer) })
		s.ask(id)
		p, ok := s.Known(guild1, id)
		if path := s.byID[personID{guild1, id}].Value.(*known).path; !ok || p.Name != tt.name || path != tt.path || (p.Picture != "") != (path != "") {
			t.Errorf("%s: %+v, path %q", tt.answer, p, path)
		}
	}
}

// TestMembersShareALimit: Discord limits the calls about all members of a guild together.
func TestMembersShareALimit(t *testing.T) {
	of := func(path string) string {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://discord.com/api/v9/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return route(r)
	}
	if a, b, c := of("guilds/1/members/81"), of("guilds/1/members/82"), of("guilds/2/members/81"); a != b || a == c {
		t.Errorf("the limits are %s, %s and %s", a, b, c)
	}
}

// TestPeopleInAnOutage keeps what was said before the first error, and asks no further.
func TestPeopleInAnOutage(t *testing.T) {
	s := newStand(t)
	s.ask("81")
	s.members(func(w http.ResponseWriter, _ *http.Request, _, _ string) { w.WriteHeader(503) })
	var ids []string
	for i := range 60 {
		ids = append(ids, fmt.Sprint(500+i))
	}
	if err := s.Ask(t.Context(), guild1, ids); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("the error is %v", err)
	}
	if n := s.count("/api/"); n > 1+2*askAtOnce {
		t.Errorf("%d calls of a Discord that does not work", n)
	}
	if _, ok := s.Known(guild1, "81"); !ok {
		t.Error("who was known is not known any more")
	}
	begun := make(chan bool, askAtOnce)
	s.members(func(w http.ResponseWriter, r *http.Request, _, _ string) {
		begun <- true
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for range askAtOnce {
			<-begun
		}
		cancel()
	}()
	if err := s.Ask(ctx, guild1, []string{"71", "72", "73", "74", "75"}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

// TestPeopleAreForgotten: at once, in every guild, and whatever is on its way.
func TestPeopleAreForgotten(t *testing.T) {
	s := newStand(t)
	s.ask("81", "82")
	if err := s.Ask(t.Context(), "77", []string{"81"}); err != nil {
		t.Fatal(err)
	}
	p, _ := s.Known(guild1, "81")
	if _, err := s.Picture(t.Context(), guild1, p.Picture); err != nil {
		t.Fatal(err)
	}
	s.Forget("81")
	for _, guild := range []string{guild1, "77"} {
		if _, ok := s.Known(guild, "81"); ok {
			t.Error("somebody who was forgotten is known in", guild)
		}
	}
	if _, err := s.Picture(t.Context(), guild1, p.Picture); !errors.Is(err, ErrPicture) {
		t.Errorf("the picture of somebody forgotten: %v", err)
	}
	if _, ok := s.Known(guild1, "82"); !ok {
		t.Error("another was forgotten too")
	}
	was := s.member
	s.members(func(w http.ResponseWriter, r *http.Request, guild, id string) {
		s.Forget(id) // while Discord answers
		was(w, r, guild, id)
	})
	s.ask("83")
	if _, ok := s.Known(guild1, "83"); ok {
		t.Error("an answer that was on its way is kept")
	}
	p, _ = s.Known(guild1, "82")
	s.images(func(w http.ResponseWriter, _ *http.Request) {
		s.Forget("82")
		w.Write(encoded(t, 64, png.Encode))
	})
	if _, err := s.Picture(t.Context(), guild1, p.Picture); !errors.Is(err, ErrPicture) {
		t.Errorf("a picture that was on its way: %v", err)
	}
}

// TestPictureIsDrawnAnew: whatever form it comes in, what leaves is a small PNG, fetched
// once.
func TestPictureIsDrawnAnew(t *testing.T) {
	for name, encode := range map[string]func(io.Writer, image.Image) error{
		"png":  png.Encode,
		"jpeg": func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) },
		"gif":  func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) },
		"png with a tail": func(w io.Writer, m image.Image) error {
			png.Encode(w, m)
			_, err := io.WriteString(w, "<script>alert(1)</script>")
			return err
		},
	} {
		s := newStand(t)
		s.images(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/avatars/81/"+hash+".png" || r.URL.RawQuery != "size=64" {
				t.Errorf("asked for %s", r.URL)
			}
			w.Write(encoded(t, 64, encode))
		})
		s.ask("81")
		p, _ := s.Known(guild1, "81")
		for range 2 {
			data, err := s.Picture(t.Context(), guild1, p.Picture)
			if err != nil {
				t.Fatal(name, err)
			}
			m, form, err := image.Decode(bytes.NewReader(data))
			if err != nil || form != "png" || m.Bounds().Dx() != 64 || bytes.Contains(data, []byte("script")) {
				t.Errorf("%s: a %s of %v, %v", name, form, m.Bounds(), err)
			}
		}
		if n := s.count("/avatars/"); n != 1 {
			t.Errorf("%s: fetched %d times", name, n)
		}
	}
}

// TestHostilePictures: what Discord's host of images must not be able to do.
func TestHostilePictures(t *testing.T) {
	s := newStand(t)
	s.ask("81")
	p, _ := s.Known(guild1, "81")
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("another host was asked")
		w.Write(encoded(t, 64, png.Encode))
	}))
	defer elsewhere.Close()
	huge := encoded(t, 3000, png.Encode) // few bytes, many pixels
	if len(huge) > avatarBytes {
		t.Fatalf("the huge picture has %d bytes", len(huge))
	}
	var sent atomic.Int64
	for name, answer := range map[string]http.HandlerFunc{
		"redirect to another host": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) },
		"redirect to this host": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again", http.StatusMovedPermanently)
		},
		"not there": http.NotFound,
		"nothing":   func(http.ResponseWriter, *http.Request) {},
		"a page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			io.WriteString(w, "<html><script>alert(1)</script>")
		},
		"svg": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)
		},
		"too many pixels": func(w http.ResponseWriter, _ *http.Request) { w.Write(huge) },
		"too wide":        func(w http.ResponseWriter, _ *http.Request) { png.Encode(w, oblong(avatarSide+1, 1)) },
		"too high":        func(w http.ResponseWriter, _ *http.Request) { png.Encode(w, oblong(1, avatarSide+1)) },
		"cut off":         func(w http.ResponseWriter, _ *http.Request) { w.Write(encoded(t, 64, png.Encode)[:60]) },
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			w.Write(encoded(t, 64, png.Encode))
			for sent.Load() < 1<<26 {
				n, err := w.Write(make([]byte, 1<<16))
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		},
	} {
		s.images(answer)
		if data, err := s.Picture(t.Context(), guild1, p.Picture); !errors.Is(err, ErrPicture) || data != nil {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
	}
	if s.count("/again") != 0 || sent.Load() >= 1<<26 {
		t.Errorf("a redirect was followed, or %d bytes were taken", sent.Load())
	}
	before := s.count("/avatars/")
	for _, key := range []string{"", "81", "../../etc/passwd", hash, strings.Repeat("x", 1000)} {
		if _, err := s.Picture(t.Context(), guild1, key); !errors.Is(err, ErrPicture) {
			t.Errorf("%q: %v", key, err)
		}
	}
	if _, err := s.Picture(t.Context(), "77", p.Picture); !errors.Is(err, ErrPicture) {
		t.Errorf("from another guild's page: %v", err)
	}
	if s.count("/avatars/") != before {
		t.Error("something was fetched for a key that nobody here has")
	}
	// A host that never ends its answer holds nobody longer than the caller waits.
	ctx, cancel := context.WithCancel(t.Context())
	s.images(func(w http.ResponseWriter, r *http.Request) {
		w.Write(encoded(t, 64, png.Encode)[:20])
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	})
	if _, err := s.Picture(ctx, guild1, p.Picture); !errors.Is(err, ErrPicture) {
		t.Errorf("a slow host: %v", err)
	}
}
