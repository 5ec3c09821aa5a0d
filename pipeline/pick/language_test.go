package pick

import (
	"reflect"
	"testing"

	"cratedigger/pipeline/catalog"
)

func TestFloorByLanguage(t *testing.T) {
	for _, c := range []struct {
		languages       string
		language, title string
		ok              bool
	}{
		{"", "de", "Straße", true},
		{"en, pt", "pt-BR", "Qualquer coisa", true},
		{"en, pt", "de", "Anything", false},
		{"en", "zxx", "Anything", true}, // nothing is spoken
		{"en", "", "Nichts bekannt", true},
		{"en", "", "Кино - Группа крови", false},
		{"en", "", "Кино (Kino) - Blood Type (English version)", true},
		{"ru", "", "Кино - Группа крови", true},
		{"uk", "", "Океан Ельзи", true},
		{"ja", "", "夜に駆ける YOASOBI", true},
		{"zh", "", "夜に駆ける", false},
		{"zh", "", "月亮代表我的心", true},
		{"ja", "", "月亮代表我的心", true}, // Han letters alone do not tell
		{"ko", "", "뉴진스 어텐션", true},
		{"en", "", "뉴진스 어텐션", false},
		{"hi", "", "तुम ही हो", true},
		{"ja", "", "Tokyo Jihen live", true}, // Latin letters do not tell
		{"en", "", "12:34 !!!", true},
	} {
		languages := ReadLanguages(c.languages)
		var v catalog.Video
		v.Title, v.Language = c.title, c.language
		if ok, why := NewFloor(catalog.Guild{Languages: languages}, nil).Allows(v); ok != c.ok || ok == (why.String() != "") {
			t.Errorf("%q of %q, accepted %v: %v, %q", c.title, c.language, languages, ok, why)
		}
	}
}

func TestReadLanguages(t *testing.T) {
	if got := ReadLanguages(" EN; pt-BR,pt ja x1! "); !reflect.DeepEqual(got, []string{"en", "pt", "ja", "x1!"}) {
		t.Errorf("%v", got)
	}
	for code, want := range map[string]bool{"en": true, "pt-BR": true, "": false, "und": false, "english": false, "x1!": false} {
		if IsLanguage(code) != want {
			t.Errorf("%q is a language: %v", code, !want)
		}
	}
}
