# SPDX-License-Identifier: Apache-2.0
"""Parts from npm, pinned by a lock file, for one test.

    import npm

    modules = npm.install("node-mcp")   # a folder of t/e2e
    subprocess.run(["node", f"{modules}/some-package/index.js"])

Without npm, or without a network to install from, the test is skipped,
unless CI=true.
"""
import os
import shutil
import subprocess

from gatehouse import TOP, bail, skip_all, tmp


def give_up(why):
    """Skip the test, unless it must run."""
    if os.environ.get("CI") == "true":
        bail(f"parts from npm are needed here: {why}")
    skip_all(f"parts from npm cannot be had: {why}")


def install(folder):
    """The node_modules of t/e2e/FOLDER, in this test's temporary folder."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            give_up(f"there is no {program}; install nodejs and npm")
    shutil.copytree(f"{TOP}/t/e2e/{folder}", f"{tmp}/{folder}")
    run = subprocess.run(["npm", "ci", "--no-audit", "--no-fund",
                          "--ignore-scripts"], cwd=f"{tmp}/{folder}",
                         text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    if run.returncode != 0:
        give_up("npm ci failed: " + (run.stdout.split("\n") + [""])[0])
    return f"{tmp}/{folder}/node_modules"
