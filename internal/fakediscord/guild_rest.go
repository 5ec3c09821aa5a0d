package fakediscord

import (
	"slices"
	"strconv"
)

// rightsJSON is a set of permissions as Discord writes it.
func rightsJSON(p int64) string { return strconv.FormatInt(p, 10) }

// rolesJSON is a guild's roles: @everyone, which has the guild's id, carries
// what the bot may do.
func rolesJSON(g *guild) []any {
	all := []any{map[string]any{"id": g.ID, "name": "@everyone", "permissions": rightsJSON(g.BotPermissions), "position": 0}}
	for i, r := range g.Roles {
		all = append(all, map[string]any{"id": r.ID, "name": r.Name, "permissions": "0", "position": i + 1, "managed": r.Managed})
	}
	return all
}

// overwritesJSON is a channel's permission overwrites: what the bot lacks there
// is denied to @everyone.
func overwritesJSON(c *channel) []any {
	if c.Deny == 0 {
		return []any{}
	}
	return []any{map[string]any{"id": c.guildID, "type": 0, "allow": "0", "deny": rightsJSON(c.Deny)}}
}

// joined finds a guild that the bot is in.
func (s *Server) joined(id string) (*guild, *apiError) {
	g := s.guilds[id]
	if g == nil || !g.joined {
		return nil, &apiError{404, 10004, "Unknown Guild"}
	}
	return g, nil
}

// getMyGuilds are at most 200 guilds, those after an id if the call names one.
func (s *Server) getMyGuilds(call *restCall) (any, *apiError) {
	const most = 200
	out := []any{}
	after := call.URL.Query().Get("after")
	for _, id := range slices.SortedFunc(slices.Values(s.order), CompareIDs) {
		if CompareIDs(id, after) <= 0 || len(out) == most {
			continue
		}
		g := s.guilds[id]
		out = append(out, map[string]any{"id": g.ID, "name": g.Name, "owner": false, "permissions": rightsJSON(g.BotPermissions)})
	}
	return out, nil
}

func (s *Server) getGuild(call *restCall) (any, *apiError) {
	g, err := s.joined(call.PathValue("guild"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"id": g.ID, "name": g.Name, "preferred_locale": g.Locale, "roles": rolesJSON(g)}, nil
}

func (s *Server) getRoles(call *restCall) (any, *apiError) {
	g, err := s.joined(call.PathValue("guild"))
	if err != nil {
		return nil, err
	}
	return rolesJSON(g), nil
}

func (s *Server) getChannels(call *restCall) (any, *apiError) {
	g, err := s.joined(call.PathValue("guild"))
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, id := range g.channels {
		out = append(out, s.channelJSON(s.channels[id]))
	}
	return out, nil
}

func (s *Server) getMember(call *restCall) (any, *apiError) {
	g, err := s.joined(call.PathValue("guild"))
	if err != nil {
		return nil, err
	}
	id := call.PathValue("user")
	if id == s.bot.ID {
		return map[string]any{"user": s.bot, "roles": []string{}}, nil
	}
	if m := g.members[id]; m != nil {
		return map[string]any{"user": s.users[id], "nick": m.Nick, "roles": append([]string{}, m.Roles...)}, nil
	}
	return nil, &apiError{404, 10007, "Unknown Member"}
}
