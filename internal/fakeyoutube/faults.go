package fakeyoutube

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

var timeZero time.Time

// Fault is a way in which YouTube fails.
type Fault string

// The faults. Each replaces or damages the true page.
const (
	FaultConsent         Fault = "consent"          // redirect to the consent host
	FaultConsentPage     Fault = "consent page"     // the consent form itself
	FaultCaptcha         Fault = "captcha"          // redirect to Google's captcha
	FaultCaptchaPage     Fault = "captcha page"     // a 200 page with only a captcha
	FaultTooMany         Fault = "429"              // status 429; RetryAfter applies
	FaultBotCheck        Fault = "bot check"        // a watch page that asks to sign in
	FaultRateLimit       Fault = "rate limit"       // a watch page whose error screen says to try again later
	FaultEmptyShell      Fault = "empty shell"      // a page without data
	FaultHalf            Fault = "half page"        // the page cut in the middle, whole to HTTP
	FaultCut             Fault = "cut connection"   // the connection breaks off in the middle
	FaultBomb            Fault = "gzip bomb"        // a small answer that unpacks to 64 MiB
	FaultRedirectPrivate Fault = "private redirect" // redirect to a private address
	FaultRedirectOther   Fault = "other redirect"   // redirect to a host that is not YouTube's
	FaultSlow            Fault = "slow body"        // a body that never ends
	FaultRenamed         Fault = "renamed"          // every renderer has another name
	FaultUnavailable     Fault = "503"              // status 503; RetryAfter applies
	FaultForbidden       Fault = "403"
)

// armed is a fault that waits for requests.
type armed struct {
	fault      Fault
	path       string // prefix of the request's path, "" any
	times      int    // how many requests it spoils; negative: all
	retryAfter int    // seconds, 0 none
}

// Break makes the next requests whose path begins with path fail; times is
// how many, negative means all.
func (s *Server) Break(fault Fault, path string, times int) {
	s.BreakFor(fault, path, times, 0)
}

// BreakFor is Break with a Retry-After of that many seconds.
func (s *Server) BreakFor(fault Fault, path string, times, retryAfter int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, armed{fault, path, times, retryAfter})
}

// Mend takes all faults away.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// next returns the fault that meets this request.
func (s *Server) nextFault(r *http.Request) (armed, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	for i := range s.faults {
		f := &s.faults[i]
		if f.times != 0 && strings.HasPrefix(r.URL.Path, f.path) {
			f.times--
			return *f, true
		}
	}
	return armed{}, false
}

func (s *Server) withFaults(serve http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := s.nextFault(r)
		if !ok {
			serve.ServeHTTP(w, r)
			return
		}
		if f.retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.retryAfter))
		}
		switch f.fault {
		case FaultConsent:
			http.Redirect(w, r, "https://consent.youtube.com/m?continue=x", http.StatusFound)
		case FaultConsentPage:
			sendHTML(w, []byte(`<!doctype html><html lang="en"><title>Before you continue to YouTube</title><form action="https://consent.youtube.com/save" method="POST"></form>`))
		case FaultCaptcha:
			http.Redirect(w, r, "https://www.google.com/sorry/index?continue=x", http.StatusFound)
		case FaultCaptchaPage:
			sendHTML(w, []byte(`<!doctype html><html><title>YouTube</title><form id="captcha-form"><div class="g-recaptcha"></div></form>`))
		case FaultTooMany:
			http.Error(w, "too many requests", http.StatusTooManyRequests)
		case FaultUnavailable:
			http.Error(w, "backend error", http.StatusServiceUnavailable)
		case FaultForbidden:
			http.Error(w, "forbidden", http.StatusForbidden)
		case FaultBotCheck:
			player := object{"playabilityStatus": object{"status": "LOGIN_REQUIRED", "reason": "Sign in to confirm you’re not a bot"}}
			data := object{"contents": object{"twoColumnWatchNextResults": object{"results": object{"results": object{"contents": list{object{"videoPrimaryInfoRenderer": object{"title": runs("Something")}}}}}}}}
			sendHTML(w, shell(" - YouTube", "", "var ytInitialPlayerResponse = "+string(encode(player))+";", "var ytInitialData = "+string(encode(data))+";"))
		case FaultRateLimit:
			message := object{"playerErrorMessageRenderer": object{"reason": runs("Video unavailable"), "subreason": runs("This content isn’t available, try again later.")}}
			player := object{"playabilityStatus": object{"status": "ERROR", "reason": "Video unavailable", "errorScreen": message}}
			sendHTML(w, shell(" - YouTube", "", "var ytInitialPlayerResponse = "+string(encode(player))+";"))
		case FaultEmptyShell:
			sendHTML(w, shell("YouTube", ""))
		case FaultBomb:
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "text/html")
			member := bombMember()
			for range 64 {
				if _, err := w.Write(member); err != nil {
					return // the client hung up, as it should
				}
			}
		case FaultRedirectPrivate:
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
		case FaultRedirectOther:
			http.Redirect(w, r, "https://example.com/", http.StatusFound)
		case FaultSlow:
			sendHTML(w, []byte("<!doctype html>"))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		default:
			s.spoil(f.fault, serve, w, r)
		}
	})
}

// bombMember is a gzip member of about a kilobyte that unpacks to a mebibyte;
// members one after the other are one gzip file.
func bombMember() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(make([]byte, 1<<20)) // a Buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// spoil serves the true page changed.
func (s *Server) spoil(fault Fault, serve http.Handler, w http.ResponseWriter, r *http.Request) {
	recorder := httptest.NewRecorder()
	serve.ServeHTTP(recorder, r)
	page := recorder.Body.Bytes()
	switch fault {
	case FaultHalf:
		// Within the data, before the first item is whole.
		at := bytes.Index(page, []byte("itemSectionRenderer"))
		if at < 0 {
			at = len(page) / 2
		}
		page = page[:at]
	case FaultRenamed:
		for _, name := range []string{"videoRenderer", "lockupViewModel", "videoPrimaryInfoRenderer", "videoDetails", "playerMicroformatRenderer"} {
			page = bytes.ReplaceAll(page, []byte(`"`+name+`"`), []byte(`"x`+name+`"`))
		}
	case FaultCut:
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		page = page[:len(page)/2]
	}
	for key, values := range recorder.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(recorder.Code)
	_, _ = w.Write(page) // a client that hung up needs no page
}
