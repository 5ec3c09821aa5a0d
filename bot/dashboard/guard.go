package dashboard

import (
	"net"
	"net/http"
)

// maxBody bounds what a request may send. A guild's settings come twice, as they
// were and as they are to be, and imports have their own bound.
const (
	maxBody     = 256 << 10
	maxSettings = 4 << 20
	maxImport   = 64 << 20
)

// policy is the content security policy: our own files, and thumbnails from one
// other origin.
func policy(thumbnails string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' " + thumbnails + "; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// guard sets the headers of every answer and bounds every request.
func guard(policy string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		header.Set("Cache-Control", "no-store")
		limit := int64(maxBody)
		switch {
		case r.Method != http.MethodPost:
		case isImport(r.URL.Path):
			limit = maxImport
		case isSettings(r.URL.Path):
			limit = maxSettings
		}
		r.Body = &upload{ReadCloser: r.Body, limit: limit}
		h.ServeHTTP(w, r)
	})
}

// ownOnly refuses a browser's requests that another site's page started (images,
// scripts), because a ranking is expensive. It lets links through from anywhere, and
// requests without Sec-Fetch headers: programs and browsers before 2023 send none.
// CrossOriginProtection checks POST.
func ownOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site := r.Header.Get("Sec-Fetch-Site")
		followed := r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
		if (site == "cross-site" || site == "same-site") && r.Method != http.MethodPost && !followed {
			http.Error(w, "This answers its own pages only, not those of another site.", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// localOnly refuses requests for another host name. Where there is no password,
// this keeps a foreign web site whose name resolves to this machine (DNS
// rebinding) from reading the pages.
func localOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !loopbackName(host) {
			http.Error(w, "This address answers only under the name of this machine: 127.0.0.1 or localhost.", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}
