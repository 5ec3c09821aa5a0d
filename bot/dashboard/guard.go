package dashboard

import (
	"net"
	"net/http"
)

// Bytes that a request may send.
const (
	maxBody   = 256 << 10
	maxImport = 64 << 20 // of labels
)

// policy is the content security policy: our own files, and YouTube's
// thumbnails.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https://i.ytimg.com; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard sets the headers of every answer and bounds every request.
func guard(h http.Handler) http.Handler {
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
		if r.Method == http.MethodPost && isImport(r.URL.Path) {
			limit = maxImport
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
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
