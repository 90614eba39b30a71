#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Every key that the loader knows is in docs/configuration.md, and no other.
#
# A table of keys is an array of texts that conf_strict, conf_lenient or
# check_records gets; it is known by its file, its function and, unless it is
# called "keys", its name. skill_keys has kinds as well, and no function. Below
# its heading each section of the page says whose keys it has:
#
#     <!-- keys: FILE FUNCTION [NAME] -->
#
# and the first column of its rows has the keys.
import glob
import os
import re
import sys

TOP = os.path.realpath(os.path.dirname(os.path.realpath(__file__)) + "/../..")
PAGE = "docs/configuration.md"
FUNCTION = re.compile(r"^(\w+)\([^;{}]*\)\n\{\n(.*?)^\}", re.S | re.M)
CHECK = re.compile(r"\b(?:conf_strict|conf_lenient|check_records)\(([^;]*?)\);",
                   re.S)
count = failed = 0


def report(problems, name):
    global count, failed
    count += 1
    failed += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {count} - {name}")
    for problem in problems:
        print(f"# {problem}", file=sys.stderr)


def texts(code, name, before=""):
    """What is in the array of that name, or None."""
    found = re.search(before + r"\bstatic const char \*const " + name
                      + r"\[\] = \{(.*?)\};", code, re.S | re.M)
    return found and re.findall(r'"([^"]*)"', found[1])


def tables(path):
    """{(file, function and name): keys} of one source file."""
    with open(path) as file:
        code = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    name, found = os.path.basename(path), {}
    for function, body in FUNCTION.findall(code):
        for arguments in CHECK.findall(body):
            for word in re.split(r"\s*,\s*", arguments):
                keys = re.fullmatch(r"\w+", word) and (
                    texts(body, word) or texts(code, word, "^"))
                if keys:
                    more = "" if word == "keys" else " " + word
                    found[name, function + more] = keys
    skills = re.search(r"\bskill_keys\[\] = \{(.*?)^\};", code, re.S | re.M)
    if skills:
        found[name, "skill_keys"] = re.findall(r'\{ "(\w+)"', skills[1])
    return found


def sections():
    """[(heading, the table that it names, the keys of its rows)]"""
    with open(f"{TOP}/{PAGE}") as file:
        parts = re.split(r"^## ", file.read(), flags=re.M)[1:]
    for part in parts:
        of = re.search(r"^<!-- keys: (\S+) (.+) -->$", part, re.M)
        yield (part.split("\n")[0], of and (of[1], of[2]),
               re.findall(r"^\| `([^`]+)` \|", part, re.M))


known = {}
for path in sorted(glob.glob(f"{TOP}/cli/app_*.c")):
    known.update(tables(path))
report([] if len(known) > 30 else [f"only {len(known)} found; has the form of "
                                   "the tables changed?"],
       "the loader's tables are found")

described, wrong = {}, []
for heading, table, keys in sections():
    if table is None:
        wrong += [f'"{heading}" has rows but does not say whose keys they '
                  "are"] if keys else []
    elif table not in known:
        wrong.append(f'"{heading}": there is no table of keys in cli/'
                     f'{" ".join(table)}')
    elif table in described:
        wrong.append(f'"{heading}": its keys are in another section too')
    else:
        described[table] = heading, keys
report(wrong, f"the sections of {PAGE} name tables of the loader")

report([f"cli/{file}, {function}: add a section to {PAGE} with <!-- keys: "
        f"{file} {function} --> and a row for each of: {', '.join(keys)}"
        for (file, function), keys in known.items()
        if (file, function) not in described],
       "each table has its section")

missing, extra, twice = [], [], []
for table, (heading, keys) in described.items():
    where = f'{PAGE}, section "{heading}"'
    missing += [f"`{key}` (cli/{table[0]}, {table[1]}) has no row in {where}"
                for key in known[table] if key not in keys]
    extra += [f"`{key}` in {where} is no key of cli/{table[0]}, {table[1]}"
              for key in keys if key not in known[table]]
    twice += [f"`{key}` has two rows in {where}"
              for key in sorted(set(keys)) if keys.count(key) > 1]
report(missing, "each key that the loader knows is described")
report(extra, "each key that is described is known")
report(twice, "none is described twice")

print(f"1..{count}")
sys.exit(1 if failed else 0)
