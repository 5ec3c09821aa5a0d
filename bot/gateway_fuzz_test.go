package bot

import (
	"fmt"
	"strings"
	"testing"
)

// gatewayEvents is every event of Discord's gateway, handled or not.
const gatewayEvents = `READY RESUMED RATE_LIMITED APPLICATION_COMMAND_PERMISSIONS_UPDATE
AUTO_MODERATION_RULE_CREATE AUTO_MODERATION_RULE_UPDATE AUTO_MODERATION_RULE_DELETE AUTO_MODERATION_ACTION_EXECUTION
CHANNEL_CREATE CHANNEL_UPDATE CHANNEL_DELETE CHANNEL_PINS_UPDATE CHANNEL_INFO VOICE_CHANNEL_STATUS_UPDATE
THREAD_CREATE THREAD_UPDATE THREAD_DELETE THREAD_LIST_SYNC THREAD_MEMBER_UPDATE THREAD_MEMBERS_UPDATE
ENTITLEMENT_CREATE ENTITLEMENT_UPDATE ENTITLEMENT_DELETE SUBSCRIPTION_CREATE SUBSCRIPTION_UPDATE SUBSCRIPTION_DELETE
GUILD_CREATE GUILD_UPDATE GUILD_DELETE GUILD_AUDIT_LOG_ENTRY_CREATE GUILD_BAN_ADD GUILD_BAN_REMOVE GUILD_EMOJIS_UPDATE
GUILD_STICKERS_UPDATE GUILD_INTEGRATIONS_UPDATE GUILD_MEMBER_ADD GUILD_MEMBER_REMOVE GUILD_MEMBER_UPDATE GUILD_MEMBERS_CHUNK
GUILD_ROLE_CREATE GUILD_ROLE_UPDATE GUILD_ROLE_DELETE GUILD_SCHEDULED_EVENT_CREATE GUILD_SCHEDULED_EVENT_UPDATE
GUILD_SCHEDULED_EVENT_DELETE GUILD_SCHEDULED_EVENT_USER_ADD GUILD_SCHEDULED_EVENT_USER_REMOVE
GUILD_SOUNDBOARD_SOUND_CREATE GUILD_SOUNDBOARD_SOUND_UPDATE GUILD_SOUNDBOARD_SOUND_DELETE GUILD_SOUNDBOARD_SOUNDS_UPDATE
SOUNDBOARD_SOUNDS INTEGRATION_CREATE INTEGRATION_UPDATE INTEGRATION_DELETE INTERACTION_CREATE INVITE_CREATE INVITE_DELETE
MESSAGE_CREATE MESSAGE_UPDATE MESSAGE_DELETE MESSAGE_DELETE_BULK MESSAGE_REACTION_ADD MESSAGE_REACTION_REMOVE
MESSAGE_REACTION_REMOVE_ALL MESSAGE_REACTION_REMOVE_EMOJI MESSAGE_POLL_VOTE_ADD MESSAGE_POLL_VOTE_REMOVE PRESENCE_UPDATE
STAGE_INSTANCE_CREATE STAGE_INSTANCE_UPDATE STAGE_INSTANCE_DELETE TYPING_START USER_UPDATE VOICE_CHANNEL_EFFECT_SEND
VOICE_STATE_UPDATE VOICE_SERVER_UPDATE WEBHOOKS_UPDATE NO_EVENT_OF_DISCORDS`

// oddData is what may stand for an event's data.
var oddData = []string{
	`{}`, `null`, `[]`, `0`, `"x"`, `true`, `[null]`, `[[[[[]]]]]`,
	`{"ID":"1","GUILD_ID":"1","CHANNEL_ID":"1","USER_ID":"1","MESSAGE_ID":"1","USER":{"ID":"1"},"GUILDS":[null],"SESSION_ID":"s"}`,
	`{"id":"1","guild_id":"1","channel_id":"1","user_id":"1","message_id":"1","emoji":{"name":"👍"},"user":null,"member":null}`,
	`{"id":7,"guild_id":[],"channel_id":{},"user":"x","member":[null],"guilds":{},"channels":"x","emoji":7,"type":"x","data":[]}`,
	`{"id":"1","channels":[null,{"id":7,"name":[]},[],"x"],"members":[null],"voice_states":[null],"guilds":[null,{"id":null}],"emoji":null}`,
	`{"id":"1","token":"t","type":2,"guild_id":"1","member":{"user":{"id":"1"},"permissions":"x"},"data":{"name":"help","options":[null,{"options":[null]}]}}`,
	`{"id":"2","token":"t","type":5,"guild_id":"1","member":{"user":{"id":"1"}},"data":{"custom_id":"v1:setup:zone","components":[null,{"components":[null]}]}}`,
	`{"user":{"id":"1"},"session_id":"forged","guilds":[{"id":"1"}],"resume_gateway_url":"wss://example.org"}`,
}

