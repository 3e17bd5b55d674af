"""A throw-away Kafka: one broker, Apache's own, as dev/kafka.sh installs it."""

import pathlib
import random
import shutil
import signal
import socket
import subprocess
import typing

from . import kafka_messages, processes
from .kafka_access import Access
from .kafka_messages import Bytes, Message
from .kafka_tool import SOURCES, KafkaTool, java_properties, script

INSTALL = SOURCES.parents[2] / "dev/kafka.sh"
READY = b"Kafka Server started"
# Below the ports that the kernel gives away: a broker that was killed has to get its own back.
PORTS = range(20000, 32000)


def lasting_port() -> int:
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def kafka_folder() -> str:
    """Where the broker's jars are; they are fetched if they are not."""
    return script(INSTALL)[-1]


class KafkaServer:
    """start(), kill() and stop() as often as wished; what was written stays, and so do the ports.

    `properties` are the broker's own, over tests/support/kafka/server.properties; when changed, the
    next start has them. `data` may be on a disk of its own. `access`: listeners beside PLAINTEXT, and
    rules. The broker dies with the thread that starts it.
    """

    def __init__(self, directory: pathlib.Path, properties: dict[str, str] | None = None,
                 data: pathlib.Path | None = None, access: Access | None = None):
        self.directory = directory
        self.data = data or directory / "data"
        self.properties = properties or {}
        self.access = access
        self.ports = {name: lasting_port()
                      for name in ("PLAINTEXT", *(access.listeners if access else ()), "CONTROLLER")}
        self._process: subprocess.Popen | None = None
        self._tool: KafkaTool | None = None
        self._log = directory / "log"
        self._log_size = 0
        self._has_passwords = False
        directory.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCES / "meta.properties", self.data)

    def bootstrap(self, listener: str = "PLAINTEXT") -> str:
        return f"127.0.0.1:{self.ports[listener]}"

    def settings(self, listener: str = "PLAINTEXT", **who: typing.Any) -> dict[str, str]:
        """librdkafka's, to be somebody at a listener; kafka_access.Access.settings() says who."""
        settings = {"bootstrap.servers": self.bootstrap(listener)}
        if listener != "PLAINTEXT":
            settings |= typing.cast(Access, self.access).settings(listener, **who)
        return settings

    def _write_properties(self) -> pathlib.Path:
        listeners = [f"{name}://127.0.0.1:{port}" for name, port in self.ports.items()]
        properties = {
            "log.dirs": str(self.data),
            "listeners": ",".join(listeners),
            "advertised.listeners": ",".join(listeners[:-1]),
            "controller.quorum.voters": f"1@127.0.0.1:{self.ports['CONTROLLER']}",
            **(self.access.broker_properties() if self.access else {}),
            **self.properties}
        path = self.directory / "server.properties"
        path.write_text((SOURCES / "server.properties").read_text() + java_properties(properties))
        return path

    def start(self, wait: bool = True) -> None:
        folder = kafka_folder()
        with open(self._log, "ab") as log:
            self._log_size = log.tell()
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "java", f"@{folder}/java.args", "-Xmx512m",
                 f"-Dlog4j.configuration=file:{SOURCES}/log4j.properties",
                 *(self.access.java_options() if self.access else ()),
                 "kafka.Kafka", str(self._write_properties())],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if wait:
            self.wait_ready()

    def wait_ready(self) -> None:
        processes.wait_until(self._is_ready, "the broker does not come up", 60)
        if self.access and not self._has_passwords:
            self.access.set_passwords(self.tool)
            self._has_passwords = True

    def _is_ready(self) -> bool:
        processes.require(self.is_running(), f"the broker ended: {self.log_tail()}")
        with open(self._log, "rb") as log:
            log.seek(self._log_size)
            return READY in log.read()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        return typing.cast(subprocess.Popen, self._process).pid

    def kill(self) -> None:
        process = typing.cast(subprocess.Popen, self._process)
        process.kill()
        process.wait(10)

    def stop(self) -> None:
        """As an operator does."""
        process = typing.cast(subprocess.Popen, self._process)
        process.send_signal(signal.SIGTERM)
        process.wait(60)

    def freeze(self) -> None:
        """Connections are taken by the kernel and answered by nobody."""
        typing.cast(subprocess.Popen, self._process).send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        typing.cast(subprocess.Popen, self._process).send_signal(signal.SIGCONT)

    def cleanup(self) -> None:
        if self._tool:
            self._tool.cleanup()
        if self.is_running():
            self.kill()

    def log_tail(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]

    @property
    def tool(self) -> KafkaTool:
        """Kafka's own clients, which may do everything. Started by whom first needs them."""
        if self._tool is None:
            self._tool = KafkaTool(self.directory, {
                "bootstrap.servers": self.bootstrap(), "default.api.timeout.ms": "30000",
                "request.timeout.ms": "15000", "reconnect.backoff.max.ms": "200"})
        return self._tool

    def create_topic(self, topic: str, partitions: int = 1, **settings: str) -> None:
        """A setting's dots are underscores here: cleanup_policy="compact". Returns when the broker
        tells of it."""
        self.tool("create_topic", topic=topic, partitions=partitions,
                  settings={name.replace("_", "."): value for name, value in settings.items()})
        processes.wait_until(lambda: topic in self.topics(), f"topic {topic} is not made")

    def delete_topic(self, topic: str) -> None:
        """Returns when nobody is told of it any more."""
        self.tool("delete_topic", topic=topic)
        processes.wait_until(lambda: topic not in self.topics(), f"topic {topic} is not deleted")

    def alter_topic(self, topic: str, **settings: str) -> None:
        """Returns when the broker goes by them: at first only its controller knows."""
        wanted = {name.replace("_", "."): value for name, value in settings.items()}
        self.tool("alter_topic", topic=topic, settings=wanted)
        processes.wait_until(lambda: wanted.items() <= self.describe_topic(topic)[1].items(),
                             f"topic {topic} does not get {wanted}")

    def describe_topic(self, topic: str) -> tuple[int, dict[str, str]]:
        """How many partitions, and the settings that are the topic's own."""
        described = self.tool("describe_topic", topic=topic)
        return described["partitions"], described["settings"]

    def topics(self) -> list[str]:
        return self.tool("topics")

    def offsets(self, topic: str) -> dict[int, dict[str, int]]:
        """Of each partition "first", "end", and "stable": where what is committed ends."""
        return {int(partition): ends for partition, ends in self.tool("offsets", topic=topic).items()}

    def transactions(self) -> dict[str, dict[str, typing.Any]]:
        """By transactional id: "state", "producer_id", "epoch", "timeout_ms", "partitions"."""
        return self.tool("transactions")

    def allow(self, user: str, resource: str, name: str, *operations: str) -> None:
        """With the rules of Access: "TOPIC", "orders", "WRITE". "*" is every name, "ALL" everything."""
        self._rule("add_rule", "ALLOW", user, resource, name, operations)

    def disallow(self, user: str, resource: str, name: str, *operations: str) -> None:
        """Takes back what allow() said in the same words."""
        self._rule("remove_rule", "ALLOW", user, resource, name, operations)

    def forbid(self, user: str, resource: str, name: str, *operations: str) -> None:
        """Whatever is allowed."""
        self._rule("add_rule", "DENY", user, resource, name, operations)

    def _rule(self, do: str, permission: str, user: str, resource: str, name: str,
              operations: tuple[str, ...]) -> None:
        for operation in operations:
            self.tool(do, permission=permission, user=user, resource=resource, name=name,
                      operation=operation)

    def read_topic(self, topic: str, isolation: str = "read_committed") -> list[Message]:
        """By kcat, in the order of partition and offset."""
        return kafka_messages.read_with_kcat(self.settings(), topic, isolation)

    def read_topic_with_java(self, topic: str, isolation: str = "read_committed") -> list[Message]:
        read = self.tool("read", topic=topic, isolation=isolation)
        return kafka_messages.in_order([kafka_messages.of_tool(one) for one in read])

    def send(self, producer: str, topic: str, value: Bytes, key: Bytes = None,
             headers: list[tuple[str, Bytes]] | None = None, partition: int | None = None) -> int:
        """Within the transaction that the tool's command "begin" began. The offset."""
        return self.tool(
            "send", id=producer, topic=topic, key=kafka_messages.encoded(key),
            value=kafka_messages.encoded(value), partition=partition,
            headers=[(name, kafka_messages.encoded(one)) for name, one in headers or []])
