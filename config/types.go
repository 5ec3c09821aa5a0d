package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A setter reads a setting of its type from text. Its error says what the text
// must be, to stand after "must be".
type setter interface{ set(text string) error }

// URL is an origin: scheme, host and port, without a path.
type URL string

func (u *URL) set(text string) error {
	if text == "" { // the usual one, or none
		*u = ""
		return nil
	}
	if parsed, ok := parseOrigin(text); !ok || parsed.User != nil {
		return errors.New("an address such as https://example.com, without a path")
	}
	*u = URL(strings.TrimSuffix(text, "/"))
	return nil
}

// parseOrigin reads an origin, which may hold a name and a password.
func parseOrigin(text string) (parsed *url.URL, ok bool) {
	parsed, err := url.Parse(text)
	return parsed, err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Host != "" &&
		(parsed.Path == "" || parsed.Path == "/") && parsed.RawQuery == "" && parsed.Fragment == ""
}

// Address is a host and port to listen on; the host may be left out.
type Address string

func (a *Address) set(text string) error {
	if text != "" {
		_, port, err := net.SplitHostPort(text)
		if err != nil {
			return errors.New("a host and a port such as 127.0.0.1:8080")
		}
		if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
			return errors.New("a host and a port from 0 to 65535 such as 127.0.0.1:8080")
		}
	}
	*a = Address(text)
	return nil
}

// Loopback reports whether only this machine can reach the address.
func (a Address) Loopback() bool {
	host, _, err := net.SplitHostPort(string(a))
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Network is an address of a network, or of one machine.
type Network string

func (n *Network) set(text string) error {
	if _, err := netip.ParseAddr(text); err != nil {
		if _, err := netip.ParsePrefix(text); err != nil {
			return errors.New("a network such as 172.16.0.0/12 or an address such as ::1")
		}
	}
	*n = Network(text)
	return nil
}

// Prefix returns the network; of one machine, a network of its own.
func (n Network) Prefix() netip.Prefix {
	if a, err := netip.ParseAddr(string(n)); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen())
	}
	p, _ := netip.ParsePrefix(string(n)) // set has read it
	return p.Masked()
}

// ID is an id of Discord's.
type ID string

func (id *ID) set(text string) error {
	if n, err := strconv.ParseUint(text, 10, 64); err != nil || n == 0 {
		return errors.New("an id of Discord's, a number of up to 20 digits")
	}
	*id = ID(text)
	return nil
}

// Channel is a channel of Discord's: its id, or its name.
type Channel string

func (c *Channel) set(text string) error {
	if roundedID(text) {
		return errors.New("the name of a channel or its id with every digit, which a program that took it for a number has changed")
	}
	*c = Channel(text)
	return nil
}

// roundedID reports whether text is a number as large as an id and not written
// as one: 1.486e+18, or with signs between its digits.
func roundedID(text string) bool {
	if strings.Trim(text, "0123456789") == "" {
		return false
	}
	plain := strings.NewReplacer(",", "", "'", "", "_", "", " ", "", "\u00a0", "", "\u202f", "").Replace(text)
	n, err := strconv.ParseFloat(plain, 64)
	if err != nil {
		whole, wrong := strconv.ParseUint(plain, 0, 64) // 0x149f…
		n, err = float64(whole), wrong
	}
	return err == nil && math.Abs(n) >= 1e15 && !math.IsInf(n, 0)
}

// Bytes is an amount of storage.
type Bytes int64

// units of storage, the larger first so that printing finds the largest.
var units = []struct {
	name string
	size int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

func (b *Bytes) set(text string) error {
	number, size := text, int64(1)
	for _, unit := range units {
		if rest, ok := strings.CutSuffix(text, unit.name); ok {
			number, size = strings.TrimSpace(rest), unit.size
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > 1<<62/size {
		return errors.New("a number of bytes such as 67108864 or 64MiB")
	}
	*b = Bytes(n * size)
	return nil
}

// String returns the amount in its largest whole unit.
func (b Bytes) String() string {
	for _, unit := range units {
		if b != 0 && int64(b)%unit.size == 0 {
			return fmt.Sprintf("%d%s", int64(b)/unit.size, unit.name)
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// Query is one search, or one YouTube channel to follow.
type Query struct {
	Text    string // "" when Channel is set
	Channel string // "UC…" and 22 more characters
	Upload  string // "", "today", "week", "month", "year"
	Length  string // "", "short" (under 3 min), "medium" (3 to 20 min), "long"
	Pages   int    // result pages to read; 0 means one
}

func (q *Query) set(text string) error {
	*q = Query{Text: text}
	return nil
}

// field sets one part of the query.
func (q *Query) field(name, text string) error {
	switch name {
	case "text":
		q.Text = text
	case "channel":
		q.Channel = text
	case "upload":
		q.Upload = text
	case "length":
		q.Length = text
	case "pages":
		n, err := strconv.Atoi(text)
		if err != nil {
			return errors.New("a whole number")
		}
		q.Pages = n
	}
	return nil
}

// queryFields are the parts that field knows.
var queryFields = []string{"text", "channel", "upload", "length", "pages"}

// String returns the query as a line of the file would hold it.
func (q Query) String() string {
	if q.Channel == "" && q.Upload == "" && q.Length == "" && q.Pages == 0 {
		return strconv.Quote(q.Text)
	}
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+": "+value)
		}
	}
	if q.Text != "" {
		add("text", strconv.Quote(q.Text))
	}
	add("channel", q.Channel)
	add("upload", q.Upload)
	add("length", q.Length)
	if q.Pages > 0 {
		add("pages", strconv.Itoa(q.Pages))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// oneOf returns nil when text is one of the choices.
func oneOf(text string, choices ...string) error {
	var named []string
	for _, choice := range choices {
		if text == choice {
			return nil
		}
		if choice == "" {
			choice = "empty"
		}
		named = append(named, choice)
	}
	return errors.New("one of " + strings.Join(named, ", "))
}

// parseDuration reads a Go duration, or a number of days such as 90d.
func parseDuration(text string) (time.Duration, error) {
	if number, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < 100_000 {
			return time.Duration(n) * day, nil
		}
	}
	if text == "0" {
		return 0, nil
	}
	return time.ParseDuration(text)
}

// formatDuration is the shortest text that parseDuration reads back.
func formatDuration(d time.Duration) string {
	if d != 0 && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
