package presentation

// rocketchatText is the longest text in bytes of one of Rocket.Chat's attachments: the
// server refuses messages above its limit, which is 5000 where nobody has changed it.
const rocketchatText = 4800

// rocketchat shows extra.rocketchat: the fields of one attachment, or attachments.
func rocketchat(n Network, c *content) shown { return attached(n, c, rocketchatText) }
