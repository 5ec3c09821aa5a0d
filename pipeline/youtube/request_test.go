package youtube

import (
	"encoding/json"
	"net/url"
	"testing"
)

func TestFilter(t *testing.T) {
	for _, test := range []struct {
		query Query
		want  string
	}{
		{Query{Length: "any"}, "EgIQAfABAQ=="},
		{Query{Upload: "week"}, "EgYIAxABGAXwAQE="},
		{Query{Upload: "week", Length: "medium"}, "EgYIAxABGAXwAQE="},
		{Query{Upload: "today", Length: "any"}, "EgQIAhAB8AEB"},
		{Query{Upload: "month", Length: "long"}, "EgYIBBABGALwAQE="},
		{Query{Upload: "year", Length: "short"}, "EgYIBRABGATwAQE="},
	} {
		if got := test.query.filter(); got != test.want {
			t.Errorf("%+v gives %s, want %s", test.query, got, test.want)
		}
	}
}

func TestContinuationBody(t *testing.T) {
	page := []byte(`<script>ytcfg.set({"A":1});ytcfg.set({"INNERTUBE_CLIENT_VERSION":"2.1","INNERTUBE_CONTEXT":{"client":{"hl":"pt","gl":"BR","visitorData":"V","clientVersion":"2.2"}}});</script>`)
	config := readConfig(page)
	if config.Language != "pt" || config.Region != "BR" || config.ClientVersion != "2.2" {
		t.Errorf("config %+v", config)
	}
	for _, test := range []struct {
		config           pageConfig
		version, visitor string
	}{{config, "2.2", "V"}, {pageConfig{}, fallbackVersion, ""}} {
		body, err := continuationBody(test.config, "T")
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Continuation string
			Context      struct {
				Client struct{ ClientName, ClientVersion, Hl, Gl, VisitorData string }
			}
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		client := got.Context.Client
		if got.Continuation != "T" || client.ClientName != "WEB" || client.ClientVersion != test.version || client.VisitorData != test.visitor || client.Hl != "en" || client.Gl != "US" {
			t.Errorf("body %s", body)
		}
	}
}

func TestHostPolicy(t *testing.T) {
	address := func(s string) *url.URL {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	p := newHostPolicy(address("https://www.youtube.com"), address("http://127.0.0.1:8080"))
	for s, allowed := range map[string]bool{
		"https://www.youtube.com/results": true, "https://youtube.com/x": true, "https://WWW.youtube.com/": true, "http://127.0.0.1:8080/watch": true,
		"http://www.youtube.com/": false, "https://www.youtube.com:8443/": false, "https://example.com/": false, "http://127.0.0.1:9090/": false,
		"http://169.254.169.254/": false, "file:///etc/passwd": false, "https://www.youtube.com.example.com/": false, "https://127.0.0.1:8080/": true,
	} {
		if err := p.check(address(s)); (err == nil) != allowed {
			t.Errorf("%s: %v", s, err)
		}
	}
	for s, public := range map[string]bool{
		"142.250.74.46:443": true, "[2a00:1450:4001::200e]:443": true, "127.0.0.1:443": false, "10.1.2.3:443": false, "192.168.0.1:443": false, "169.254.169.254:80": false,
		"100.64.0.1:443": false, "0.0.0.0:443": false, "[::1]:443": false, "[fe80::1]:443": false, "[fd00::1]:443": false, "[::ffff:10.0.0.1]:443": false, "[64:ff9b::a00:1]:443": false,
		"224.0.0.1:443": false, "198.18.0.1:443": false, "nonsense": false,
	} {
		if err := checkPublic(s); (err == nil) != public {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestDialerChecksAfterDNS(t *testing.T) {
	// A listed name that resolves to this machine must not be dialled.
	p := newHostPolicy()
	transport := p.transport(nil)
	if _, err := transport.DialContext(t.Context(), "tcp", "127.0.0.1:1"); err == nil {
		t.Error("a private address was dialled")
	} else if host := new(HostError); !asHostError(err, &host) {
		t.Errorf("refused for another reason: %v", err)
	}
	if transport.Proxy != nil {
		t.Error("a proxy is used")
	}
}
