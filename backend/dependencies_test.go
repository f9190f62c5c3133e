package backend_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/go-errbot/errbot"

// listed is what "go list" says of a package.
type listed struct {
	ImportPath string
	Imports    []string
}

// TestABackendBringsItsOwnDependenciesOnly makes a module for each network whose program
// imports the host and that backend. It must not need what only another backend imports.
func TestABackendBringsItsOwnDependenciesOnly(t *testing.T) {
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	networks := networks(t, root)
	require.NotEmpty(t, networks)
	host := needs(t, root, "./bot", "./backend/markdown")
	for network := range networks {
		require.False(t, host[module+"/backend/"+network], "the host imports %s", network)
	}
	for network, own := range networks {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			mine := needs(t, root, slices.Sorted(maps.Keys(imports(own)))...)
			dir := consumer(t, root, network)
			needed := needs(t, dir, ".")
			for other, packages := range networks {
				if other == network {
					continue
				}
				require.False(t, needed[module+"/backend/"+other], "%s imports %s", network, other)
				for path := range imports(packages) {
					if !mine[path] && !host[path] {
						require.False(t, needed[path], "%s needs %s, which is %s's", network, path, other)
					}
				}
			}
			sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
			require.NoError(t, err)
			t.Logf("%d packages, go.sum of %d lines", len(needed), strings.Count(string(sum), "\n"))
		})
	}
}

// networks returns the packages of each folder below backend that is a chat network: one
// that has a README.
func networks(t *testing.T, root string) map[string][]listed {
	readmes, err := filepath.Glob(filepath.Join(root, "backend", "*", "README.md"))
	require.NoError(t, err)
	all := map[string][]listed{}
	for _, path := range readmes {
		name := filepath.Base(filepath.Dir(path))
		all[name] = goList(t, root, "./backend/"+name+"/...")
	}
	return all
}

// imports returns the packages of other modules that packages import.
func imports(packages []listed) map[string]bool {
	all := map[string]bool{}
	for _, p := range packages {
		for _, path := range p.Imports {
			first, _, _ := strings.Cut(path, "/")
			if strings.Contains(first, ".") && !strings.HasPrefix(path, module) {
				all[path] = true
			}
		}
	}
	return all
}

// needs returns all packages that some packages are made of.
func needs(t *testing.T, dir string, packages ...string) map[string]bool {
	all := map[string]bool{}
	if len(packages) == 0 {
		return all
	}
	for _, p := range goList(t, dir, append([]string{"-deps"}, packages...)...) {
		all[p.ImportPath] = true
	}
	return all
}

// consumer makes a module whose program imports the host and one backend. It asks nobody
// for modules: all of them are there already.
func consumer(t *testing.T, root, network string) (dir string) {
	dir = t.TempDir()
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	mod := strings.Replace(string(text), "module "+module, "module example.com/consumer", 1) +
		fmt.Sprintf("\nrequire %[1]s v0.0.0\n\nreplace %[1]s => %[2]s\n", module, root)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600))
	program := fmt.Sprintf("package main\n\nimport (\n\t_ %q\n\t_ %q\n)\n\nfunc main() {}\n", module+"/backend/"+network, module+"/bot")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o600))
	return dir
}

func goList(t *testing.T, dir string, args ...string) (packages []listed) {
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off") // go.mod of ours is tidy
	var failure strings.Builder
	cmd.Stderr = &failure
	out, err := cmd.Output()
	require.NoError(t, err, failure.String())
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
}
