"""A throw-away PostgreSQL server on a Unix socket and a local TCP port."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import typing

import psycopg2

from . import processes

# Values print like this in every session, so that text can be compared with text.
SESSION = ("-c datestyle=ISO -c intervalstyle=postgres -c timezone=UTC -c extra_float_digits=3 "
           "-c bytea_output=hex -c lc_monetary=C")
SETTINGS = {
    "wal_level": "logical",
    "fsync": "off",  # the tests kill the server's processes, never the machine under it
    "shared_buffers": "32MB",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "max_connections": "40",
    "listen_addresses": "'127.0.0.1'",
    "wal_sender_timeout": "10s",
    "log_min_messages": "warning",
}


def binaries() -> pathlib.Path:
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    processes.require(bool(found), "no PostgreSQL server: apt-get install postgresql-15")
    return found[-1].parent


def initialize(data: pathlib.Path) -> None:
    done = subprocess.run(
        [binaries() / "initdb", "-D", data, "--auth=trust", "--no-sync", "-U", "postgres",
         "-E", "UTF8", "--locale=C.UTF-8"],
        capture_output=True, text=True, check=False, cwd="/", **processes.server_user())
    processes.require(done.returncode == 0, f"initdb: {done.stderr}")


def copy_of_template(data: pathlib.Path) -> None:
    """initdb takes seconds, a copy of its result tenths. Renamed into place, so that two tests
    which make the template at the same time do no harm."""
    version = binaries().parent.name
    user = processes.server_user().get("user", os.geteuid())
    ready = pathlib.Path(tempfile.gettempdir()) / f"slotcast-pg-template-{version}-{user}"
    if not (ready / "data/PG_VERSION").exists():
        fresh = pathlib.Path(tempfile.mkdtemp(prefix="slotcast-pg-"))
        fresh.chmod(0o755)
        processes.give_to_server_user(fresh)
        initialize(fresh / "data")
        try:
            fresh.rename(ready)
        except OSError:
            shutil.rmtree(fresh)
    copy(ready / "data", data)


def copy(source: pathlib.Path, target: pathlib.Path) -> None:
    subprocess.run(["cp", "-a", source, target], check=True)


class Postgres:
    """One server. `fresh`: a cluster of its own, with a system identifier no other one has."""

    def __init__(self, directory: pathlib.Path, fresh: bool = False,
                 port: int | None = None, sockets: pathlib.Path | None = None,
                 settings: dict[str, str] | None = None):
        self.directory = directory
        self.data = directory / "data"
        self.port = port or processes.free_port()
        self.sockets = sockets or directory
        self._process: subprocess.Popen | None = None
        directory.mkdir(parents=True, exist_ok=True)
        processes.give_to_server_user(directory)
        if fresh:
            initialize(self.data)
        else:
            copy_of_template(self.data)
        lines = {**SETTINGS, "port": str(self.port),
                 "unix_socket_directories": f"'{self.sockets}'", **(settings or {})}
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in lines.items())

    def uri(self, tcp_port: int | None = None, extra: str = "") -> str:
        where = f"host={self.sockets}&port={self.port}"
        if tcp_port is not None:
            where = f"host=127.0.0.1&port={tcp_port}&sslmode=disable"
        return f"postgresql://postgres@/postgres?{where}{extra}"

    def start(self) -> None:
        with open(self.directory / "log", "ab") as log:
            self._process = subprocess.Popen(
                [binaries() / "postgres", "-D", self.data], stdout=log, stderr=log, cwd="/",
                **processes.server_user())
        processes.wait_until(self._is_up, "the server does not come up", 60)

    def _is_up(self) -> bool:
        process = typing.cast(subprocess.Popen, self._process)
        processes.require(process.poll() is None, f"the server ended: {self.log_tail()}")
        try:
            self.connect().close()
            return True
        except psycopg2.OperationalError:
            return False

    def connect(self) -> "psycopg2.extensions.connection":
        connection = psycopg2.connect(self.uri(), options=SESSION, connect_timeout=5)
        connection.autocommit = True
        return connection

    def query(self, sql: str, *parameters: object) -> list[tuple]:
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters or None)  # None: a % is a % then
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def value(self, sql: str, *parameters: object) -> typing.Any:
        rows = self.query(sql, *parameters)
        return rows[0][0] if rows else None

    def stop(self, mode: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is a fast shutdown, SIGQUIT an immediate one."""
        process = typing.cast(subprocess.Popen, self._process)
        process.send_signal(mode)
        process.wait(60)

    def kill(self) -> None:
        """All of its processes at once, as an OOM killer in a bad mood would."""
        process = typing.cast(subprocess.Popen, self._process)
        processes.kill_tree(process.pid)
        process.wait(10)

    def freeze(self) -> None:
        """New connections are taken by the kernel and answered by nobody; old sessions live on."""
        typing.cast(subprocess.Popen, self._process).send_signal(signal.SIGSTOP)

    def freeze_all(self) -> None:
        """As a machine that hangs: no process of the server goes on."""
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def _processes(self) -> list[int]:
        main = typing.cast(subprocess.Popen, self._process).pid
        children = pathlib.Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [main, *map(int, children)]

    def thaw_all(self) -> None:
        for pid in self._processes():
            os.kill(pid, signal.SIGCONT)

    def thaw(self) -> None:
        typing.cast(subprocess.Popen, self._process).send_signal(signal.SIGCONT)

    def cleanup(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def log_tail(self) -> str:
        return (self.directory / "log").read_text(errors="replace")[-2000:]
