"""Certificates for a test's own server, made by the openssl command: nothing that signs anything is kept anywhere."""

import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*arguments: str, given: str | None = None) -> None:
    done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


class TlsFiles:
    """A context manager: `ca`, an authority's certificate; `cert` and `key`, what it signed for `names`."""

    def __init__(self, names: str = "IP:127.0.0.1") -> None:
        self.names = names

    def __enter__(self) -> "TlsFiles":
        self.folder = Path(tempfile.mkdtemp(prefix="bulkhead-tls-"))
        self.ca, self.cert, self.key = (self.folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
        ca_key, request = str(self.folder / "ca.key"), str(self.folder / "request")
        openssl("req", "-x509", *NEW_KEY, "-days", "2", "-subj", "/CN=test authority", "-keyout", ca_key, "-out",
                str(self.ca))
        openssl("req", *NEW_KEY, "-subj", "/CN=test server", "-keyout", str(self.key), "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", str(self.ca), "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
                "-extfile", "/dev/stdin", "-out", str(self.cert), given=f"subjectAltName={self.names}\n")
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self) -> ssl.SSLContext:
        """Trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.ca))
