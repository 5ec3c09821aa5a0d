package discord

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// attachmentHosts are the hosts on which Discord keeps what members attach.
var attachmentHosts = map[string]bool{"cdn.discordapp.com": true, "media.discordapp.net": true}

// ErrAttachment says that a file cannot be had: Discord does not have it any more, or
// its address is none of Discord's.
var ErrAttachment = errors.New("the attached file cannot be fetched from Discord")

// Attachment fetches a file that a member attached and has read read it. It asks
// Discord's hosts of attachments alone, over https, follows no redirect and sends no
// token. The file may be of any size: read bounds it. An error of read's is returned as
// it is.
func (c *Client) Attachment(ctx context.Context, address string, read func(io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || !attachmentHosts[u.Host] || u.User != nil {
		return fmt.Errorf("%w: its address is not one of Discord's attachments", ErrAttachment)
	}
	if err = c.fetch(ctx, *u, read); errors.Is(err, errFetch) {
		err = fmt.Errorf("%w: %w", ErrAttachment, err)
	}
	return err
}

// errFetch says that a file was not fetched, and not that its reader refused it.
var errFetch = errors.New("it was not sent")

// fetch fetches a file of an address on one of Discord's hosts of files, without the
// token and following no redirect, and has read read it.
func (c *Client) fetch(ctx context.Context, u url.URL, read func(io.Reader) error) error {
	if c.origin.Host != "discord.com" { // a stand-in keeps the files too
		u.Scheme, u.Host = c.origin.Scheme, c.origin.Host
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errFetch, brief(err))
	}
	res, err := c.http.base.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("%w: %w", errFetch, brief(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: the host answered %d", errFetch, res.StatusCode)
	}
	return read(res.Body)
}
