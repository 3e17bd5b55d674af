#!/usr/bin/python3
"""Asked for its status without a pause, by several at a time, under load and over a restart.

Run with the builds that have a sanitizer, too: all threads of the whole program work at once here.
"""

import signal
import threading

from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require
from harness.slotcast import Slotcast

PATHS = ["/v1/status", "/metrics", "/readyz", "/healthz"]
WATCH_S = 4


class Watchers:
    """One thread for each path, until the end."""

    def __init__(self, daemon: Slotcast):
        self.answers = dict.fromkeys(PATHS, 0)
        self._daemon = daemon
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._watch, args=[path]) for path in PATHS]
        for thread in self._threads:
            thread.start()

    def _watch(self, path: str) -> None:
        while not self._ending.is_set():
            if self._daemon.http(path)[0] in (200, 503):
                self.answers[path] += 1

    def stop(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.three_sinks(postgres.uri())
    daemon.start()
    daemon.wait_ready()
    load = case.workload(postgres, rows_per_second=2000)
    load.start()
    watchers = Watchers(daemon)
    try:
        daemon.run_for(WATCH_S)
        postgres.stop(signal.SIGINT)
        postgres.start()
        daemon.run_for(WATCH_S)
        load.stop()
        daemon.stop()
    finally:
        watchers.stop()
    for path, count in watchers.answers.items():
        require(count > 20, f"{path} was answered {count} times")
    case.counts["answers"] = sum(watchers.answers.values())
    case.finish(daemon, postgres, oracle)


if __name__ == "__main__":
    main(__doc__, run)
