#!/usr/bin/python3
"""The daemon frozen for longer than the server waits for answers: it connects anew, loses nothing."""

import signal
import time

from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require, wait_until

TIMEOUT_S = 1
STOPS = 3


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.three_sinks(
        postgres.uri(extra=f"&options=-c%20wal_sender_timeout%3D{TIMEOUT_S}s"))
    daemon.start()
    daemon.wait_ready()
    load = case.workload(postgres)
    load.start()
    for _ in range(STOPS):
        daemon.run_for(case.random.uniform(0.3, 1.0))
        daemon.signal(signal.SIGSTOP)
        wait_until(lambda: postgres.value("SELECT count(*) FROM pg_stat_replication") == 0,
                   "the server gives up on the frozen daemon")
        time.sleep(case.random.uniform(0.0, 1.0))
        daemon.signal(signal.SIGCONT)
        wait_until(lambda: postgres.value("SELECT count(*) FROM pg_stat_replication") == 1,
                   f"the daemon comes back\n{daemon.last_words()}")
        daemon.wait_ready()
    load.stop()
    require(daemon.capture()["reconnects"] >= STOPS, f"no new connections: {daemon.capture()}")
    case.counts["stops"] = STOPS
    case.finish(daemon, postgres, oracle)


if __name__ == "__main__":
    main(__doc__, run)
