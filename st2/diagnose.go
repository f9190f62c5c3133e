package st2

import (
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/doctor"
)

// Doctor returns what package doctor is to examine of the configuration in effect; the
// caller adds what it knows of the chat and the web server.
func (p *Plugin) Doctor() doctor.Options {
	cfg, remarks := p.cfg.client(nil), p.cfg.warnings()
	if made, err := client.New(cfg); err == nil { // if not, the doctor says so
		for _, warning := range made.Warnings() {
			remarks = append(remarks, keyNames.Replace(warning))
		}
		made.Close()
	}
	return doctor.Options{
		Client:   cfg,
		Route:    p.cfg.RouteKey,
		Remarks:  remarks,
		LoginURL: p.cfg.loginURL(),
	}
}

// loginURL returns where users are sent to log in, "" when they are not.
func (c *config) loginURL() string {
	options := map[string]any{}
	if c.RBACAuth[clientsideMode].Decode(&options) != nil {
		return ""
	}
	url, _ := options["url"].(string)
	return url
}
