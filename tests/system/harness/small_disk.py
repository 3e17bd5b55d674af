"""A file system of its own that can be filled up and freed again."""

import errno
import os
import pathlib
import subprocess

from . import processes


class SmallDisk:
    """A tmpfs of so many MiB. Needs the right to mount."""

    def __init__(self, path: pathlib.Path, mib: int):
        processes.require(os.geteuid() == 0, "mounting a small file system needs root")
        processes.need_program("mount", "mount")
        self.path = path
        path.mkdir(parents=True)
        self._ballast = path / "ballast"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", path], check=True)

    def fill(self) -> None:
        """Until not one more byte fits."""
        with open(self._ballast, "ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while file.write(b"\0" * size):
                        pass
                except OSError as full:
                    if full.errno != errno.ENOSPC:
                        raise

    def give(self, size_bytes: int) -> None:
        """Of a full disk so much becomes free."""
        os.truncate(self._ballast, self._ballast.stat().st_size - size_bytes)

    def free(self) -> None:
        self._ballast.unlink()

    def cleanup(self) -> None:
        subprocess.run(["umount", self.path], check=True)
