package song

import "context"

// Memory is Known of a heap of uploads.
type Memory struct{ seen map[string][2]int32 }

// Add remembers what a reading tells of its names.
func (m *Memory) Add(s Song) { m.add(s, 1) }

func (m *Memory) add(s Song, sign int32) {
	if m.seen == nil {
		m.seen = map[string][2]int32{}
	}
	if len(s.Artists) == 0 || s.Title == "" || !s.Kind.IsSong() || s.Kind == Classical {
		return
	}
	weight := sign
	if s.Evidence&(ChannelIs|OwnChannel|Credited) != 0 {
		weight *= 3 // the channel says it, too
	}
	add := func(name string, at int) {
		if f := Fold(withoutBrackets(name)); f != "" {
			n := m.seen[f]
			n[at] += weight
			m.seen[f] = n
		}
	}
	for _, a := range s.Artists {
		add(a, 0)
	}
	if len(s.Artists) > 1 {
		add(s.Artist(), 0)
	}
	add(s.Title, 1)
}

// Seen implements Known.
func (m *Memory) Seen(name string) (artist, song int) {
	n := m.seen[name]
	return int(n[0]), int(n[1])
}

// ReadAll reads uploads that know each other: what a first reading of all of them
// tells of names helps the second. Half a reading is never returned; the error is
// the context's.
func ReadAll(ctx context.Context, uploads []Upload) ([]Song, error) {
	var known Memory
	out := make([]Song, len(uploads))
	for pass := range 2 {
		var next Memory
		for i, u := range uploads {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if pass == 0 {
				out[i] = Read(u, nil)
			} else {
				known.add(out[i], -1)
				s := out[i]
				out[i] = Read(u, &known)
				known.add(s, 1)
			}
			next.Add(out[i])
		}
		known = next
	}
	return out, nil
}
