# SPDX-License-Identifier: Apache-2.0
"""Live events: how soon everybody knows, and what listening costs."""
import os
import subprocess
import time

from figures import figure
from system import TOKEN, get, until

IDLE_S = 10


def listen(bench, system, listeners, rounds, since):
    """{name: value} as the listen program prints them."""
    out = subprocess.run(
        [f"{bench.build}/t/bench/listen", str(system.port), str(listeners),
         str(rounds), str(since)], check=True, stdout=subprocess.PIPE,
        text=True).stdout
    system.sessions += rounds
    return {name: int(value) for name, value in
            (line.split() for line in out.splitlines())}


def head(system):
    return system.ask("SELECT max(seq) FROM event")


def cpu_s(pid):
    """Seconds of processor time that a process has used."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pss_mib(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file
                    if line.startswith("Pss:")) / 1024


def idle(bench, system, listeners):
    """What gatehouse-stream takes while that many hear nothing."""
    pid = system.pids("gatehouse-stream")[0]
    with subprocess.Popen(
            [f"{bench.build}/t/bench/listen", str(system.port),
             str(listeners), "0", str(head(system))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        time.sleep(1)
        before = cpu_s(pid)
        time.sleep(IDLE_S)
        used = (cpu_s(pid) - before) / IDLE_S
        size = pss_mib(pid)
        process.stdin.close()
    figure(f"W8.{listeners}_idle", [100 * used], "% of a core", at_most=1)
    figure(f"W8.{listeners}_pss", [size], "MiB", at_most=100)


def catch_up(bench, system):
    """Events per second that one listener gets out of history."""
    count = system.ask("SELECT count(*) FROM event")
    rates = []
    for _ in range(bench.rounds):
        start = time.monotonic()
        with subprocess.Popen(
                ["curl", "-sN", "-H", "Accept: text/event-stream",
                 "-H", f"Authorization: Bearer {TOKEN}",
                 f"http://127.0.0.1:{system.port}/api/v1/events"],
                stdout=subprocess.PIPE) as curl:
            seen, text = 0, b""
            while seen < count:
                # What is cut in the middle is kept, and no whole one.
                text = text[-4:] + curl.stdout.read1(1 << 20)
                seen += text.count(b"\nid: ")
            rates.append(count / (time.monotonic() - start))
            curl.terminate()
    figure("W8.catch_up", rates, "events/s", at_least=200000)


def w8(bench):
    """One event to 1, 1,000 and 10,000 listeners, through nginx."""
    with bench.system(100000, parts=("fcgi", "nginx", "stream")) as system:
        until(lambda: get(system.port, "/api/v1/events?since=x") == 422, 20)
        for listeners, bound in ((1, None), (1000, 30), (10000, 150)):
            rounds = [listen(bench, system, listeners, 5, head(system))
                      for _ in range(bench.rounds)]
            for name in ("p50", "p99"):
                figure(f"W8.{listeners}.{name}",
                       [one[name] / 1000 for one in rounds], "ms",
                       at_most=bound if name == "p99" else None)
        idle(bench, system, 10000)
        catch_up(bench, system)
