# SPDX-License-Identifier: Apache-2.0
"""Databases full of sessions. Each is made once and kept in a cache, whose
files are named by what they hold and by the schema that they hold it in."""
import hashlib
import os
import sqlite3
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ARGUMENTS = '{"service":"payments","action":"rollback","region":"eu-west-1"}'


def _run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _schema(db, kind):
    """[(name, text)] of what seeding goes faster without."""
    return db.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = ? AND sql NOT NULL",
        (kind,)).fetchall()


def _fill(path, sessions, every):
    """Rows first, then the indexes and the triggers that judge new rows."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -200000;"
        "PRAGMA temp_store = MEMORY;")
    later = _schema(db, "index") + _schema(db, "trigger")
    for kind in ("trigger", "index"):
        for name, _ in _schema(db, kind):
            db.execute(f"DROP {kind} {name}")
    db.execute("CREATE TEMP TABLE seed AS SELECT ? AS sessions, ? AS every,"
               " ? AS digest", (sessions, every,
                                hashlib.sha256(ARGUMENTS.encode()).hexdigest()))
    with open(f"{HERE}/seed.sql", encoding="utf-8") as text:
        db.executescript(text.read())
    for _, text in later:
        db.execute(text)
    db.execute("PRAGMA journal_mode = WAL")
    db.close()


def _digest(path):
    """Tells apart what the same numbers mean to another version of us."""
    db = sqlite3.connect(path)
    rows = db.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall()
    rows += db.execute("SELECT digest FROM app").fetchall()
    db.close()
    with open(f"{HERE}/seed.sql", "rb") as text:
        return hashlib.sha256(repr(rows).encode() + text.read()).hexdigest()


def seed(gatehouse, cache, sessions, every):
    """The path of a database with that many sessions, each every-th waiting
    at its gate. It belongs to the cache: copy it."""
    os.makedirs(cache, exist_ok=True)
    fresh = f"{cache}/fresh.db"
    for suffix in ("", "-wal", "-shm", "-lock"):
        if os.path.exists(fresh + suffix):
            os.unlink(fresh + suffix)
    _run(gatehouse, "--db", fresh, "init")
    _run(gatehouse, "--db", fresh, "load", f"{HERE}/app")
    path = f"{cache}/{sessions}-{every}-{_digest(fresh)[:12]}.db"
    if not os.path.exists(path):
        _fill(fresh, sessions, every)
        os.rename(fresh, path)
    return path
