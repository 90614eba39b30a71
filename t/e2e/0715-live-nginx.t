#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# What nginx does for streams: so many for one address and no more, and many
# on one connection, where TLS with HTTP/2 is on.
import re
import subprocess
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, bail, done, free_port, is_, tmp, wait_for
from live import Stream

gh = System().start(App("gates", {}))
gh.session("x")

# ---- 100 streams for one address; this machine goes uncounted

many = [Stream(gh, "events", source="127.0.0.2") for _ in range(100)]
is_({stream.status for stream in many}, {200}, "100 streams of one address")
more = Stream(gh, "events", source="127.0.0.2")
is_((more.status, more.body()["error"]["code"]), (429, "rate_limited"),
    "and not one more")
is_(Stream(gh, "events", source="127.0.0.3").status, 200, "another has its own")
is_(gh.ask("GET", "agents", source="127.0.0.2").status, 200,
    "what is no stream is not counted")
many.pop().close()
wait_for("room for one", lambda: Stream(
    gh, "events", source="127.0.0.2").status == 200)
for stream in many:
    stream.close()
many = [Stream(gh, "events") for _ in range(120)]
is_({stream.status for stream in many}, {200}, "this machine's are uncounted")
for stream in many:
    stream.close()

# ---- HTTP/2: a page may have many streams, and needs one connection

subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
     "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1", "-days",
     "2", "-keyout", f"{tmp}/site.key", "-out", f"{tmp}/site.pem"],
    check=True, capture_output=True)
site = gh.data + "/nginx/gatehouse.conf"
with open(site) as file:
    text = file.read()
port = free_port()
with open(site, "w") as file:
    file.write(text.replace(
        f"listen 127.0.0.1:{gh.port};",
        f"listen 127.0.0.1:{gh.port};\n"
        f"\tlisten 127.0.0.1:{port} ssl http2;\n"
        f"\tssl_certificate {tmp}/site.pem;\n"
        f"\tssl_certificate_key {tmp}/site.key;"))
gh.kill_nginx()
url = f"https://127.0.0.1:{port}/api/v1/events"
last = gh.sql("SELECT max(seq) FROM event")[0][0]
curl = subprocess.Popen(
    ["curl", "-skNZv", "--http2", "-m", "90", "-H",
     "Accept: text/event-stream", *[f"{url}?n={n}" for n in range(20)]],
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
told = ""
while told.count(f"id: {last}\n") < 20:
    line = curl.stdout.readline()
    if line == "":
        bail("curl does not hear of all: " + told[-2000:])
    told += line
curl.kill()
curl.wait()
is_(told.count("< HTTP/2 200"), 20, "20 streams over HTTP/2")
is_(len(re.findall(r"Connected to 127\.0\.0\.1", told)), 1,
    "on one connection")
done()
