# SPDX-License-Identifier: Apache-2.0
"""The peer: the same requests served by fastify and better-sqlite3, from a
copy of the same database."""
import os
import shutil
import subprocess

from figures import note
from system import get, until

HERE = os.path.dirname(os.path.abspath(__file__))


def _install(folder):
    """What the lock file names, into folder; true when it is there."""
    os.makedirs(folder, exist_ok=True)
    if not shutil.which("npm"):
        note("no peer: npm is missing; install it: apt-get install npm")
        return False
    changed = False
    for name in ("package.json", "package-lock.json", "server.js"):
        with open(f"{HERE}/peer/{name}", "rb") as file:
            wanted = file.read()
        target = f"{folder}/{name}"
        if not os.path.exists(target) or open(target, "rb").read() != wanted:
            with open(target, "wb") as file:
                file.write(wanted)
            changed = changed or name != "server.js"
    if not changed and os.path.exists(f"{folder}/installed"):
        return True
    with open(f"{folder}/npm.log", "wb") as log:
        # Built here, against the headers of Debian's node.
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--build-from-source",
             "--nodedir=/usr"], cwd=folder, stdout=log, stderr=log,
            check=False).returncode == 0
    if done:
        open(f"{folder}/installed", "w", encoding="utf-8").close()
    else:
        note(f"no peer: npm failed; see {folder}/npm.log")
    return done


def start(system, folder):
    """Starts the peer beside the system, once; false: there is none."""
    if "peer" in system.running:
        return True
    if not _install(folder):
        return False
    shutil.copyfile(system.seed, f"{system.data}/peer.db")
    system.run("peer", ["node", f"{folder}/server.js",
                        f"{system.data}/peer.db",
                        f"{system.data}/run/peer.sock"])
    path = "/api/v1/sessions?status=done&limit=1"
    if until(lambda: get(system.peer_port, path) == 200, 60):
        return True
    note(f"no peer: it does not answer; see {system.data}/log/peer.log")
    return False
