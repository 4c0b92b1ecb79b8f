"""The commands that look into a run and tell a node what to do, as a trader meets them."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from journal_forge import forge, tear  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BULKHEAD_BIN",
                             ROOT / "build" / "release" / "bulkhead"))
TWO_PAPER = {"ACTIVE_BROKERS": "paper,paper2", "TRADING__PAPER2__KIND": "paper",
             "TRADING__PAPER2__CAPITAL": "5000000.00"}
WIDTH = 100


def bulkhead(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    """Runs one command from the repository's root."""
    return subprocess.run([str(BINARY), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120,
                          check=False, env={"PATH": os.environ.get("PATH", ""), **(environment or {})})


class RunFolder(unittest.TestCase):
    """One run of two paper brokers, over; each test reads it or takes a copy."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name) / "run"
        done = bulkhead("run", "--json", "--data-dir", str(cls.folder), environment=TWO_PAPER)
        assert done.returncode == 0, done.stderr
        cls.report = json.loads(done.stdout)["brokers"]

    @classmethod
    def tearDownClass(cls) -> None:
        cls.temporary.cleanup()

    def run_in(self, folder: Path, *command: str, code: int = 0) -> subprocess.CompletedProcess:
        done = bulkhead(*command, "--data-dir", str(folder), environment=TWO_PAPER)
        self.assertEqual(done.returncode, code, f"{command}: {done.stdout}{done.stderr}")
        return done

    def text(self, *command: str) -> str:
        """Standard output of a table, which must fit the screen."""
        out = self.run_in(self.folder, *command).stdout
        for line in out.splitlines():
            if str(self.folder) not in line:  # a path is as long as it is
                self.assertLessEqual(len(line), WIDTH, line)
        return out

    def json(self, *command: str) -> dict:
        return json.loads(self.run_in(self.folder, *command, "--json").stdout)

    def copy(self) -> Path:
        folder = Path(tempfile.mkdtemp(dir=self.temporary.name)) / "copy"
        shutil.copytree(self.folder, folder)
        return folder

    def net(self, broker: str) -> Decimal:
        p = self.report[broker]["portfolio"]
        return Decimal(p["realised"]) + Decimal(p["unrealised"]) - Decimal(p["charges"])


class BrokersTest(RunFolder):
    def test_ls_shows_each_broker_and_that_no_node_runs(self) -> None:
        out = self.text("brokers", "ls")
        self.assertRegex(out, r"(?m)^paper +paper +on +stopped +off ")
        self.assertRegex(out, r"(?m)^paper2 ")
        self.assertIn("node: not running", out)
        told = self.json("brokers", "ls")["brokers"]
        for broker in ("paper", "paper2"):
            self.assertEqual(Decimal(told[broker]["net"]), self.net(broker))
            self.assertEqual(told[broker]["fills"], len(self.report[broker]["fills"]))
            self.assertEqual(told[broker]["orders"], len(self.report[broker]["orders"]))

    def test_show_gives_money_counts_and_rules(self) -> None:
        out = self.text("brokers", "show", "paper2")
        for part in ("capital Rs", "5000000.00", "signals", "latch", "not running"):
            self.assertIn(part, out)
        told = self.json("brokers", "show", "paper")
        self.assertEqual(sum(told["rejected_by_rule"].values()), told["rejected"])
        self.assertEqual(Decimal(told["equity"]), Decimal(self.report["paper"]["portfolio"]["equity"]))

    def test_an_unknown_broker_is_refused_with_the_known_ones(self) -> None:
        for command in (("brokers", "show", "nobody"), ("orders", "ls", "--broker", "nobody"),
                        ("positions", "ls", "--broker", "nobody"), ("journal", "tail", "--broker", "nobody"),
                        ("journal", "verify", "--broker", "nobody"), ("replay", "--broker", "nobody")):
            with self.subTest(command=command):
                done = self.run_in(self.folder, *command, code=2)
                self.assertIn('given "nobody", allowed: paper, paper2', done.stderr)

    def test_kill_without_a_node_closes_the_next_start(self) -> None:
        folder = self.copy()
        done = self.run_in(folder, "brokers", "kill", "paper", "--mode", "halt", "--reason", "fat finger")
        self.assertIn("the next start begins closed", done.stdout)
        self.assertEqual((folder / "paper.kill").read_text(), "halt\n")
        self.assertFalse((folder / "paper2.kill").exists())
        out = self.run_in(folder, "brokers", "ls").stdout
        self.assertRegex(out, r"(?m)^paper +paper +on +stopped +halt ")
        self.assertRegex(out, r"(?m)^paper2 +paper +on +stopped +off ")

    def test_kill_refuses_a_wrong_mode_no_reason_and_a_folder_that_is_not_there(self) -> None:
        kill = ("brokers", "kill", "paper")
        done = self.run_in(self.folder, *kill, "--mode", "stop", "--reason", "x", code=2)
        self.assertIn('given "stop", allowed: reduce-only', done.stderr)
        self.run_in(self.folder, *kill, "--mode", "halt", "--reason", " ", code=2)
        self.run_in(self.folder, *kill, "--mode", "halt", code=2)
        done = self.run_in(self.folder / "typo", *kill, "--mode", "halt", "--reason", "x", code=1)
        self.assertIn("nothing was closed", done.stderr)
        self.assertFalse((self.folder / "typo").exists())
        empty = self.copy().parent / "empty"
        empty.mkdir()
        done = self.run_in(empty, *kill, "--mode", "halt", "--reason", "x", code=1)
        self.assertIn("nothing was closed: no node listens on", done.stderr)
        self.assertEqual([*empty.glob("*.kill")], [])
        done = self.run_in(self.folder, *kill, "--mode", "halt", "--reason", "x", "--strategy", "ema_cross", code=1)
        self.assertIn("not running", done.stderr)
        self.assertFalse((self.folder / "paper.kill").exists())

    def test_release_wants_the_name_twice_and_a_node(self) -> None:
        release = ("brokers", "release", "paper", "--reason", "x")
        done = self.run_in(self.folder, *release, "--confirm", "paper2", code=2)
        self.assertIn('--confirm: given "paper2", allowed: paper', done.stderr)
        self.run_in(self.folder, *release, code=2)
        done = self.run_in(self.folder, *release, "--confirm", "paper", code=1)
        self.assertIn("bulkhead run --resume", done.stderr)


class StrategiesTest(RunFolder):
    def test_ls_adds_up_to_the_report_of_each_broker(self) -> None:
        self.assertRegex(self.text("strategies", "ls"), r"(?m)^ema_cross .* paper ")
        told = self.json("strategies", "ls")["strategies"]
        for broker in ("paper", "paper2"):
            for name, mine in self.report[broker]["by_strategy"].items():
                line = told[name]["brokers"][broker]
                self.assertEqual((Decimal(line["net"]), line["fills"]), (Decimal(mine["net"]), mine["fills"]))

    def test_show_tells_parameters_and_refuses_the_unknown(self) -> None:
        self.assertRegex(self.text("strategies", "show", "ema_cross"), r"parameters +.*fast \d+")
        self.assertEqual(self.json("strategies", "show", "ema_cross")["kind"], "ema_cross")
        done = self.run_in(self.folder, "strategies", "show", "emma", code=1)
        self.assertRegex(done.stderr, r'given "emma", known: .*ema_cross')

    def test_pause_resume_and_reload_need_a_node(self) -> None:
        for command in (("pause", "ema_cross"), ("resume", "ema_cross"), ("reload",)):
            with self.subTest(command=command):
                done = self.run_in(self.folder, "strategies", *command, code=1)
                self.assertIn("not running", done.stderr)


class OrdersTest(RunFolder):
    def filled(self) -> dict:
        orders = self.json("orders", "ls", "--broker", "paper", "--limit", "0")["orders"]
        return next(o for o in orders if o["status"] == "filled")

    def test_ls_lists_what_the_report_has(self) -> None:
        out = self.text("orders", "ls", "--limit", "3")
        self.assertRegex(out, r"paper, \d{4}-\d\d-\d\d, orders 3 of \d+: the newest")
        told = self.json("orders", "ls", "--limit", "0")["orders"]
        for broker in ("paper", "paper2"):
            mine = {o["client_order_id"]: (o["status"], o["filled_quantity"]) for o in told if o["broker"] == broker}
            theirs = {o["client_order_id"]: (o["status"], o["filled_qty"]) for o in self.report[broker]["orders"]}
            self.assertEqual(mine, theirs)

    def test_ls_filters(self) -> None:
        for order in self.json("orders", "ls", "--strategy", "ema_cross", "--status", "filled")["orders"]:
            self.assertEqual((order["strategy"], order["status"]), ("ema_cross", "filled"))
        self.assertEqual(self.json("orders", "ls", "--date", "2001-01-01")["orders"], [])
        self.assertIn("--status all", self.text("orders", "ls", "--date", "2001-01-01"))
        for wrong in (("--status", "done"), ("--date", "yesterday")):
            with self.subTest(wrong=wrong):
                done = self.run_in(self.folder, "orders", "ls", *wrong, code=2)
                self.assertIn(f'{wrong[0]}: given "{wrong[1]}", allowed: ', done.stderr)

    def test_show_tells_an_orders_life_from_tick_to_profit(self) -> None:
        order = self.filled()
        out = self.text("orders", "show", order["client_order_id"], "--broker", "paper")
        for part in ("tick ", "signal ", "why ", "risk ", "order.submitted", "order.filled", "STT", "->", "realised"):
            self.assertIn(part, out)
        told = self.json("orders", "show", order["client_order_id"], "--broker", "paper")
        types = [e["type"] for e in told["events"]]
        self.assertEqual(types[:3], ["signal.received", "signal.validated", "order.submitted"])
        self.assertEqual(sum(f["quantity"] for f in told["fills"]), order["filled_quantity"])
        parts = told["charges"]
        total = sum(Decimal(value) for name, value in parts.items() if name != "total")
        self.assertEqual(total, Decimal(parts["total"]))
        for fill in told["fills"]:
            moved = fill["quantity"] if order["side"] == "BUY" else -fill["quantity"]
            self.assertEqual(fill["position_after"] - fill["position_before"], moved)

    def test_realised_of_a_positions_orders_is_the_positions(self) -> None:
        position = next(p for p in self.report["paper"]["portfolio"]["positions"]
                        if (p["strategy"], p["instrument"]) == ("low_frequency_demo", "NSE:NIFTY"))
        total = Decimal(0)
        for order in self.json("orders", "ls", "--broker", "paper", "--strategy", "low_frequency_demo")["orders"]:
            if order["instrument"] == "NSE:NIFTY":
                told = self.json("orders", "show", order["client_order_id"], "--broker", "paper")
                total += sum(Decimal(fill["realised"]) for fill in told["fills"])
        self.assertEqual(total, Decimal(position["realised"]))

    def test_a_prefix_is_enough_where_it_is_unique(self) -> None:
        order = self.filled()["client_order_id"]
        out = self.text("orders", "show", order[:10], "--broker", "paper")
        self.assertIn(f"{order} at paper", out)
        done = self.run_in(self.folder, "orders", "show", order, code=1)  # the same signal went to paper2 as well
        self.assertRegex(done.stderr, rf"2 orders begin so.*\n  {order} paper .*\n  {order} paper2 ")
        done = self.run_in(self.folder, "orders", "show", "0000", code=1)
        self.assertIn("orders ls", done.stderr)

    def test_cancel_says_what_it_needs(self) -> None:
        for wrong in ((), ("--all",), ("--strategy", "ema_cross"), ("--all", "--strategy", "a", "--broker", "paper")):
            with self.subTest(wrong=wrong):
                self.run_in(self.folder, "orders", "cancel", *wrong, code=2)
        order = self.filled()["client_order_id"]
        done = self.run_in(self.folder, "orders", "cancel", order, "--broker", "paper", code=1)
        self.assertIn("is filled: nothing is left to cancel", done.stderr)
        done = self.run_in(self.folder, "orders", "cancel", "--all", "--broker", "paper", code=1)
        self.assertIn("not running", done.stderr)


class PositionsTest(RunFolder):
    def test_live_and_paper_balances_are_never_added_up(self) -> None:
        out = self.text("positions", "ls", "--all")
        self.assertEqual(len(re.findall(r"(?m)^total ", out)), 2)
        told = self.json("positions", "ls", "--all")
        self.assertEqual(sorted(told), ["brokers", "node"])
        both = sum((self.net(broker) for broker in ("paper", "paper2")), Decimal(0))
        self.assertNotIn(f"{both:.2f}", out)
        for broker in ("paper", "paper2"):
            self.assertEqual(Decimal(told["brokers"][broker]["totals"]["net"]), self.net(broker))

    def test_open_positions_alone_without_all(self) -> None:
        told = self.json("positions", "ls", "--all", "--broker", "paper")["brokers"]["paper"]["positions"]
        shown = self.json("positions", "ls", "--broker", "paper")["brokers"]["paper"]["positions"]
        self.assertEqual(shown, [p for p in told if p["quantity"] != 0])
        for p in told:
            net = Decimal(p["realised"]) + Decimal(p["unrealised"]) - Decimal(p["charges"])
            self.assertEqual(Decimal(p["net"]), net)
            self.assertEqual(Decimal(p["unrealised"]), p["quantity"] * Decimal(p["last"]) - Decimal(p["cost"]))
        self.assertIn("no position of strategy sail", self.text("positions", "ls", "--all", "--strategy", "sail"))


class JournalTest(RunFolder):
    def dump(self, folder: Path, broker: str) -> list[str]:
        return self.run_in(folder, "journal", "dump", "--broker", broker).stdout.splitlines()

    def test_ls_measures_each_journal(self) -> None:
        self.assertRegex(self.text("journal", "ls"), r"(?m)^paper\.journal\.db +1 +\d+ ")
        told = {j["broker"]: j for j in self.json("journal", "ls")["journals"]}
        for broker in ("paper", "paper2"):
            self.assertEqual(told[broker]["last_seq"], len(self.dump(self.folder, broker)))

    def test_tail_gives_the_newest_lines(self) -> None:
        raw = self.run_in(self.folder, "journal", "tail", "-n", "7", "--broker", "paper", "--json").stdout.splitlines()
        self.assertEqual(raw, self.dump(self.folder, "paper")[-7:])
        self.assertEqual(len(self.text("journal", "tail", "-n", "7").splitlines()), 7)

    def test_tail_filters_by_type_and_text(self) -> None:
        fills = self.text("journal", "tail", "--broker", "paper", "-n", "9999", "--type", "order.filled").splitlines()
        self.assertEqual(len(fills), len(self.report["paper"]["fills"]))
        for line in self.text("journal", "tail", "--type", "order", "--grep", "BANKNIFTY").splitlines():
            self.assertIn(" order.", line)
        done = self.run_in(self.folder, "journal", "tail", "--type", "order.sailed")
        self.assertEqual(done.stdout, "")
        self.assertIn("order.sailed", done.stderr)

    def test_tail_follows(self) -> None:
        follower = subprocess.Popen([str(BINARY), "journal", "tail", "-f", "--json", "-n", "2", "--broker", "paper",
                                     "--data-dir", str(self.folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.addCleanup(follower.kill)  # should it not end by itself
        try:
            self.assertEqual(json.loads(follower.stdout.readline())["broker"], "paper")
            follower.stdout.readline()
            self.assertIsNone(follower.poll())
        finally:
            follower.terminate()
            follower.communicate(timeout=30)

    def test_verify_passes_a_whole_journal(self) -> None:
        out = self.text("journal", "verify")
        self.assertRegex(out, r"paper: whole: \d+ events")
        told = self.json("journal", "verify")
        self.assertTrue(told["ok"])
        self.assertGreater(told["journals"]["paper"]["portfolio_snapshots"], 1)

    def test_verify_names_the_record_that_was_torn(self) -> None:
        folder = self.copy()
        tear(folder / "paper.journal.db", 17)
        done = self.run_in(folder, "journal", "verify", code=1)
        self.assertRegex(done.stderr, r"paper\.journal\.db: .*17.*checksum")
        self.assertIn("paper2: whole", done.stdout)

    def test_verify_refolds_the_money_where_the_checksums_hold(self) -> None:
        folder = self.copy()

        def dearer(seq: int, payload: bytes) -> bytes:
            e = json.loads(payload)
            if e["type"] != "order.filled" or self.changed:
                return payload
            self.changed = seq
            e["data"]["price"] = "1.00"
            return json.dumps(e, separators=(",", ":"), sort_keys=True).encode()

        self.changed = 0
        forge(folder / "paper.journal.db", dearer)
        done = self.run_in(folder, "journal", "verify", "--broker", "paper", code=1)
        self.assertRegex(done.stderr, r"event \d+: .*cost: the snapshot says [\d.-]+, the fills make [\d.-]+")
        self.assertIn("cash: the snapshot says", done.stderr)

    def test_verify_finds_an_event_that_none_can_read(self) -> None:
        folder = self.copy()
        forge(folder / "paper.journal.db",
              lambda seq, payload: payload.replace(b'"order.', b'"odour.') if seq == 20 or b"submitted" in payload
              else payload)
        done = self.run_in(folder, "journal", "verify", "--broker", "paper", code=1)
        self.assertRegex(done.stderr, r"event \d+: .*odour")


class ReplayTest(RunFolder):
    def test_a_journaled_day_replays_to_the_same_events(self) -> None:
        for broker in ("paper", "paper2"):
            out = self.text("replay", "--broker", broker)
            self.assertRegex(out, rf"^{broker}: \d+ events, all of them equal$")
        told = self.json("replay", "--broker", "paper")
        self.assertTrue(told["same"])
        self.assertEqual(told["equal"], told["events"])

    def test_other_settings_show_the_first_difference(self) -> None:
        folder = self.copy()
        done = self.run_in(folder, "replay", "--broker", "paper", "--set", "trading.paper.risk.max_order_quantity=1",
                           code=1)
        self.assertIn("first difference at event", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^type +signal\.validated +signal\.rejected$")
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), WIDTH, line)

    def test_a_forged_journal_does_not_replay(self) -> None:
        folder = self.copy()
        forge(folder / "paper.journal.db", lambda _, payload: payload.replace(b'"side":"BUY"', b'"side":"SELL"')
              if b'"order.filled"' in payload else payload)
        done = self.run_in(folder, "replay", "--broker", "paper", code=1)
        self.assertRegex(done.stdout, r"(?m)^data/side +SELL +BUY$")

    def test_another_feed_is_refused(self) -> None:
        done = self.run_in(self.folder, "replay", "--broker", "paper", "--data", "tests/data/nifty_1min.csv", code=1)
        self.assertIn("is not the one", done.stderr)


class EmptyFolderTest(RunFolder):
    def test_every_list_says_what_is_missing_and_what_to_do(self) -> None:
        folder = self.folder / "nothing"
        for command in (("brokers", "ls"), ("brokers", "show", "paper"), ("strategies", "ls"), ("orders", "ls"),
                        ("positions", "ls"), ("journal", "ls"), ("journal", "tail")):
            with self.subTest(command=command):
                done = self.run_in(folder, *command)
                self.assertIn("bulkhead run", done.stdout + done.stderr)
        self.run_in(folder, "journal", "verify", code=1)
        self.run_in(folder, "replay", "--broker", "paper", code=1)
        self.run_in(folder, "orders", "show", "abc", code=1)
        self.assertEqual(json.loads(self.run_in(folder, "orders", "ls", "--json").stdout)["orders"], [])
        self.assertFalse(folder.exists())


if __name__ == "__main__":
    unittest.main()
