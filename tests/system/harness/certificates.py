"""Certificates that a test makes for itself."""

import pathlib
import subprocess

from . import processes


class Authority:
    """Signs certificates. Those of two authorities do not trust each other."""

    def __init__(self, directory: pathlib.Path, name: str = "test authority"):
        self.directory = directory
        self.certificate = directory / "authority.pem"
        self._key = directory / "authority.key"
        directory.mkdir(parents=True)
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "2", "-subj", f"/CN={name}",
                 "-keyout", self._key, "-out", self.certificate)

    def issue(self, name: str, hosts: str = "DNS:localhost,IP:127.0.0.1",
              days: int = 2) -> tuple[pathlib.Path, pathlib.Path]:
        """The files of the certificate and of its key, both PEM. With negative days it has ended."""
        certificate, key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        request = self.directory / f"{name}.csr"
        _openssl("req", "-newkey", "rsa:2048", "-noenc", "-subj", f"/CN={name}", "-addext",
                 f"subjectAltName={hosts}", "-keyout", key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key,
                 "-copy_extensions", "copy", "-days", str(days), "-out", certificate)
        return certificate, key


def _openssl(*arguments: object) -> None:
    done = subprocess.run([processes.need_program("openssl", "openssl"), *map(str, arguments)],
                          capture_output=True, text=True, check=False)
    processes.require(done.returncode == 0, f"openssl: {done.stderr}")
