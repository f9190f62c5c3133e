package bot

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-errbot/errbot/acl"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
	"gopkg.in/yaml.v3"
)

// Config is the host's configuration: Errbot's keys in lower case, and a few of ours.
// Start from [DefaultConfig]; the zero Config has no prefix and no workers.
type Config struct {
	// Admins are patterns for the access-control attributes of the administrators.
	Admins List `yaml:"bot_admins"`
	// AdminsNotifications are the addresses that notices go to; when empty, those of
	// Admins that are no patterns.
	AdminsNotifications List `yaml:"bot_admins_notifications,omitempty"`

	// Prefix is what a command begins with. When it is empty, every message is one.
	Prefix string `yaml:"bot_prefix"`
	// PrefixOptionalOnChat makes the prefix optional in private conversations.
	PrefixOptionalOnChat bool `yaml:"bot_prefix_optional_on_chat"`
	// AltPrefixes are other beginnings, such as the bot's name, after which one of
	// AltPrefixSeparators may follow.
	AltPrefixes              List `yaml:"bot_alt_prefixes,omitempty"`
	AltPrefixSeparators      List `yaml:"bot_alt_prefix_separators,omitempty"`
	AltPrefixCaseInsensitive bool `yaml:"bot_alt_prefix_caseinsensitive"`

	// AccessControls are the access rules in the file's order, AccessControlsDefault
	// the one that they are merged over. See package acl.
	AccessControls        AccessControls `yaml:"access_controls,omitempty"`
	AccessControlsDefault AccessRule     `yaml:"access_controls_default,omitempty"`
	// HideRestrictedAccess refuses without an answer.
	HideRestrictedAccess bool `yaml:"hide_restricted_access"`

	// DivertToPrivate and DivertToThread name the commands whose answers go to the
	// asker in private, or to a thread. "ALL_COMMANDS" stands for all.
	DivertToPrivate List `yaml:"divert_to_private,omitempty"`
	DivertToThread  List `yaml:"divert_to_thread,omitempty"`
	// GroupchatNickPrefixed puts the asker's name before answers in rooms.
	GroupchatNickPrefixed bool `yaml:"groupchat_nick_prefixed"`
	// MessageSizeLimit is the longest message to send, in the network's unit; 0 means
	// the network's own limit.
	MessageSizeLimit int `yaml:"message_size_limit,omitempty"`
	// SuppressCmdNotFound keeps the bot silent about unknown commands.
	SuppressCmdNotFound bool `yaml:"suppress_cmd_not_found"`

	// ChatroomPresence are the rooms to join, as Nick (chatroom_fn).
	ChatroomPresence Rooms  `yaml:"chatroom_presence,omitempty"`
	Nick             string `yaml:"chatroom_fn"`

	// Async is Errbot's bot_async: when false, commands run one after the other.
	Async bool `yaml:"bot_async"`
	// PoolSize is how many commands can run at once.
	PoolSize int `yaml:"bot_async_poolsize"`
	// QueueSize is how many messages can wait for a worker; beyond it the bot says
	// that it is busy.
	QueueSize int `yaml:"bot_queue_size"`
	// CommandTimeout is a command's deadline.
	CommandTimeout conf.Seconds `yaml:"command_timeout"`
	// DeliveryTimeout is for how long a message is retried that the network does not
	// take.
	DeliveryTimeout conf.Seconds `yaml:"delivery_timeout"`
	// ShutdownTimeout is for how long a stop waits for what is under way.
	ShutdownTimeout conf.Seconds `yaml:"shutdown_timeout"`

	// DataDir is where the store and other files are kept; empty keeps everything in
	// memory.
	DataDir string `yaml:"bot_data_dir,omitempty"`
	// Storage is "bolt", a file in DataDir, or "memory". When it is empty it is
	// "bolt" with a DataDir and "memory" without.
	Storage string `yaml:"storage,omitempty"`

	// Webserver is the embedded web server; nil means none.
	Webserver *Webserver `yaml:"webserver,omitempty"`

	// EndTimeout is for how long the bot waits for answers that are still to come when
	// the conversation is over, as at the end of standard input.
	EndTimeout conf.Seconds `yaml:"end_timeout"`

	// Plugins holds the sections of plugins, by name.
	Plugins map[string]*conf.Document `yaml:"plugins,omitempty"`
	// Sections holds those that stand at the top of the file, by [Configurable]'s key.
	// Whoever reads the file fills it in.
	Sections map[string]*conf.Document `yaml:"-"`
	// Source is the file, so that what is wrong can be told with its place; may be nil.
	Source *conf.Document `yaml:"-"`
}

