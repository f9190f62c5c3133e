package st2_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/st2test"
)

const (
	reviewSchema = `{"title":"review","type":"object","additionalProperties":false,"properties":{` +
		`"who":{"type":"string","description":"Who reviewed it","required":true},"n":{"type":"integer","minimum":1,"maximum":5},` +
		`"opt":{"type":"string","enum":["a","b"],"default":"a"}}}`
	pinSchema    = `{"type":"object","properties":{"pin":{"type":"string","secret":true,"required":true}}}`
	brokenSchema = `{"type":"object","required":["x"],"properties":{"x":{"type":"string"}}}`
)

// newAsking returns a StackStorm with the command "deploy", whose workflow asks q.
func newAsking(t testing.TB, q st2test.Inquiry) *st2test.Server {
	t.Helper()
	srv := newStackStorm(t)
	srv.AddAction(st2test.Action{Ref: "demo.deploy", Runner: "orquesta", Run: func(ctx context.Context, call *st2test.Call) (any, error) {
		answer, err := call.Ask(ctx, q)
		return map[string]any{"output": answer}, err
	}})
	srv.AddAlias(st2test.Alias{
		Pack: "demo", Name: "deploy", ActionRef: "demo.deploy", Formats: []st2test.Format{{Text: "deploy"}},
		Ack:    map[string]any{"format": "Deploying."},
		Result: map[string]any{"format": "{{ execution.status }} {{ execution.result.output | to_json_string }}"},
	})
	return srv
}

func asks(schema string) st2test.Inquiry { return st2test.Inquiry{Schema: json.RawMessage(schema)} }

// deploy starts the workflow in a room, and returns the id of what it asks.
func deploy(t testing.TB, who *bottest.Conversation) string {
	t.Helper()
	who.Say("!st2 deploy").Expect("Deploying.")
	announcement := who.Next().Body
	require.True(t, strings.HasPrefix(announcement, "StackStorm asks something.\nInquiry "), announcement)
	return strings.Fields(announcement)[4]
}

// answered takes what is said about an answer and the result that follows, in any order.
func answered(t testing.TB, who *bottest.Conversation, id, result string) {
	t.Helper()
	said, announced := who.Next().Body, who.Next().Body
	if strings.HasPrefix(said, "succeeded ") {
		said, announced = announced, said
	}
	require.Equal(t, "Inquiry "+id+" is answered, and demo.deploy goes on.", said)
	require.JSONEq(t, result, strings.TrimPrefix(announced, "succeeded "))
}

func TestInquiryQuestionByQuestion(t *testing.T) {
	t.Parallel()
	srv := newAsking(t, asks(reviewSchema))
	chat := newChat(t, srv)
	alice := chat.As("@alice").In("#ops")
	id := deploy(t, alice)
	alice.Say("!st2inquiry answer "+id[16:]).ExpectContains(
		"Your next messages here are the answers", "1 of 3: who (text; required): Who reviewed it")
	chat.As("@bob").In("#ops").Say("not mine").ExpectNothing()
	chat.As("@alice").Say("elsewhere").ExpectNothing()
	alice.Say("Ann Lee").Expect("2 of 3: n (a whole number from 1 to 5)\n\"skip\" leaves it out.")
	alice.Say("nine").Expect("n has to be a whole number from 1 to 5, not \"nine\".\n2 of 3: n (a whole number from 1 to 5)\n\"skip\" leaves it out.")
	alice.Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	alice.Say("3").ExpectContains("3 of 3: opt (one of: a, b; a when left out)")
	answered(t, alice.Say("skip"), id, `{"who":"Ann Lee","n":3,"opt":"a"}`)
	alice.Say("Ann Lee").ExpectNothing()
	alice.Say("!st2inquiry answer " + id + " who=x").
		Expect("Inquiry " + id + " is not open any more: somebody has answered it, or its time ran out.")
}

