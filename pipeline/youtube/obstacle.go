package youtube

import "bytes"

// obstacle tells what stands in the way on a page without any data of
// YouTube's: the consent form, a captcha, or nothing at all.
func obstacle(page []byte) Status {
	for _, mark := range []string{"captcha-form", "g-recaptcha", "/sorry/index", "www.google.com/recaptcha"} {
		if bytes.Contains(page, []byte(mark)) {
			return StatusBlocked
		}
	}
	if bytes.Contains(page, []byte("consent.youtube.com")) || bytes.Contains(page, []byte("consent.google.com")) {
		return StatusConsent
	}
	return StatusStub
}
