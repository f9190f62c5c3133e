package conf_test

import (
	"fmt"

	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
)

func ExampleParse() {
	type settings struct {
		Backend string                    `yaml:"backend"`
		Prefix  string                    `yaml:"bot_prefix"`
		Plugins map[string]*conf.Document `yaml:"plugins"`
	}
	type stackstorm struct {
		URL     string        `yaml:"api_url"`
		Key     secret.String `yaml:"api_key"`
		Timeout conf.Seconds  `yaml:"timeout"`
	}
	environment := func(name string) (string, bool) { return "hunter2", name == "ST2_API_KEY" } // os.LookupEnv
	doc, err := conf.Parse("bot.yaml", []byte(`
backend: text
plugins:
  st2:
    api_url: https://st2.example.com/api
    api_key: ${ST2_API_KEY}
    timeout: 1m
`), environment)
	if err != nil {
		fmt.Println(err)
		return
	}
	host := settings{Prefix: "!"}
	if err := doc.Decode(&host); err != nil {
		fmt.Println(err)
		return
	}
	plugin := stackstorm{Timeout: 30}
	if err := host.Plugins["st2"].Decode(&plugin); err != nil {
		fmt.Println(err)
		return
	}
	shown, err := conf.Encode(plugin)
	fmt.Printf("%s %s\n%s%v\n", host.Backend, host.Prefix, shown, err)
	// Output:
	// text !
	// api_url: https://st2.example.com/api
	// api_key: '***'
	// timeout: 60
	// <nil>
}

func ExampleDocument_Decode() {
	doc, err := conf.Parse("bot.yaml", []byte("bot_prefx: '!'\nport: many\n"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var config struct {
		Prefix string `yaml:"bot_prefix"`
		Port   int    `yaml:"port"`
	}
	fmt.Println(doc.Decode(&config))
	// Output:
	// bot.yaml: line 1, column 1: unknown key "bot_prefx"; did you mean "bot_prefix"?
	// bot.yaml: line 2, column 7: port: expected a whole number, not text
}

func ExampleNearest() {
	fmt.Println(conf.Nearest("bot_admin", []string{"bot_prefix", "bot_admins"}))
	// Output: bot_admins
}

func ExampleSeconds() {
	doc, err := conf.Parse("bot.yaml", []byte("timeout: 15m"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	config := struct{ Timeout conf.Seconds }{}
	fmt.Println(doc.Decode(&config), config.Timeout)
	// Output: <nil> 15m0s
}