// FuzzGateway sends frames through the real connection to a running bot. It
// must survive, be connected afterwards, and take a vote. A line is a frame; "cut"
// cuts the connection, and "replay" sends the last events again. The same frames
// may take another path each time, so do not minimise: use -fuzzminimizetime 1x.
func FuzzGateway(f *testing.F) {
	for _, event := range strings.Fields(gatewayEvents) {
		var lines []string
		for i, data := range oddData {
			lines = append(lines, fmt.Sprintf(`{"op":0,"s":%d,"t":%q,"d":%s}`, 77-i, event, data))
		}
		f.Add(strings.Join(append(lines, lines[0], "replay"), "\n"))
	}
	var lines []string
	for op := -1; op <= 14; op++ {
		for _, data := range []string{`null`, `{}`, `[]`, `7`, `{"heartbeat_interval":1}`} {
			lines = append(lines, fmt.Sprintf(`{"op":%d,"d":%s}`, op, data))
		}
	}
	f.Add(strings.Join(lines, "\n"))
	for _, line := range []string{
		"", "null", "[]", "{}", `"op"`, "7", "{", `{"op":null}`, `{"op":"7"}`, `{"op":1e99}`, `{"op":0}`, `{"op":0,"t":7}`, "\xff\xfe",
		`{"op":0,"s":-9,"t":"RESUMED"}`, `{"op":0,"s":9223372036854775807,"t":"X"}`, `{"op":9,"d":true}`, `{"op":9,"d":false}`, `{"op":7}`,
		`{"OP":0,"T":"VOICE_STATE_UPDATE","D":{}}`, `{"op":0,"op":7,"t":"READY","t":"X"}`, "cut\nreplay", "replay\ncut\nreplay",
		strings.Repeat("[", 20_000), `{"op":0,"t":"INTERACTION_CREATE","d":` + strings.Repeat(`{"options":[`, 3000) + strings.Repeat(`]}`, 3000) + `}`,
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, script string) {
		t.Parallel()
		const most = 100 // frames: a hundred logins are all that there are
		w := newWorld(t, withBot(func(o *Options) { o.Sleep = hurried }))
		w.deliver(1)
		for i, line := range strings.Split(script, "\n") {
			switch {
			case i == most:
				return
			case line == "cut":
				w.discord.CutGateway()
			case line == "replay":
				w.discord.Replay(10)
			default:
				w.discord.Garble(line)
			}
		}
		w.until("it is connected", func() bool { return w.discord.Connected() > 0 && w.bot.Connected() })
		w.reacts(t)
	})
}

// TestGatewayDeepMessage: what the bot does not look at costs next to nothing,
// however it is nested.
func TestGatewayDeepMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const depth = 1200
	filler := strings.Repeat("x", 5000)
	data := strings.Repeat(fmt.Sprintf(`{"type":1,"custom_id":%q,"components":[`, filler), depth) + `{"type":2}` + strings.Repeat(`]}`, depth)
	for _, event := range []string{"MESSAGE_CREATE", "INTERACTION_CREATE", "GUILD_CREATE"} {
		w.discord.Garble(fmt.Sprintf(`{"op":0,"s":1,"t":%q,"d":{"id":"1","components":[%s]}}`, event, data)) // 6 MB
	}
	w.reacts(t)
	if connections, _, _ := w.discord.GatewayCounts(); connections != 1 {
		t.Errorf("%d connections", connections)
	}
}
