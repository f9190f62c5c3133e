"""Records what Python's argparse answers: python3 record.py > argparse.json

The commands are those of recording_test.go. Python 3.11 was used.
"""
import argparse
import contextlib
import io
import json
import shlex


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise ValueError("parse", message)


def names(p):
    p.add_argument("--last-name", default="")
    p.add_argument("--first-name", default="")


def two(p):
    p.add_argument("a")
    p.add_argument("b", type=int)


def repeat(p):
    p.add_argument("value")
    p.add_argument("--repeat-count", type=int, default=1, metavar="REPEAT")


def deploy(p):
    p.add_argument("host", help="where to deploy")
    p.add_argument("-r", "--repeat-count", type=int, default=1, metavar="N",
                   help="how often; more than once only where the first attempt is known to be harmless")
    p.add_argument("--mode", choices=["fast", "safe"], default="safe")
    p.add_argument("--ratio", type=float, default=0.5)
    p.add_argument("-t", "--tag", action="append", default=[])
    p.add_argument("-v", "--verbose", action="store_true", help="say more")
    p.add_argument("-q", "--quick", action="store_true")
    p.add_argument("file", nargs="*", default=[], help="what to deploy")


def choose(p):
    p.add_argument("color", choices=["red", "green"])
    p.add_argument("size", type=int, choices=[1, 2])
    p.add_argument("--owner", required=True)


def many(p):
    p.add_argument("words", nargs="+", metavar="word")


LINES = {
    names: [
        r"--first-name=Err\" --last-name=Bot",
        '--first-name=Err" --last-name=Bot',
        "--first-name=Err\\",
        "--invalid-parameter", "--invalid-parameter=1 --other", "--help", "-h", "",
        "—first-name=Err —last-name “Bot the second”", "--first-name ‘a b’",
        "--first-name", "--first-name --last-name", "--first-name -- x", "--first-name=", "--first-name ''",
        "--first-name -5", "--first-name '- x'", "--first-name -x", "--first-name -", "surplus", "one two --invalid",
        "--first-name a --first-name b", "-hx",
    ],
    two: [
        "1", "a b", "", "a 5", "a -5", "-5 -6", "a +5", "a 5 6 7", "--bad a 5", "a --bad 5", "--bad",
        "a 1.5", "a ''", "-- --bad 5", "a -- -5", "a \"it's\"", "a 'say \"it'\"'\"'s\"'", "a \\\\", "a é", "a '\t'",
        "--help", "a x --help", "-.5 3", "- 3", "a 99999999999999999999x",
    ],
    repeat: ["v", "v --repeat-count 3", "--repeat-count=3 v", "--repeat-count x v", "--repeat-count", "--help"],
    deploy: [
        "web", "web -r 3", "web -r3", "web -r=3", "-r 3 web", "web --repeat-count x", "web -r x", "web -rx",
        "web -vq", "web -qv", "web -vqr 2", "web -vx", "web -vqr2", "web --mode slow", "web --mode safe --mode fast",
        "web --ratio 1e3", "web --ratio x", "web --ratio -1.5", "web -t a --tag b", "web --tag", "web a b c",
        "web a b -v", "--verbose web a", "web -- -v", "web -z", "", "-h", "-v -q",
        "web 'a b' \"c d\"", "web a#b '#c' ;d", "web a\\ b",
    ],
    choose: ["blue 1", "red 3", "red 1", "red x", "red 2 --owner me", "--owner me", "", "--help"],
    many: ["", "a", "a b", "-- -a", "--help"],
}


def answer(command, line):
    p = Parser(prog=command.__name__, description=command.__name__ + " does it", allow_abbrev=False)
    command(p)
    typed = line.replace("—", "--").replace("“", '"').replace("”", '"').replace("‘", "'").replace("’", "'")
    out = io.StringIO()
    try:
        words = shlex.split(typed)
    except ValueError as e:
        return {"quotes": str(e)}
    try:
        with contextlib.redirect_stdout(out):
            return {"values": vars(p.parse_args(words))}
    except SystemExit:
        return {"help": out.getvalue()}
    except ValueError as e:
        return {"message": e.args[1]}


print(json.dumps([
    {"command": command.__name__, "line": line, **answer(command, line)}
    for command, lines in LINES.items() for line in lines
], indent=1, ensure_ascii=False))
