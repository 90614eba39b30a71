#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Who the user is, as nginx knows it: the snippets for passwords, client
# certificates and OpenID Connect as they are shipped, each in an nginx of
# its own before one gatehouse-fcgi.
import atexit
import base64
import http.client
import http.server
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, Answer, DEADLINE, System, TOP, bail, done, \
    free_port, is_, ok, tmp, wait_for

gh = System().start(App("ends"), auth=True)
token = gh.token("tom", "viewer")
gh.cli("role", "set", "ann", "--roles", "operator")
NEW = '{"query":"q","environment":"dev"}'


def openssl(*words):
    run = subprocess.run(["openssl", *words], cwd=tmp, text=True,
                         capture_output=True)
    if run.returncode != 0:
        bail(f"openssl {words}: {run.stderr}")
    return run.stdout


class Front:
    """An nginx with the site, and one of the identity snippets."""

    def __init__(self, name, in_server="", before="", scheme="http"):
        self.dir = f"{tmp}/{name}"
        self.scheme = scheme
        for folder in ("log", "tmp"):
            os.makedirs(f"{self.dir}/{folder}")
        shutil.copytree(TOP + "/nginx/snippets", self.dir + "/snippets")
        shutil.copy(f"{self.dir}/snippets/gatehouse-identity-{name}.conf",
                    self.dir + "/snippets/gatehouse-identity.conf")
        self.in_server = in_server
        self.port = None
        self.start()

    def write(self, target, source, values):
        with open(f"{TOP}/nginx/{source}") as file:
            text = file.read()
        for old, new in values.items():
            text = text.replace(old, new)
        with open(f"{self.dir}/{target}", "w") as file:
            file.write(text)

    def start(self):
        for _ in range(5):
            self.port = free_port()
            self.write("nginx.conf", "dev.conf.in", {
                "@DATA@": self.dir,
                "@USER@": "user root;" if os.getuid() == 0 else ""})
            self.write("gatehouse.conf", "gatehouse.conf.in", {
                "@LISTEN@;": f"127.0.0.1:{self.port}"
                f"{' ssl' if self.scheme == 'https' else ''};"
                f"{self.in_server}",
                "@SOCKET@": gh.data + "/run/fcgi.sock",
                "@LOG_DIR@": self.dir + "/log"})
            self.process = subprocess.Popen(
                ["nginx", "-e", self.dir + "/log/nginx.log", "-c",
                 self.dir + "/nginx.conf", "-g", "daemon off;"],
                env={**os.environ,
                     "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
            atexit.register(self.process.terminate)
            wait_for("nginx answers or ends", lambda: self.answers()
                     or self.process.poll() is not None)
            if self.process.poll() is None:
                return
        bail("nginx does not start")

    def answers(self):
        try:
            return self.ask("GET", "/health").status == 200
        except OSError:
            return False

    def ask(self, method, path, body=None, certificate=None, **headers):
        if not path.startswith("/"):
            path = "/api/v1/" + path
        if body:
            headers.setdefault("Content-Type", "application/json")
        if self.scheme == "http":
            link = http.client.HTTPConnection("127.0.0.1", self.port,
                                              DEADLINE)
        else:
            context = ssl.create_default_context(cafile=tmp + "/ca.pem")
            context.check_hostname = False
            if certificate:
                context.load_cert_chain(f"{tmp}/{certificate}.pem",
                                        f"{tmp}/{certificate}.key")
            link = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=DEADLINE, context=context)
        try:
            link.request(method, path, body, headers)
            return Answer(link.getresponse())
        finally:
            link.close()

    def who(self, **more):
        """(status, id, via) of who asks."""
        answer = self.ask("GET", "me", **more)
        body = answer.body if answer.status == 200 else {}
        return answer.status, body.get("id"), body.get("via")

    def log(self):
        with open(self.dir + "/log/access.log") as file:
            return file.read()


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(
        f"{name}:{password}".encode()).decode()}


CSRF = {"X-Gatehouse-CSRF": "1"}

# What the page on authentication tells to write into the server.
with open(TOP + "/docs/authentication.md") as file:
    PAGE = file.read()


def told(after, **changes):
    """The example after those words, with other names and addresses, and
    without a port of its own."""
    text = re.search(r"\n\n((?:    .*\n)+)", PAGE.split(after, 1)[1])[1]
    for old, new in changes.items():
        text = text.replace(f" {old};", f" {new};")
    return "\n" + re.sub(r"    listen [^;]*;\n", "", text)

# ---- passwords

os.makedirs(tmp + "/basic")
with open(tmp + "/basic/gatehouse.htpasswd", "w") as file:
    for name in ("ann", "bob", "system"):
        file.write(f"{name}:{openssl('passwd', '-apr1', 'open ' + name)}")
front = Front("basic", told("Behind another proxy",
                            **{"192.0.2.1": "127.0.0.1"}))
is_(front.who(**basic("ann", "open ann")), (200, "ann", "nginx"),
    "basic: the right password")
answer = front.ask("GET", "me", **basic("ann", "open bob"))
is_((answer.status, answer.code, answer.headers["Content-Type"]),
    (401, "unauthorized", "application/json"), "basic: a wrong one")
is_(answer.headers["WWW-Authenticate"], 'Basic realm="Gatehouse"',
    "basic: what would help")
is_(front.who()[0], 401, "basic: none")
is_(front.who(**token), (200, "tom", "token"), "basic: a token is as good")
is_(front.who(Authorization="Bearer x")[0], 401, "basic: a wrong one is not")
is_(front.who(Authorization="bearer x", **{"X-Name": "y"})[0], 401,
    "basic: in small letters")
