package presentation

// mattermostText is the longest text in bytes of one of Mattermost's attachments, which
// are cut at the size of a post in old versions.
const mattermostText = 3800

// mattermost shows extra.mattermost: the fields of one attachment, or attachments.
func mattermost(n Network, c *content) shown { return attached(n, c, mattermostText) }
