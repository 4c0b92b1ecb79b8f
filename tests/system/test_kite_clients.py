"""The official clients, unmodified, against bulkhead-kite-sim: each logs in, trades and streams.

They are installed once, at pinned versions, into build/kite_clients: Python's by pip into a virtual environment,
JavaScript's by npm. A change of the pins makes a new folder.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from kite_sim import API_KEY, API_SECRET, ROOT, KiteSim  # noqa: E402
from tls_files import TlsFiles  # noqa: E402

CACHE = ROOT / "build" / "kite_clients"
INSTALL_S = 600
RUN_S = 600


def run(*command: str, cwd: Path = ROOT, timeout: int = RUN_S, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False,
                          env={**os.environ, **environment})


def installed(name: str, pins: list[Path], install) -> Path:
    """The client's folder, filled by `install` unless that has been done for these pins. A second test waits for it."""
    digest = hashlib.sha256(b"".join(pin.read_bytes() for pin in pins)).hexdigest()[:12]
    folder = CACHE / f"{name}-{digest}"
    whole = folder / ".whole"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w", encoding="ascii") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not whole.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            done = install(folder)
            assert done.returncode == 0, f"{name} client cannot be installed:\n{done.stdout}{done.stderr}"
            whole.touch()
    return folder


def python_client() -> list[str]:
    pins = HERE / "kite_py" / "requirements.txt"

    def install(folder: Path) -> subprocess.CompletedProcess:
        made = run(sys.executable, "-m", "venv", str(folder), timeout=INSTALL_S)
        if made.returncode != 0:
            return made
        return run(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--retries", "10", "--requirement",
                   str(pins), timeout=INSTALL_S)

    folder = installed("python", [pins], install)
    return [str(folder / "bin" / "python"), "-B", str(HERE / "kite_py" / "check_client.py")]


def javascript_client() -> list[str]:
    pins = [HERE / "kite_js" / "package.json", HERE / "kite_js" / "package-lock.json"]

    def install(folder: Path) -> subprocess.CompletedProcess:
        for pin in pins:
            shutil.copy(pin, folder)
        return run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries", "5", cwd=folder,
                   timeout=INSTALL_S)

    folder = installed("javascript", pins, install)
    return ["env", f"NODE_PATH={folder / 'node_modules'}", "node", str(HERE / "kite_js" / "check_client.js")]


class Client:
    """Mixed into a TestCase: runs the client's script once; each test is one of its checks."""

    @classmethod
    def setUpClass(cls) -> None:
        command = cls.command()
        with KiteSim() as sim:
            done = run(*command, sim.root, API_KEY, API_SECRET)
            assert done.returncode == 0, done.stdout + done.stderr + sim.output()
        cls.results = json.loads(done.stdout)

    def passed(self, name: str) -> None:
        self.assertIn(name, self.results, "the script has not run this check")
        self.assertIsNone(self.results[name], self.results[name])

    def test_login(self) -> None:
        self.passed("login")

    def test_profile(self) -> None:
        self.passed("profile")

    def test_margins(self) -> None:
        self.passed("margins")

    def test_instruments(self) -> None:
        self.passed("instruments")

    def test_quotes(self) -> None:
        self.passed("quotes")

    def test_historical_candles(self) -> None:
        self.passed("historical")

    def test_place(self) -> None:
        self.passed("place_market")
        self.passed("place_limit")

    def test_modify(self) -> None:
        self.passed("modify")

    def test_cancel(self) -> None:
        self.passed("cancel")

    def test_order_history(self) -> None:
        self.passed("order_history")

    def test_trades(self) -> None:
        self.passed("trades")

    def test_positions(self) -> None:
        self.passed("positions")

    def test_error_classes(self) -> None:
        self.passed("errors")

    def test_ticks_in_ltp_mode(self) -> None:
        self.passed("ticks_ltp")

    def test_ticks_in_quote_mode(self) -> None:
        self.passed("ticks_quote")

    def test_ticks_in_full_mode(self) -> None:
        self.passed("ticks_full")

    def test_ticks_of_an_index(self) -> None:
        self.passed("ticks_index")

    def test_order_updates(self) -> None:
        self.passed("order_updates")

    def test_logout(self) -> None:
        self.passed("logout")


class PythonClient(Client, unittest.TestCase):
    command = staticmethod(python_client)


class PythonClientOverTls(Client, unittest.TestCase):
    """The same checks over HTTPS and WSS, with the test's authority where requests and Python's ssl look for theirs."""

    @classmethod
    def setUpClass(cls) -> None:
        with TlsFiles() as tls, KiteSim(tls=tls) as sim:
            ask = "import sys, kiteconnect; kiteconnect.KiteConnect(api_key='x', root=sys.argv[1]).profile()"
            cls.refused = run(python_client()[0], "-c", ask, sim.root)
            done = run(*python_client(), sim.root, API_KEY, API_SECRET, REQUESTS_CA_BUNDLE=str(tls.ca),
                       SSL_CERT_FILE=str(tls.ca))
            assert done.returncode == 0, done.stdout + done.stderr + sim.output()
        cls.results = json.loads(done.stdout)

    def test_without_the_authority_the_client_says_no(self) -> None:
        self.assertIn("CERTIFICATE_VERIFY_FAILED", self.refused.stderr)


class JavaScriptClient(Client, unittest.TestCase):
    command = staticmethod(javascript_client)


if __name__ == "__main__":
    unittest.main()
