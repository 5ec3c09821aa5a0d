package config

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is all that a secret ever shows.
const redacted = "[redacted]"

// Secret is a text that must not be seen. However it is printed, logged or
// encoded, "[redacted]" comes out, or nothing when it is not set. [Secret.Reveal]
// is the one way to its value.
type Secret struct {
	// The text is behind a pointer because fmt walks into the unexported fields
	// of other structs without calling methods: there it prints an address.
	text *string
}

// NewSecret returns text as a secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text itself.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Secrets are the texts of all secrets of the configuration that are set.
func (c *Config) Secrets() (texts []string) {
	settings, _ := walk(c)
	for _, s := range settings {
		if secret, ok := s.value.Interface().(Secret); ok && secret.IsSet() {
			texts = append(texts, secret.Reveal())
		}
	}
	return texts
}

// IsSet reports whether there is a text.
func (s Secret) IsSet() bool { return s.text != nil }

// String returns "[redacted]", or "" when the secret is not set.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return redacted
}

// Format writes what String returns, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String; encoding/json and encoding/xml use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML is String.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }
