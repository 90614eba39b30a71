#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# A listener whose machine has lost its power says no goodbye, and its network
# says nothing, either. It is found within 60 s, by gatehouse-stream and nginx,
# and nobody else is taken for one. In network namespaces, so that a peer can
# vanish; skipped where there may be none.
import atexit
import os
import subprocess
import sys
import time
sys.path.insert(0, sys.path[0] + "/../helper")

if "GATEHOUSE_ALONE" not in os.environ:
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    if subprocess.run([*unshare, "sh", "-c", "ip link set lo up && ip link"
                       " add ghnear type veth peer name ghfar"],
                      capture_output=True).returncode != 0:
        print("1..0 # SKIP no network namespaces here")
        sys.exit(0)
    os.environ["GATEHOUSE_ALONE"] = "1"
    os.execvp(unshare[0], [*unshare, sys.executable, "-B", *sys.argv])

from gatehouse import App, System, bail, done, is_, ok, say, wait_for

NEAR, FAR = "10.213.0.1", "10.213.0.2"


def ip(*words, peer=None):
    """ip WORDS, in the namespace of that process or in ours."""
    where = ["nsenter", "-t", str(peer), "-n"] if peer else []
    run = subprocess.run([*where, "ip", *words], text=True,
                         capture_output=True)
    if run.returncode != 0:
        bail(f"ip {' '.join(words)}: {run.stderr}")
    return run.stdout


# ---- two machines, side by side

far = subprocess.Popen(["unshare", "-n", "sleep", "600"])
atexit.register(far.kill)
wait_for("another namespace", lambda: os.readlink(f"/proc/{far.pid}/ns/net")
         != os.readlink("/proc/self/ns/net"))
ip("link", "set", "lo", "up")
ip("link", "add", "near", "type", "veth", "peer", "name", "far",
   "netns", str(far.pid))
ip("addr", "add", NEAR + "/24", "dev", "near")
ip("link", "set", "near", "up")
ip("addr", "add", FAR + "/24", "dev", "far", peer=far.pid)
ip("link", "set", "far", "up", peer=far.pid)

gh = System().start(App("gates", {"gate.": [[("box:high", {"n": 1})], say()]}),
                    auth=True)
gh.headers = gh.token("root", "admin")
site = gh.data + "/nginx/gatehouse.conf"
with open(site) as file:
    text = file.read()
with open(site, "w") as file:
    file.write(text.replace(f"listen 127.0.0.1:{gh.port};",
                            f"listen 127.0.0.1:{gh.port};\n"
                            f"\tlisten {NEAR}:{gh.port};"))
gh.kill_nginx()


def links():
    """Connections from the other machine that nginx still has."""
    return subprocess.run(["ss", "-Htn", "state", "established", "dst", FAR],
                          text=True, capture_output=True).stdout.split("\n")[:-1]


def streams():
    """Connections that gatehouse-stream has, its own listening one aside."""
    pid = gh.pids("gatehouse-stream")[0]
    return len([line for line in subprocess.run(
        ["ss", "-Hxp", "state", "established"], text=True,
        capture_output=True).stdout.splitlines() if f"pid={pid}," in line])


def listen(*where):
    curl = subprocess.Popen(
        [*where, "curl", "-sN", "-m", "500", "-H", "Accept: text/event-stream",
         "-H", f"Authorization: {gh.headers['Authorization']}",
         f"http://{NEAR}:{gh.port}/api/v1/events"], stdout=subprocess.PIPE)
    atexit.register(curl.kill)
    if curl.stdout.readline() != b"retry: 2000\n":
        bail(f"nobody can listen: {where}")
    return curl


near = listen()
few = streams()
listeners = [listen("nsenter", "-t", str(far.pid), "-n") for _ in range(3)]
is_((len(links()), streams() - few), (3, 3), "three of them listen")

# ---- the lights go out

neighbour = ip("-o", "link", "show", "dev", "far", peer=far.pid).split()
ip("neigh", "replace", FAR, "lladdr",
   neighbour[neighbour.index("link/ether") + 1], "dev", "near", "nud",
   "permanent")
ip("addr", "flush", "dev", "far", peer=far.pid)
begin = time.monotonic()
wait_for("gatehouse-stream gives up", lambda: streams() == few)
wait_for("and nginx", lambda: not links())
took = time.monotonic() - begin
ok(15 < took < 60, f"192 peers that vanished are found after {took:.0f} s")
is_(gh.log("stream").count('listener_dropped why="it has gone"'), 3,
    "and the log says so")
gh.run("gate.", "awaiting_input")
while b'"gate_fired"' not in near.stdout.readline():
    pass
ok(near.poll() is None, "who is here listens on")
done()
