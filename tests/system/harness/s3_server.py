"""A throw-away S3 server, as dev/s3_server.sh installs it. Its buckets are directories: what is
there is read from its disk, without asking it."""

import os
import pathlib
import signal
import socket
import subprocess
import time
import typing

from . import processes

ACCESS_KEY_ID = "tester"
SECRET_ACCESS_KEY = "correct-horse-0417"
REGION = "us-east-1"
BUCKET = "bucket"

Upload = tuple[str, str]  # the object's key, the upload's id


def program() -> str:
    """Installing takes minutes the first time; dev/packages.sh test has done it before."""
    script = pathlib.Path(__file__).resolve().parents[3] / "dev/s3_server.sh"
    done = subprocess.run(["bash", str(script)], capture_output=True, text=True, check=False)
    processes.require(done.returncode == 0, f"dev/s3_server.sh: {done.stderr}")
    return done.stdout.splitlines()[-1]


class S3Server:
    """One bucket. start() and kill() as often as wished; what was stored stays."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.port = processes.free_port()
        self._process: subprocess.Popen | None = None
        (directory / "data" / BUCKET).mkdir(parents=True)
        (directory / "facts").mkdir()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with open(self.directory / "log", "ab") as log:
            self._process = subprocess.Popen(
                [program(), "--port", f"127.0.0.1:{self.port}", "--access", ACCESS_KEY_ID, "--secret",
                 SECRET_ACCESS_KEY, "--region", REGION, "--keep-alive", "posix", "--sidecar",
                 str(self.directory / "facts"), str(self.directory / "data")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        processes.wait_until(self._listens, "the S3 server does not come up", 60)

    def _listens(self) -> bool:
        process = typing.cast(subprocess.Popen, self._process)
        processes.require(process.poll() is None, f"the S3 server ended: {self.log_tail()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """Not in the middle of completing an upload, which S3 does at once or not at all: what this
        server has of it then is neither an upload nor an object afterwards."""
        process = typing.cast(subprocess.Popen, self._process)
        halt(process)
        while self._is_completing():
            process.send_signal(signal.SIGCONT)
            time.sleep(0.002)
            halt(process)
        process.kill()
        process.wait(10)

    def _is_completing(self) -> bool:
        multipart = self.directory / "data" / BUCKET / ".sgwtmp/multipart"
        return any(multipart.glob("*/*.inprogress"))

    def cleanup(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def log_tail(self) -> str:
        return (self.directory / "log").read_text(errors="replace")[-2000:]

    def folder(self, prefix: str) -> pathlib.Path:
        """Where the objects are whose keys begin so."""
        return self.directory / "data" / BUCKET / prefix

    def unfinished(self, prefix: str = "") -> set[Upload]:
        """Multipart uploads that are neither completed nor aborted."""
        inside = pathlib.Path(BUCKET) / ".sgwtmp" / "multipart"
        found = set()
        for folder in names(self.directory / "data" / inside):
            try:
                key = (self.directory / "facts" / inside / folder / "meta/objname").read_text()
            except FileNotFoundError:  # ended just now
                continue
            if key.startswith(prefix):
                found |= {(key, one) for one in names(self.directory / "data" / inside / folder)}
        return found


def halt(process: subprocess.Popen) -> None:
    """All of its threads stand still when this returns."""
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)


def names(folder: pathlib.Path) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
