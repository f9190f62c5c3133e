package st2

import (
	"errors"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot/conf"
)

// presentConfig is the part of the configuration about how things are shown.
type presentConfig struct {
	MentionUser bool `yaml:"mention_user"`
	AttachAbove int  `yaml:"attach_above"`
}

func defaultPresent() presentConfig { return presentConfig{AttachAbove: 20_000} }

// securityConfig is the part of the configuration about aliases that ask for security.
type securityConfig struct {
	TwofactorAction      string       `yaml:"twofactor_action"`
	ApprovalTTL          conf.Seconds `yaml:"approval_ttl"`
	RequireSecurityCheck bool         `yaml:"require_security_check"`
}

func defaultSecurity() securityConfig {
	return securityConfig{ApprovalTTL: conf.Seconds(5 * time.Minute)}
}

// checkSecurity reports what decoding of these parts cannot know.
func (c *config) checkSecurity(section *conf.Document) error {
	var errs []error
	if c.AttachAbove < 0 {
		errs = append(errs, section.Errorf("attach_above", "expected a number of bytes, or 0 for never"))
	}
	if ttl := c.ApprovalTTL.Duration(); ttl < time.Second || ttl > 24*time.Hour {
		errs = append(errs, section.Errorf("approval_ttl", "expected from one second to one day"))
	}
	pack, action, _ := strings.Cut(c.TwofactorAction, ".")
	switch {
	case c.TwofactorAction == "":
	case pack == "" || action == "":
		errs = append(errs, section.Errorf("twofactor_action", "expected the reference of an action: pack.name"))
	case c.RouteKey == twofactorRoute:
		errs = append(errs, section.Errorf("route_key", "must not be %q, on which the second factor is announced", twofactorRoute))
	}
	return errors.Join(errs...)
}
