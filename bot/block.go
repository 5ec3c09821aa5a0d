package bot

import (
	"encoding/json"
	"fmt"
	"slices"
)

// blockRequest is a YouTube channel that members asked not to see.
type blockRequest struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Times int    `json:"times"`
}

const mostRequests = 50 // kept a guild, the most asked for

func requestsState(guildID string) string { return "block-requests/" + guildID }

// blockRequests is what members of a guild asked not to see, most asked first.
func (b *Bot) blockRequests(guildID string) ([]blockRequest, error) {
	data, ok, err := b.opts.Catalog.State(requestsState(guildID))
	if err != nil || !ok {
		return nil, err
	}
	var out []blockRequest
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("the requests of guild %s are broken: %w", guildID, err)
	}
	return out, nil
}

// requestBlock notes that a member asked not to see a channel.
func (b *Bot) requestBlock(guildID, channelID, name string) error {
	return b.changeRequests(guildID, func(all []blockRequest) []blockRequest {
		i := slices.IndexFunc(all, func(r blockRequest) bool { return r.ID == channelID && (channelID != "" || r.Name == name) })
		if i < 0 {
			all = append(all, blockRequest{ID: channelID, Name: name})
			i = len(all) - 1
		}
		all[i].Times++
		return all
	})
}

// dropRequest forgets the requests about a channel, once it is decided.
func (b *Bot) dropRequest(guildID, channelID, name string) error {
	return b.changeRequests(guildID, func(all []blockRequest) []blockRequest {
		return slices.DeleteFunc(all, func(r blockRequest) bool { return r.ID == channelID && (channelID != "" || r.Name == name) })
	})
}

func (b *Bot) changeRequests(guildID string, change func([]blockRequest) []blockRequest) error {
	b.requests.Lock() // reading and writing the list are two steps
	defer b.requests.Unlock()
	all, err := b.blockRequests(guildID)
	if err != nil {
		b.log.Warn("the requests start anew", "guild", guildID, "error", err)
		all = nil
	}
	all = change(all)
	slices.SortStableFunc(all, func(a, b blockRequest) int { return b.Times - a.Times })
	data, err := json.Marshal(all[:min(len(all), mostRequests)])
	if err != nil {
		return err
	}
	if err := b.opts.Catalog.SetState(requestsState(guildID), data); err != nil {
		return fmt.Errorf("a request could not be stored: %w", err)
	}
	return nil
}
