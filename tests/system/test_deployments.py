"""The deployments that docs/zerodha.md names: paper only, zerodha only, both, two accounts side by side; the shipped
examples of them; and what a backtest and a replay make of a broker that trades live."""

import json
import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

import kite_node
from kite_node import BINARY, Rehearsal
from kite_sim import PATIENCE_S, ROOT, USER
from processes import open_files

sys.path.insert(0, str(ROOT / "tools" / "lib"))
from book_check import Fold, differences  # noqa: E402

EXAMPLES = ROOT / "config" / "examples"
SECOND = {"key": "secondkey", "secret": "secondsecret", "user": "CD5678"}
QUICK = """name: ema_cross
strategy: ema_cross
brokers: [paper, zerodha, zerodha2]
instruments: [NSE:NIFTY, NSE:BANKNIFTY]
parameters: {fast: 2, slow: 5, interval_s: 60, quantity: 50, cooldown_s: 0, allow_short: 1}
"""


def bulkhead(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([str(BINARY), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S,
                          check=False, env={"PATH": os.environ.get("PATH", ""), **(environment or {})})


class Examples(unittest.TestCase):
    def test_every_shipped_example_is_valid_and_says_which_brokers_run(self) -> None:
        expected = {"paper_only": "paper", "zerodha_only": "zerodha", "paper_and_zerodha": "paper, zerodha",
                    "zerodha_feed": "paper, zerodha", "two_zerodha_accounts": "zerodha, zerodha2"}
        self.assertEqual({file.stem for file in EXAMPLES.glob("*.yaml")}, set(expected))
        for name, brokers in expected.items():
            with self.subTest(name):
                done = bulkhead("config", "show", "--config", str(EXAMPLES / f"{name}.yaml"))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stdout, rf"(?m)^active_brokers +{brokers} ")

    def test_real_orders_on_recorded_ticks_are_refused_before_anything_starts(self) -> None:
        done = bulkhead("run", "--config", str(EXAMPLES / "zerodha_only.yaml"), "--set", "feed.kind=replay",
                        "--set", f"feed.path={ROOT / 'tests' / 'data'}", "--data-dir", "/nonexistent/run")
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("trading.zerodha.enabled: true with feed.kind replay: real orders at https://api.kite.trade",
                      done.stderr)


class DeploymentCase(unittest.TestCase):
    def dump(self, rehearsal: Rehearsal, broker: str) -> list[dict]:
        events = rehearsal.journal(broker)
        self.assertGreater(len(events), 1, rehearsal.failure_text())
        return events

    def assert_equal_to_book(self, rehearsal: Rehearsal, broker: str = "zerodha", user: str = USER) -> Fold:
        events = self.dump(rehearsal, broker)
        found = differences(events, rehearsal.sim.book(), user, kite_node.OPENING_CASH)
        self.assertEqual(found, [], rehearsal.failure_text())
        fold = Fold(events)
        self.assertGreater(len(fold.fills), 0, "nothing was traded")
        return fold


class Deployment(DeploymentCase):
    def test_paper_alone_has_no_other_process_and_needs_no_login(self) -> None:
        with Rehearsal(brokers="paper", speed=0) as rehearsal:
            before = rehearsal.sim.book()["requests"]
            run = rehearsal.start(TRADING__ZERODHA__ENABLED="false")
            processes = set()
            while run.poll() is None:
                processes.update(kite_node.children(run.pid))
            self.assertEqual(run.wait(), 0, rehearsal.failure_text())
            self.assertEqual(processes, set())
            self.assertGreater(len(Fold(self.dump(rehearsal, "paper")).fills), 0)
            self.assertEqual(rehearsal.sim.book()["requests"], before)

    def test_zerodha_alone(self) -> None:
        with Rehearsal(brokers="zerodha") as rehearsal:
            self.assertEqual(rehearsal.run().wait(), 0, rehearsal.failure_text())
            self.assert_equal_to_book(rehearsal)
            self.assertFalse((rehearsal.data_dir / "paper.journal.db").exists())

    def test_both_and_paper_is_as_alone_and_zerodha_replays_without_a_broker(self) -> None:
        with Rehearsal(brokers="paper,zerodha") as rehearsal:
            self.assertEqual(rehearsal.run().wait(), 0, rehearsal.failure_text())
            self.assert_equal_to_book(rehearsal)
            beside = self.dump(rehearsal, "paper")
            self.check_replay(rehearsal)
            self.check_backtest(rehearsal)
        with Rehearsal(brokers="paper", speed=0) as alone:
            self.assertEqual(alone.run().wait(), 0, alone.failure_text())
            self.assertEqual(beside, self.dump(alone, "paper"))

    def check_replay(self, rehearsal: Rehearsal) -> None:
        """Promise 7, of a broker that traded live: its reports are those of the journal, and nobody is asked."""
        asked = rehearsal.sim.book()["requests"]
        replay = [part for part in rehearsal.command()[2:] if part != "--json"]
        done = bulkhead("replay", "--broker", "zerodha", *replay)
        events = self.dump(rehearsal, "zerodha")
        if any(e["type"] == "feed.noticed" and e["data"]["what"] == "conflated" for e in events):
            self.assertIn("so its day cannot be replayed event for event", done.stderr)  # a machine under load
        else:
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(f"zerodha: {len(events)} events, all of them equal", done.stdout)
        self.assertEqual(rehearsal.sim.book()["requests"], asked)

    def check_backtest(self, rehearsal: Rehearsal) -> None:
        """It sends nothing, and says what becomes of a live broker's orders: they are filled as paper's are."""
        asked = rehearsal.sim.book()["requests"]
        options = rehearsal.command()[2:]
        at = options.index("--data-dir")
        del options[at:at + 2]
        done = bulkhead("backtest", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("note: a backtest places nothing at zerodha: its orders are filled against the feed", done.stderr)
        brokers = json.loads(done.stdout)["brokers"]
        self.assertEqual(brokers["zerodha"]["orders"], brokers["paper"]["orders"])
        self.assertGreater(len(brokers["zerodha"]["fills"]), 0)
        withheld = bulkhead("backtest", *options, "--set", "trading.zerodha.enabled=false")
        self.assertNotIn("note:", withheld.stderr)
        self.assertEqual(json.loads(withheld.stdout)["brokers"]["zerodha"]["orders"], [])
        self.assertEqual(rehearsal.sim.book()["requests"], asked)


class ZerodhaFeed(DeploymentCase):
    """Ticks from Zerodha for both brokers: from the simulator's WebSocket."""

    FEED = {"feed.kind": "kite", "feed.account": "zerodha"}

    def start(self, rehearsal: Rehearsal, enough) -> kite_node.Run:
        """Until `enough`, then the market stands still."""
        run = rehearsal.start()
        kite_node.wait_until(lambda: enough() or run.poll() is not None, "the feed brought too little to trade")
        self.assertIsNone(run.poll(), rehearsal.failure_text())
        rehearsal.sim.data("POST", "/admin/speed", {"speed": 0})
        return run

    def stop(self, rehearsal: Rehearsal, run: kite_node.Run) -> None:
        run.send(signal.SIGINT)
        self.assertEqual(run.wait(), 0, rehearsal.failure_text())

    def fills(self, rehearsal: Rehearsal, broker: str) -> int:
        return len(Fold(rehearsal.journal(broker)).fills)

    def test_zerodha_feeds_both_and_places_nothing(self) -> None:
        settings = {**self.FEED, "trading.zerodha.enabled": "false"}
        with Rehearsal(brokers="paper,zerodha", hours=None, sim_speed=300, settings=settings,
                       strategies={"ema_cross": QUICK}) as rehearsal:
            run = self.start(rehearsal, lambda: self.fills(rehearsal, "paper") >= 6)
            self.stop(rehearsal, run)
            signals = {broker: [e["data"]["signal_id"] for e in self.dump(rehearsal, broker)
                                if e["type"] == "signal.received"] for broker in ("paper", "zerodha")}
            self.assertEqual(signals["paper"], signals["zerodha"])
            types = {event["type"] for event in rehearsal.journal("zerodha")}
            self.assertIn("order.withheld", types)
            self.assertNotIn("order.submitted", types)
            self.assertEqual(rehearsal.sim.book()["placements"], [])

    def test_zerodha_feeds_both_and_takes_orders(self) -> None:
        with Rehearsal(brokers="paper,zerodha", hours=None, sim_speed=100, settings=dict(self.FEED),
                       strategies={"ema_cross": QUICK}) as rehearsal:
            run = self.start(rehearsal, lambda: self.fills(rehearsal, "zerodha") >= 6)
            kite_node.wait_until(lambda: not differences(rehearsal.journal("zerodha"), rehearsal.sim.book(), USER,
                                                         kite_node.OPENING_CASH), "the books never agree")
            self.stop(rehearsal, run)
            self.assertGreater(self.fills(rehearsal, "paper"), 0)
            self.assert_equal_to_book(rehearsal)


class TwoAccounts(DeploymentCase):
    def log_in_second(self, rehearsal: Rehearsal) -> dict[str, object]:
        """The second account's app, login and options, as a user makes them."""
        folder = rehearsal.folder
        for name in ("key", "secret"):
            (folder / f"{name}2").write_text(SECOND[name] + "\n", encoding="utf-8")
            (folder / f"{name}2").chmod(0o600)
        _, headers, _ = rehearsal.sim.call("POST", "/connect/login", {"api_key": SECOND["key"]})
        done = subprocess.run(
            [str(BINARY), "login", "zerodha", "--api-key-file", str(folder / "key2"), "--api-secret-file",
             str(folder / "secret2"), "--session-file", str(folder / "session2"), "--kite", rehearsal.sim.root, "--paste"],
            input=headers["location"].split("request_token=")[1].split("&")[0] + "\n", capture_output=True, text=True,
            timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return {"kind": "zerodha", "enabled": "true", "kite.url": rehearsal.sim.root,
                "kite.socket_url": f"ws://127.0.0.1:{rehearsal.sim.port}", "kite.api_key_file": folder / "key2",
                "kite.session_file": folder / "session2", "kite.absence_after_ms": 500,
                "kite.between_absences_ms": 200, "kite.poll_ms": 100, "kite.orders_per_second": 1000,
                "kite.orders_per_minute": 100000, "kite.algo_id": "rehearsal"}

    def look_into(self, pid: int) -> dict[str, bytes]:
        """What the kernel shows of a process: arguments, environment, the files that it holds open."""
        base = Path(f"/proc/{pid}")
        files = "\n".join(open_files(pid)).encode()
        return {"arguments": (base / "cmdline").read_bytes(), "environment": (base / "environ").read_bytes(),
                "open files": files}

    def test_two_accounts_trade_side_by_side_and_neither_sees_the_other(self) -> None:
        app = f"api_key={SECOND['key']},api_secret={SECOND['secret']},user_id={SECOND['user']},redirect=http://127.0.0.1:1/"
        with Rehearsal("--app", app, brokers="zerodha,zerodha2", strategies={"ema_cross": QUICK}) as rehearsal:
            options = self.log_in_second(rehearsal)
            rehearsal.settings = {f"trading.zerodha2.{name}": value for name, value in options.items()}
            variables = {"TRADING__ZERODHA__MARK_INTERVAL_S": "61", "TRADING__ZERODHA2__MARK_INTERVAL_S": "62"}
            run = rehearsal.start(**variables)
            kite_node.wait_until(lambda: len(kite_node.children(run.pid)) == 2 or run.poll() is not None, "two processes")
            kite_node.wait_until(lambda: len(rehearsal.sim.book()["orders"]) > 3 or run.poll() is not None, "orders")
            seen = {}
            for pid in kite_node.children(run.pid):
                found = self.look_into(pid)
                arguments = found["arguments"].split(b"\0")
                seen[arguments[arguments.index(b"--broker") + 1].decode()] = found
            self.assertEqual(run.wait(), 0, rehearsal.failure_text())
            self.assertEqual(set(seen), {"zerodha", "zerodha2"}, rehearsal.failure_text())
            self.assert_walls(seen, rehearsal)
            self.assert_equal_to_book(rehearsal, "zerodha", USER)
            self.assert_equal_to_book(rehearsal, "zerodha2", SECOND["user"])

    def assert_walls(self, seen: dict[str, dict[str, bytes]], rehearsal: Rehearsal) -> None:
        foreign = {"zerodha": (b"zerodha2.", b"ZERODHA2", b"key2", b"session2", SECOND["key"].encode()),
                   "zerodha2": (b"/zerodha.", b"trading.zerodha.", b"TRADING__ZERODHA__", b"key\0", b"session\0",
                                kite_node.API_KEY.encode())}
        for broker, places in seen.items():
            for place, content in places.items():
                for word in foreign[broker]:
                    self.assertNotIn(word, content, f"{place} of {broker}'s process")
        tokens = {}
        for broker, name in (("zerodha", "session"), ("zerodha2", "session2")):
            tokens[broker] = json.loads((rehearsal.folder / name).read_text(encoding="utf-8"))["access_token"].encode()
        self.assertNotEqual(tokens["zerodha"], tokens["zerodha2"])
        for file in rehearsal.data_dir.iterdir():
            for broker, token in tokens.items():
                if file.is_file():
                    self.assertNotIn(token, file.read_bytes(), f"{broker}'s access token in {file.name}")


if __name__ == "__main__":
    unittest.main()