// Where no prefix is needed, answers are no commands, and nobody is told that they are none.
func TestInquiryAnswersInPrivate(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(cfg *bot.Config){
		"optional": func(cfg *bot.Config) { cfg.PrefixOptionalOnChat = true },
		"empty":    func(cfg *bot.Config) { cfg.Prefix = "" },
	} {
		t.Run(name, func(t *testing.T) {
			srv := newAsking(t, asks(reviewSchema))
			chat := bottest.NewWith(t, []bottest.Option{configured(t, section(srv, passwordAuth, `plugin_prefix: ""`)), bottest.WithConfig(change)}, st2.New())
			alice := chat.As("@alice")
			prefix := "!"
			if name == "empty" {
				prefix = ""
			}
			alice.Say(prefix + "deploy").Expect("Deploying.")
			id := strings.Fields(alice.Next().Body)[4]
			alice.Say(prefix + "st2inquiry_answer " + id).ExpectContains("1 of 3: who")
			alice.Say("st2help").ExpectContains("2 of 3: n")
			alice.Say("2").ExpectContains("3 of 3: opt")
			answered(t, alice.Say("b"), id, `{"who":"st2help","n":2,"opt":"b"}`)
		})
	}
}

func TestInquiryConversationEnds(t *testing.T) {
	t.Parallel()
	srv := newAsking(t, st2test.Inquiry{})
	chat := newChat(t, srv)
	alice := chat.As("@alice")
	id := deploy(t, alice)
	alice.Say("!st2inquiry answer " + id).ExpectContains("continue (yes or no; required): Would you like to continue the workflow?")
	alice.Say("Cancel").Expect("Nothing was sent. Inquiry " + id + " is still open.")
	alice.Say("yes").ExpectNothing()

	impatient := bottest.NewWith(t, []bottest.Option{configured(t, section(srv, passwordAuth))}, st2.AskFor(st2.New(), time.Millisecond))
	bob := impatient.As("@bob")
	bob.Say("!st2inquiry answer " + id).ExpectContains("Your next messages").
		Expect("I do not wait any longer for answers to inquiry " + id + ". Nothing was sent; it is still open.")
	bob.Say("yes").ExpectNothing()
	alice.Say("!st2inquiry answer " + id).ExpectContains("continue")
	require.NoError(t, chat.Stop()) // which ends it as well
}

func TestInquiryAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	srv := newAsking(t, asks(reviewSchema))
	chat := newChat(t, srv)
	alice := chat.As("@alice").In("#ops")
	for answer, want := range map[string]string{
		`who="Ann Lee" n=2`:    `{"n":2,"who":"Ann Lee"}`,
		`{"who":"x","n":null}`: `{"n":null,"who":"x"}`,
		`who=“x y”`:            `{"who":"x y"}`,
	} {
		id := deploy(t, alice)
		alice.Say("!st2enquiry_answer " + id + " n=9").Expect("n has to be a whole number from 1 to 5, not \"9\".\nNothing was sent.")
		answered(t, alice.Say("!st2inquiry_answer "+id+" "+answer), id, want)
	}
}

// What StackStorm alone can see is told in a plain sentence.
func TestInquiryRefusedByStackStorm(t *testing.T) {
	t.Parallel()
	chat := newChat(t, newAsking(t, asks(`{"type":"object","properties":{"o":{"type":"string","format":"x","pattern":"(?<=x)y","maxLength":3}}}`)))
	alice := chat.As("@alice")
	id := deploy(t, alice)
	alice.Say("!st2inquiry answer " + id + ` {"o":5}`).Expect("o has to be text, not \"5\".\nNothing was sent.")

	chat = newChat(t, newAsking(t, st2test.Inquiry{Users: []string{"alice"}}))
	alice = chat.As("@alice")
	id = deploy(t, alice)
	alice.Say("!st2inquiry answer " + id + " yes").
		Expect(`StackStorm does not permit that: User "errbot" does not have permission to respond to inquiry "` + id + `".`)
}

func TestSecretAnswers(t *testing.T) {
	t.Parallel()
	const pin = "hunter2-is-the-pin"
	srv := newAsking(t, asks(pinSchema))
	chat := newChat(t, srv)
	room, alice := chat.As("@alice").In("#ops"), chat.As("@alice")
	id := deploy(t, room)
	refused := "This inquiry asks for a secret, which everybody here would see. Please say !st2inquiry_answer " + id + " in a private conversation with me."
	room.Say("!st2inquiry_answer " + id).Expect(refused)
	room.Say("!st2inquiry_answer " + id + " pin=" + pin).Expect(refused + " Nothing was sent.")
	room.Say("!st2inquiry_answer " + id + " pim=" + pin).Expect(refused + " Nothing was sent.")
	alice.Say("!st2inquiry answer "+id).ExpectContains("pin (text; required, secret)", "Your next messages")
	alice.Say(pin).Expect("Inquiry " + id + " is answered, and demo.deploy goes on.")
	room.ExpectContains("succeeded {") // what the workflow makes of it is its own affair

	id = deploy(t, room)
	alice.Say("!st2inquiry answer " + id + ` {"pin":5, "x":"` + pin + `"}`).Expect("pin has to be text.\nNothing was sent.")
	srv.SetFaults(st2test.Faults{Unauthorized: true})
	alice.Say("!st2inquiry answer " + id + " pin=" + pin).ExpectContains("StackStorm does not accept the bot's credentials.")
	srv.SetFaults(st2test.Faults{})
	require.NoError(t, chat.Stop())
	require.NotContains(t, chat.Log(), pin)
}

