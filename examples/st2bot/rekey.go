package main

import (
	"context"
	"fmt"

	"github.com/go-errbot/errbot/st2/session"
	"github.com/kballard/go-shellquote"
)

// rekeyCommand are the arguments of the command "rekey".
type rekeyCommand struct {
	Config        string `short:"c" required:"" placeholder:"FILE" help:"Configuration file, with the key that the store has now."`
	NewKeyFile    string `xor:"key" required:"" placeholder:"FILE" help:"File that holds the new key."`
	NewKeyEnv     string `xor:"key" required:"" placeholder:"NAME" help:"Environment variable that holds the new key."`
	NewKeyCommand string `xor:"key" required:"" placeholder:"COMMAND" help:"Program, with its arguments, that prints the new key."`
}

// rekey is the command "rekey".
func rekey(ctx context.Context, c rekeyCommand, std streams) error {
	command, err := shellquote.Split(c.NewKeyCommand)
	if err != nil {
		return usageError{fmt.Errorf("--new-key-command: %w", err)}
	}
	_, p, _, err := dryRun(c.Config, std)
	if err != nil {
		return err
	}
	file, err := p.stackStorm.Rekey(ctx, session.KeySource{File: c.NewKeyFile, Env: c.NewKeyEnv, Command: command})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s has the new key. Change secrets_store in %s to it before you start the bot.\n", file, c.Config)
	return err
}
