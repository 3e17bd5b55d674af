#!/usr/bin/python3
"""One large batch into a bucket: its memory does not grow with it, and what is there is whole."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness import s3_server  # noqa: E402
from harness.processes import TestFailed, require  # noqa: E402
from harness.s3_server import S3Server  # noqa: E402

BASE_MIB = 64
BUFFER_MIB = 128  # s3.buffer_size
# Tables, rows to one before the next has its turn, compression: table by table is how a snapshot
# comes.
SHAPES = {(1, 1, "none"): BASE_MIB, (1, 1, "zstd"): BASE_MIB, (12, 1, "none"): BASE_MIB + BUFFER_MIB,
          (50, 1, "none"): BASE_MIB + BUFFER_MIB, (40, 20_000, "none"): BASE_MIB + BUFFER_MIB}
NOW_S = 1_795_219_612


def measure(writer: str, server: S3Server, work: pathlib.Path, shape: tuple[int, int, str],
            mib: int) -> float:
    """The most memory that one batch of so many MiB took, in MiB."""
    tables, run, compress = shape
    prefix = f"{tables}-{run}-{compress}"
    state = work / prefix
    state.mkdir()
    environment = {
        **os.environ, "AWS_ENDPOINT_URL_S3": server.url, "AWS_REGION": s3_server.REGION,
        "AWS_ACCESS_KEY_ID": s3_server.ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": s3_server.SECRET_ACCESS_KEY}
    process = subprocess.Popen(
        [writer, f"s3://{s3_server.BUCKET}/{prefix}", str(state), "1", str(mib * 1024), "1000",
         compress, str(NOW_S), str(tables), str(run)], env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    require(status == 0, f"the writer ended with {status}")
    objects = list(server.folder(prefix).glob("table*/*"))
    require(len(objects) >= tables, f"{len(objects)} objects of {tables} tables")
    stored = sum(path.stat().st_size for path in objects)
    require(stored > mib << 18, f"only {stored} bytes are stored")
    require(not server.unfinished(), "an upload is left unfinished")
    subprocess.run(["rm", "-rf", server.folder(prefix)], check=True)
    resident = usage.ru_maxrss / 1024
    print(f"{mib} MiB, {tables} tables, {run} rows in a run, {compress}: {stored >> 20} MiB stored, "
          f"{resident:.1f} MiB resident", flush=True)
    return resident


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("writer")
    parser.add_argument("--slack-mib", type=int, default=0, help="what a sanitizer may take besides")
    parser.add_argument("--mib", type=int, default=800, help="size of the batch whose memory is measured")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        server = S3Server(work / "s3")
        server.start()
        try:
            for shape, limit in SHAPES.items():
                resident = measure(arguments.writer, server, work, shape, arguments.mib)
                require(resident < limit + arguments.slack_mib, f"more than {limit} MiB")
        finally:
            server.cleanup()


if __name__ == "__main__":
    try:
        main()
    except TestFailed as failure:
        sys.exit(f"FAILED: {failure}")