// Webserver configures the embedded web server.
type Webserver struct {
	Host string `yaml:"host"` // address to listen on; 127.0.0.1 unless configured
	Port int    `yaml:"port"` // 3141 unless configured; 0 takes a free one
	SSL  SSL    `yaml:"ssl"`
}

// SSL configures TLS for the embedded web server. When it is enabled, the server listens
// on its host and port instead.
type SSL struct {
	Enabled     bool   `yaml:"enabled"`
	Host        string `yaml:"host,omitempty"` // the web server's host unless configured
	Port        int    `yaml:"port,omitempty"` // 3142 unless configured
	Certificate string `yaml:"certificate,omitempty"`
	Key         string `yaml:"key,omitempty"`
}

// DefaultConfig returns the configuration of a bot whose file is empty.
func DefaultConfig() Config {
	return Config{
		Prefix:          "!",
		Nick:            "Errbot",
		Async:           true,
		PoolSize:        10,
		QueueSize:       10_000,
		CommandTimeout:  conf.Seconds(10 * time.Minute),
		DeliveryTimeout: conf.Seconds(5 * time.Minute),
		ShutdownTimeout: conf.Seconds(10 * time.Second),
		EndTimeout:      conf.Seconds(time.Minute),
	}
}

// UnmarshalYAML fills in the web server's defaults. The port of SSL is decided here, too,
// because 0 is a port that can be asked for.
func (w *Webserver) UnmarshalYAML(node *yaml.Node) error {
	type plain Webserver
	v := plain{Host: "127.0.0.1", Port: 3141, SSL: SSL{Port: 3142}}
	if err := conf.FromNode(node).Decode(&v); err != nil {
		return err
	}
	if v.SSL.Host == "" {
		v.SSL.Host = v.Host
	}
	*w = Webserver(v)
	return nil
}

// Validate reports everything that is wrong with the configuration.
func (c *Config) Validate() error {
	var errs []error
	check := func(ok bool, key, format string, args ...any) {
		if !ok {
			errs = append(errs, c.Source.Errorf(key, format, args...))
		}
	}
	check(c.PoolSize > 0, "bot_async_poolsize", "must be at least 1, got %d", c.PoolSize)
	check(c.QueueSize > 0, "bot_queue_size", "must be at least 1, got %d", c.QueueSize)
	check(c.CommandTimeout > 0, "command_timeout", "must be more than 0")
	check(c.DeliveryTimeout > 0, "delivery_timeout", "must be more than 0")
	check(c.ShutdownTimeout > 0, "shutdown_timeout", "must be more than 0")
	check(c.EndTimeout > 0, "end_timeout", "must be more than 0")
	check(c.MessageSizeLimit >= 0, "message_size_limit", "must not be negative, got %d", c.MessageSizeLimit)
	check(c.Storage == "" || c.Storage == "memory" || c.Storage == "bolt", "storage",
		"must be \"bolt\" or \"memory\", got %q", c.Storage)
	check(c.Storage != "bolt" || c.DataDir != "", "storage", "bolt needs a bot_data_dir to keep its file in")
	check(!slices.Contains(c.AltPrefixes, ""), "bot_alt_prefixes", "must not hold an empty text")
	if w := c.Webserver; w != nil {
		check(validPort(w.Port) && validPort(w.SSL.Port), "webserver", "a port must be between 0 and 65535")
		check(!w.SSL.Enabled || w.SSL.Certificate != "" && w.SSL.Key != "", "webserver",
			"ssl is enabled and needs both certificate and key")
	}
	return errors.Join(errs...)
}

func validPort(port int) bool { return port >= 0 && port <= 65535 }

// section returns the configuration of p, nil when the file has none.
func (c *Config) section(p Configurable) *conf.Document {
	if key := p.ConfigKey(); key != "" {
		return c.Sections[key]
	}
	return c.Plugins[p.Name()]
}

