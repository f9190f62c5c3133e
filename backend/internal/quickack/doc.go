// Package quickack spares a client the 40 ms for which a system holds back confirming what
// it has read. Backends whose servers wait for that share it.
package quickack
