"""A broker that gives up while the node runs: shown as isolated, its orders visible, started again by the operator."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from running_node import RunningNode  # noqa: E402
from test_commands import BINARY, ROOT, TWO_PAPER  # noqa: E402

FAILPOINTS = "paper.trader.orders.before=crash@3,paper.portfolio.mark.before=crash@60"


class IsolatedBrokerTest(RunningNode, unittest.TestCase):
    patience_s = 60.0

    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.node = subprocess.Popen(
            [str(BINARY), "run", "--data-dir", str(self.folder), "--speed", "1000", "--set", "supervisor.intensity=0"],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ.get("PATH", ""), "BULKHEAD_FAILPOINTS": FAILPOINTS, **TWO_PAPER})
        self.wait_for(lambda: (self.folder / "control.sock").exists())

    def tearDown(self) -> None:
        if self.node.poll() is None:
            self.node.kill()
            self.node.wait(timeout=60)
        self.node.stderr.close()
        self.temporary.cleanup()

    def state(self) -> str:
        return self.ask("brokers", "show", "paper")["state"]

    def dump(self, broker: str) -> list[dict]:
        return [json.loads(line) for line in self.tell("journal", "dump", "--broker", broker).stdout.splitlines()]

    def test_an_isolated_broker_is_shown_started_again_and_finishes_the_day(self) -> None:
        self.wait_for(lambda: self.ask("brokers", "show", "paper2")["state"] == "running")
        refused = self.tell("brokers", "restart", "paper2", code=1)
        self.assertIn("it is not isolated", refused.stderr)
        self.wait_for(lambda: self.state() == "isolated")

        shown = self.ask("brokers", "show", "paper")["node"]
        self.assertIn("paper/trader: more than 0 restarts", shown["reason"])
        self.assertIn("paper.trader.orders.before", shown["reason"])
        self.assertRegex(shown["isolated_at"], r"^\d{4}-\d\d-\d\dT")
        gave_up = [entry for entry in shown["history"] if entry["what"] == "gave_up"]
        self.assertEqual([entry["path"] for entry in gave_up], ["paper"])
        self.assertEqual(self.ask("brokers", "show", "paper2")["state"], "running")
        text = self.tell("brokers", "show", "paper").stdout
        self.assertIn("isolated", text)
        self.assertIn("brokers restart paper", text)
        orders = self.tell("orders", "ls", "--broker", "paper").stdout
        self.assertIn("paper is isolated since", orders)
        self.assertGreater(self.ask("orders", "ls", "--broker", "paper")["matching"], 0)
        frozen = self.ask("brokers", "show", "paper")["events"]
        before = self.ask("brokers", "show", "paper2")["events"]
        self.wait_for(lambda: self.ask("brokers", "show", "paper2")["events"] > before + 20)
        self.assertEqual(self.ask("brokers", "show", "paper")["events"], frozen)

        self.tell("brokers", "restart", "paper")
        self.wait_for(lambda: self.ask("brokers", "show", "paper")["events"] > frozen)
        # It gives up once more, for another reason, and is started once more.
        self.wait_for(lambda: self.state() == "isolated")
        self.assertIn("paper/portfolio", self.ask("brokers", "show", "paper")["node"]["reason"])
        self.tell("brokers", "restart", "paper")
        _, log = self.node.communicate(timeout=300)
        self.assertEqual(self.node.returncode, 0, log)
        self.assertIn("paper gave up: paper/trader: more than 0 restarts", log)

        paper, paper2 = self.dump("paper"), self.dump("paper2")
        late = [e for e in paper if e["type"] == "signal.rejected" and e["data"]["rule"] == "broker_isolated"]
        self.assertTrue(late)
        intents = [e["data"]["order"]["client_order_id"] for e in paper if e["type"] == "order.submitted"]
        self.assertEqual(len(intents), len(set(intents)))
        received = [[e["data"]["signal_id"] for e in day if e["type"] == "signal.received"] for day in (paper, paper2)]
        self.assertEqual(received[0], received[1])
        self.assertIn("all of them equal", self.tell("replay", "--broker", "paper").stdout)
        self.assertIn("all of them equal", self.tell("replay", "--broker", "paper2").stdout)
        self.tell("journal", "verify")

    def test_a_node_with_an_isolated_broker_drains_when_told_and_then_takes_no_restart(self) -> None:
        self.wait_for(lambda: self.state() == "isolated")
        self.node.send_signal(signal.SIGINT)
        self.node.communicate(timeout=60)
        self.assertEqual(self.node.returncode, 1)
        self.assertIn("not running", self.tell("brokers", "restart", "paper", code=1).stderr)


if __name__ == "__main__":
    unittest.main()
