# SPDX-License-Identifier: Apache-2.0
"""promtool, which knows what Prometheus takes.

    from promtool import promtool

    is_(promtool("check", "metrics", said=text), (0, ""), "...")

It is taken out of Debian's package, which as a whole would start a server
here, and kept in build-tools/. Where it is not to be had the test is
skipped, unless CI=true.
"""
import os
import shutil
import subprocess

from gatehouse import TOP, bail, skip_all, tmp

KEPT = TOP + "/build-tools/promtool"


def run(words, **more):
    return subprocess.run(words, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **more)


def fetch():
    """From the package into KEPT; returns what went wrong, or ""."""
    root = "" if os.geteuid() == 0 else "sudo -n "
    got = run(["sh", "-c", "apt-get -q download prometheus || { "
               f"{root}apt-get -q update && apt-get -q download prometheus; }}"
               " && dpkg --fsys-tarfile prometheus_*.deb | "
               "tar -x ./usr/bin/promtool"], cwd=tmp)
    if got.returncode != 0:
        return got.stdout
    os.makedirs(os.path.dirname(KEPT), exist_ok=True)
    part = f"{KEPT}.{os.getpid()}"
    shutil.copy(tmp + "/usr/bin/promtool", part)
    os.replace(part, KEPT)
    return ""


def promtool(*words, said=None):
    """Its exit code and what it printed; said: on its standard input."""
    got = run([KEPT, *words], input=said)
    return got.returncode, got.stdout


if not os.path.exists(KEPT) and (why := fetch()):
    if os.environ.get("CI") == "true":
        bail(f"promtool is needed here: {why}")
    skip_all("promtool cannot be had: " + why.split("\n")[0])
