"""Promise 1 on the real program: `bulkhead chaos` disturbs one actor of paper; paper2 notices nothing.

Two paper brokers on a paced synthetic day. Each drill waits for what it is to cause and never looks at a clock but to
end a hang. At the end paper2 has restarted nothing and its canonical dump is the undisturbed run's."""

import json
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BULKHEAD_BIN", ROOT / "build" / "release" / "bulkhead"))
ENVIRONMENT = {"PATH": os.environ.get("PATH", ""), "ACTIVE_BROKERS": "paper,paper2",
               "TRADING__PAPER2__KIND": "paper", "TRADING__PAPER2__ENABLED": "true"}
ACTORS = ("bridge", "trader", "risk_manager", "portfolio", "projector")
DAY = ("feed.kind=synthetic", "feed.from=2022-01-03", "feed.days=1", "feed.seed=7",
       "feed.instruments=NSE:NIFTY,NSE:BANKNIFTY")
LONGER = ("feed.days=2",)  # what hung has returned before the run ends
PATIENCE_S = 120


def bulkhead(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(BINARY), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S,
                          check=False, env=ENVIRONMENT)


def options(*keys: str) -> list[str]:
    return [part for key in keys for part in ("--set", key)]


class Node:
    """One run in a folder of its own; the day takes about half a minute unless it is ended before."""

    def __init__(self, folder: Path, *keys: str, speed: int = 1000) -> None:
        self.folder = folder
        self.log = (folder / "log.txt").open("w+")
        self.out = (folder / "report.json").open("w+")  # a pipe that nobody reads would hold up the node's end
        self.process = subprocess.Popen(
            [str(BINARY), "run", "--json", "--data-dir", str(folder), "--speed", str(speed), *options(*DAY, *keys)],
            cwd=ROOT, env=ENVIRONMENT, stdout=self.out, stderr=self.log)

    def wait_for(self, condition, what: str):
        end = time.monotonic() + PATIENCE_S
        while not (found := condition()):
            if self.process.poll() is not None:
                raise AssertionError(f"the node ended before: {what}\n{self.text()}")
            if time.monotonic() > end:
                raise AssertionError(f"never came true: {what}\n{self.text()}")
            time.sleep(0.05)
        return found

    def text(self) -> str:
        return (self.folder / "log.txt").read_text()

    def vitals(self) -> dict:
        done = bulkhead("brokers", "vitals", "--json", "--data-dir", str(self.folder))
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def actor(self, path: str) -> dict:
        newest = [a for a in self.vitals().get("actors", []) if a["path"] == path]
        return newest[-1] if newest else {}

    def incarnations(self, path: str) -> list[int]:
        return [a["incarnation"] for a in self.vitals().get("actors", []) if a["path"] == path]

    def chaos(self, what: str, actor: str, *more: str, broker: str = "paper") -> subprocess.CompletedProcess:
        return bulkhead("chaos", what, "--broker", broker, "--actor", actor, *more, "--data-dir", str(self.folder))

    def ops(self, broker: str) -> list[dict]:
        with sqlite3.connect(f"file:{self.folder / broker}.journal.db?mode=ro", uri=True, timeout=30) as db:
            return [json.loads(row[0]) for row in db.execute("SELECT payload FROM ops ORDER BY rowid")]

    def has_op(self, what: str, path: str, text: str = "", broker: str = "paper") -> bool:
        return any(o.get("what") == what and o.get("path") == path and text in o.get("reason", "")
                   for o in self.ops(broker))

    def finish(self) -> dict:
        self.process.wait(timeout=PATIENCE_S)
        return json.loads((self.folder / "report.json").read_text())

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=PATIENCE_S)
        self.out.close()
        self.log.close()


def dump(folder: Path, broker: str) -> str:
    return bulkhead("journal", "dump", "--data-dir", str(folder), "--broker", broker).stdout


class ChaosTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.temporary = tempfile.TemporaryDirectory()
        calm = Path(cls.temporary.name) / "calm"
        calm.mkdir()
        done = bulkhead("run", "--json", "--data-dir", str(calm), *options(*DAY))
        assert done.returncode == 0, done.stderr
        cls.calm = {broker: dump(calm, broker) for broker in ("paper", "paper2")}
        assert len(cls.calm["paper2"].splitlines()) > 100

    @classmethod
    def tearDownClass(cls) -> None:
        cls.temporary.cleanup()

    def start(self, *keys: str, **more) -> Node:
        folder = Path(tempfile.mkdtemp(dir=self.temporary.name))
        node = Node(folder, *(keys or ("chaos.enabled=true",)), **more)
        self.addCleanup(node.stop)
        node.wait_for(lambda: node.actor("paper/bridge").get("handled", 0) > 20, "paper works")
        return node

    def assert_neighbour_unharmed(self, node: Node) -> None:
        failed = [o for o in node.ops("paper2") if o.get("what") in ("failed", "gave_up")]
        self.assertEqual(failed, [], "paper2 restarted something")
        self.assertEqual(dump(node.folder, "paper2"), self.calm["paper2"])

    def test_a_crash_of_each_actor_restarts_it_alone(self) -> None:
        node = self.start("chaos.enabled=true", "supervisor.intensity=50")
        for actor in ACTORS:
            done = node.chaos("crash", actor)
            self.assertEqual(done.returncode, 0, done.stderr)
            node.wait_for(lambda a=actor: node.has_op("failed", f"paper/{a}", "was told to crash"), f"{actor} crashed")
        self.assertEqual(node.chaos("crash", "journal").returncode, 0)
        node.wait_for(lambda: node.has_op("failed", "paper/bridge", "paper.journal was told to crash"), "a refused append")
        report = node.finish()
        self.assertEqual(report["isolated"], [])
        self.assert_neighbour_unharmed(node)
        self.assertEqual(dump(node.folder, "paper"), self.calm["paper"])

    def test_slow_hanging_and_flooded_actors_hold_up_their_broker_alone(self) -> None:
        """The neighbour is not waited for: it would keep pace with the slowest otherwise (feed.overload: wait)."""
        node = self.start("chaos.enabled=true", "watchdog.handler_budget_ms=100")
        for actor in (*ACTORS, "journal"):
            self.assertEqual(node.chaos("slow", actor, "--for", "500ms", "--delay", "5ms").returncode, 0)
            if actor != "journal":
                done = node.chaos("flood", actor, "--for", "500ms", "--rate", "20000")
                self.assertEqual(done.returncode, 0, done.stderr)
                node.wait_for(lambda a=actor: node.has_op("chaos", f"paper/{a}", "flood: over"), f"{actor} was flooded")
            self.assertEqual(node.chaos("hang", actor, "--for", "1s").returncode, 0)
            if actor != "journal":
                node.wait_for(lambda a=actor: node.has_op("returned", f"paper/{a}"), f"{actor} hung and came back")
        report = node.finish()
        self.assertEqual(report["isolated"], [])
        self.assertFalse([o for o in node.ops("paper") if o.get("what") == "failed"])
        self.assert_neighbour_unharmed(node)
        self.assertEqual(dump(node.folder, "paper"), self.calm["paper"])

    def test_a_hang_is_reported_with_its_message_and_age_and_the_second_at_once_isolates(self) -> None:
        node = self.start("chaos.enabled=true", "watchdog.handler_budget_ms=200", "supervisor.step_deadline_ms=1500")
        self.assertEqual(node.chaos("hang", "trader", "--for", "5m", "--times", "3").returncode, 0)
        node.wait_for(lambda: node.has_op("hangs", "paper/trader", "has not returned for"), "the report")
        said = next(o["reason"] for o in node.ops("paper") if o.get("what") == "hangs")
        self.assertRegex(said, r"^its handler of (work|apply_events|place_work|role_up|recover_role) has not returned for "
                               r"\d+ ms \(budget 200 ms\); ")
        node.wait_for(lambda: "paper/trader (incarnation 1) hangs" in node.text(), "the log tells it too")
        node.wait_for(lambda: node.has_op("gave_up", "paper"), "paper is isolated")
        hung = [a for a in node.vitals()["actors"] if a["path"] == "paper/trader"]
        self.assertTrue(hung and all(a["revoked"] for a in hung), hung)
        shown = bulkhead("brokers", "vitals", "--data-dir", str(node.folder))
        self.assertEqual(shown.returncode, 0, shown.stderr)
        table = shown.stdout
        self.assertIn("signals retained", table)
        self.assertLessEqual(max(len(line) for line in table.splitlines()), 100)
        self.assertIn("1!", table)
        report = node.finish()
        self.assertEqual([i["broker"] for i in report["isolated"]], ["paper"])
        self.assert_neighbour_unharmed(node)

    def test_bridge_and_projector_that_hang_are_revoked_by_the_watchdog(self) -> None:
        node = self.start("chaos.enabled=true", "supervisor.step_deadline_ms=1500", "watchdog.handler_budget_ms=100",
                          speed=500)
        for actor in ("bridge", "projector"):
            self.assertEqual(node.chaos("hang", actor, "--for", "4s").returncode, 0)
            node.wait_for(lambda a=actor: node.has_op("failed", f"paper/{a}", "revoked"), f"{actor} is revoked")
            node.wait_for(lambda a=actor: node.has_op("returned", f"paper/{a}"), f"{actor} returned")
            node.wait_for(lambda a=actor: node.incarnations(f"paper/{a}") == [2], f"the {actor} that hung ended")
        report = node.finish()
        self.assertEqual(report["isolated"], [])
        self.assert_neighbour_unharmed(node)
        self.assertEqual(dump(node.folder, "paper"), self.calm["paper"])

    def test_what_a_node_refuses(self) -> None:
        node = self.start("chaos.enabled=false")
        done = node.chaos("crash", "trader")
        self.assertEqual(done.returncode, 1)
        self.assertIn("chaos.enabled: given false, allowed: true", done.stderr)
        brave = self.start("chaos.enabled=true")
        for arguments, broker, said in (
                (("crash", "driver"), "paper", 'actor: given "driver", allowed: bridge, trader, risk_manager'),
                (("crash", "trader"), "papers", 'broker: given "papers", allowed: paper, paper2'),
                (("flood", "journal"), "paper", 'actor: given "journal", allowed with flood')):
            done = brave.chaos(*arguments, broker=broker)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(said, done.stderr)
        done = brave.chaos("hang", "trader", "--for", "2 weeks")
        self.assertEqual(done.returncode, 2)
        self.assertIn('--for: given "2 weeks", allowed: 1ms to 10m', done.stderr)
        self.assertFalse([o for o in brave.ops("paper") if o.get("what") in ("chaos", "failed")])
        brave.stop()
        done = brave.chaos("crash", "trader")
        self.assertEqual(done.returncode, 1)
        self.assertIn("node: not running", done.stderr)


class HungRunnerTest(unittest.TestCase):
    def test_a_runner_that_hangs_is_revoked_and_both_brokers_go_on_as_if_nothing_had_happened(self) -> None:
        with tempfile.TemporaryDirectory() as temporary:
            dumps = []
            for name, failpoints in (("calm", ""), ("hung", "runner.frames.before=hang@50")):
                folder = Path(temporary) / name
                done = subprocess.run(
                    [str(BINARY), "run", "--json", "--data-dir", str(folder),
                     *options(*DAY, *LONGER, "supervisor.step_deadline_ms=1500", "watchdog.handler_budget_ms=100")],
                    cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
                    env={**ENVIRONMENT, "BULKHEAD_FAILPOINTS": failpoints})
                self.assertEqual(done.returncode, 0, done.stderr)
                dumps.append([dump(folder, broker) for broker in ("paper", "paper2")])
                if failpoints:
                    self.assertIn("runner (incarnation 1) failed: revoked", done.stderr)
                    self.assertIn("runner restarted as incarnation 2", done.stderr)
            self.assertEqual(dumps[0], dumps[1])


if __name__ == "__main__":
    unittest.main()
