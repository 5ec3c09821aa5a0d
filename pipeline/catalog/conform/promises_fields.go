package conform

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// fill sets all fields of a value to something, each to something else.
func fill(v reflect.Value, n *int) {
	*n++
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(start.Add(time.Duration(*n) * time.Second)))
		return
	case v.Type() == reflect.TypeFor[time.Duration]():
		v.SetInt(int64(*n) * int64(time.Hour))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) / 8)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), n)
	case reflect.Map:
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(k, n)
		fill(e, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(k, e)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	default:
		panic("a field of an unknown kind: " + v.Type().String())
	}
}

func filled[T any]() (v T) {
	n := 0
	fill(reflect.ValueOf(&v).Elem(), &n)
	return v
}

// everyField: no field of what is stored is lost.
func everyField(t *testing.T, b *bench) {
	g, slot := filled[catalog.Guild](), filled[catalog.Slot]()
	g.ID, slot.Key, slot.GuildID = g1, g1+"/post/2026-11-22T18:00", g1
	slot.Done, slot.SentAt = false, time.Time{}
	p, h := filled[catalog.Post](), filled[catalog.Held]()
	p.ID, p.GuildID, p.Slot, p.State = "post", g1, slot.Key, catalog.StateSent
	h.ID, h.GuildID, h.Slot, h.State, h.MessageID = "held", g1, g1+"/post/2026-11-23T18:00", catalog.StateHeld, ""
	o, r := filled[catalog.Outbox](), filled[catalog.Run]()
	o.ID, o.GuildID, o.State = g1+"/notice", g1, catalog.StatePending
	r.GuildID = g1
	s := filled[catalog.Sighting]()
	s.Video.ID, s.Status, s.GuildID, s.Neighbours = songA, youtube.StatusOK, g1, nil

	do(t, b.SaveGuild(b.ctx, g))
	want(t, "begun", true, must(b.BeginSlot(b.ctx, slot))(t))
	began, _, err := b.Slot(b.ctx, slot.Key)
	want(t, "slot", []any{slot, nil}, []any{began, err})
	want(t, "held", true, must(b.Hold(b.ctx, catalog.Slot{Key: h.Slot, GuildID: g1, Kind: catalog.RunPost, At: h.NotBefore}, []catalog.Held{h}))(t))
	must(b.CreatePosts(b.ctx, slot, []catalog.Post{p}, nil))(t)
	must(b.Enqueue(b.ctx, o))(t)
	must(b.StartRun(b.ctx, r))(t)
	must(b.Observe(b.ctx, []catalog.Sighting{s}))(t)
	b.reopen(t)
	guild, _, err := b.Guild(b.ctx, g1)
	want(t, "guild", []any{g, nil}, []any{guild, err})
	post, _, err := b.PostByMessage(b.ctx, p.MessageID)
	want(t, "post", []any{p, nil}, []any{post, err})
	want(t, "held", []catalog.Held{h}, must(b.Held(b.ctx, g1))(t))
	want(t, "outbox", []catalog.Outbox{o}, must(b.Pending(b.ctx, g1))(t))
	want(t, "run", []catalog.Run{r}, must(b.Runs(b.ctx, g1, 0))(t))
	v, _, err := b.Video(b.ctx, songA)
	want(t, "video", []any{s.Video, s.Status, s.At, s.At, s.At, []string{s.Query}, nil}, []any{v.Video, v.Status, v.FirstSeen, v.LastSeen, v.DetailedAt, v.Queries, err})
	n := s.Video
	want(t, "observation", []catalog.Observation{{At: s.At, Views: n.Views, Likes: n.Likes, Dislikes: n.Dislikes, Subscribers: n.Subscribers, Detailed: true}}, v.Observations)
	f, _, err := b.Find(b.ctx, g1, songA)
	want(t, "find", []any{catalog.Find{GuildID: g1, VideoID: songA, Queries: []string{s.Query}, SeededBy: s.SeededBy, FirstSeen: s.At}, nil}, []any{f, err})
	card := []byte(strings.Repeat("{}", 50_000))
	must(b.SaveModel(b.ctx, g1, card, [][]byte{card, nil, card[:7]}, true))(t)
	m, _, err := b.Champion(b.ctx, g1)
	whole := bytes.Equal(m.Card, card) && bytes.Equal(m.Blob, append(card[:len(card):len(card)], card[:7]...))
	want(t, "model", []any{true, g1, 1, b.clock.now(), true, nil}, []any{whole, m.GuildID, m.Version, m.CreatedAt, m.Champion, err})
}
