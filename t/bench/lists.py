# SPDX-License-Identifier: Apache-2.0
"""Long lists: what any combination of filters costs."""
import glob
import http.client
import itertools
import random
import statistics
import urllib.parse

from figures import figure, note, wrong
from system import TOKEN

COMBINATIONS = 300
ASKED = 3

# Of the seeded sessions: what all have, what few have, and what none has.
FILTERS = {
    "status": ("any", "unfinished", "awaiting_input", "done", "error"),
    "app": ("bench",),
    "environment": ("bench", "nowhere"),
    "submitter": ("person-3", "nobody"),
    "agent": ("worker", "nobody"),
    "q": ("latency", "service 7", "deploy nothing"),
    "created_after": ("2025-01-01T00:00:00Z", "2025-01-01T02:00:00Z"),
    "created_before": ("2025-01-01T00:01:00Z", "2025-01-01T02:30:00Z"),
    "waiting": ("2h",),
    "sort": ("-created", "created"),
    "total": ("true",),
}


def used_ns(pid):
    """Processor time of all threads, by the scheduler's own count."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path, encoding="utf-8") as file:
            total += int(file.read().split()[0])
    return total


def combinations():
    """Each filter alone, each two together, and more of them by chance."""
    pairs = [(name, value) for name in FILTERS for value in FILTERS[name]]
    chosen = [dict(some) for count in (1, 2)
              for some in itertools.combinations(pairs, count)
              if len(dict(some)) == count]
    dice = random.Random(1)
    while len(chosen) < COMBINATIONS + len(pairs):
        names = dice.sample(list(FILTERS), dice.randint(3, len(FILTERS)))
        chosen.append({name: dice.choice(FILTERS[name]) for name in names})
    return [urllib.parse.urlencode(one) for one in chosen]


def w11(bench):
    """A list of 50 by any filters, processor time, of 1,000,000 sessions."""
    system = bench.shared(bench.sizes[-1])
    pid = system.pids("gatehouse-fcgi")[0]
    peer = http.client.HTTPConnection("127.0.0.1", system.port, timeout=60)
    costs = []
    for query in combinations():
        took = []
        for _ in range(ASKED):
            before = used_ns(pid)
            peer.request("GET", f"/api/v1/sessions?limit=50&{query}",
                         headers={"Authorization": f"Bearer {TOKEN}"})
            answer = peer.getresponse()
            body = answer.read()
            took.append((used_ns(pid) - before) / 1e6)
            if answer.status != 200:
                wrong("W11", [f"{query}: {answer.status} {body[:200]}"])
                return
        costs.append((statistics.median(took), query))
    costs.sort()
    figure("W11.lists", [len(costs)], "combinations")
    figure("W11.median", [costs[len(costs) // 2][0]], "ms")
    figure("W11.slowest", [costs[-1][0]], "ms", at_most=10)
    note(f"W11: slowest: {costs[-1][1]}")
