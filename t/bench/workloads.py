# SPDX-License-Identifier: Apache-2.0
"""The workloads. Each is a function of the bench; its subjects take turns,
so that whatever else the machine does hits all of them alike."""
import os
import random
import time

from figures import figure, note, ratio, wrong
from system import get, until

BODY = ('{"query":"payments latency is up since the last deploy, please look'
        ' at it","environment":"bench","submitter":{"id":"bench"}}')
ONE = "/api/v1/sessions/BEN-20250101-{}"
LIST = "/api/v1/sessions?status=awaiting_input&limit=50"
FAIR_MS = 1000


def in_turns(bench, subjects):
    """{name: [a result per round]}, after one round that does not count."""
    results = {name: [] for name in subjects}
    for number in range(-1, bench.rounds):
        for name, measure in subjects.items():
            result = measure()
            if number >= 0:
                results[name].append(result)
    return results


def rates(results):
    """Stories per second."""
    return [one["done"] / max(one["seconds"], 0.001) for one in results]


def quality(name, results):
    """What must hold whatever the speed."""
    for one in results:
        if one["failed"]:
            wrong(name, [f"{one['failed']} requests failed"])
    figure(f"{name}.slowest_answer",
           [one["slowest_answer_ms"] for one in results], "ms",
           at_most=FAIR_MS)


def reads(bench, name, path, numbers, static_at_least, peer_at_least):
    """GET path from 32 connections."""
    system = bench.shared(100000)

    def ours():
        return bench.load(system.port, "get", path, clients=32,
                          numbers=numbers)

    def static():
        return bench.load(system.static_port, "get", "/1k", clients=32)

    def peer(its_path):
        return bench.load(system.peer_port, "get", its_path, clients=32,
                          numbers=numbers)

    subjects = {"gatehouse": ours, "static": static}
    if bench.start_peer(system):
        subjects["peer"] = lambda: peer(path)
        subjects["peer_bare"] = lambda: peer(path.replace("/api/v1", "/bare"))
    results = in_turns(bench, subjects)
    speed = {subject: rates(results[subject]) for subject in results}
    for subject, values in speed.items():
        figure(f"{name}.{subject}", values, "requests/s")
    figure(f"{name}.p99", [one["p99_ms"] for one in results["gatehouse"]],
           "ms")
    ratio(f"{name}.ratio_static", speed["gatehouse"], speed["static"],
          static_at_least)
    if "peer" in speed:
        ratio(f"{name}.ratio_peer", speed["gatehouse"], speed["peer"],
              peer_at_least)
        ratio(f"{name}.ratio_peer_bare", speed["gatehouse"],
              speed["peer_bare"])
    quality(name, results["gatehouse"])
    wrong(name, system.check(system.sessions))


def w1(bench):
    """GET a session of 2 KB, one of 100,000."""
    reads(bench, "W1", ONE, 100000, 0.28, 1.1)


def w2(bench):
    """List 50 sessions that wait, of 100,000."""
    reads(bench, "W2", LIST, 1, None, 2.5)


def post(bench, system, port, clients=64, seconds=None):
    """POST sessions and count what was acknowledged."""
    result = bench.load(port, "post", clients=clients, body=BODY,
                        seconds=seconds)
    if port == system.port:
        system.sessions += result["done"]
    return result


def w3(bench):
    """POST a session, synchronous=FULL, 64 connections. No runner works on
    them meanwhile: the peer has none either."""
    with bench.system(100000, parts=("fcgi", "nginx")) as system:
        subjects = {
            "gatehouse": lambda: post(bench, system, system.port),
            "raw_1": lambda: bench.commits(system, 1),
            "raw_64": lambda: bench.commits(system, 64),
        }
        if bench.start_peer(system):
            subjects["peer"] = lambda: post(bench, system, system.peer_port)
        results = in_turns(bench, subjects)
        speed = {subject: rates(results[subject]) for subject in results}
        figure("W3.gatehouse", speed["gatehouse"], "sessions/s")
        figure("W3.raw_1_per_commit", speed["raw_1"], "sessions/s")
        figure("W3.raw_64_per_commit", speed["raw_64"], "sessions/s")
        figure("W3.p99", [one["p99_ms"] for one in results["gatehouse"]],
               "ms", at_most=25)
        ratio("W3.ratio_raw_1", speed["gatehouse"], speed["raw_1"])
        if "peer" in speed:
            figure("W3.peer", speed["peer"], "sessions/s")
            ratio("W3.ratio_peer", speed["gatehouse"], speed["peer"], 2.5)
        quality("W3", results["gatehouse"])
        wrong("W3", system.check(system.sessions))


def cycles(bench, system, clients):
    """POST, wait at the gate, approve, wait for the end; again and again.
    The more clients there are the less often each of them asks."""
    result = bench.load(system.port, "cycle", clients=clients, body=BODY,
                        pause_ms=clients / 4)
    system.sessions += result["done"]
    return result


def w4(bench):
    """Full cycles: script model, tool gate, 16 and 64 clients."""
    system = bench.shared(100000)
    results = in_turns(bench, {
        clients: lambda clients=clients: cycles(bench, system, clients)
        for clients in (16, 64)})
    for clients, series in results.items():
        name = f"W4.{clients}_clients"
        figure(name, rates(series), "cycles/s")
        figure(f"{name}.p50", [one["p50_ms"] for one in series], "ms")
        figure(f"{name}.p99", [one["p99_ms"] for one in series], "ms")
        quality(name, series)
    wrong("W4", system.check(system.sessions))


