# SPDX-License-Identifier: Apache-2.0
"""The workloads with a model server: many sessions that wait for replies."""
import http.client
import json
import os
import re
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from figures import figure, wrong
from model import Model
from system import System, TOKEN, TOP, until

STEPS = 2       # replies for each session
TICKS = os.sysconf("SC_CLK_TCK")


def _app(folder, name, port, model):
    """The application of the benchmarks with that model, and no gate."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(f"{TOP}/t/bench/app", folder)
    with open(f"{folder}/config.yaml", encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"(?s)  providers:.*?\n\n", f"""  providers:
    slow: {{kind: openai_compat, base_url: "http://127.0.0.1:{port}/v1"}}
  models:
    scripted: {{provider: slow, model: {model}}}

""", text, count=1)
    text = text.replace("name: bench\n", f"name: {name}\n", 1)
    text = text.replace("service:change: high", "service:change: low")
    text = text.replace("session_id_prefix: BEN",
                        f"session_id_prefix: {name[:3].upper()}")
    with open(f"{folder}/config.yaml", "w", encoding="utf-8") as file:
        file.write(text)


def _system(bench, model, apps):
    """A system of its own with these applications: {name: model}."""
    fresh = f"{bench.work}/models"
    shutil.rmtree(fresh, ignore_errors=True)
    os.makedirs(fresh)
    command = [f"{bench.build}/gatehouse", "--db", f"{fresh}/fresh.db"]
    for words in [["init"]] + [["load", f"{fresh}/{name}"] for name in apps]:
        if words[0] == "load":
            name = os.path.basename(words[1])
            _app(words[1], name, model.port, apps[name])
        subprocess.run(command + words, check=True, stdout=subprocess.DEVNULL)
    system = System(bench.build, f"{fresh}/data", f"{fresh}/fresh.db")
    system.start()
    return system


def _start(system, app, count, clients=10):
    """Starts so many sessions of the application."""
    body = json.dumps({"query": "x" * 200, "environment": "bench",
                       "app": app, "submitter": {"id": "bench"}})

    def some(number):
        link = http.client.HTTPConnection("127.0.0.1", system.port)
        for _ in range(number):
            link.request("POST", "/api/v1/sessions", body,
                         {"Content-Type": "application/json",
                          "Authorization": f"Bearer {TOKEN}"})
            answer = link.getresponse()
            if answer.status != 201:
                raise RuntimeError(f"{answer.status} {answer.read()}")
            answer.read()

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(some, [count // clients] * clients))


def _runner(system):
    """(seconds of processor time, PSS in MiB) of the runner."""
    pid = system.pids("gatehouse-runner")[0]
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        pss = re.search(r"\nPss: +(\d+)", file.read())
    return (int(fields[11]) + int(fields[12])) / TICKS, int(pss[1]) / 1024


def _run(system, app, count, seconds):
    """Starts sessions and waits until all are done; (seconds, most MiB)."""
    most = 0
    began = time.monotonic()
    before = system.ask("SELECT count(*) FROM session WHERE status = 'done'")

    def over():
        nonlocal most
        most = max(most, _runner(system)[1])
        return system.ask("SELECT count(*) FROM session"
                          " WHERE status = 'done'") - before >= count

    _start(system, app, count)
    if not until(over, seconds, 0.1):
        wrong(app, [f"not all of {count} sessions end"])
    return time.monotonic() - began, most


def m1(bench):
    """1,000 sessions at once, a model that answers after 2 s, twice each."""
    count, after = (1000, 2) if bench.rounds > 2 else (200, 0.5)
    with Model() as model, _system(bench, model,
                                   {"bench": f"after-{after}"}) as system:
        used = _runner(system)[0]
        took, most = _run(system, "bench", count, 60)
        used = _runner(system)[0] - used
        figure("M1.at_once", [model.most], "requests")
        figure("M1.took", [took], "s")
        figure("M1.of_ideal", [took / (STEPS * after)], "x", at_most=2)
        figure("M1.runner", [most], "MiB", at_most=64)
        figure("M1.of_a_core", [100 * used / took], "%", at_most=30)
        figure("M1.per_step", [1000 * used / count / STEPS], "ms", at_most=1)
        wrong("M1", system.check(count))


def m2(bench):
    """5,000 open streams."""
    count = 5000 if bench.rounds > 2 else 500
    with Model() as model, _system(bench, model,
                                   {"bench": "after-60"}) as system:
        _start(system, "bench", count)
        if not until(lambda: len(model.waiting) >= count, 60, 0.1):
            wrong("M2", [f"{len(model.waiting)} of {count} streams are open"])
        figure("M2.streams", [len(model.waiting)], "streams")
        figure("M2.runner", [_runner(system)[1]], "MiB", at_most=200)
        wrong("M2", system.check(count))


def m3(bench):
    """A provider that never answers, beside one that answers after 0.1 s."""
    count = 400 if bench.rounds > 2 else 80
    with Model() as model, _system(bench, model, {
            "bench": "after-0.1", "stuck": "never"}) as system:
        alone = [_run(system, "bench", count, 60)[0]
                 for _ in range(bench.rounds)]
        _start(system, "stuck", count)
        until(lambda: len(model.waiting) >= count, 30, 0.1)
        beside = [_run(system, "bench", count, 60)[0]
                  for _ in range(bench.rounds)]
        figure("M3.stuck", [len(model.waiting)], "requests")
        figure("M3.alone", alone, "s")
        figure("M3.beside_stuck", beside, "s")
        figure("M3.slower", [b / a for a, b in zip(alone, beside)], "x",
               at_most=1.25)
        wrong("M3", system.check(count * (1 + 2 * bench.rounds)))


ALL = {"M1": m1, "M2": m2, "M3": m3}
