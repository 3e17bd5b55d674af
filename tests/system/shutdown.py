#!/usr/bin/python3
"""A server that is shut down while capture needs it gets its way.

A fast shutdown waits until each receiver has confirmed what was sent, and takes no new session
meanwhile. A receiver that confirms nothing before it has asked the catalog holds it up for ever.
"""

import signal
import threading
import time

from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require, wait_until

SHUTDOWNS = 3
SHUTDOWN_S = 20  # of the 60 the harness waits


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.three_sinks(postgres.uri())
    daemon.start()
    daemon.wait_ready()
    for key in range(1, SHUTDOWNS + 1):
        # A table that this session of the slot has not had a change of is announced first.
        daemon.signal(signal.SIGSTOP)
        postgres.query(f"INSERT INTO rare VALUES ({key}, 'before the shutdown');"
                       f"INSERT INTO pkmove VALUES ({key}, 'with it')")
        began = time.monotonic()
        stopping = threading.Thread(target=postgres.stop, args=[signal.SIGINT])
        stopping.start()
        time.sleep(1)
        require(stopping.is_alive(), "the shutdown did not wait for the stream")
        daemon.signal(signal.SIGCONT)
        stopping.join()
        took = time.monotonic() - began
        require(took < SHUTDOWN_S, f"the shutdown took {took:.1f} s\n{daemon.last_words()}")
        postgres.start()
        wait_until(lambda: daemon.capture().get("state") == "streaming", "streaming again")
    case.counts["shutdowns"] = SHUTDOWNS
    case.finish(daemon, postgres, oracle)


if __name__ == "__main__":
    main(__doc__, run)