def w5(bench):
    """From POST until the session is in the queue, one client, who asks for
    the queue again and again: its pause is part of the figure, so it is short."""
    system = bench.shared(100000)

    def gate():
        result = bench.load(system.port, "gate", clients=1, body=BODY,
                            pause_ms=0.05)
        system.sessions += result["done"]
        return result

    results = in_turns(bench, {"gate": gate})["gate"]
    figure("W5.p50", [one["p50_ms"] for one in results], "ms", at_most=1.9)
    figure("W5.p99", [one["p99_ms"] for one in results], "ms")
    quality("W5", results)
    wrong("W5", system.check(system.sessions))


def w6(bench):
    """Memory of all our processes and nginx while sessions are paused, after
    they were read and listed."""
    for sessions, bound in ((10000, 64), (100000, 96)):
        with bench.system(sessions, every=1) as system:
            for path in (ONE, LIST):
                bench.load(system.port, "get", path, clients=32,
                           numbers=sessions)
            anonymous, proportional = system.memory()
            name = f"W6.{sessions}_paused"
            figure(f"{name}.pss", [proportional], "MiB", at_most=bound)
            figure(f"{name}.anonymous", [anonymous], "MiB")
            wrong(name, system.check(system.sessions))


def lost(system, path):
    """Acknowledged writes that are not in the file."""
    with open(path, encoding="utf-8") as lines:
        writes = [line.split() for line in lines]
    missing = []
    for kind, name in writes:
        found = system.ask(
            "SELECT EXISTS (SELECT 1 FROM session WHERE id = ?)", name
        ) if kind == "session" else system.ask(
            "SELECT EXISTS (SELECT 1 FROM gate WHERE id = ? AND decision ="
            " 'approve')", name[1:])
        if not found:
            missing.append(name)
    return len(writes), missing


def w7(bench):
    """kill -9 under load, 20 times."""
    victims = ("gatehouse-fcgi", "gatehouse-runner", "gatehouse")
    acknowledged = f"{bench.work}/acknowledged"
    if os.path.exists(acknowledged):
        os.unlink(acknowledged)
    with bench.system(10000) as system:
        clients = bench.start_load(
            system.port, "cycle", clients=16, body=BODY, pause_ms=2,
            seconds=0.8 * bench.kills + 1, acknowledged=acknowledged)
        for number in range(bench.kills):
            time.sleep(random.uniform(0.4, 0.9))
            system.kill(victims[number % len(victims)])
        bench.finish_load(clients)
        if not system.idle():
            wrong("W7", ["the runner does not come to rest"])
        writes, missing = lost(system, acknowledged)
        figure("W7.kills", [bench.kills], "kills")
        figure("W7.acknowledged", [writes], "writes")
        figure("W7.lost", [len(missing)], "writes", at_most=0)
        # What was not acknowledged may have been done.
        wrong("W7", system.check(system.ask("SELECT count(*) FROM session")))


def w9(bench):
    """W1 to W4 with 10,000, 100,000 and 1,000,000 sessions in the file."""
    sizes = bench.sizes
    systems = {size: bench.shared(size) for size in sizes}

    def compare(name, measure):
        results = in_turns(bench, {size: lambda size=size:
                                   measure(systems[size]) for size in sizes})
        speed = {size: rates(results[size]) for size in sizes}
        for size in sizes:
            figure(f"W9.{name}.{size}", speed[size], "/s")
        slower = [small / large for small, large in
                  zip(speed[sizes[0]], speed[sizes[-1]])]
        figure(f"W9.{name}.growth", slower, "x", at_most=1.5)

    compare("W1", lambda system: bench.load(
        system.port, "get", ONE, clients=32, numbers=system.seeded))
    compare("W2", lambda system: bench.load(
        system.port, "get", LIST, clients=32))
    compare("W4", lambda system: cycles(bench, system, 16))
    # As in W3, no runner works on what is made; nobody else needs that.
    for system in systems.values():
        system.stop()
        system.start(("fcgi", "nginx"))
    compare("W3", lambda system: post(bench, system, system.port))
    for size, system in systems.items():
        wrong(f"W9.{size}", system.check(system.sessions))
        bench.kept.pop(size).__exit__()


def w10(bench):
    """From the start of all processes to the first answer."""
    size = bench.sizes[-1]
    path = ONE.replace("{}", f"{size:07d}")
    with bench.system(size, parts=()) as system:
        took = []
        for _ in range(bench.rounds + 1):
            start = time.monotonic()
            system.launch("runner", "fcgi", "nginx")
            if not until(lambda: get(system.port, path) == 200, 30, 0.001):
                wrong("W10", ["no answer in 30 s"])
                return
            took.append((time.monotonic() - start) * 1000)
            system.stop()
        figure("W10.first_answer", took[1:], "ms", at_most=200)
        note(f"W10: {size} sessions in the file")


ALL = {"W1": w1, "W2": w2, "W3": w3, "W4": w4, "W5": w5, "W6": w6, "W7": w7,
       "W9": w9, "W10": w10}
