package app

import (
	"context"
	"errors"

	"cratedigger/bot"
)

// WithBot calls f with the running bot, or else with one that is only there for f and
// does not connect to the gateway.
func (p *Parts) WithBot(ctx context.Context, f func(*bot.Bot) error) error {
	switch {
	case p.Local:
		return errors.New("the program runs without Discord here: stop it, and type this again")
	case p.bot != nil:
		return f(p.bot)
	}
	s, err := NewService(ctx, p, crashTransport())
	if err != nil {
		return err
	}
	return s.Bot.Alone(func() error { return f(s.Bot) })
}
