package acl_test

import (
	"fmt"

	"github.com/go-errbot/errbot/acl"
	"gopkg.in/yaml.v3"
)

// Access rules come from the configuration, and a command is asked about before it
// runs.
func Example() {
	var config struct {
		Admins   yaml.Node `yaml:"bot_admins"`
		Defaults yaml.Node `yaml:"access_controls_default"`
		Rules    yaml.Node `yaml:"access_controls"`
	}
	err := yaml.Unmarshal([]byte(`
bot_admins: '@root'
access_controls_default: {denyusers: '@mallory'}
access_controls:
  'st2 apu status*': {allowusers: ['@alice', '@root']}
  'st2 apu*': {allowusers: '@root'}
`), &config)
	if err != nil {
		fmt.Println(err)
		return
	}
	admins, _ := acl.ParseList(&config.Admins)
	defaults, _ := acl.ParseRule(&config.Defaults)
	rules, err := acl.ParseRules(&config.Rules)
	if err != nil {
		fmt.Println(err)
		return
	}
	policy := acl.NewPolicy(admins, defaults, rules)
	for _, text := range []string{"st2 apu status web", "st2 apu start web"} {
		d := policy.Decide(&acl.Query{Plugin: "St2", Command: "st2", Text: text, Args: text, User: "@alice"})
		fmt.Println(d.Explain())
		fmt.Println(d.Reason.Reply())
	}
	// Output:
	// allowed by rule "st2 apu status*" (line 5): passed every check
	//
	// denied by rule "st2 apu*" (line 6): user not in allowusers
	// You're not allowed to access this command from this user
}

func ExampleParseRules() {
	var node yaml.Node
	_ = yaml.Unmarshal([]byte("restart:\n  allowuser: '@alice'\n  allowmuc: 0\n"), &node)
	_, err := acl.ParseRules(&node)
	fmt.Println(err)
	// Output:
	// line 2, column 3: unknown key "allowuser": did you mean "allowusers"?
	// line 3, column 13: expected true or false, not "0"
}

func ExamplePolicy_Check() {
	policy := acl.NewPolicy(nil, acl.Rule{}, []acl.PatternRule{{Pattern: "restrat", Line: 7}})
	for _, warning := range policy.Check([]acl.CommandName{{Plugin: "Health", Command: "restart"}}) {
		fmt.Println(warning)
	}
	// Output:
	// line 7: access rule "restrat" matches no command: did you mean "restart"?
}
