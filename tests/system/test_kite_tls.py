"""Kite inside TLS: the simulator on one port, and the product's login and node, which trust whom they were told to."""

import http.client
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from kite_node import BINARY, Rehearsal  # noqa: E402
from kite_sim import API_KEY, API_SECRET, PATIENCE_S, ROOT, KiteSim  # noqa: E402
from kite_sim import BINARY as SIM  # noqa: E402
from kite_socket import KiteSocket  # noqa: E402
from tls_files import TlsFiles  # noqa: E402

INFY = 408065


class Simulator(unittest.TestCase):
    def test_http_and_websocket_share_the_port(self) -> None:
        with TlsFiles() as tls, KiteSim(tls=tls) as sim:
            self.assertIn(f"listens on https://127.0.0.1:{sim.port}", sim.output())
            token = sim.log_in()
            self.assertEqual(sim.data("GET", "/user/profile", None, token)["broker"], "ZERODHA")
            with KiteSocket(sim.port, API_KEY, token, tls=tls.client()) as ticks:
                ticks.send({"a": "subscribe", "v": [INFY]})
                self.assertEqual([(len(p), struct.unpack_from(">I", p)[0]) for p in ticks.ticks()], [(44, INFY)])
            sim.fault("cut_reply", count=1, path="/user/margins")
            with self.assertRaises((http.client.HTTPException, OSError)):
                sim.call("GET", "/user/margins", None, token)
            self.assertEqual(sim.call("GET", "/user/margins", None, token)[0], 200)

    def test_plain_http_gets_no_answer(self) -> None:
        with TlsFiles() as tls, KiteSim(tls=tls) as sim:
            connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=PATIENCE_S)
            with self.assertRaises((http.client.HTTPException, OSError)):
                connection.request("GET", "/instruments")
                connection.getresponse()
            connection.close()
            self.assertEqual(sim.call("GET", "/instruments")[0], 200)

    def test_files_that_are_no_certificate_and_key_are_refused_by_name(self) -> None:
        listing = ("--instruments", str(ROOT / "config" / "instruments.csv"))
        with TlsFiles() as tls, TlsFiles() as other:
            for options, code, says in (
                    (("--tls-cert", str(tls.cert)), 2, "--tls-key"),
                    (("--tls-cert", "no-such.pem", "--tls-key", str(tls.key)), 1, "--tls-cert: given no-such.pem"),
                    (("--tls-cert", str(tls.cert), "--tls-key", str(other.key)), 1, "--tls-key: given")):
                with self.subTest(options=options):
                    done = subprocess.run([str(SIM), *listing, *options], capture_output=True, text=True, check=False,
                                          timeout=PATIENCE_S)
                    self.assertEqual(done.returncode, code, done.stderr)
                    self.assertIn(says, done.stdout + done.stderr)


class Login(unittest.TestCase):
    """The product's HTTP client."""

    def log_in(self, sim: KiteSim, *more: str, host: str = "127.0.0.1") -> subprocess.CompletedProcess:
        with tempfile.TemporaryDirectory() as folder:
            for name, secret in (("key", API_KEY), ("secret", API_SECRET)):
                (Path(folder) / name).write_text(secret + "\n", encoding="utf-8")
                (Path(folder) / name).chmod(0o600)
            _, headers, _ = sim.call("POST", "/connect/login", {"api_key": API_KEY})
            return subprocess.run(
                [str(BINARY), "login", "zerodha", "--api-key-file", f"{folder}/key", "--api-secret-file",
                 f"{folder}/secret", "--session-file", f"{folder}/session", "--kite", f"https://{host}:{sim.port}",
                 "--paste", *more], input=headers["location"].split("request_token=")[1].split("&")[0] + "\n",
                capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    def test_only_whom_it_was_told_to_trust_for_that_host(self) -> None:
        with TlsFiles() as tls, TlsFiles() as other, KiteSim(tls=tls) as sim:
            good = self.log_in(sim, "--ca-file", str(tls.ca))
            self.assertEqual(good.returncode, 0, good.stderr)
            self.assertIn("logged in as", good.stdout)
            before = sim.book()["requests"]["POST /session"]
            for what, done in (("the system's authorities", self.log_in(sim)),
                               ("another authority", self.log_in(sim, "--ca-file", str(other.ca))),
                               ("another host's name", self.log_in(sim, "--ca-file", str(tls.ca), host="localhost"))):
                with self.subTest(what):
                    self.assertEqual(done.returncode, 1, done.stdout)
                    self.assertIn("certificate", done.stderr)
            self.assertEqual(sim.book()["requests"]["POST /session"], before, "a secret went to a stranger")


class Node(unittest.TestCase):
    def test_a_node_trades_inside_tls(self) -> None:
        with TlsFiles() as tls, Rehearsal(hours=("09:08", "09:40"), tls=tls) as kite:
            run = kite.run()
            self.assertEqual(run.poll(), 0, kite.failure_text())
            answers = {one["answer"] for one in kite.sim.book()["placements"]}
            self.assertEqual(answers, {"200"}, kite.failure_text())
            self.assertTrue(any(e["type"] == "order.filled" for e in kite.journal()), kite.failure_text())

    def test_a_ca_file_that_is_not_there_is_refused_by_name(self) -> None:
        with Rehearsal(hours=("09:08", "09:10"), settings={"trading.zerodha.kite.ca_file": "/no/such/ca.pem"}) as kite:
            run = kite.run()
            self.assertNotEqual(run.poll(), 0)
            self.assertIn('kite.ca_file: given "/no/such/ca.pem"', run.err)

    def test_nothing_leaves_for_a_stranger(self) -> None:
        with TlsFiles() as tls, TlsFiles() as other:
            with Rehearsal(hours=("09:08", "09:40"), tls=tls,
                           settings={"trading.zerodha.kite.ca_file": other.ca}) as kite:
                run = kite.run()
                self.assertEqual(run.poll(), 0, kite.failure_text())
                self.assertEqual([], kite.sim.book()["placements"])
                events = [e["type"] for e in kite.journal()]
                self.assertIn("order.submitted", events, "nothing was to leave")
                self.assertNotIn("order.accepted", events)


if __name__ == "__main__":
    unittest.main()
