# SPDX-License-Identifier: Apache-2.0
"""What the tools of this application share.

A tool reads its arguments, one JSON object, from stdin and prints its
result, one JSON value, to stdout. When it cannot do its work it says why
on stderr and ends with status 1.
"""
import json
import os
import sys
import time

_APP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def fail(message):
    print(message, file=sys.stderr)
    sys.exit(1)


def arguments(*required):
    """The arguments, and their text (bytes) as it came in."""
    text = sys.stdin.buffer.read()
    try:
        args = json.loads(text)
    except ValueError as error:
        fail(f"arguments are not JSON: {error}")
    if not isinstance(args, dict):
        fail("arguments are not an object")
    for name in required:
        if not isinstance(args.get(name), str) or not args[name]:
            fail(f"argument \"{name}\" must be a text")
    return args, text


def sample(name):
    """The sample data of data/NAME.json."""
    with open(f"{_APP}/data/{name}.json", encoding="utf-8") as file:
        return json.load(file)


def service(name):
    """The row of one service."""
    services = sample("services")
    if name not in services:
        fail(f"no service is called \"{name}\"")
    return services[name]


def answer(result):
    """Print the result; integers of any size keep their digits."""
    print(json.dumps(result, separators=(",", ":")))


def data_path(name):
    """A file in the data directory, which outlives the program."""
    folder = os.environ.get("GATEHOUSE_DATA")
    if not folder:
        fail("GATEHOUSE_DATA is not set")
    return os.path.join(folder, name)


def record(name, text):
    """Add one line to a log: who asked, when, and for exactly what.

    The arguments are spliced in as they came, so that the line can be held
    against what was approved; only line breaks, which in JSON can stand
    between tokens alone, become spaces. One write in append mode: lines of
    programs that run at the same time never mix.
    """
    head = json.dumps({
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "session": os.environ.get("GATEHOUSE_SESSION"),
        "call": os.environ.get("GATEHOUSE_CALL_KEY"),
    }, separators=(",", ":"))
    args = text.strip().replace(b"\r", b" ").replace(b"\n", b" ")
    line = head.encode()[:-1] + b",\"arguments\":" + args + b"}\n"
    try:
        file = os.open(data_path(name),
                       os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o660)
        written = os.write(file, line)
    except OSError as error:
        fail(f"cannot write {name}: {error.strerror}")
    if written != len(line):
        fail(f"cannot write {name}: the line was cut")
