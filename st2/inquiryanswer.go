package st2

import (
	"context"
	"slices"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/internal/form"
	"github.com/go-errbot/errbot/st2/internal/inquiry"
)

// askLongest is for how long the answers to an inquiry may take, all together.
const askLongest = 10 * time.Minute

// newConversations returns what asks people for the answers to inquiries.
func (l *life) newConversations(longest time.Duration) *inquiry.Conversations {
	return inquiry.NewConversations(inquiry.Talk{Chat: l.host, Send: l.sendAnswers, Prefix: l.botPrefix, Longest: longest})
}

// watchInquiries starts to announce inquiries.
func (l *life) watchInquiries() {
	inquiry.Watch{
		Chat: l.host, Client: l.client, Store: l.host.Store, Log: l.log,
		Every: l.cfg.TimerUpdate.Duration(), Typed: l.inquiryTyped(), Origin: l.origins.origin,
		Elsewhere: func(ctx context.Context) (backend.Ref, error) {
			if l.cfg.InquiryRoom == "" {
				return backend.Ref{}, nil
			}
			return l.host.Resolve(ctx, l.cfg.InquiryRoom)
		},
	}.Start()
}

// answerArgs are the arguments of st2inquiry_answer.
type answerArgs struct {
	ID     string `arg:"id" help:"the inquiry's id, or the beginning or end of it"`
	Answer string `arg:"answer,raw" optional:"true" help:"name=value for each of what is asked, or a JSON object; I ask when it is left out"`
}

// answerInquiry is st2inquiry_answer.
func answerInquiry(ctx context.Context, q *query, args answerArgs) error {
	o, err := q.inquiry(ctx, args.ID)
	if err != nil {
		return err
	}
	f, err := form.Parse(o.Schema)
	if err != nil {
		return q.answer(ctx, "Inquiry "+o.ID+" cannot be answered. "+o.Unanswerable(q.inquiryTyped()))
	}
	inRoom := q.r.Message.IsRoom() || q.r.Target().IsRoom()
	text := normalise(args.Answer)
	if text == "" {
		if inRoom && f.HasSecret() {
			return q.answer(ctx, q.onlyInPrivate(o))
		}
		lines, err := q.asking.Ask(q.r.Message, q.r.Target(), o, f, q.inquiryTyped().Answer)
		if err != nil {
			return err
		}
		return q.answer(ctx, lines...)
	}
	response, err := f.Read(text)
	if inRoom && (tellsSecret(f, response) || err != nil && f.HasSecret()) {
		return q.answer(ctx, q.onlyInPrivate(o)+" Nothing was sent.")
	}
	if err != nil {
		return q.answer(ctx, err.Error(), "Nothing was sent.")
	}
	return q.answer(ctx, q.sendAnswers(ctx, q.r.From(), o, f, response))
}

// onlyInPrivate refuses to take secrets where others read along.
func (l *life) onlyInPrivate(o *inquiry.Open) string {
	return "This inquiry asks for a secret, which everybody here would see. Please say " +
		l.inquiryTyped().Answer + " " + o.ID + " in a private conversation with me."
}

func tellsSecret(f *form.Form, response inquiry.Response) bool {
	return slices.ContainsFunc(f.Questions, func(x form.Question) bool { return x.Secret && response[x.Name] != nil })
}

// sendAnswers sends a response as the person who gave it, and returns what to say about that.
func (l *life) sendAnswers(ctx context.Context, p backend.Person, o *inquiry.Open, f *form.Form, response inquiry.Response) string {
	c, err := l.speaker.clientFor(ctx, p)
	var said string
	if err == nil {
		said, err = o.Respond(ctx, c, f, response)
	}
	if err != nil {
		return l.told(ctx, p.ACL, err)
	}
	l.log.Info("StackStorm inquiry answered", "inquiry", o.ID, "by", p.ACL)
	return said
}

// filterAnswer keeps answers from being run as commands, where no prefix is needed.
func (p *Plugin) filterAnswer(ctx context.Context, r *bot.Request) error {
	text, pattern := r.Message.Body, r.Command().Pattern != nil
	if pattern {
		text = r.Args
	}
	return p.offerAnswer(ctx, r, text, r.Message.IsPrivate() || pattern)
}

// unmatchedAnswer takes answers that look like unknown commands.
func (p *Plugin) unmatchedAnswer(ctx context.Context, r *bot.Request) error {
	return p.offerAnswer(ctx, r, r.Args, true)
}

// offerAnswer keeps the host from what was an answer.
func (p *Plugin) offerAnswer(ctx context.Context, r *bot.Request, text string, may bool) error {
	if l := p.life.Load(); l != nil && l.asking.Offer(ctx, r.Message, text, may) {
		return bot.ErrBlocked
	}
	return nil
}

// overheardAnswer takes answers that are not addressed to the bot.
func (p *Plugin) overheardAnswer(ctx context.Context, e backend.Event) error {
	if m, isMessage := e.(*backend.Message); isMessage {
		if l := p.life.Load(); l != nil {
			l.asking.Overhear(ctx, m)
		}
	}
	return nil
}
