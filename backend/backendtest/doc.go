// Package backendtest is the contract of package backend as a test suite. A chat network
// passes it by calling [Run] in a test of its own, with a [Network] that acts as the
// people on the other side of the wire: on the real server wherever one can be had.
//
// What is particular to one network (its markup, its rooms, its limits) is tested beside
// it and not here.
package backendtest