is_(front.who(**basic("system", "open system"))[0], 401,
    "basic: a name that is nobody's")
is_(front.ask("GET", "sessions", **basic("bob", "open bob")).code,
    "forbidden", "basic: known, and without a role")
is_(front.ask("POST", "sessions", NEW, **basic("ann", "open ann")).status,
    403, "basic: a change without the header")
answer = front.ask("POST", "sessions", NEW, **basic("ann", "open ann"), **CSRF,
                   **{"X-Forwarded-For": "192.0.2.9"})
is_(answer.status, 201, "basic: a change with it")
is_(gh.sql("SELECT submitter ->> 'id', origin FROM session"),
    [("ann", '{"via":"nginx","address":"192.0.2.9"}')],
    "basic: the actor is who nginx says, from where the proxy says")
is_(front.ask("POST", "login", '{"token":"%s"}' % token["Authorization"][7:],
              **basic("bob", "open bob")).status, 200,
    "basic: who is in can sign in with a token too")

# ---- certificates

openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out",
        "ca.pem", "-subj", "/CN=people", "-days", "2", "-addext",
        "keyUsage=critical,keyCertSign")


def certify(name, subject, ca="ca"):
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", name + ".key", "-out", name + ".csr",
            "-subj", subject)
    openssl("x509", "-req", "-in", name + ".csr", "-CA", ca + ".pem",
            "-CAkey", ca + ".key", "-CAcreateserial", "-out", name + ".pem",
            "-days", "2")


openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes", "-keyout", "own.key", "-out",
        "own.pem", "-subj", "/CN=ann", "-days", "2")
certify("server", "/CN=127.0.0.1")
certify("ann", "/C=NL/O=Acme/CN=ann")
# Who may choose a name for the organisation is not to choose who it is.
certify("eve", "/CN=eve/O=x,CN=ann")
certify("late", "/CN=eve\\/O=y/O=z/OU=CN=ann")
certify("odd", "/CN=ann,OU=z")
front = Front("mtls", told("**Client certificates**", **{
    "gatehouse.pem": tmp + "/server.pem", "gatehouse.key": tmp + "/server.key",
    "gatehouse-people.pem": tmp + "/ca.pem"}), scheme="https")
is_(front.who(certificate="ann"), (200, "ann", "nginx"),
    "mtls: a certificate with a name")
is_(front.who()[0], 401, "mtls: none")
is_(front.ask("GET", "me", certificate="own").status, 400,
    "mtls: one that nobody has signed")
is_(front.who(certificate="server"), (200, "127.0.0.1", "nginx"),
    "mtls: one of a machine is that machine's")
for name in ("eve", "late", "odd"):
    ok(front.who(certificate=name)[1] != "ann",
       f"mtls: {name}'s does not say ann")
is_(front.who(**token), (200, "tom", "token"), "mtls: a token is as good")
is_(front.who(certificate="ann", **token), (200, "tom", "token"),
    "mtls: who sends one means it")
answer = front.ask("POST", "login", '{"token":"%s"}'
                   % token["Authorization"][7:])
ok(answer.headers["Set-Cookie"].endswith("; SameSite=Strict; Secure"),
   "mtls: over TLS the cookie stays on TLS")
is_(front.ask("POST", "sessions", NEW, certificate="ann").status, 403,
    "mtls: a change without the header")
is_(front.ask("POST", "sessions", NEW, certificate="ann", **CSRF).status,
    201, "mtls: a change with it")

# ---- OpenID Connect: a helper that knows one cookie


class Helper(http.server.BaseHTTPRequestHandler):
    paths = []

    def do_GET(self):
        self.paths.append(self.path)
        known = "sso=ann" in (self.headers["Cookie"] or "")
        self.send_response(202 if known else 401)
        if known:
            self.send_header("X-Auth-Request-User", "ann")
        self.end_headers()

    def log_message(self, *args):
        pass


helper = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Helper)
threading.Thread(target=helper.serve_forever, daemon=True).start()
front = Front("oidc", " ".join(re.findall(
    r"`((?:include|location)\s[^`]+)`", PAGE)).replace(
        "127.0.0.1:4180", f"127.0.0.1:{helper.server_port}"))
path = front.dir + "/snippets/gatehouse-oidc.conf"
with open(path) as file:
    text = file.read().replace("127.0.0.1:4180",
                               f"127.0.0.1:{helper.server_port}")
with open(path, "w") as file:
    file.write(text)
front.process.terminate()
front.process.wait()
front.start()
is_(front.who(Cookie="sso=ann"), (200, "ann", "nginx"),
    "oidc: whom the helper knows")
is_(front.who()[0], 401, "oidc: whom it does not know")
is_(front.ask("GET", "me").code, "unauthorized", "oidc: in the envelope")
is_(front.who(**{"X-Auth-Request-User": "ann"})[0], 401,
    "oidc: the helper says who it is, not the client")
is_(front.who(**token), (200, "tom", "token"), "oidc: a token is as good")
is_(front.ask("GET", "/.gatehouse-oidc").status, 404,
    "oidc: the helper is not for clients")
is_(front.ask("POST", "sessions", NEW, Cookie="sso=ann", **CSRF).status, 201,
    "oidc: a change")
front.ask("GET", "/oauth2/start?rd=/")
is_(Helper.paths[-1], "/oauth2/start?rd=/", "oidc: where one signs in")
helper.shutdown()
helper.server_close()
answer = front.ask("GET", "me", Cookie="sso=ann")
is_((answer.status, answer.code), (500, "internal_error"),
    "oidc: without the helper nobody is anybody")
is_(front.who(**token)[0], 200, "oidc: but for tokens")
gh.sound()
done()
