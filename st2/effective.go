package st2

// Config returns the configuration in effect, for printing: its secrets print as ***.
func (p *Plugin) Config() any { return p.cfg }
