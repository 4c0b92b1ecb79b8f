"""How an order's fate at Zerodha is learnt, and how fast requests go there: by the socket alone, by postbacks alone, with
updates twice and out of order; within Kite's limits; with a login that comes while the node runs, and secrets from the
environment. Against the simulator."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent))
from kite_node import BINARY, Fold, Rehearsal, wait_until  # noqa: E402
from kite_sim import API_KEY, API_SECRET, PATIENCE_S, ROOT, USER  # noqa: E402

sys.path.insert(0, str(ROOT / "tools" / "lib"))
from services.ports import free_ports  # noqa: E402

KITE = "trading.zerodha.kite."
HEAD = "brokers: [zerodha]\ninstruments: [NSE:NIFTY, NSE:BANKNIFTY]\nproduct: MIS\nparameters:\n"
STRATEGIES = {"in_out": "name: in_out\nstrategy: low_frequency_demo\n" + HEAD + "  period_s: 60\n  quantity: 50\n"}
# A rehearsal at high speed sends an hour's orders in seconds.
FAST = {KITE + "orders_per_second": 1000, KITE + "orders_per_minute": 100000, KITE + "algo_id": "rehearsal"}
NEVER_READ = {KITE + "poll_ms": 600_000, KITE + "reconcile_s": 86_400}
HOURS = ("09:08", "09:50")


class KiteUpdates(unittest.TestCase):
    def rehearsal(self, *sim: str, **more: object) -> Rehearsal:
        settings = {**FAST, **more.pop("settings", {})}
        return Rehearsal(*sim, strategies=STRATEGIES, hours=HOURS, settings=settings, **more)

    def settle(self, r: Rehearsal) -> None:
        """The market stands still, and a resume with quick reads looks at the book: nothing may differ then."""
        r.sim.data("POST", "/admin/speed", {"speed": 0})
        r.sim.clear_faults()
        r.settings = {**r.settings, KITE + "poll_ms": 100}
        last = r.run("--resume")
        self.assertEqual(last.poll(), 0, r.failure_text())
        self.assertEqual(r.differences(), [], r.failure_text())

    def run_to_end(self, r: Rehearsal) -> Fold:
        run = r.run()
        self.assertEqual(run.poll(), 0, r.failure_text())
        return Fold(r.journal())

    def test_by_the_socket_alone(self) -> None:
        with self.rehearsal(settings=NEVER_READ) as r:
            self.assertGreater(len(self.run_to_end(r).fills), 10, r.failure_text())
            self.settle(r)

    def test_by_postbacks_alone(self) -> None:
        port = free_ports(1)[0]
        postbacks = mock.patch("kite_node.USER", f"{USER},postback=http://127.0.0.1:{port}/kite")
        no_socket = {KITE + "socket_url": "ws://127.0.0.1:1", KITE + "postback_port": port}
        with postbacks, self.rehearsal(settings={**NEVER_READ, **no_socket}) as r:
            r.settings[KITE + "api_secret_file"] = r.folder / "secret"
            self.assertGreater(len(self.run_to_end(r).fills), 10, r.failure_text())
            self.settle(r)

    def test_updates_twice_and_out_of_order(self) -> None:
        faults = ("--fault", "duplicate_update:probability=0.5", "--fault", "reorder_update:probability=0.3", "--fault",
                  "drop_update:probability=0.1")
        with self.rehearsal(*faults) as r:
            self.assertGreater(len(self.run_to_end(r).fills), 10, r.failure_text())
            self.settle(r)

    def test_kites_limits_are_never_met(self) -> None:
        limits = [part for one in ("orders=10", "orders_per_minute=400", "other=10") for part in ("--limit", one)]
        # The shipped strategies, and no more than what Kite allows.
        with Rehearsal(*limits, hours=HOURS,
                       settings={KITE + "poll_ms": 1000, KITE + "orders_per_second": 10, KITE + "orders_per_minute": 400}) as r:
            fold = self.run_to_end(r)
            book = r.sim.book()
            self.assertNotIn("429", book["answers"], r.failure_text())
            self.assertGreater(book["requests"].get("POST /orders", 0), 0)
            refused = [e["data"]["reason"] for e in r.journal() if e["type"] == "order.rejected"]
            self.assertEqual([why for why in refused if "not sent" not in why], [])
            self.assertEqual(fold.submitted_twice, [])
            self.settle(r)


class LoginWhileItRuns(unittest.TestCase):
    def show(self, r: Rehearsal) -> dict[str, str]:
        """What `brokers show` says of the account."""
        done = subprocess.run([str(BINARY), "brokers", "show", "zerodha", "--json", "--config",
                               str(ROOT / "config" / "bulkhead.yaml"), "--data-dir", str(r.data_dir)],
                              env={"PATH": os.environ.get("PATH", ""), "ACTIVE_BROKERS": "zerodha"},
                              capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        if done.returncode != 0:
            return {}
        return dict(json.loads(done.stdout).get("node", {}).get("account", []))

    def test_orders_are_refused_for_certain_until_somebody_logs_in(self) -> None:
        secrets = {"TRADING__ZERODHA__KITE__API_KEY": API_KEY, "TRADING__ZERODHA__KITE__API_SECRET": API_SECRET}
        settings = {**FAST, KITE + "api_key_file": "", KITE + "postback_port": free_ports(1)[0]}
        with Rehearsal(strategies=STRATEGIES, speed=100, settings=settings, environment=secrets) as r:
            token = json.loads(r.session_file.read_text(encoding="utf-8"))["access_token"]
            aside = r.session_file.rename(r.folder / "aside")
            run = r.start()

            def events(kind: str) -> list[dict]:
                self.assertIsNone(run.poll(), r.failure_text())
                try:
                    return [e for e in r.journal() if e["type"] == kind]
                except RuntimeError:
                    return []

            wait_until(lambda: events("order.rejected"), "no order was refused")
            reason = events("order.rejected")[0]["data"]["reason"]
            self.assertTrue(reason.startswith("not sent: nobody is logged in"), reason)
            self.assertIn("run: bulkhead login zerodha", reason)
            self.assertEqual(r.sim.book()["orders"], [])
            wait_until(lambda: "nobody is logged in" in self.show(r).get("login", ""), "no login is shown as none")

            aside.rename(r.session_file)
            wait_until(lambda: events("order.accepted"), "no order was accepted after the login")
            wait_until(lambda: self.show(r).get("login", "").startswith("valid until"), "the login is not shown")
            wait_until(lambda: self.show(r).get("updates by socket", "").startswith("connected, spoke"), "no socket")
            self.assertIn("order requests", self.show(r))

            commands = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in (run.pid, run.broker_process()))
            run.kill()
            self.assertNotIn(API_SECRET.encode(), commands)
            self.assertNotIn(API_KEY.encode(), commands)
            for file in [*r.data_dir.rglob("*"), *run.files]:
                content = file.read_bytes() if file.is_file() else b""
                self.assertNotIn(API_SECRET.encode(), content, file)
                self.assertNotIn(token.encode(), content, file)


if __name__ == "__main__":
    unittest.main()
