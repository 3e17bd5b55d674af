#!/usr/bin/python3
"""Bad days of brokers: away at the start, closing what is idle, killed, and frozen for longer than a
transaction may take. The sink says what it waits for and goes on by itself, SIGTERM ends in time, and
each row is there once, as test_decoding has it."""

import signal
import time

from harness import kafka_sink
from harness.case import Case, main
from harness.kafka_broker_scene import IDLE_S, NOBODY, SHUTDOWN_S, TRANSACTION_S, Scene, extend, play
from harness.processes import require, wait_until


def away_at_start(scene: Scene) -> None:
    """One broker of the list does not exist, the other is not up yet."""
    scene.daemon.start()
    wait_until(lambda: scene.daemon.capture().get("state") == "streaming", "capture runs")
    scene.begin_load()
    kafka_sink.wait_said(scene.daemon, "one", f"no broker can be used: broker {NOBODY}: connection refused")
    kafka_sink.wait_said(scene.daemon, "one", f"broker {scene.server.bootstrap()}: connection refused")
    scene.end_load()
    scene.server.start()
    scene.catch_up()


def idle(scene: Scene) -> None:
    """The broker closes connections that nobody uses, as it does every ten minutes elsewhere; that is
    not worth a word."""
    scene.new_lines()
    scene.daemon.run_for(2 * IDLE_S)
    require(not scene.new_lines(), f"of an idle connection is told: {scene.daemon.last_words()}")
    scene.begin_load()
    scene.end_load(0.5)
    scene.catch_up()
    require(not scene.new_lines(), f"of an idle connection is told: {scene.daemon.last_words()}")


def killed(scene: Scene) -> None:
    scene.begin_load()
    scene.daemon.run_for(0.5)
    scene.server.kill()
    kafka_sink.wait_said(scene.daemon, "one", f"broker {scene.server.bootstrap()}: connection refused")
    scene.end_load()
    scene.server.start()
    scene.catch_up()


def frozen(scene: Scene) -> None:
    """For longer than a transaction may take; then the broker gives it up."""
    scene.begin_load()
    scene.daemon.run_for(0.5)
    scene.server.freeze()
    began = time.monotonic()
    wait_until(lambda: scene.daemon.sink("one").get("state") == "retrying", "the sink waits")
    kafka_sink.wait_said(scene.daemon, "one", "does not answer")
    scene.end_load(max(0.0, began + TRANSACTION_S + 2 - time.monotonic()))
    scene.server.thaw()
    scene.catch_up()


def told_to_end(scene: Scene) -> None:
    """SIGTERM while the broker hangs ends in time, and the next start has all."""
    scene.begin_load()
    scene.daemon.run_for(0.5)
    scene.server.freeze()
    scene.end_load(0.5)
    scene.daemon.signal(signal.SIGTERM)
    began = time.monotonic()
    scene.daemon.wait(SHUTDOWN_S + 10)
    took = time.monotonic() - began
    require(took < SHUTDOWN_S + 3, f"SIGTERM took {took:.1f} s, and shutdown_timeout is {SHUTDOWN_S} s")
    scene.server.thaw()
    scene.daemon.start()
    scene.catch_up()


def run(case: Case) -> None:
    play(Scene(case), [away_at_start, idle, killed, frozen, told_to_end])


if __name__ == "__main__":
    main(__doc__, run, extend)