func TestInquiryListAndShow(t *testing.T) {
	t.Parallel()
	srv := newAsking(t, asks(reviewSchema))
	chat := newChat(t, srv)
	alice := chat.As("@alice").In("#ops")
	alice.Say("!st2inquiry list").Expect("Nothing is asked at present.")
	id := deploy(t, alice)
	alice.Say("!st2inquiry list").Expect(id + "  demo.deploy  asked just now  wants who, n, opt\n\n!st2inquiry_answer <id> answers one.")
	alice.Say("!st2enquiry list").ExpectContains(id)
	alice.Say("!st2inquiry show "+id[:8]).ExpectContains("Inquiry "+id+" of demo.deploy (execution ", "  n (a whole number from 1 to 5)", "!st2inquiry_answer "+id+" answers it.")
	alice.Say("!st2inquiry show abcd").Expect("I know of no inquiry whose id begins or ends with abcd. Please give the whole id.")
	alice.Say("!st2inquiry show nope").Expect(`"nope" is no id of inquiry.`)
	alice.Say("!st2inquiry show ab").Expect("Please give at least 4 characters of the id.")
	alice.Say("!st2inquiry show 0123456789abcdef01234567").Expect("StackStorm knows no inquiry 0123456789abcdef01234567.")
	srv.Stop()
	alice.Say("!st2inquiry list").ExpectContains("StackStorm cannot be reached.")
}

// An inquiry cannot be cancelled, its workflow can; it stays in StackStorm's list for good.
func TestInquiryCancel(t *testing.T) {
	t.Parallel()
	srv := newAsking(t, asks(brokenSchema))
	chat := newChat(t, srv)
	alice := chat.As("@alice").In("#ops")
	alice.Say("!st2 deploy").Expect("Deploying.")
	text := alice.Next().Body
	require.Contains(t, text, "Its schema is broken, so that StackStorm refuses every answer. !st2inquiry_cancel ")
	id := strings.Fields(text)[4]
	alice.Say("!st2inquiry answer " + id + " x=1").ExpectContains("cannot be answered")
	alice.Say("!st2execution cancel " + id).Expect("Execution " + id + " is an inquiry, which cannot be cancelled. !st2inquiry_cancel " + id + " cancels its workflow.")
	alice.Say("!st2inquiry cancel " + id)
	var all []string
	for range 2 { // the answer, and the announcement of the cancelled workflow
		all = append(all, alice.Next().Body)
	}
	require.Contains(t, strings.Join(all, "\n"), "An inquiry itself cannot be cancelled, but its workflow can. Execution ")
	require.Contains(t, strings.Join(all, "\n"), " was cancelled.")
	alice.Say("!st2inquiry list").Expect("Nothing is asked at present.\nLeft out: 1 of workflows that have ended.")
	alice.Say("!st2inquiry show " + id).ExpectContains("Its workflow is canceled: an answer would lead to nothing.")
	alice.Say("!st2inquiry cancel "+id).ExpectContains("is canceled already", "StackStorm keeps the inquiry all the same.")
}

