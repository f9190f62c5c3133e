package st2test

import "time"

// Option changes how a server is set up.
type Option func(*settings)

type settings struct {
	listen        string
	inMemory      bool
	account       string
	password      string
	heartbeat     time.Duration
	notifyDelay   time.Duration
	tokenTTL      time.Duration
	webURL        string
	systemUser    string
	maxExecutions int
	clock         time.Duration
	auth          AuthMode // guarded by Server.mu once the server is made
	rbac          bool
	isolated      bool
	roles         []Role
}

func defaults() settings {
	return settings{
		listen:        "127.0.0.1:0",
		account:       "st2admin",
		password:      "st2admin",
		heartbeat:     25 * time.Second,
		tokenTTL:      24 * time.Hour,
		webURL:        "https://localhost",
		systemUser:    "stanley",
		maxExecutions: 10_000,
	}
}

// WithListen sets the address to listen on. The default is a free port of 127.0.0.1.
func WithListen(address string) Option { return func(s *settings) { s.listen = address } }

// WithAccount replaces the account st2admin with the password st2admin.
func WithAccount(name, password string) Option {
	return func(s *settings) { s.account, s.password = name, password }
}

// WithHeartbeat sets after how long an idle stream gets an empty line. The default is 25 s,
// as in StackStorm. An event resets it even for the streams that do not want the event.
func WithHeartbeat(d time.Duration) Option { return func(s *settings) { s.heartbeat = d } }

// WithNotifyDelay sets the time between the end of an execution and its announcement,
// which takes StackStorm's services some seconds. The default is none.
func WithNotifyDelay(d time.Duration) Option { return func(s *settings) { s.notifyDelay = d } }

// WithTokenTTL sets how long a token lives that asks for nothing else, which is also the
// longest it may ask for. The default is a day.
func WithTokenTTL(d time.Duration) Option { return func(s *settings) { s.tokenTTL = d } }

// WithWebURL sets the base of the web_url of executions. The default is https://localhost.
func WithWebURL(base string) Option { return func(s *settings) { s.webURL = base } }

// WithSystemUser sets the user that rules run as. The default is stanley.
func WithSystemUser(name string) Option { return func(s *settings) { s.systemUser = name } }

// WithMaxExecutions sets how many executions are kept; the oldest finished ones are
// dropped. The default is 10,000.
func WithMaxExecutions(n int) Option { return func(s *settings) { s.maxExecutions = n } }
