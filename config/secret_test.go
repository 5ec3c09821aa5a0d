package config

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestTokenNeverShown prints a secret in every way that the standard library
// knows, alone and deep inside other values.
func TestTokenNeverShown(t *testing.T) {
	const token = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"
	secret := NewSecret(token)
	type inner struct{ hidden Secret }
	type outer struct {
		Shown Secret
		inner inner
		any   any
		list  []Secret
		byKey map[string]Secret
		ref   *Secret
	}
	nested := outer{secret, inner{secret}, secret, []Secret{secret}, map[string]Secret{"a": secret}, &secret}
	values := []any{secret, &secret, nested, &nested, []any{secret}, struct{ hidden any }{nested}, fmt.Errorf("refused: %v", secret)}

	var out bytes.Buffer
	for _, v := range values {
		for verb := 'a'; verb <= 'z'; verb++ {
			for _, flags := range []string{"", "+", "#", " ", "-40", "0"} {
				fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", v)
				fmt.Fprintf(&out, "%"+flags+strings.ToUpper(string(verb))+"\n", v)
			}
		}
		fmt.Fprintln(&out, v)
		for _, log := range []*slog.Logger{
			slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil)),
		} {
			log.Info("said", "value", v, slog.Group("group", "value", v))
		}
		if data, err := json.Marshal(v); err == nil {
			out.Write(data)
		}
	}
	type shown struct{ Shown Secret }
	for _, encode := range []func(any) ([]byte, error){json.Marshal, xml.Marshal, yaml.Marshal} {
		data, err := encode(shown{secret})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(data), redacted) {
			t.Errorf("an encoder wrote %s", data)
		}
		out.Write(data)
	}
	for _, form := range []string{token, fmt.Sprintf("%x", token), fmt.Sprintf("%X", token), fmt.Sprintf("% x", token), fmt.Sprintf("%v", []byte(token))} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the token was printed as %s", form)
		}
	}
	if secret.Reveal() != token {
		t.Errorf("Reveal returned %q", secret.Reveal())
	}
	if unset := fmt.Sprint(Secret{}); unset != "" {
		t.Errorf("an unset secret printed %q", unset)
	}
}
