#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The examples of docs/ are what load takes. Each is put into a small
# application in place of the part that it is an example of.
import os
import re
import subprocess
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import BUILD, TOP, bail, diag, done, ok, tmp

BASE = {
    "name": "name: docs\n",
    "environments": "environments: [dev, staging, production]\n",
    "llm": "llm: {default: a, providers: {s: {kind: stub}},"
           " models: {a: {provider: s}, main: {provider: s}}}\n",
    "mcp": """mcp:
  servers:
    - name: incident
      transport: session
      category: test
      tools: [{name: mark_resolved}, {name: apply_fix},
              {name: notify_oncall}, {name: update_incident}]
    - name: observability
      transport: session
      category: test
      tools: [{name: get_deploys}, {name: get_metrics}]
""",
    "orchestrator": "orchestrator: {entry_agent: triage}\n",
    "paths": "", "runtime": "", "framework": "", "ui": "",
}
SKILL = {
    "description": "description: Looks.\n",
    "tools": "", "budget": "", "model": "",
    "routes": "routes: [{when: default, next: __end__}]\n",
}
PAGES = {"models.md": 4, "configuration.md": 12, "budgets.md": 1,
         "skills.md": 1}


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def place(sections, example):
    """The sections, with those that the example has in its words."""
    named = re.findall(r"^(\w+):", example, re.M)
    return "".join(text for name, text in sections.items()
                   if name not in named) + example


def is_of(sections, example):
    named = re.findall(r"^(\w+):", example, re.M)
    return named and set(named) <= set(sections)


def application(example):
    """The files of an application with that example; None: it is none."""
    config, skill, script = place(BASE, ""), place(SKILL, ""), "replies: []\n"
    if is_of(BASE, example):
        config = place(BASE, example)
    elif is_of(SKILL, example):
        skill = place(SKILL, example)
    elif re.match(r"- name: \w+\n  transport: ", example):
        config = place(BASE, "mcp:\n  servers:\n" + re.sub(
            r"^", "    ", example, flags=re.M).rstrip(" "))
    elif re.match(r"replies:", example):
        script = example
    elif re.match(r"dispatch_rules:", example):
        skill = ("description: Sends.\nkind: supervisor\n"
                 "subordinates: [triage]\ndispatch_strategy: rule\n")
        return config, place(SKILL, ""), script, skill + example
    else:
        return None
    return config, skill, script, None


def check(page, number, files):
    config, skill, script, door = files
    top = f"{tmp}/{page}-{number}"
    write(top + "/config.yaml", config.replace("kind: stub",
          "kind: script, file: script.yaml") if "script" not in config
          else config)
    write(top + "/script.yaml", script)
    write(top + "/tools/get_deploys", "#!/bin/sh\n")
    os.chmod(top + "/tools/get_deploys", 0o755)
    for agent in ("triage", "resolution", "deep_investigator"):
        write(f"{top}/skills/{agent}/config.yaml",
              skill if agent == "triage" else place(SKILL, ""))
        write(f"{top}/skills/{agent}/prompt.md", "Look.\n")
    if door is not None:
        write(top + "/skills/door/config.yaml", door)
    run = subprocess.run([BUILD + "/gatehouse", "load", top, "--check"],
                         capture_output=True, text=True)
    if not ok(run.returncode == 0,
              f"docs/{page}, example {number}: load takes it"):
        diag(run.stdout + run.stderr)


for page, least in PAGES.items():
    with open(f"{TOP}/docs/{page}") as file:
        text = file.read()
    number = 0
    for block in re.findall(r"(?:(?<=\n\n)(?:    .*\n|\n(?=    ))+)", text):
        example = re.sub(r"^    ", "", block, flags=re.M)
        # One block may have an example of each of two files.
        for part in re.split(r"\n(?=# skills/)", example):
            files = application(re.sub(r"^#.*\n", "", part, flags=re.M))
            if files is not None:
                number += 1
                check(page, number, files)
    if number < least:
        bail(f"docs/{page} has only {number} examples that are known as such")
done()
