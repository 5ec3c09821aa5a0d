package youtube

import (
	"bytes"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// maxObstacle bounds what is looked at of a page without data: such pages are
// small, and a hostile one need not be.
const maxObstacle = 256 << 10

// What stands on the pages that Google puts in the way. Links and the contents
// of other meta elements are left out: descriptions hold such addresses too.
const (
	captchaMarks = `#captcha-form, .g-recaptcha, form[action*="/sorry/"], script[src*="google.com/recaptcha"], iframe[src*="google.com/recaptcha"], meta[http-equiv="refresh" i][content*="/sorry/"]`
	consentMarks = `form[action*="consent.youtube.com"], form[action*="consent.google.com"], meta[http-equiv="refresh" i][content*="consent.youtube.com"], meta[http-equiv="refresh" i][content*="consent.google.com"]`
	codeMarks    = `script:not([type]), script[type*="javascript"], script[type="module"]`
)

// The same as words, for scripts.
var (
	captchaWords  = []string{"captcha-form", "g-recaptcha", "/sorry/index", "google.com/recaptcha"}
	consentWords  = []string{"consent.youtube.com", "consent.google.com"}
	obstacleWords = slices.Concat(captchaWords, consentWords, []string{"/sorry/"})
	dataWords     = []string{"ytInitial", "ytcfg", "ytplayer"} // assign data, with people's words in it
)

// obstacle tells what stands in the way on a page without any data of
// YouTube's: the consent form, a captcha, or nothing at all. It looks at forms,
// redirections and scripts, not at words, which anybody can write.
func obstacle(page []byte) Status {
	page = bytes.TrimSpace(page[:min(len(page), maxObstacle)])
	if !containsAny(string(page), obstacleWords...) || bytes.HasPrefix(page, []byte("{")) {
		return StatusStub // most broken pages: no tree is built for them
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
