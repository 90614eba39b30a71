#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The text of a running reply reaches whoever listens while it is said, and
# nothing of it reaches the database.
import os
import signal
import stat
import sys
import threading
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, Listener, System, done, is_, ok, say, wait_for
from ollama import Ollama, last, line

os.environ["no_proxy"] = "*"
END = ("## Response\nDone é.\n## Confidence\n0.9 — seen\n"
       "## Signal\nnone\n")

server = Ollama()
heard_whole, heard_cut = threading.Event(), threading.Event()
app = App("turns", None)
app.edit("{kind: script, file: script.yaml}", "{" + server.provider(
    ", breaker_failures: 0") + "}")
server.say("[whole]", [line(END[:20]), heard_whole, line(END[20:]),
                      last()])
server.say("[cut]", [line("half"), heard_cut], [line(END), last()])
server.say("[stop]", [line("half a word"), 600, last()])

gh = System().start(app)
slow = gh.load(App("turns", {"[bits]": [say("Word by word. " * 20,
                                            delay=3)]}, name="slow"))
path = gh.db + "-progress-runner"
is_(oct(os.stat(path).st_mode), oct(stat.S_IFSOCK | 0o660),
    "a socket beside the database, for its group")

is_(oct(os.stat(path + "-key").st_mode), oct(stat.S_IFREG | 0o640),
    "and its key, for the group to read")

# ---- as it is said
ear = Listener(gh, agent="worker")
sid = gh.session("[whole]", app="turns")
first = ear.next()
is_(gh.row(sid)["status"], "in_progress", "it is heard while it is said")
is_(gh.sql("SELECT count(*) FROM message WHERE session_id = ?"
           " AND role = 'assistant'", sid)[0][0], 0, "when it is no row yet")
run = gh.sql("SELECT id FROM agent_run WHERE session_id = ?", sid)[0][0]
is_(first, {"session": sid, "agent": "worker", "run": run, "reply": 1,
            "at": 0, "text": END[:20], "final": False},
    "whose it is, and that it is not final")
late = Listener(gh, [sid], agent="worker")
is_(late.next()["text"], END[:20], "who comes late hears what was said")
heard_whole.set()
rest = ear.reply()
is_("".join(p["text"] for p in rest[:-1]), END[20:], "then the rest")
is_([rest[0]["at"], rest[-1]["end"]],
    [len(END[:20].encode()), "complete"], "where it stands, and its end")
is_(late.reply()[-1]["end"], "complete", "for all who listen")
gh.wait(sid, "needs_review")

# ---- what comes to nothing
sid = gh.session("[cut]", app="turns")
is_(ear.next()["text"], "half", "half a reply")
heard_cut.set()
is_(ear.next()["end"], "lost", "that breaks off is lost")
is_("".join(p.get("text", "") for p in ear.reply()), END,
    "and the next one begins anew")
gh.wait(sid, "needs_review")
ok("half" not in str(gh.sql("SELECT content FROM message")),
   "what was lost is nowhere")
sid = gh.session("[stop]", app="turns")
is_(ear.next()["text"], "half a word", "a reply in the midst of a word")
gh.cli("stop", sid)
is_(ear.next()["end"], "lost", "is lost when its session is stopped")

# ---- a script
sid = gh.session("[bits]", app="slow")
heard = ear.reply()
text = gh.wait(sid, "needs_review") and gh.sql(
    "SELECT content FROM message WHERE session_id = ?"
    " AND role = 'assistant'", sid)[0][0]
ok(len(heard) > 2 and heard[-1]["end"] == "complete",
   "a scripted reply is said bit by bit while it is delayed")
ok(text.startswith("".join(p.get("text", "") for p in heard)),
   "just as its row has it")

# ---- who may listen
ear.socket.sendall(b"hello\n")
ok("error" in ear.next(), "what is no wish is refused")
is_(ear.next(), {}, "and its connection closed")
gh.kill("gatehouse-runner")
is_(late.next(), {}, "a runner that dies leaves its socket")


def again():
    try:
        return Listener(gh)
    except OSError:
        return None


ear = wait_for("the next runner listens", again)
ok(True, "and the next one takes its place")
gh.kill("gatehouse-runner", number=signal.SIGTERM)
is_(ear.next(), {}, "one that ends lets go of who listens")
is_(gh.log("runner").count("no_progress"), 0, "without a complaint")
done()
