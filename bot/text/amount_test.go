package text

import (
	"math"
	"testing"
)

// TestAmounts: lengths, ages, counts and shares as people write them, in each
// language.
func TestAmounts(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		fact       string
		n          float64
		en, pt, de string
	}{
		{"duration", 200, "3 min 20 s", "3 min 20 s", "3 min 20 s"},
		{"duration", 199.7, "3 min 20 s", "3 min 20 s", "3 min 20 s"},
		{"duration", 180, "3 min", "3 min", "3 min"},
		{"duration", 42, "42 s", "42 s", "42 s"},
		{"length", 7384, "2 h 3 min", "2 h 3 min", "2 h 3 min"},
		{"duration", 1e300, "277,777 h 46 min", "277.777 h 46 min", "277.777 h 46 min"},
		{"age", 0.5, "today", "hoje", "heute"},
		{"age", 1, "1 day", "1 dia", "1 Tag"},
		{"fresh", 5.4, "5 days", "5 dias", "5 Tage"},
		{"age", 14, "2 weeks", "2 semanas", "2 Wochen"},
		{"age", 95, "3 months", "3 meses", "3 Monate"},
		{"age", 4000, "11 years", "11 anos", "11 Jahre"},
		{"views", 1_234_567, "1.2 million", "1,2 milhão", "1,2 Mio."},
		{"views", 2_000_000, "2 million", "2 milhões", "2 Mio."},
		{"views", 999_960, "1 million", "1 milhão", "1 Mio."},
		{"views", 3.4e9, "3.4 billion", "3,4 bilhões", "3,4 Mrd."},
		{"subscribers", 43_210, "43,000", "43.000", "43.000"},
		{"likes", 1234, "1,234", "1.234", "1.234"},
		{"views_per_day", 3.46, "3.5", "3,5", "3,5"},
		{"reach", 0.52, "0.5", "0,5", "0,5"},
		{"like_ratio", 0.0453, "4.5 %", "4,5 %", "4,5 %"},
		{"like ratio", 0.031, "3.1 %", "3,1 %", "3,1 %"}, // as the rule names it
		{"capitals", 1, "100 %", "100 %", "100 %"},
		{"growth", 1.021, "2.1 % a day", "2,1 % por dia", "2,1 % pro Tag"},
		{"live", 1, "yes", "sim", "ja"},
		{"weekday", 6, "Sunday", "domingo", "Sonntag"},
		{"height", 1080, "1080p", "1080p", "1080p"},
		{"category", 10, "", "", ""},
		{"views", 0, "", "", ""},
		{"views", math.NaN(), "", "", ""},
		{"views", math.Inf(1), "", "", ""},
	} {
		if got := all.For("en").Amount(tt.fact, tt.n); got != tt.en {
			t.Errorf("en: %s of %v is %q, want %q", tt.fact, tt.n, got, tt.en)
		}
		if got := all.For("pt-BR").Amount(tt.fact, tt.n); got != tt.pt {
			t.Errorf("pt-BR: %s of %v is %q, want %q", tt.fact, tt.n, got, tt.pt)
		}
		if got := all.For("de").Amount(tt.fact, tt.n); got != tt.de {
			t.Errorf("de: %s of %v is %q, want %q", tt.fact, tt.n, got, tt.de)
		}
	}
}
