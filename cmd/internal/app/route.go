package app

import "strings"

// route is the path of a request to Discord without what differs from request
// to request: ids, emoji and tokens become ":id". There are some thirty routes,
// so they can be labels of metrics.
func route(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) > 2 && parts[0] == "api" {
		parts = parts[2:] // "api", "v9"
	}
	const most = 8
	if len(parts) > most {
		parts = parts[:most]
	}
	for i, part := range parts {
		if !routeWords[part] {
			parts[i] = ":id"
		}
	}
	return "/" + strings.Join(parts, "/")
}

// routeWords are the fixed parts of the routes that the bot uses.
var routeWords = map[string]bool{
	"applications": true, "bulk-delete": true, "callback": true, "channels": true, "commands": true, "gateway": true, "bot": true,
	"guilds": true, "interactions": true, "members": true, "messages": true, "oauth2": true, "reactions": true, "roles": true,
	"threads": true, "typing": true, "users": true, "webhooks": true, "@me": true, "@original": true,
}
