// Package inquiry knows how StackStorm checks and shows the answer to an inquiry: its
// dialect of JSON schema has required as a boolean of each property.
package inquiry

import (
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

// keys are what an inquiry is made of, in the order in which its result has them.
var keys = []string{"schema", "roles", "users", "route", "ttl"}

// Result returns the result of an inquiry that waits: what was given, and the defaults.
func Result(parameters, given *pyjson.Object) *pyjson.Object {
	result := pyjson.Of()
	for _, k := range keys {
		value, isGiven := given.Lookup(k)
		if !isGiven {
			value = parameters.Object(k).Get("default")
		}
		result.Set(k, value)
	}
	return result
}

// Document returns an inquiry as the API shows it.
func Document(id string, result *pyjson.Object) *pyjson.Object {
	return pyjson.Of("id", id, "route", result.Get("route"), "ttl", result.Get("ttl"), "users", result.Get("users"),
		"roles", result.Get("roles"), "schema", result.Get("schema"))
}

// Fault returns what is wrong with an answer, in the words of the server; "" is right.
// Properties within properties are not looked at.
func Fault(wanted, response *pyjson.Object) string {
	if required, isList := wanted.Get("required").([]any); isList {
		// A schema of draft 4 is none here: no answer is ever right.
		text := pyjson.Repr(required)
		return text + " is not of type 'boolean'\n\nFailed validating 'type' in metaschema['properties']['required']:\n" +
			"    {'type': 'boolean', 'default': False}\n\nOn schema['required']:\n    " + text
	}
	properties := wanted.Object("properties")
	if wanted.Get("additionalProperties") != false {
		response = known(properties, response)
	}
	if v := schema.Validate(properties, response); v != nil {
		return v.Long()
	}
	return ""
}

// known returns those keys of the response that the schema has.
func known(properties, response *pyjson.Object) *pyjson.Object {
	out := pyjson.Of()
	for _, k := range response.Keys() {
		if _, has := properties.Lookup(k); has {
			out.Set(k, response.Get(k))
		}
	}
	return out
}

// Masked returns the result of an answered inquiry with its secrets hidden.
func Masked(result *pyjson.Object) *pyjson.Object {
	response := result.Object("response")
	if response == nil {
		return result
	}
	out := result.Clone()
	out.Set("response", schema.MaskSecrets(result.Object("schema").Object("properties"), response))
	return out
}
