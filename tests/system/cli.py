#!/usr/bin/python3
"""What a person sees: mistakes with their place, clear words, 80 columns, and no secret anywhere."""

import os
import pathlib
import re
import subprocess

from harness.case import Case, main
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

CANARY = "canary-7f3a91"
GOOD = """name: shop
state: {state}
source:
  postgres: postgresql://postgres@/postgres?host=/nowhere
admin: {{ listen: "off" }}
sinks:
  lake:
    stage: {{ url: "file://{stage}", pattern: "{{schema}}.{{table}}/%U.jsonl" }}
routes:
  - {{ from: public.*, to: lake }}
"""
# What is changed in the good file, and where the error must point and what it must say.
MISTAKES = [
    ("source:", "sauce:", "3:1: ", "source"),
    ("listen", "lissten", "5:10: ", "listen"),
    ("stage:", "stagge:", "", "stage"),
    ("to: lake", "to: lakes", "10:", "did you mean \"lake\""),
    ("%U.jsonl", "%Q.jsonl", "8:65: ", "%Q"),
    ("%U.jsonl", "all.jsonl", "8:65: ", "%U"),
    ("url: \"file://", "url: \"ftp://", "8:19: ", "file://"),
    ("name: shop", "name: Shop!", "1:", "name"),
    ("sinks:", "log: { max_size: 5 }\nsinks:", "6:", "max_size"),
    ("sinks:", "log: { max_size: 5 parsecs }\nsinks:", "6:", "max_size"),
    ("\"off\"", "\"0.0.0.0:8686\"", "5:", "loopback"),
    ("to: lake", "lookup: a, to: lake", "10:", "not supported"),
    ("routes:", "routes: [", "", "YAML"),
]


def check_mistakes(case: Case) -> None:
    good = GOOD.format(state=case.directory / "s", stage=case.directory)
    path = case.directory / "mistake.yaml"

    def verb(text: str, *words: str) -> subprocess.CompletedProcess:
        path.write_text(text)
        return subprocess.run([case.arguments.slotcast, *words, "-c", path], capture_output=True,
                              text=True, check=False, timeout=20)

    done = verb(good, "check")
    require(done.returncode == 0, f"the good file is refused: {done.stderr}")
    for old, new, place, phrase in MISTAKES:
        require(old in good, f"the test's own file lacks {old}")
        for word in ("check", "run"):
            done = verb(good.replace(old, new), word)
            require(done.returncode == 2, f"{word} with {new}: ended with {done.returncode}")
            require(re.search(rf"mistake\.yaml:\d+:\d+: ", done.stderr) is not None
                    and f"mistake.yaml:{place}" in done.stderr and phrase in done.stderr,
                    f"{word} with {new}: {place} and \"{phrase}\" are not said: {done.stderr}")
    require(not (case.directory / "s").exists(), "a refused configuration touched the state")
    case.counts["mistakes"] = len(MISTAKES)


def check_unreachable(case: Case) -> None:
    """A server that is away is waited for, in words, and SIGTERM ends the wait."""
    daemon = case.slotcast("postgresql://postgres@127.0.0.1:1/postgres", "unreachable")
    daemon.add_sink("a")
    daemon.start()
    wait_until(lambda: daemon.stderr().count("will try again") >= 3,
               f"it keeps trying\n{daemon.last_words()}")
    require("Connection refused" in daemon.stderr(), daemon.last_words())
    require(daemon.http("/readyz")[0] == 503 and daemon.http("/healthz")[0] == 200,
            "ready without a server, or not healthy")
    daemon.stop()


def check_missing_table(case: Case, uri: str) -> None:
    daemon = case.slotcast(uri, "missing")
    daemon.add_sink("a", tables="public.no_such_table")
    daemon.start()
    code = daemon.wait(20)
    require(code == 78 and "public.no_such_table" in daemon.stderr(),
            f"ended with {code}:\n{daemon.last_words()}")


def texts_of(daemon: Slotcast) -> dict[str, str]:
    """Everything that the daemon shows of itself."""
    texts = {path: daemon.http(path)[1] for path in ("/", "/metrics", "/v1/status")}
    texts["stderr"] = daemon.stderr()
    texts["its arguments"] = pathlib.Path(f"/proc/{daemon.pid}/cmdline").read_text()
    for words in (["status"], ["status", "--json"], ["check", "--print"], ["check", "--live"],
                  ["log", "ls"], ["log", "cat"], ["log", "verify"]):
        done = daemon.command(*words)
        require(done.returncode == 0, f"{words}: {done.returncode} {done.stderr}")
        texts[" ".join(words)] = done.stdout + done.stderr
    return texts


def check_running(case: Case) -> None:
    postgres = case.postgres()
    check_missing_table(case, postgres.uri())
    postgres.query(f"CREATE ROLE cdc SUPERUSER LOGIN PASSWORD '{CANARY}'")
    with open(postgres.data / "pg_hba.conf", "r+", encoding="utf-8") as hba:
        rest = hba.read()
        hba.seek(0)
        hba.write("host all cdc 127.0.0.1/32 scram-sha-256\n" + rest)
    postgres.query("SELECT pg_reload_conf()")
    daemon = case.slotcast(f"postgresql://cdc@127.0.0.1:{postgres.port}/postgres")
    secret = case.directory / "secret"
    secret.write_text(CANARY + "\n")
    secret.chmod(0o600)
    daemon.config["source"]["password"] = f"${{file:{secret}}}"
    daemon.add_sink("a", every="50ms")
    daemon.add_sink("a_name_as_long_as_a_person_will_one_day_choose", every="50ms")
    daemon.start()
    daemon.wait_ready()
    postgres.query("INSERT INTO acct SELECT g, 1, g, 0, 0 FROM generate_series(1, 1000) g")
    wait_until(lambda: daemon.sink("a").get("rows") == 1000, f"1000 rows\n{daemon.last_words()}")
    shown = texts_of(daemon)
    for name, text in shown.items():
        require(CANARY not in text, f"the password is in {name}")
    wide = [line for line in shown["status"].splitlines() if len(line) > 80]
    require(not wide, f"status is wider than 80 columns: {wide}")
    require(shown["log cat"].count(" message ") >= 1000, "log cat does not print the rows' records")
    require(re.search(r"known synced\), LSN [0-9A-F]+/[0-9A-F]+", shown["log verify"]) is not None,
            f"log verify says {shown['log verify']}")
    daemon.stop()
    secret.write_text("wrong-" + CANARY)
    daemon.start()
    code = daemon.wait(20)
    require(code == 78 and "authentication failed" in daemon.stderr(),
            f"a wrong password ended with {code}:\n{daemon.last_words()}")
    require(CANARY not in daemon.stderr(), "the password is in stderr after it was refused")
    done = daemon.command("check", "--live")
    require(done.returncode == 78 and "authentication failed" in done.stderr
            and CANARY not in done.stdout + done.stderr,
            f"check --live with a wrong password: {done.returncode} {done.stdout}{done.stderr}")
    check_not_readable_by_others(daemon)


def check_not_readable_by_others(daemon: Slotcast) -> None:
    """The log holds the tables' rows."""
    mode = os.stat(daemon.state).st_mode & 0o777
    require(mode == 0o700, f"the state directory's mode is {mode:o}")


def run(case: Case) -> None:
    check_mistakes(case)
    check_unreachable(case)
    check_running(case)


if __name__ == "__main__":
    main(__doc__, run)
