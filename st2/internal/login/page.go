package login

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"time"
)

//go:embed page
var page embed.FS

// Where things are besides the page itself: absolute, so that a web server in front has
// to pass on /login/ and nothing else.
const (
	assetPath        = "/login/"
	authenticatePath = "/login/authenticate/"
	indexName        = "login.html"
)

// Route is a path that a [Site] answers, as gorilla/mux has it.
type Route struct {
	Path    string
	Methods []string
	MaxBody int64 // bytes
}

// Routes returns the paths of the site with a page.
func Routes(page *url.URL) []Route {
	routes := []Route{{authenticatePath + "{link}", []string{http.MethodGet, http.MethodHead, http.MethodPost}, maxBody}}
	for path := range assets(page) {
		routes = append(routes, Route{path, []string{http.MethodGet, http.MethodHead}, 0})
	}
	return routes
}

// assets returns the files by the paths they are served at.
func assets(page *url.URL) map[string]string {
	return map[string]string{
		assetPath + "login.css": "login.css",
		assetPath + "login.js":  "login.js",
		assetPath + "login.svg": "login.svg",
		page.Path:               indexName,
	}
}

var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

func asset(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := fs.ReadFile(page, "page/"+name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", mediaTypes[path.Ext(name)])
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
	})
}

// policy lets the page use its own files and nothing else, and be in no frame.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guarded puts the headers on every answer that keep browsers and caches in check.
func guarded(next http.Handler) http.Handler {
	headers := map[string]string{
		"Content-Security-Policy":      policy,
		"X-Frame-Options":              "DENY", // for browsers older than frame-ancestors
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cache-Control":                "no-store",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
		"X-Robots-Tag":                 "noindex, nofollow",
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}
