package song

import "context"

// Memory is what many uploads tell of names. It implements Known.
type Memory struct {
	seen   map[string][2]float64
	orders map[string][2]float64
}

// Add remembers what an upload tells of its names, and returns what the upload holds
// by its own words alone.
func (m *Memory) Add(u Upload) Song {
	s := Read(u, nil)
	m.add(s, u.Channel, 1)
	return s
}

// Read reads an upload that was added before. It uses what the other uploads tell of
// names, but not what this one told.
func (m *Memory) Read(u Upload) Song { return m.read(u, Read(u, nil)) }

// read is Read; alone is what Add returned for the upload.
func (m *Memory) read(u Upload, alone Song) Song {
	m.add(alone, u.Channel, -1)
	defer m.add(alone, u.Channel, 1)
	return Read(u, m)
}

// add counts the names of a reading, the surer the more, and with weight -1 takes
// them out again.
func (m *Memory) add(s Song, channel string, weight float64) {
	if m.seen == nil {
		m.seen, m.orders = map[string][2]float64{}, map[string][2]float64{}
	}
	if len(s.Artists) == 0 || s.Title == "" || !s.Kind.IsSong() || s.Kind == Classical || s.Evidence&Guessed != 0 {
		return
	}
	switch {
	case s.Evidence&(ChannelIs|OwnChannel|Credited) != 0:
		weight *= 3 // the channel says it, too
	case s.Evidence&Paired != 0:
		weight *= min(1, max(0, s.Margin/4))
	}
	if channel = foldChannel(channel); channel != "" && s.Evidence&Paired != 0 {
		n := m.orders[channel]
		if s.Evidence&Reversed != 0 {
			n[1] += weight
		} else {
			n[0] += weight
		}
		m.orders[channel] = n
	}
	for _, a := range s.Artists {
		m.count(a, 0, weight)
	}
	if len(s.Artists) > 1 {
		m.count(s.Artist(), 0, weight)
	}
	m.count(s.Title, 1, weight)
}

func (m *Memory) count(name string, at int, weight float64) {
	if f := Fold(withoutBrackets(name)); f != "" {
		n := m.seen[f]
		n[at] += weight
		m.seen[f] = n
	}
}

// Seen implements Known.
func (m *Memory) Seen(name string) (artist, song float64) {
	n := m.seen[name]
	return n[0], n[1]
}

// Order implements Known.
func (m *Memory) Order(channel string) (artist, song float64) {
	n := m.orders[channel]
	return n[0], n[1]
}

// ReadAll reads uploads that know each other: what a first reading of all of them
// tells of names helps the second. Half a reading is never returned; the error is
// the context's.
func ReadAll(ctx context.Context, uploads []Upload) ([]Song, error) {
	var known Memory
	out := make([]Song, len(uploads))
	for i, u := range uploads {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i] = known.Add(u)
	}
	for i, u := range uploads {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i] = known.read(u, out[i])
	}
	return out, nil
}
