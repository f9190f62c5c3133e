// Package results knows the forms that the results of StackStorm's runners have.
package results

import "github.com/go-errbot/errbot/st2/st2test/internal/pyjson"

// Shape gives a value the form that the results of a runner have.
func Shape(runner string, value any, isFailure bool) (*pyjson.Object, error) {
	document, err := pyjson.From(value)
	if err != nil {
		return nil, err
	}
	switch runner {
	case "python-script":
		return pyjson.Of("stdout", "", "stderr", "", "exit_code", 0, "result", document), nil
	case "local-shell-cmd", "local-shell-script":
		if out, isText := document.(string); isText {
			code := 0
			if isFailure {
				code = 1
			}
			return Shell(isFailure, code, out, ""), nil
		}
	}
	return Raw(document)
}

// Raw is a value as the result as it is; what is no object becomes one.
func Raw(value any) (*pyjson.Object, error) {
	document, err := pyjson.From(value)
	if err != nil {
		return nil, err
	}
	if o, isObject := document.(*pyjson.Object); isObject {
		return o, nil
	}
	return pyjson.Of("result", document), nil
}

// OfError is the result of an action that ended with an error.
func OfError(runner string, err error) *pyjson.Object {
	switch runner {
	case "python-script":
		return pyjson.Of("stdout", "", "stderr", err.Error()+"\n", "exit_code", 1, "result", "None")
	case "local-shell-cmd", "local-shell-script":
		return Shell(true, 1, "", err.Error())
	default:
		return pyjson.Of("error", err.Error(), "traceback", "")
	}
}

// Shell is the result of a shell runner.
func Shell(isFailure bool, code int, stdout, stderr any) *pyjson.Object {
	return pyjson.Of("failed", isFailure, "succeeded", !isFailure, "return_code", code, "stdout", stdout, "stderr", stderr)
}
