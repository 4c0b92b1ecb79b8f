"""bulkhead-kite-sim as tests use it: started on a free port with a market that stands still, ended by process id."""

import hashlib
import http.client
import json
import os
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path

from tls_files import TlsFiles

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BULKHEAD_BIN", ROOT / "build" / "release" / "bulkhead")).with_name("bulkhead-kite-sim")
PATIENCE_S = 300  # ends a hang, asserts nothing
API_KEY, API_SECRET, USER = "testkey", "testsecret", "AB1234"


class KiteSim:
    """A context manager. By default: synthetic market, standing still at 09:20, no rate limits, one app, no TLS."""

    def __init__(self, *options: str, defaults: bool = True, tls: TlsFiles | None = None) -> None:
        usual = ("--market", "synthetic", "--seed", "7", "--speed", "0", "--start", "09:20:00", "--no-limits", "--app",
                 f"api_key={API_KEY},api_secret={API_SECRET},user_id={USER},redirect=http://127.0.0.1:1/back")
        self.tls = tls
        secure = ("--tls-cert", str(tls.cert), "--tls-key", str(tls.key)) if tls else ()
        self.options = (*(usual if defaults else ()), *secure, *options)
        self.process: subprocess.Popen | None = None
        self.port = 0

    def __enter__(self) -> "KiteSim":
        self.folder = tempfile.TemporaryDirectory()
        port_file = Path(self.folder.name) / "port"
        self.log = open(Path(self.folder.name) / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [str(BINARY), "--instruments", str(ROOT / "config" / "instruments.csv"), "--port-file", str(port_file),
             *self.options], cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT)
        end = time.monotonic() + PATIENCE_S
        while not port_file.exists():
            assert self.process.poll() is None and time.monotonic() < end, f"does not start: {self.output()}"
            time.sleep(0.02)
        self.port = int(port_file.read_text())
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.log.close()
        self.folder.cleanup()

    def stop(self) -> int:
        """Its exit status after SIGTERM."""
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE_S)

    def output(self) -> str:
        self.log.flush()
        return Path(self.log.name).read_text(encoding="utf-8")

    @property
    def root(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def connection(self) -> http.client.HTTPConnection:
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE_S, context=self.tls.client())
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def call(self, method: str, path: str, fields: dict | None = None, token: str = "",
             body: str | None = None) -> tuple[int, dict[str, str], bytes]:
        """Status, headers, body. Raises http.client.HTTPException or OSError where there is no whole answer."""
        connection = self.connection()
        headers = {"X-Kite-Version": "3"}
        if token:
            headers["Authorization"] = f"token {API_KEY}:{token}"
        text = urllib.parse.urlencode(fields or {})
        if body is None and method in ("POST", "PUT"):
            body = text
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif text:
            path += "?" + text
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def data(self, method: str, path: str, fields: dict | None = None, token: str = "", body: str | None = None):
        """`data` of an answer that must be a success."""
        status, _, content = self.call(method, path, fields, token, body)
        assert status == 200, f"{method} {path}: {status} {content!r}"
        return json.loads(content)["data"]

    def refused(self, method: str, path: str, fields: dict | None = None, token: str = "") -> tuple[int, str, str]:
        """Status, error_type and message of an answer that must be an error."""
        status, _, content = self.call(method, path, fields, token)
        answer = json.loads(content)
        assert answer["status"] == "error", answer
        return status, answer["error_type"], answer["message"]

    def log_in(self, api_key: str = API_KEY, secret: str = API_SECRET) -> str:
        """An access token, by the login page's button and the exchange."""
        status, headers, _ = self.call("POST", "/connect/login", {"api_key": api_key})
        assert status == 302, status
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(headers["location"]).query)
        request_token = query["request_token"][0]
        checksum = hashlib.sha256((api_key + request_token + secret).encode()).hexdigest()
        return self.data("POST", "/session/token", {"api_key": api_key, "request_token": request_token,
                                                    "checksum": checksum})["access_token"]

    def fault(self, kind: str, **more: object) -> int:
        return self.data("POST", "/admin/faults", body=json.dumps({"kind": kind, **more}))["id"]

    def clear_faults(self) -> None:
        self.data("DELETE", "/admin/faults")

    def advance(self, **how: object) -> dict:
        return self.data("POST", "/admin/advance", how)

    def book(self) -> dict:
        return self.data("GET", "/admin/book")
