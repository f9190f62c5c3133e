//go:build race

package st2_test

// numbered is fewer under the race detector, which makes everything several times slower.
const numbered = 200
