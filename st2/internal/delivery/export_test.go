package delivery

// Wait makes c let no more than n bytes wait for the chat.
func Wait(c *Courier, n int) { c.lanes.space = newBudget(n) }
