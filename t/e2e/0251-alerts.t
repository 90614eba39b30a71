#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The alerts that docs/ shows are rules, each fires when it should and not
# before, and all that they and docs/metrics.md name is told by a system.
import re
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, TOP, done, is_, tmp
from promtool import promtool

RULES = TOP + "/docs/gatehouse.rules.yml"
REQUESTS = 'gatehouse_http_requests_total{route="/a",code="%s"}'
BUCKET = 'gatehouse_http_request_seconds_bucket{le="%s"}'
CALLS = 'gatehouse_model_calls_total{outcome="%s"}'
# Series by minutes: what is well, and what is not; and when that must be said.
CASES = {
    "Down": ({'up{job="gatehouse"}': "1x20"},
             {'up{job="gatehouse"}': "0x20"}, "2m"),
    "RunnerGone": ({"gatehouse_runner_seen_time_seconds": "0+60x20"},
                   {"gatehouse_runner_seen_time_seconds": "0x20"}, "3m"),
    "RunnerLate": ({"gatehouse_runner_lag_seconds": "5x20"},
                   {"gatehouse_runner_lag_seconds": "31x20"}, "3m"),
    "RunnerRestarts": ({"gatehouse_runner_start_time_seconds": "7x20"},
                       {"gatehouse_runner_start_time_seconds": "7+1x20"},
                       "5m"),
    "GateForgotten": ({"gatehouse_oldest_open_gate_seconds": "28800x20"},
                      {"gatehouse_oldest_open_gate_seconds": "28801x20"},
                      "1m"),
    "InDoubt": ({'gatehouse_open_gates{kind="in_doubt"}': "0x20",
                 'gatehouse_open_gates{kind="tool"}': "9x20"},
                {'gatehouse_open_gates{kind="in_doubt"}': "1x20"}, "1m"),
    "Errors": ({REQUESTS % 200: "0+1000x20", REQUESTS % 503: "0+1x20",
                'gatehouse_http_requests_total{route="/ready",code="503"}':
                "0+900x20"},
               {REQUESTS % 200: "0+1000x20", REQUESTS % 500: "0+20x20"},
               "12m"),
    "Slow": ({BUCKET % "0.25": "0+100x20", BUCKET % "1": "0+100x20",
              BUCKET % "+Inf": "0+100x20"},
             {BUCKET % "0.25": "0+90x20", BUCKET % "1": "0+100x20",
              BUCKET % "+Inf": "0+100x20"}, "12m"),
    "ModelsFail": ({CALLS % "ok": "0+90x20", CALLS % "failed": "0+10x20"},
                   {CALLS % "ok": "0+50x20", CALLS % "failed": "0+50x20"},
                   "16m"),
    "DiskLow": ({"gatehouse_disk_free_bytes": "10x20",
                 "gatehouse_disk_size_bytes": "100x20"},
                {"gatehouse_disk_free_bytes": "9x20",
                 "gatehouse_disk_size_bytes": "100x20"}, "6m"),
    "WalLarge": ({"gatehouse_wal_bytes": "268435456x20"},
                 {"gatehouse_wal_bytes": "268435457x20"}, "11m"),
}


def fires(name, series, at, firing):
    """A test in promtool's own words."""
    lines = [f"rule_files: [{RULES}]", "evaluation_interval: 1m", "tests:",
             "  - interval: 1m", "    input_series:"]
    for key, values in series.items():
        lines += [f"      - series: '{key}'", f"        values: '{values}'"]
    lines += ["    promql_expr_test:", "      - expr: 'count(ALERTS{alertname="
              f'"Gatehouse{name}",alertstate="firing"}})\'',
              f"        eval_time: {at}", "        exp_samples: " +
              ("[{value: 1}]" if firing else "[]")]
    with open(tmp + "/test.yml", "w") as file:
        file.write("\n".join(lines) + "\n")
    code, said = promtool("test", "rules", tmp + "/test.yml")
    return is_((code, said if code else ""), (0, ""),
               f"{name}: " + ("fires" if firing else "is silent"))


code, said = promtool("check", "rules", RULES)
is_((code, said if code else ""), (0, ""), "promtool takes the alerts")
with open(RULES) as file:
    rules = file.read()
is_(sorted("Gatehouse" + name for name in CASES),
    sorted(re.findall(r"alert: (\w+)", rules)), "each alert is tried")
for name, (well, ill, at) in CASES.items():
    fires(name, well, at, False)
    fires(name, ill, at, True)

# ---- nothing is named that is not told, nor the other way round

gh = System().start(App("gates", {}))
told = {name for path in ("/metrics", "/metrics/stream")
        for name in re.findall(r"^# TYPE (\w+)", gh.ask("GET", path).text,
                               re.M)}
with open(TOP + "/docs/metrics.md") as file:
    page = {name for row in re.findall(r"^\| (`gatehouse_.*?) \|",
                                       file.read(), re.M)
            for name in re.findall(r"`(\w+)`", row)}
is_(page, told, "docs/metrics.md has every metric, and no other")
is_({re.sub("_bucket$", "", name) for name in
     re.findall(r"gatehouse_\w+", rules)} - told, set(),
    "alerts are about what is told")
done()
