"""`bulkhead login zerodha` against a Kite of the test's own: the redirect, the exchange, the file, and no secret shown."""

import hashlib
import http.server
import json
import os
import re
import subprocess
import tempfile
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BULKHEAD_BIN", ROOT / "build" / "release" / "bulkhead"))
KEY, SECRET, TOKEN = "canarykey1", "canarysecret2", "canarytoken3"
WAIT_S = 60


class Kite(http.server.BaseHTTPRequestHandler):
    """POST /session/token: a session for the right checksum of the request token "good"."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(urllib.parse.parse_qsl(body))
        self.server.forms.append((self.path, form, self.headers.get("X-Kite-Version")))
        right = hashlib.sha256(("canarykey1" + "good" + SECRET).encode()).hexdigest()
        if form.get("checksum") == right:
            self.answer(200, {"status": "success", "data": {
                "user_id": "AB1234", "user_name": "A B", "api_key": KEY, "access_token": TOKEN,
                "login_time": "2026-11-23 08:30:00", "avatar_url": None}})
        else:
            self.answer(403, {"status": "error", "error_type": "TokenException", "data": None,
                              "message": "Token is invalid or has expired."})

    def answer(self, status: int, whole: dict) -> None:
        data = json.dumps(whole).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


class LoginTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.kite = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Kite)
        self.kite.forms = []
        thread = threading.Thread(target=self.kite.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.kite.server_close)
        self.addCleanup(self.kite.shutdown)
        for name, text in (("key", KEY), ("secret", SECRET)):
            (self.folder / name).write_text(text + "\n")
            (self.folder / name).chmod(0o600)

    def start(self, *arguments: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [str(BINARY), "login", "zerodha", "--api-key-file", str(self.folder / "key"),
             "--api-secret-file", str(self.folder / "secret"), "--session-file", str(self.folder / "session.json"),
             "--kite", f"http://127.0.0.1:{self.kite.server_address[1]}", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process: subprocess.Popen) -> None:
        if process.poll() is None:
            process.kill()
        process.communicate()

    def state_of(self, line: str) -> str:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(line.strip()).query)
        self.assertEqual((query["v"], query["api_key"]), (["3"], [KEY]))
        return urllib.parse.parse_qs(query["redirect_params"][0])["state"][0]

    def assert_logged_in(self, output: str) -> None:
        file = self.folder / "session.json"
        self.assertIn(f"logged in as AB1234 (A B); the session is in {file}, mode 0600, "
                      "until 2026-11-24T06:00:00+05:30", output)
        self.assertEqual(file.stat().st_mode & 0o7777, 0o600)
        self.assertEqual(json.loads(file.read_text())["access_token"], TOKEN)
        path, form, version = self.kite.forms[-1]
        self.assertEqual((path, form["request_token"], version), ("/session/token", "good", "3"))

    def assert_no_secret(self, text: str) -> None:
        self.assertNotIn(SECRET, text)
        self.assertNotIn(TOKEN, text)

    def test_the_redirect_is_received_and_exchanged(self) -> None:
        process = self.start("--port", "0", "--login-page", "https://kite.example/login")
        page = process.stdout.readline()
        self.assertTrue(page.startswith("https://kite.example/login?v=3&api_key="), page)
        state = self.state_of(page)
        address = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())[0]
        with self.assertRaises(urllib.error.HTTPError):
            urllib.request.urlopen(address + "favicon.ico", timeout=WAIT_S)
        with urllib.request.urlopen(f"{address}?status=success&request_token=good&state={state}",
                                    timeout=WAIT_S) as shown:
            self.assertIn("Look at the terminal", shown.read().decode())
        output, errors = process.communicate(timeout=WAIT_S)
        self.assertEqual((process.returncode, errors), (0, ""))
        self.assert_logged_in(output)
        self.assert_no_secret(page + output)

    def test_a_pasted_address_is_exchanged(self) -> None:
        process = self.start("--paste")
        state = self.state_of(process.stdout.readline())
        output, errors = process.communicate(f"https://127.0.0.1/?request_token=good&state={state}\n", timeout=WAIT_S)
        self.assertEqual((process.returncode, errors), (0, ""))
        self.assert_logged_in(output)

    def test_secrets_come_from_the_environment_where_no_file_is_named(self) -> None:
        command = [str(BINARY), "login", "zerodha", "--session-file", str(self.folder / "session.json"), "--paste",
                   "--kite", f"http://127.0.0.1:{self.kite.server_address[1]}"]
        given = {"TRADING__ZERODHA__KITE__API_KEY": KEY, "TRADING__ZERODHA__KITE__API_SECRET": SECRET}
        done = subprocess.run(command, env=given, input="good\n", capture_output=True, text=True, timeout=WAIT_S,
                              check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assert_logged_in(done.stdout)
        self.assert_no_secret(done.stdout)
        done = subprocess.run(command, env={}, capture_output=True, text=True, timeout=WAIT_S, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("give --api-key-file FILE (mode 0600), or the variable TRADING__ZERODHA__KITE__API_KEY",
                      done.stderr)

    def configured(self, *more: str, session: str = "session.json") -> subprocess.CompletedProcess:
        """As on each day: what the broker's kite options say, and nothing else."""
        kite = "trading.zerodha.kite."
        options = {"api_key_file": "key", "api_secret_file": "secret", "session_file": session}
        given = [f"--set={kite}{name}={self.folder / file}" for name, file in options.items()]
        return subprocess.run(
            [str(BINARY), "login", "zerodha", "--paste", *given,
             f"--set={kite}url=http://127.0.0.1:{self.kite.server_address[1]}", *more],
            cwd=ROOT, input="good\n", capture_output=True, text=True, timeout=WAIT_S, check=False)

    def test_paths_and_addresses_are_those_of_the_configuration(self) -> None:
        done = self.configured("--set=trading.zerodha.kite.user_id=AB1234")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"http://127.0.0.1:{self.kite.server_address[1]}/connect/login?v=3&api_key=", done.stdout)
        self.assert_logged_in(done.stdout)

    def test_a_login_of_another_user_is_not_kept(self) -> None:
        done = self.configured("--set=trading.zerodha.kite.user_id=CD5678")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the browser was logged in as AB1234, allowed: CD5678 (kite.user_id)", done.stderr)
        self.assertFalse((self.folder / "session.json").exists())

    def test_a_folder_that_is_not_there_is_said_before_the_login(self) -> None:
        done = self.configured(session="nowhere/session.json")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"run: mkdir -p -m 700 {self.folder / 'nowhere'}", done.stderr)
        self.assertNotIn("api_key=", done.stdout)
        self.assertEqual(self.kite.forms, [])

    def test_a_broker_that_needs_no_login_and_one_that_is_not_there(self) -> None:
        for broker, why in (("paper", 'given "paper" of kind paper, which needs no login'),
                            ("zerodha3", 'given "zerodha3", allowed: paper, zerodha')):
            done = subprocess.run([str(BINARY), "login", broker], cwd=ROOT, capture_output=True, text=True,
                                  timeout=WAIT_S, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(why, done.stderr)

    def test_an_answer_to_another_login_is_refused(self) -> None:
        process = self.start("--paste")
        output, errors = process.communicate("https://127.0.0.1/?request_token=good&state=other\n", timeout=WAIT_S)
        self.assertEqual(process.returncode, 1)
        self.assertIn("not the answer to this login", errors)
        self.assertEqual(self.kite.forms, [])
        self.assertFalse((self.folder / "session.json").exists())

    def test_a_refused_exchange_says_why_and_keeps_the_old_session(self) -> None:
        (self.folder / "session.json").write_text("old")
        output, errors = self.start("--paste").communicate("bad\n", timeout=WAIT_S)
        self.assertIn("Token is invalid or has expired. (HTTP 403, TokenException)", errors)
        self.assertEqual((self.folder / "session.json").read_text(), "old")
        self.assert_no_secret(output + errors)

    def test_secrets_come_from_files_of_their_owner_and_go_to_safe_places(self) -> None:
        (self.folder / "secret").chmod(0o644)
        process = self.start("--paste")
        _, errors = process.communicate("good\n", timeout=WAIT_S)
        self.assertEqual(process.returncode, 1)
        self.assertIn("mode 0644 lets others at a secret", errors)
        unsafe = self.start("--paste", "--kite", "http://api.kite.trade")
        _, errors = unsafe.communicate("good\n", timeout=WAIT_S)
        self.assertEqual(unsafe.returncode, 2)
        self.assertIn("allowed: https://HOST", errors)
        self.assertEqual(self.kite.forms, [])


if __name__ == "__main__":
    unittest.main()