// notified returns the addresses that notices to administrators go to.
func (c *Config) notified() []string {
	if len(c.AdminsNotifications) > 0 {
		return c.AdminsNotifications
	}
	var plain []string
	for _, a := range c.Admins {
		if !strings.ContainsAny(a, "*?[") {
			plain = append(plain, a)
		}
	}
	return plain
}

// List is a list of texts; in YAML a single text is a list of one, and lists may nest.
type List []string

// UnmarshalYAML implements [yaml.Unmarshaler].
func (l *List) UnmarshalYAML(node *yaml.Node) error {
	v, err := acl.ParseList(node)
	*l = v
	return err
}

// AccessControls are access rules in the file's order.
type AccessControls []acl.PatternRule

// UnmarshalYAML implements [yaml.Unmarshaler].
func (a *AccessControls) UnmarshalYAML(node *yaml.Node) error {
	v, err := acl.ParseRules(node)
	*a = v
	return err
}

// MarshalYAML implements [yaml.Marshaler]; it keeps the order of the rules.
func (a AccessControls) MarshalYAML() (any, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, r := range a {
		var key, value yaml.Node
		key.SetString(r.Pattern)
		if err := value.Encode(AccessRule(r.Rule)); err != nil {
			return nil, err
		}
		node.Content = append(node.Content, &key, &value)
	}
	return node, nil
}

// AccessRule is one access rule.
type AccessRule acl.Rule

// UnmarshalYAML implements [yaml.Unmarshaler].
func (a *AccessRule) UnmarshalYAML(node *yaml.Node) error {
	v, err := acl.ParseRule(node)
	*a = AccessRule(v)
	return err
}

// IsZero tells the encoder that nothing is set.
func (a AccessRule) IsZero() bool {
	return a.AllowUsers == nil && a.DenyUsers == nil && a.AllowRooms == nil && a.DenyRooms == nil &&
		a.AllowArgs == nil && a.DenyArgs == nil && a.AllowMUC == nil && a.AllowPrivate == nil
}

// MarshalYAML implements [yaml.Marshaler]; what is not set is left out.
func (a AccessRule) MarshalYAML() (any, error) {
	rule := map[string]any{}
	for key, list := range map[string][]string{
		"allowusers": a.AllowUsers, "denyusers": a.DenyUsers,
		"allowrooms": a.AllowRooms, "denyrooms": a.DenyRooms,
		"allowargs": a.AllowArgs, "denyargs": a.DenyArgs,
	} {
		if list != nil {
			rule[key] = list
		}
	}
	if a.AllowMUC != nil {
		rule["allowmuc"] = *a.AllowMUC
	}
	if a.AllowPrivate != nil {
		rule["allowprivate"] = *a.AllowPrivate
	}
	return rule, nil
}

// RoomToJoin is a room with the password that it may need.
type RoomToJoin struct {
	Room     string
	Password secret.String
}

// Rooms are rooms to join. In YAML each is an address, or a list of address and password.
type Rooms []RoomToJoin

// UnmarshalYAML implements [yaml.Unmarshaler].
func (r *Rooms) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.SequenceNode {
		var room RoomToJoin
		if err := room.UnmarshalYAML(node); err != nil {
			return err
		}
		*r = Rooms{room}
		return nil
	}
	var rooms []RoomToJoin
	if err := node.Decode(&rooms); err != nil {
		return err
	}
	*r = rooms
	return nil
}

// UnmarshalYAML implements [yaml.Unmarshaler].
func (r *RoomToJoin) UnmarshalYAML(node *yaml.Node) error {
	switch {
	case node.Kind == yaml.ScalarNode:
		return node.Decode(&r.Room)
	case node.Kind == yaml.SequenceNode && len(node.Content) == 2:
		var pair [2]string
		if err := node.Decode(&pair); err != nil {
			return err
		}
		r.Room, r.Password = pair[0], secret.String(pair[1])
		return nil
	default:
		return errors.New("a room is an address, or a list of an address and a password")
	}
}

// MarshalYAML implements [yaml.Marshaler].
func (r RoomToJoin) MarshalYAML() (any, error) {
	if r.Password == "" {
		return r.Room, nil
	}
	return []string{r.Room, r.Password.String()}, nil
}
