package app

import (
	"bytes"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"cratedigger/config"
)

// Redacted replaces a secret.
const Redacted = "[redacted]"

// secretShapes match what secrets look like, with the parts that are kept before
// and after as their groups.
var secretShapes = []*regexp.Regexp{
	// A Discord token: the bot's id in base 64, a time, a signature.
	regexp.MustCompile(`()[A-Za-z0-9_-]{23,30}\.[A-Za-z0-9_-]{5,8}\.[A-Za-z0-9_-]{25,}`),
	regexp.MustCompile(`()\bmfa\.[A-Za-z0-9_-]{20,}`),
	// A Google API key, and a key in an address.
	regexp.MustCompile(`()\bAIza[0-9A-Za-z_-]{30,}`),
	regexp.MustCompile(`([?&](?:key|token|access_token|password)=)[^&\s"'\\]+`),
	// The name and the password in an address.
	regexp.MustCompile(`(://)[^/\s"']+(@)`),
	// A header as a dump of a request shows it, and "Bot TOKEN" alone.
	regexp.MustCompile(`(?i)(\bauthorization["']?\s*[:=]\s*\[?["']?)(?:(?:bot|bearer|basic)\s+)?[^\s"'\],}]+`),
	// The token of an interaction or a webhook in a path.
	regexp.MustCompile(`(/(?:webhooks|interactions)/[0-9]+/)[A-Za-z0-9_.~-]{16,}`),
}

// redactor removes secrets from everything that is logged. The type config.Secret
// already never prints itself. A secret that gets into the log in another way (an
// error of a library, a dumped request) is recognised here by its shape or its text.
// Each Write must be a whole line, as log handlers write.
type redactor struct {
	w      io.Writer
	secret [][]byte
}

// newRedactor writes to w without the secrets of the configuration, or anything
// that looks like one.
func newRedactor(w io.Writer, cfg *config.Config) *redactor {
	r := &redactor{w: w}
	for _, text := range cfg.Secrets() {
		// The secret itself, and how logs and addresses escape it.
		quoted := strconv.Quote(text)
		plain := strconv.QuoteToASCII(text)
		for _, form := range []string{text, quoted[1 : len(quoted)-1], plain[1 : len(plain)-1], url.QueryEscape(text), url.PathEscape(text)} {
			if !slices.ContainsFunc(r.secret, func(s []byte) bool { return string(s) == form }) {
				r.secret = append(r.secret, []byte(form))
			}
		}
	}
	// The longer first, because one may contain the other.
	slices.SortStableFunc(r.secret, func(a, b []byte) int { return len(b) - len(a) })
	return r
}

// Write writes p without secrets. It reports len(p) on success, whatever the
// redacted length.
func (r *redactor) Write(p []byte) (int, error) {
	if _, err := r.w.Write(r.redact(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// redact returns p, or a copy without secrets.
func (r *redactor) redact(p []byte) []byte {
	for _, secret := range r.secret {
		if bytes.Contains(p, secret) {
			p = without(p, secret)
		}
	}
	for _, shape := range secretShapes {
		if shape.Match(p) {
			p = shape.ReplaceAll(p, []byte("${1}"+Redacted+"${2}"))
		}
	}
	return p
}

// short is how many bytes a secret has at most to be possibly part of ordinary words.
const short = 6

// without returns p without a secret. It redacts a short secret only as a separate
// word, because it might be part of an ordinary word, of a JSON field or of a number.
func without(p, secret []byte) []byte {
	if len(secret) >= short {
		return bytes.ReplaceAll(p, secret, []byte(Redacted))
	}
	var out []byte
	for rest := p; ; {
		i := bytes.Index(rest, secret)
		if i < 0 {
			return append(out, rest...)
		}
		end := i + len(secret)
		before, _ := utf8.DecodeLastRune(p[:len(p)-len(rest)+i])
		after, _ := utf8.DecodeRune(rest[end:])
		out = append(out, rest[:i]...)
		field := after == '=' || bytes.HasPrefix(rest[end:], []byte(`":`))
		number := bytes.HasSuffix(rest[:i], []byte(`":`)) // JSON writes texts in quotes
		if partOfWord(before) || partOfWord(after) || field || number {
			out = append(out, secret...)
		} else {
			out = append(out, Redacted...)
		}
		rest = rest[end:]
	}
}

func partOfWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
