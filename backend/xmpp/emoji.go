package xmpp

import "unicode/utf8"

// emoji are what the names stand for by which other networks call reactions. Where several
// names stand for one, the first is the one that is told.
var emoji = [...][2]string{
	{"thumbsup", "👍"}, {"+1", "👍"}, {"thumbsdown", "👎"}, {"-1", "👎"},
	{"white_check_mark", "✅"}, {"heavy_check_mark", "✔️"}, {"ballot_box_with_check", "☑️"},
	{"x", "❌"}, {"negative_squared_cross_mark", "❎"}, {"heavy_multiplication_x", "✖️"},
	{"warning", "⚠️"}, {"no_entry", "⛔"}, {"no_entry_sign", "🚫"}, {"stop_sign", "🛑"}, {"rotating_light", "🚨"},
	{"question", "❓"}, {"exclamation", "❗"}, {"information_source", "ℹ️"}, {"bangbang", "‼️"},
	{"hourglass", "⌛"}, {"hourglass_flowing_sand", "⏳"}, {"stopwatch", "⏱️"}, {"watch", "⌚"}, {"alarm_clock", "⏰"},
	{"eyes", "👀"}, {"tada", "🎉"}, {"rocket", "🚀"}, {"fire", "🔥"}, {"100", "💯"}, {"sparkles", "✨"}, {"star", "⭐"},
	{"heart", "❤️"}, {"broken_heart", "💔"}, {"clap", "👏"}, {"wave", "👋"}, {"pray", "🙏"}, {"muscle", "💪"},
	{"ok_hand", "👌"}, {"raised_hands", "🙌"}, {"point_up", "☝️"}, {"ok", "🆗"},
	{"smile", "😄"}, {"grinning", "😀"}, {"joy", "😂"}, {"laughing", "😆"}, {"slightly_smiling_face", "🙂"}, {"wink", "😉"},
	{"thinking_face", "🤔"}, {"confused", "😕"}, {"cry", "😢"}, {"sob", "😭"}, {"scream", "😱"}, {"open_mouth", "😮"},
	{"robot_face", "🤖"}, {"bug", "🐛"}, {"wrench", "🔧"}, {"hammer", "🔨"}, {"lock", "🔒"}, {"unlock", "🔓"}, {"key", "🔑"},
	{"bell", "🔔"}, {"memo", "📝"}, {"link", "🔗"}, {"mag", "🔍"}, {"bulb", "💡"}, {"zap", "⚡"}, {"coffee", "☕"},
	{"red_circle", "🔴"}, {"large_green_circle", "🟢"}, {"large_yellow_circle", "🟡"}, {"large_blue_circle", "🔵"},
	{"arrows_counterclockwise", "🔄"}, {"arrow_up", "⬆️"}, {"arrow_down", "⬇️"}, {"repeat", "🔁"}, {"zzz", "💤"},
}

// emojiOf returns the emoji with a name. What is no ASCII is taken for one itself.
func emojiOf(name string) (string, bool) {
	for _, e := range emoji {
		if e[0] == name {
			return e[1], true
		}
	}
	r, _ := utf8.DecodeRuneInString(name)
	return name, name != "" && r >= utf8.RuneSelf && utf8.ValidString(name)
}

// emojiName returns the name of an emoji; the emoji itself when it has none here.
func emojiName(symbol string) string {
	for _, e := range emoji {
		if e[1] == symbol {
			return e[0]
		}
	}
	return symbol
}
