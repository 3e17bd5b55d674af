#!/usr/bin/python3
"""Who looks on at a terminal sees how far the copy is, below the log lines, and nothing is left of it."""

import json
import os
import pty
import re
import subprocess
import threading

from harness.case import Case, main
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

ROWS = 2500000  # for a second and more


def read_all(terminal: int, into: bytearray) -> None:
    while True:
        try:
            got = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            return
        into += got


def shown(text: str) -> list[str]:
    """What stands on the screen at the end."""
    lines = []
    for line in text.split("\n"):
        visible = ""
        for part in line.split("\r"):
            visible = part[3:] if part.startswith("\x1b[K") else part or visible
        lines.append(visible)
    return lines


def run(case: Case) -> None:
    postgres = case.postgres(with_tables=False)
    postgres.query("CREATE TABLE big (id int PRIMARY KEY, v text)")
    postgres.query(f"INSERT INTO big SELECT g, repeat('x', 50) FROM generate_series(1, {ROWS}) g")
    daemon: Slotcast = case.slotcast(postgres.uri())
    daemon.config["source"]["snapshot"] = {"workers": 1, "range_size": "1MiB"}
    daemon.add_sink("a", every="100ms", begin="snapshot")
    daemon.config_path.write_text(json.dumps(daemon.config))
    ours, theirs = pty.openpty()
    process = subprocess.Popen([daemon.program, "run", "-c", daemon.config_path, "--until", "now"],
                               stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
    case.on_cleanup(process.kill)
    os.close(theirs)
    written = bytearray()
    reader = threading.Thread(target=read_all, args=(ours, written), daemon=True)
    reader.start()
    wait_until(lambda: process.poll() is not None, "it has ended", 60)
    reader.join(10)
    text = written.decode().replace("\r\n", "\n")
    bars = re.findall(r"copying the tables +\[#* *\] +(\d+)%", text)
    require(process.returncode == 0 and len(bars) >= 2, f"{len(bars)} bars: {text[-1000:]!r}")
    require([int(bar) for bar in bars] == sorted(int(bar) for bar in bars), f"it goes backwards: {bars}")
    lines = shown(text)
    require(not lines[-1] and not any("copying the tables" in line for line in lines), f"left: {lines}")
    require(all(re.match(r"\d{4}-\d\d-\d\dT", line) for line in lines[:-1]), f"lines are torn: {lines}")
    for match in re.findall(r"\x1b\[K([^\r\n]*)", text):
        require("copying" not in match or len(match) < 80, f"more than 79 columns: {match!r}")
    daemon.start("--until", "now")
    require(daemon.wait(60) == 0 and "\x1b" not in daemon.stderr(), "no terminal, no bar")
    case.counts |= {"bars": len(bars)}


if __name__ == "__main__":
    main(__doc__, run)
