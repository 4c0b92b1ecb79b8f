"""The commands against a running node: what it is told happens, is journaled, and replays."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from running_node import RunningNode  # noqa: E402
from test_commands import BINARY, ROOT, TWO_PAPER, bulkhead  # noqa: E402


class RunningNodeTest(RunningNode, unittest.TestCase):
    """Against a node that plays the session slowly enough to be spoken to."""

    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.start()
        self.wait_for(lambda: self.ask("brokers", "show", "paper")["events"] > 1)

    def start(self, *options: str) -> None:
        (self.folder / "control.sock").unlink(missing_ok=True)
        self.node = subprocess.Popen(
            [str(BINARY), "run", "--data-dir", str(self.folder), "--speed", "200", *options], cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", ""), **TWO_PAPER})
        self.wait_for(lambda: (self.folder / "control.sock").exists())

    def tearDown(self) -> None:
        self.node.send_signal(signal.SIGINT)
        self.node.wait(timeout=60)
        self.temporary.cleanup()

    def events(self, kind: str) -> list[dict]:
        raw = self.tell("journal", "tail", "--broker", "paper", "-n", "9999", "--type", kind, "--json").stdout
        return [json.loads(line) for line in raw.splitlines()]

    def test_brokers_tell_state_and_incarnations(self) -> None:
        self.assertIn("node: running", self.tell("brokers", "ls").stdout)
        told = self.ask("brokers", "show", "paper")
        self.assertEqual((told["state"], told["node_state"]), ("running", "running"))
        self.assertEqual(sorted(told["node"]["incarnations"]), ["portfolio", "risk_manager", "trader"])

    def test_kill_and_release_are_journaled_and_hold_at_one_broker(self) -> None:
        self.tell("brokers", "kill", "paper", "--mode", "halt", "--reason", "drill")
        self.assertEqual(self.ask("brokers", "ls")["brokers"]["paper"]["kill"], "halt")
        self.assertEqual(self.ask("brokers", "ls")["brokers"]["paper2"]["kill"], "off")
        self.assertEqual(self.events("kill")[-1]["data"]["reason"], "drill")
        self.tell("brokers", "release", "paper", "--confirm", "paper", "--reason", "drill over")
        self.assertEqual(self.ask("brokers", "ls")["brokers"]["paper"]["kill"], "off")
        self.assertFalse((self.folder / "paper.kill").exists())
        self.tell("brokers", "release", "paper", "--confirm", "paper", "--reason", "twice", code=1)

    def test_a_run_with_an_operator_replays_to_the_same_events(self) -> None:
        self.tell("brokers", "kill", "paper", "--mode", "reduce-only", "--reason", "drill")
        self.tell("brokers", "release", "paper", "--confirm", "paper", "--reason", "drill over")
        bulkhead("orders", "cancel", "--all", "--broker", "paper", "--reason", "tidy", "--data-dir", str(self.folder),
                 environment=TWO_PAPER)
        self.node.send_signal(signal.SIGINT)
        self.node.wait(timeout=60)
        self.assertIn("all of them equal", self.tell("replay", "--broker", "paper").stdout)

    def test_a_kill_holds_over_a_restart_until_it_is_released(self) -> None:
        self.tell("brokers", "kill", "paper", "--mode", "halt", "--reason", "drill")
        self.node.send_signal(signal.SIGKILL)
        self.node.wait(timeout=60)
        self.assertEqual((self.folder / "paper.kill").read_text().strip(), "halt")
        self.start("--resume")
        self.wait_for(lambda: self.ask("brokers", "show", "paper")["node_state"] == "running")
        before = len(self.events("order.submitted"))
        self.assertEqual(self.ask("brokers", "ls")["brokers"]["paper"]["kill"], "halt")
        self.wait_for(lambda: any(r["data"]["rule"] == "kill_latch" for r in self.events("signal.rejected")))
        self.assertEqual(len(self.events("order.submitted")), before)
        self.tell("brokers", "release", "paper", "--confirm", "paper", "--reason", "drill over")
        self.assertEqual(self.ask("brokers", "ls")["brokers"]["paper"]["kill"], "off")

    def test_only_the_owner_may_open_the_door(self) -> None:
        self.assertEqual((self.folder / "control.sock").stat().st_mode & 0o777, 0o600)

    def test_sighup_reloads_and_the_journal_says_so(self) -> None:
        strategies = self.folder / "strategies"
        shutil.copytree(ROOT / "strategies", strategies, ignore=shutil.ignore_patterns("*.cpp", "*.hpp"))
        self.node.send_signal(signal.SIGINT)
        self.node.wait(timeout=60)
        self.start("--resume", "--strategies", str(strategies))
        self.wait_for(lambda: self.ask("brokers", "show", "paper")["node_state"] == "running")
        self.wait_for(lambda: self.ask("strategies", "show", "ema_cross")["state"] == "running")
        file = strategies / "low_frequency_demo.yaml"
        file.write_text(file.read_text().replace("period_s: 1800", "period_s: 900"))
        self.node.send_signal(signal.SIGHUP)
        self.wait_for(lambda: any(e["data"]["strategy"] == "low_frequency_demo" and e["data"]["change"] == "reloaded"
                                  for e in self.events("strategy.changed")))

    def test_cancel_of_nothing_is_refused_by_the_node(self) -> None:
        done = self.tell("orders", "cancel", "--strategy", "sail", "--broker", "paper", code=1)
        self.assertTrue(done.stderr)

    def test_strategies_pause_resume_and_reload(self) -> None:
        self.tell("strategies", "pause", "ema_cross")
        self.assertEqual(self.ask("strategies", "show", "ema_cross")["state"], "paused")
        self.tell("strategies", "resume", "ema_cross")
        self.assertEqual(self.ask("strategies", "show", "ema_cross")["state"], "running")
        self.tell("strategies", "reload")
        self.tell("strategies", "pause", "sail", code=1)


if __name__ == "__main__":
    unittest.main()
