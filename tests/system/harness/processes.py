"""Processes that the tests start: as which user, on which port, and all ended at the end."""

import os
import pathlib
import pwd
import shutil
import signal
import socket
import time
import typing

POLL_S = 0.02


class TestFailed(Exception):
    """A claim of the test does not hold; the message says which."""


def require(claim: bool, message: str) -> None:
    if not claim:
        raise TestFailed(message)


def wait_until(claim: typing.Callable[[], object], message: str, seconds: float = 30) -> object:
    """The first true answer. The message says what did not come true in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = claim()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TestFailed(f"{message}: not within {seconds} s")
        time.sleep(POLL_S)


def need_program(name: str, package: str) -> str:
    """A test that cannot run must fail: one that is skipped for ever protects nothing."""
    path = shutil.which(name)
    require(path is not None, f"{name} is missing: apt-get install {package}")
    return typing.cast(str, path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def server_user() -> dict[str, object]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("postgres")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def give_to_server_user(path: pathlib.Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, "postgres", "postgres")


def descendants(process: int) -> list[int]:
    """By /proc, so that nothing else of the machine is ever touched."""
    found = []
    try:
        children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    for child in map(int, children.split()):
        found += [child, *descendants(child)]
    return found


def is_running(process: int) -> bool:
    try:
        text = pathlib.Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return text[text.rindex(")") + 2] != "Z"


def kill_tree(process: int) -> None:
    """kill -9 of a process and all that it started; returns when they are gone."""
    everyone = [process, *descendants(process)]
    for one in everyone:
        try:
            os.kill(one, signal.SIGKILL)
        except ProcessLookupError:
            pass
    wait_until(lambda: not any(is_running(one) for one in everyone[1:]),
               "children of a killed process live on")
