package youtube

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// knownHosts are allowed besides the configured base addresses.
var knownHosts = map[string]bool{
	"www.youtube.com": true, "youtube.com": true, "m.youtube.com": true,
	"www.googleapis.com": true, "youtube.googleapis.com": true,
}

// hostPolicy decides which hosts requests may reach: the configured addresses,
// and known hosts on public addresses.
type hostPolicy struct{ configured map[string]bool }

func newHostPolicy(bases ...*url.URL) hostPolicy {
	p := hostPolicy{configured: map[string]bool{}}
	for _, base := range bases {
		// A known host must be on a public address even if it is configured.
		if !knownHosts[base.Hostname()] {
			p.configured[hostPort(base)] = true
		}
	}
	return p
}

// hostPort is the host with its port, by default that of the scheme.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
		if u.Scheme == "http" {
			port = "80"
		}
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// check refuses a URL whose host is not allowed.
func (p hostPolicy) check(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return &HostError{u.Host, "only http and https are used"}
	case p.configured[hostPort(u)]:
		return nil
	case !knownHosts[strings.ToLower(u.Hostname())]:
		return &HostError{u.Host, "it is not a host of YouTube"}
	case u.Scheme != "https" || u.Port() != "" && u.Port() != "443":
		return &HostError{u.Host, "YouTube is asked over https only"}
	}
	return nil
}

// redirect is the client's CheckRedirect: it recognises the consent and captcha
// pages by their addresses, and checks the host of every hop.
func (p hostPolicy) redirect(req *http.Request, via []*http.Request) error {
	host := strings.ToLower(req.URL.Hostname())
	switch {
	case strings.HasPrefix(host, "consent."):
		return ErrConsent
	case strings.HasPrefix(req.URL.Path, "/sorry"):
		return errCaptcha
	case len(via) > 5:
		return errors.New("YouTube redirects in a circle")
	}
	return p.check(req.URL)
}

var errCaptcha = errors.New("captcha")

// transport is an http.RoundTripper that dials by the policy and ignores the
// environment's proxy.
func (p hostPolicy) transport(proxy *url.URL) *http.Transport {
	plain := &net.Dialer{Timeout: 15 * time.Second}
	public := &net.Dialer{Timeout: 15 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		return checkPublic(address)
	}}
	t := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if p.configured[strings.ToLower(address)] {
				return plain.DialContext(ctx, network, address)
			}
			return public.DialContext(ctx, network, address)
		},
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        time.Minute,
		TLSHandshakeTimeout:    15 * time.Second,
		ResponseHeaderTimeout:  30 * time.Second,
		MaxResponseHeaderBytes: 1 << 18,
	}
	if proxy != nil {
		t.Proxy = http.ProxyURL(proxy)
		t.DialContext = plain.DialContext // names are resolved by the proxy
	}
	return t
}

// checkPublic refuses a resolved address that is not public.
func checkPublic(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return &HostError{address, "its address cannot be read"}
	}
	ip := to.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return &HostError{address, "it is not a public address"}
	}
	for _, reserved := range reservedNets {
		if reserved.Contains(ip) {
			return &HostError{address, "it is not a public address"}
		}
	}
	return nil
}

// reservedNets are address blocks of RFC 6890 that netip has no method for.
var reservedNets = func() (nets []netip.Prefix) {
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"240.0.0.0/4", "64:ff9b::/96", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16",
	} {
		nets = append(nets, netip.MustParsePrefix(s))
	}
	return nets
}()
