package youtube

import (
	"bytes"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// maxObstacle is how much of a page without data is looked at. Such pages are
// small, unless they are hostile.
const maxObstacle = 256 << 10

// Selectors of Google's consent and captcha pages. Links and other meta
// elements are left out, as descriptions of videos hold such addresses too.
const (
	captchaMarks = `#captcha-form, .g-recaptcha, form[action*="/sorry/"], script[src*="google.com/recaptcha"], iframe[src*="google.com/recaptcha"], meta[http-equiv="refresh" i][content*="/sorry/"]`
	consentMarks = `form[action*="consent.youtube.com"], form[action*="consent.google.com"], meta[http-equiv="refresh" i][content*="consent.youtube.com"], meta[http-equiv="refresh" i][content*="consent.google.com"]`
	codeMarks    = `script:not([type]), script[type*="javascript"], script[type="module"]`
)

// The same for scripts.
var (
	captchaWords  = []string{"captcha-form", "g-recaptcha", "/sorry/index", "google.com/recaptcha"}
	consentWords  = []string{"consent.youtube.com", "consent.google.com"}
	obstacleWords = slices.Concat(captchaWords, consentWords, []string{"/sorry/"})
	dataWords     = []string{"ytInitial", "ytcfg", "ytplayer"} // in scripts of data, which hold people's texts
)

// obstacle says what a page without YouTube's data is: the consent form, a
// captcha, or a stub. It looks at forms, redirections and scripts, not at
// texts, which anybody can write.
func obstacle(page []byte) Status {
	page = bytes.TrimSpace(page[:min(len(page), maxObstacle)])
	if !containsAny(string(page), obstacleWords...) || bytes.HasPrefix(page, []byte("{")) {
		return StatusStub // for most broken pages no tree need be built
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(page))
	if err != nil {
		return StatusStub
	}
	scripts := doc.Find(codeMarks).FilterFunction(func(_ int, s *goquery.Selection) bool {
		return !containsAny(s.Text(), dataWords...)
	}).Text()
	switch {
	case doc.Find(captchaMarks).Length() > 0 || containsAny(scripts, captchaWords...):
		return StatusBlocked
	case doc.Find(consentMarks).Length() > 0 || containsAny(scripts, consentWords...):
		return StatusConsent
	}
	return StatusStub
}

func containsAny(s string, marks ...string) bool {
	for _, mark := range marks {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}
