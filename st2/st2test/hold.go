package st2test

// Hold keeps the executions of an action, or of all when the reference is "", in the state
// requested or scheduled, as those of a StackStorm do whose scheduler or runners are busy or
// down. They can be canceled meanwhile, and count as under way for [Server.Wait]. The
// release lets them go on; it may be called more than once.
func (s *Server) Hold(action, state string) (release func()) { return s.held.Hold(action, state) }
