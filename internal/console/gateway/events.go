package gateway

// serveEvents sends what a client tells of itself, such as who logged in, to the first Active region. It goes to no second
// one when that fails: clients do not care, and it holds a user's name.
func (c *call) serveEvents() {
	if !c.posts("Events are sent by POST; one region takes them, and none gives them back.") {
		return
	}
	asked, maintained, drained := c.active()
	if len(asked) == 0 {
		c.failWith(append(maintained, drained...), 0, nobodyTells)
		return
	}
	c.dispatch(c.w, asked[0])
}
