"""placement: process. A broker's subtree in a process of its own: segfault, abort, kill -9 and SIGSTOP of it, and
kill -9 of its node, leave every journal as the undisturbed run's, and the other broker restarts nothing.

BULKHEAD_KILLS sets the number of random kills, of each kind (default 30); only those with work in flight count.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import test_kill9 as base  # noqa: E402
from processes import alive, children, open_files  # noqa: E402

RANDOM_KILLS = base.RANDOM_KILLS
IN_PROCESS = {**base.ENVIRONMENT, "TRADING__PAPER__PLACEMENT": "process"}
PATIENCE = 60  # seconds; ends a hang, asserts nothing


def wait_until(condition, what: str) -> None:
    """Returns once it is true; a hang fails."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


class ProcessPlacementTest(unittest.TestCase):
    """Every case compares with one undisturbed run that has all brokers in the node's process."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="bulkhead-process-"))
        whole = cls.folder / "whole"
        done = base.run(whole)
        assert done.returncode == 0, done.stderr
        cls.expected = {broker: base.dump(whole, broker) for broker in base.BROKERS}
        cls.outcome = json.loads(done.stdout)["brokers"]
        began = time.monotonic()
        timed = cls.play(cls.folder / "timed")
        cls.seconds = time.monotonic() - began
        assert timed.returncode == 0, timed.stderr

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.folder)

    @staticmethod
    def play(data_dir: Path, *more: str, environment=None) -> subprocess.CompletedProcess:
        return subprocess.run(base.command(data_dir, *more), env=environment or IN_PROCESS, capture_output=True,
                              text=True, timeout=120, check=False, cwd=data_dir.parent)

    def start(self, data_dir: Path, *more: str) -> subprocess.Popen:
        node = subprocess.Popen(base.command(data_dir, *more), env=IN_PROCESS, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, cwd=self.folder)
        self.addCleanup(self.end, node)
        return node

    @staticmethod
    def end(node: subprocess.Popen) -> None:
        if node.poll() is None:
            node.kill()
        node.communicate()

    def child_of(self, node: subprocess.Popen) -> int:
        """The broker's process."""
        wait_until(lambda: children(node.pid) or node.poll() is not None, "no process of the broker")
        found = children(node.pid)
        self.assertEqual(len(found), 1, "the node has ended, or has two processes of one broker")
        return found[0]

    def check_same(self, data_dir: Path, done_stdout: str) -> None:
        """Both journals, the outcome and the intents are the undisturbed run's."""
        for broker in base.BROKERS:
            self.assertEqual(base.dump(data_dir, broker), self.expected[broker])
        self.assertEqual(json.loads(done_stdout)["brokers"], self.outcome)
        intents = [event["data"]["order"]["client_order_id"] for event in map(json.loads, base.dump(data_dir, "paper"))
                   if event["type"] == "order.submitted"]
        self.assertEqual(len(intents), len(set(intents)))
        shutil.rmtree(data_dir)

    def test_the_journals_are_those_of_a_run_in_one_process(self) -> None:
        for name, more in (("one", {}), ("both", {"TRADING__PAPER2__PLACEMENT": "process"})):
            data_dir = self.folder / name
            done = self.play(data_dir, environment={**IN_PROCESS, **more})
            self.assertEqual(done.returncode, 0, done.stderr)
            self.check_same(data_dir, done.stdout)

    def test_faults_that_no_supervisor_can_catch(self) -> None:
        """The broker goes on where its journal ends, in the same run; its neighbour does not notice."""
        for number, words in ((signal.SIGSEGV, "SIGSEGV"), (signal.SIGABRT, "SIGABRT"), (signal.SIGKILL, "SIGKILL"),
                              (signal.SIGSTOP, "SIGSTOP")):
            with self.subTest(signal=words):
                data_dir = self.folder / words
                node = self.start(data_dir, "--set", "process.silence_ms=500")
                wait_until(lambda: base.journaled(data_dir) > 20, "nothing is journaled")
                os.kill(self.child_of(node), number)
                out, err = node.communicate(timeout=PATIENCE)
                self.assertEqual(node.returncode, 0, err)
                self.assertIn(words, err)
                self.assertIn("paper/process restarted as incarnation 2", err)
                self.assertNotIn("paper2", [line.split()[-1] for line in err.splitlines() if "failed" in line])
                self.check_same(data_dir, out)

    def test_kill_at_every_failpoint_of_the_process(self) -> None:
        for name in base.FAILPOINTS:
            for at_hit in (1, 5):
                with self.subTest(failpoint=name, hit=at_hit):
                    data_dir = self.folder / f"{name}-{at_hit}"
                    done = self.play(data_dir, environment={**IN_PROCESS,
                                                            "BULKHEAD_FAILPOINTS": f"{name}=kill@{at_hit}"})
                    self.assertEqual(done.returncode, 0, done.stderr)
                    if at_hit == 1:
                        self.assertIn("SIGKILL", done.stderr, "never reached")
                    self.check_same(data_dir, done.stdout)

    def random_kills(self, what: str) -> None:
        """Of the broker's process (the run goes on) or of the node (it is resumed)."""
        moments = random.Random(base.SEED)
        kills = tries = 0
        longest = self.seconds  # of a wait for the kill; follows what the machine does meanwhile
        while kills < RANDOM_KILLS:
            tries += 1
            self.assertLess(tries, RANDOM_KILLS * 8, "hardly a kill lands")
            data_dir = self.folder / f"{what}-{tries}"
            node = self.start(data_dir)
            waited = moments.uniform(0.05, longest)
            time.sleep(waited)
            found = children(node.pid)
            if what == "node":
                node.kill()
            elif node.poll() is None and found:
                with contextlib.suppress(ProcessLookupError):  # it has just ended: such a try does not count
                    os.kill(found[0], signal.SIGKILL)
            if what == "node":
                node.wait(timeout=PATIENCE)
                wait_until(lambda: not any(map(alive, found)), "the process outlives its node")
            journaled = base.journaled(data_dir)
            counts = bool(found) and 0 < journaled < len(self.expected["paper"])
            out, err = node.communicate(timeout=PATIENCE)
            if not counts or (what == "node" and node.returncode == 0):
                longest = longest * 1.3 if journaled == 0 else max(0.1, waited)
                shutil.rmtree(data_dir, ignore_errors=True)
                continue
            kills += 1
            with self.subTest(kill=kills, of=what):
                if what == "node":
                    done = self.play(data_dir, "--resume")
                    out, err, code = done.stdout, done.stderr, done.returncode
                else:
                    code = node.returncode
                self.assertEqual(code, 0, err)
                self.check_same(data_dir, out)
        print(f"kill -9 of the {what}: {kills} with work in flight of {tries} tries")

    def test_random_kills_of_the_process(self) -> None:
        self.random_kills("process")

    def test_random_kills_of_the_node(self) -> None:
        self.random_kills("node")

    def test_interrupt_drains_both(self) -> None:
        data_dir = self.folder / "interrupt"
        node = self.start(data_dir, "--speed", "1000")
        wait_until(lambda: base.journaled(data_dir) > 5, "nothing is journaled")
        child = self.child_of(node)
        node.send_signal(signal.SIGINT)
        out, err = node.communicate(timeout=PATIENCE)
        self.assertEqual(node.returncode, 0, err)
        self.assertTrue(json.loads(out)["interrupted"])
        self.assertFalse(alive(child))
        done = self.play(data_dir, "--resume")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check_same(data_dir, done.stdout)

    def test_what_waits_for_a_stopped_process_is_bounded(self) -> None:
        data_dir = self.folder / "stopped"
        node = self.start(data_dir, "--set", "process.silence_ms=3000", "--set", "feed.max_in_flight=256")
        wait_until(lambda: base.journaled(data_dir) > 20, "nothing is journaled")
        os.kill(self.child_of(node), signal.SIGSTOP)
        out, err = node.communicate(timeout=PATIENCE)
        self.assertEqual(node.returncode, 0, err)
        most = json.loads(out)["bounds"]["link_bytes"]["paper"]["most"]
        self.assertLess(most, 256 * 200 + 65536)  # frames of two ticks, and what else is said
        self.check_same(data_dir, out)

    def test_a_kill_while_the_process_is_stopped_holds_for_its_replacement(self) -> None:
        data_dir = self.folder / "operator"
        node = self.start(data_dir, "--speed", "100", "--set", "process.silence_ms=1000")
        wait_until(lambda: base.journaled(data_dir) > 1, "nothing is journaled")
        child = self.child_of(node)
        os.kill(child, signal.SIGSTOP)
        told = self.tell(data_dir, "brokers", "kill", "paper", "--mode", "halt", "--reason", "drill")
        self.assertEqual(told.returncode, 0, told.stderr)
        wait_until(lambda: not alive(child), "a stopped process is not killed")
        wait_until(lambda: any(json.loads(line)["type"] == "kill.latched" for line in base.dump(data_dir, "paper")),
                   "the journal never heard of the kill")
        shown = json.loads(self.tell(data_dir, "brokers", "ls", "--json").stdout)
        self.assertEqual(shown["brokers"]["paper"]["kill"], "halt")
        node.send_signal(signal.SIGINT)
        node.communicate(timeout=PATIENCE)
        events = [json.loads(line) for line in base.dump(data_dir, "paper")]
        latched = next(i for i, event in enumerate(events) if event["type"] == "kill.latched")
        self.assertFalse([e for e in events[latched:] if e["type"] == "order.submitted"])

    @staticmethod
    def tell(data_dir: Path, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([str(base.BINARY), *words, "--config", str(base.ROOT / "config" / "bulkhead.yaml"),
                               "--data-dir", str(data_dir)], env=IN_PROCESS, capture_output=True, text=True,
                              timeout=PATIENCE, check=False)

    def test_a_process_with_other_settings_is_refused_and_its_broker_isolated(self) -> None:
        """A file that was edited since the node started."""
        files = self.folder / "files"
        shutil.copytree(base.ROOT / "config", files)
        data_dir = self.folder / "edited"
        node = self.start(data_dir, "--speed", "1000", "--set", f"files.charges={files / 'charges.yaml'}")
        wait_until(lambda: base.journaled(data_dir) > 1, "nothing is journaled")
        child = self.child_of(node)
        with (files / "charges.yaml").open("a", encoding="utf-8") as charges:
            charges.write("# edited\n")
        os.kill(child, signal.SIGKILL)
        out, err = node.communicate(timeout=2 * PATIENCE)
        self.assertEqual(node.returncode, 1, err)
        self.assertIn("a file of the configuration was edited since the node started", err)
        self.assertEqual([down["broker"] for down in json.loads(out)["isolated"]], ["paper"])
        self.assertEqual(base.dump(data_dir, "paper2"), self.expected["paper2"])

    def test_a_crash_inside_the_process_is_its_own_supervisors(self) -> None:
        """A role is started again there; a subtree that gives up there is isolated here."""
        crash = {**IN_PROCESS, "BULKHEAD_FAILPOINTS": "paper.trader.orders.before=crash@3"}
        data_dir = self.folder / "inside"
        done = self.play(data_dir, environment=crash)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("paper/trader restarted as incarnation 2", done.stderr)
        self.assertNotIn("paper/process restarted", done.stderr)
        self.check_same(data_dir, done.stdout)

        data_dir = self.folder / "gave-up"
        done = self.play(data_dir, "--set", "supervisor.intensity=0", environment=crash)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual([down["broker"] for down in json.loads(done.stdout)["isolated"]], ["paper"])
        self.assertIn("failpoint paper.trader.orders.before", json.loads(done.stdout)["isolated"][0]["reason"])
        self.assertEqual(base.dump(data_dir, "paper2"), self.expected["paper2"])

    def test_from_a_crash_to_an_answer(self) -> None:
        """Prints the time until the replacement answers its operator; asserts none."""
        data_dir = self.folder / "time"
        node = self.start(data_dir, "--speed", "100", "--set", "supervisor.intensity=100")
        wait_until(lambda: base.journaled(data_dir) > 1, "nothing is journaled")
        times = []
        for _ in range(5):
            child = self.child_of(node)
            began = time.monotonic()
            os.kill(child, signal.SIGSEGV)
            wait_until(lambda: self.answers(data_dir, child), "no replacement answers")
            times.append(round((time.monotonic() - began) * 1000))
            time.sleep(0.3)
        print(f"a process's crash to its replacement answering: {sorted(times)} ms")

    @staticmethod
    def answers(data_dir: Path, old: int) -> bool:
        """Another process than `old` says that it has its journal open."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(data_dir / "control.sock"))
            line.sendall(b'{"command": "status"}\n')
            row = json.loads(line.makefile().readline())["brokers"]["paper"]
        return row["state"] == "running" and row["pid"] not in (0, old)

    def test_the_process_sees_no_other_brokers_variables(self) -> None:
        data_dir = self.folder / "environment"
        node = self.start(data_dir, "--speed", "100")
        child = self.child_of(node)
        wait_until(lambda: b"compartment" in Path(f"/proc/{child}/cmdline").read_bytes(), "it never began")
        seen = Path(f"/proc/{child}/environ").read_bytes()
        self.assertIn(b"TRADING__PAPER__PLACEMENT", seen)
        self.assertNotIn(b"TRADING__PAPER2__", seen)
        wait_until(lambda: (data_dir / "paper.journal.db").exists(), "no journal")
        owners = set(open_files(node.pid))
        self.assertFalse([name for name in owners if "paper.journal.db" in name])

    def test_a_second_owner_of_the_files_is_refused(self) -> None:
        data_dir = self.folder / "owned"
        data_dir.mkdir()
        with subprocess.Popen(["flock", str(data_dir / "paper.lock"), "sleep", "100"]) as owner:
            try:
                wait_until(lambda: children(owner.pid), "the lock is not taken")
                done = self.play(data_dir, "--set", "supervisor.intensity=0")
                self.assertEqual(done.returncode, 1)
                self.assertIn("another process holds the files of broker paper", done.stderr)
            finally:
                for pid in children(owner.pid):
                    os.kill(pid, signal.SIGKILL)
                owner.kill()


if __name__ == "__main__":
    unittest.main()