// apiClient returns a client for what happens beside the chat.
func apiClient(t testing.TB, srv *st2test.Server) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{
		AuthURL: srv.AuthURL(), APIURL: srv.APIURL(), StreamURL: srv.StreamURL(),
		Credential: client.Password{User: "errbot", Password: password},
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// Nobody in the chat has asked for it: it goes to the configured room, or nowhere.
func TestInquiryOfOthers(t *testing.T) {
	t.Parallel()
	srv := newAsking(t, st2test.Inquiry{})
	silent := newChat(t, srv)
	chat := newChat(t, srv, passwordAuth, `inquiry_room: "#approvals"`)
	_, err := apiClient(t, srv).Execute(t.Context(), client.ExecuteRequest{Action: "demo.deploy"})
	require.NoError(t, err)
	chat.In("#approvals").ExpectContains("StackStorm asks something.", "continue (yes or no; required)")
	_, err = apiClient(t, srv).Execute(t.Context(), client.ExecuteRequest{Action: "core.ask"})
	require.NoError(t, err)
	text := chat.In("#approvals").Next().Body
	require.NotContains(t, text, " of ", "it belongs to no workflow")
	chat.As("@alice").Say("!st2inquiry cancel " + strings.TrimSuffix(strings.Fields(text)[4], ":")).
		Expect("An inquiry itself cannot be cancelled, and this one belongs to no workflow: only an answer ends it.")
	silent.As("@alice").Say("!st2inquiry list").ExpectContains("asked just now")
	silent.In("#approvals").ExpectNothing()
}

// What is asked while no stream stands is found when there is one again, and nothing is
// announced twice, not even by the next bot with the same data.
func TestInquiriesAreAnnouncedOnce(t *testing.T) {
	t.Parallel()
	srv := newAsking(t, st2test.Inquiry{})
	dir := t.TempDir()
	options := []bottest.Option{
		configured(t, section(srv, passwordAuth, `inquiry_room: "#approvals"`)), bottest.WithConfig(func(cfg *bot.Config) { cfg.DataDir = dir }),
	}
	start := func() {
		_, err := apiClient(t, srv).Execute(t.Context(), client.ExecuteRequest{Action: "demo.deploy"})
		require.NoError(t, err)
		require.NoError(t, srv.Wait(t.Context()))
	}
	start() // before there is a bot
	chat := bottest.NewWith(t, options, st2.New())
	room := chat.In("#approvals")
	room.ExpectContains("StackStorm asks something.")
	srv.Stop()
	require.NoError(t, srv.Start())
	start() // while no stream stands
	room.ExpectContains("StackStorm asks something.")
	room.ExpectNothing()
	require.NoError(t, chat.Stop())

	start()
	next := bottest.NewWith(t, options, st2.New()).In("#approvals")
	next.ExpectContains("StackStorm asks something.")
	next.ExpectNothing()
}

// With another plugin_prefix the commands have its name as well.
func TestInquiryNames(t *testing.T) {
	t.Parallel()
	chat := newChat(t, newAsking(t, st2test.Inquiry{}), passwordAuth, "plugin_prefix: ops")
	for _, name := range []string{"st2inquiry list", "opsinquiry list", "opsenquiry_list", "st2enquiry list"} {
		chat.As("@alice").Say("!" + name).Expect("Nothing is asked at present.")
	}
	chat.As("@alice").Say("!opsexecution list --limit 0").Expect("--limit has to be from 1 to 100.")
}

// Whoever may not see inquiries is told, and the bot works on.
func TestInquiriesForbidden(t *testing.T) {
	t.Parallel()
	srv := newAsking(t, st2test.Inquiry{})
	for _, permission := range []string{"inquiry_list", "inquiry_view"} {
		srv.Deny("errbot", permission)
	}
	chat := newChat(t, srv)
	alice := chat.As("@alice")
	alice.Say("!st2 deploy").Expect("Deploying.")
	require.NoError(t, srv.Wait(t.Context()))
	alice.Say("!st2inquiry list").ExpectContains("StackStorm does not permit that:", `"inquiry_list"`)
	alice.Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	require.NotContains(t, chat.Log(), http.StatusText(http.StatusInternalServerError))
}

// Whatever is asked and answered, the bot answers, and lives.
func FuzzInquiryAnswer(f *testing.F) {
	srv := newAsking(f, asks(reviewSchema))
	chat := newChat(f, srv)
	alice := chat.As("@alice")
	id := deploy(f, alice)
	for _, text := range []string{"", "n=9", `{"n":`, `who="`, "who=x n=x", "cancel", `{"n":[]}`, "\x00", "-- --help", "{}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(text, "who", "wo") // which would be an answer
		at := chat.For(t).As("@alice")
		at.Say("!st2inquiry answer " + id + " " + text)
		at.Next()
		at.Say("cancel")
		at.Drain()
		at.Say("!st2inquiry show " + id).ExpectContains("Inquiry " + id)
	})
}
