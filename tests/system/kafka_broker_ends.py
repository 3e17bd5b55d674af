#!/usr/bin/python3
"""Days on which somebody stops: the broker, since its disk is full, and the older of two daemons under
one name. The sink says why, goes on by itself where it can, and each row is there once, as
test_decoding has it."""

from harness import kafka_sink
from harness.case import Case, main
from harness.kafka_broker_scene import Scene, extend, play
from harness.processes import require, wait_until

DISK_MIB = 64


def usual(scene: Scene) -> None:
    scene.server.start()
    scene.daemon.start()
    scene.daemon.wait_ready()
    scene.begin_load()
    scene.end_load(0.5)
    scene.catch_up()


def full_disk(scene: Scene) -> None:
    """The broker ends when it cannot write any more, as Kafka does."""
    assert scene.disk is not None
    scene.disk.fill()
    scene.begin_load()
    wait_until(lambda: not scene.server.is_running(), "the broker ends", 60)
    kafka_sink.wait_said(scene.daemon, "one", f"broker {scene.server.bootstrap()}: connection refused")
    scene.end_load()
    scene.disk.free()
    scene.server.start()
    scene.catch_up()


def two_daemons(scene: Scene) -> None:
    """The same pipeline on another machine, with a slot of its own: the older one stops and says who
    has taken over, the newer one goes on."""
    newer = scene.make("second", [scene.server.bootstrap()])
    for key in ("slot", "publication"):
        newer.config["source"][key] = "slotcast_second"
    newer.start()
    newer.wait_ready()
    wait_until(lambda: newer.sink("one").get("state") == "running", "the newer one delivers")
    scene.begin_load()
    kafka_sink.wait_said(scene.daemon, "one", "another slotcast delivers to this sink now (", "failed")
    said = scene.daemon.sink("one")["last_error"]
    advice = "two must not have the same name and sink; stop the other"
    require(f":{newer.pid}:" in said and advice in said, said)
    scene.end_load(0.5)
    scene.catch_up(newer)
    newer.stop()


def run(case: Case) -> None:
    play(Scene(case, DISK_MIB), [usual, full_disk, two_daemons])


if __name__ == "__main__":
    main(__doc__, run, extend)
