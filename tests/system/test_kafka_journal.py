"""The journal in a real Kafka: the same day as on the embedded one, through
kill -9, takeovers of a stopped process, restarts and outages of the servers.

BULKHEAD_KILLS, BULKHEAD_STOPS and BULKHEAD_RESTARTS set how often (defaults
15, 5 and 2).
"""

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from servers import Servers

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BULKHEAD_BIN",
                             ROOT / "build" / "release" / "bulkhead"))
KILLS = int(os.environ.get("BULKHEAD_KILLS", "15"))
STOPS = int(os.environ.get("BULKHEAD_STOPS", "5"))
RESTARTS = int(os.environ.get("BULKHEAD_RESTARTS", "2"))
SEED = 20220103
HANG_S = 300  # only to end a hang
BROKERS = ("paper", "zerodha")
DAY = ("feed.kind=synthetic", "feed.from=2022-01-03", "feed.days=1",
       "feed.seed=7", "feed.instruments=NSE:NIFTY,NSE:BANKNIFTY",
       "journal.snapshot_every_events=150",
       "journal.snapshot_every_frames=9000", "store.backend=none")


# A paced feed conflates for a process that cannot keep up; then two runs of it
# are not the same day. In the node nothing is conflated.
PACED = ("--set", "trading.zerodha.placement=node", "--speed", "1000")


def settings(*items: str) -> list[str]:
    return [part for item in items for part in ("--set", item)]


class KafkaCase(unittest.TestCase):
    """A Kafka of its own for each class: its topics are one run's."""

    kafka: Servers
    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="bulkhead-kafka-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        whole = subprocess.run(
            cls.command("run", "embedded"),
            env=cls.environment(kafka=False), capture_output=True, text=True,
            timeout=HANG_S, check=False)
        assert whole.returncode == 0, whole.stderr
        cls.expected = {b: cls.dump(b, "embedded", kafka=False)
                        for b in BROKERS}
        assert len(cls.expected["paper"]) > 300
        cls.kafka = Servers(redis=False, brokers=BROKERS)
        cls.addClassCleanup(cls.kafka.close)
        cls.bootstrap = cls.kafka.config["kafka"]["plain_servers"]
        made = subprocess.run(
            [str(BINARY), "topics", "create", "--config",
             str(ROOT / "config" / "bulkhead.yaml")], env=cls.environment(),
            cwd=ROOT, capture_output=True, text=True, timeout=HANG_S, check=False)
        assert made.returncode == 0, made.stdout + made.stderr

    @classmethod
    def environment(cls, kafka: bool = True, **more: str) -> dict[str, str]:
        journal = {"JOURNAL__BACKEND": "kafka", "KAFKA__LEASE_MS": "1000",
                   "KAFKA__BOOTSTRAP_SERVERS": cls.bootstrap} if kafka else {}
        return {"PATH": os.environ.get("PATH", ""),
                "ACTIVE_BROKERS": ",".join(BROKERS), **journal, **more}

    @classmethod
    def command(cls, verb: str, data: str, *more: str) -> list[str]:
        return [str(BINARY), *verb.split(), "--config",
                str(ROOT / "config" / "bulkhead.yaml"), "--data-dir",
                str(cls.folder / data),
                *(settings(*DAY) if verb == "run" else ()), *more]

    @classmethod
    def dump(cls, broker: str, data: str, kafka: bool = True) -> list[str]:
        """The canonical dump."""
        done = subprocess.run(
            cls.command("journal dump", data, "--broker", broker),
            env=cls.environment(kafka), capture_output=True, text=True,
            timeout=HANG_S, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def start(self, data: str, *more: str, **environment: str,
              ) -> subprocess.Popen:
        log = (self.folder / f"{data}.log").open("ab")
        self.addCleanup(log.close)
        node = subprocess.Popen(
            self.command("run", data, *more), cwd=self.folder,
            env=self.environment(**environment), stdout=log, stderr=log)
        self.addCleanup(self.end, node)
        return node

    @staticmethod
    def end(node: subprocess.Popen) -> None:
        if node.poll() is None:
            node.send_signal(signal.SIGCONT)
            node.kill()
            node.wait()

    def log_of(self, data: str) -> str:
        return (self.folder / f"{data}.log").read_text(errors="replace")

    def records(self, topic: str = "paper.journal.events") -> int:
        """Where the topic ends; 0 where there is none yet."""
        done = subprocess.run(
            ["kcat", "-b", self.bootstrap, "-Q", "-t", f"{topic}:0:-1"],
            capture_output=True, text=True, timeout=HANG_S, check=False)
        words = done.stdout.split()
        return int(words[-1]) if done.returncode == 0 and words else 0

    def wait_for_records(self, node: subprocess.Popen, at_least: int) -> int:
        """Its end once it is that far, or the run has ended."""
        until = time.monotonic() + HANG_S
        while (end := self.records()) < at_least and node.poll() is None:
            self.assertLess(time.monotonic(), until, "no progress")
        return end

    def check_day(self, data: str) -> None:
        """Everything is there once, in order, one epoch after the other."""
        for broker in BROKERS:
            self.assertEqual(self.dump(broker, data), self.expected[broker])
        intents = [e["data"]["order"]["client_order_id"]
                   for e in map(json.loads, self.dump("paper", data))
                   if e["type"] == "order.submitted"]
        self.assertEqual(len(intents), len(set(intents)))


class Day(KafkaCase):
    def test_a_day_equals_the_embedded_one_and_is_not_traded_twice(self):
        node = self.start("day")
        self.assertEqual(node.wait(HANG_S), 0, self.log_of("day"))
        self.check_day("day")
        for data, more, words in (
                ("day", (), "--resume"),
                ("elsewhere", (), "--resume"),
                ("day", ("--fresh",), "delete the topics"),
                ("elsewhere", ("--resume", *settings("feed.seed=8")),
                 "feed is not the one")):
            again = subprocess.run(self.command("run", data, *more),
                                   env=self.environment(), text=True,
                                   capture_output=True, timeout=HANG_S,
                                   check=False)
            self.assertEqual(again.returncode, 2, again.stderr)
            self.assertIn(words, again.stderr)
        for verb in ("journal ls", "journal verify", "orders ls",
                     "positions ls", "brokers ls", "journal tail"):
            done = subprocess.run(
                self.command(verb, "elsewhere"), env=self.environment(),
                capture_output=True, text=True, timeout=HANG_S, check=False)
            self.assertEqual(done.returncode, 0, verb + done.stderr)


class Kills(KafkaCase):
    def test_kill_9_with_work_in_flight(self):
        """Again and again in one day; each start goes on after the last."""
        moments = random.Random(SEED)
        kills = end = 0
        share = len(self.expected["paper"]) // (KILLS + 2)
        while True:
            # Slow enough for the day to outlast the kills.
            node = self.start("killed", *(("--resume",) if kills else ()),
                              *PACED[:-1], "500")
            if kills == KILLS:
                break
            end = self.wait_for_records(
                node, end + 5 + moments.randrange(max(1, share)))
            self.assertIsNone(node.poll(), self.log_of("killed"))
            node.kill()
            node.wait()
            kills += 1
        self.assertEqual(node.wait(HANG_S), 0, self.log_of("killed"))
        self.check_day("killed")
        print(f"kill -9: {kills} with work in flight")


class Stops(KafkaCase):
    def test_a_stopped_process_acts_no_more_once_it_was_taken_over(self):
        """Stopped in work, taken over from another folder, let go on. The day
        is paced to outlast all takeovers."""
        moments = random.Random(SEED)
        end = acted = 0
        share = len(self.expected["paper"]) // (2 * STOPS + 4)
        node, effects = None, None
        for n in range(STOPS + 1):
            data = f"owner{n}"
            mine = self.folder / f"{data}.effects"
            taker = self.start(data, *(("--resume",) if n else ()),
                               *PACED[:-1], str(2000 // STOPS),
                               BULKHEAD_EFFECTS_FILE=str(mine))
            if node:
                # Whatever is written behind the claim is the taker's: its
                # mark, with which the former lease is over, and its work.
                end = self.wait_for_claim(taker, n + 1, data)
            end = self.wait_for_records(
                taker, end + 5 + moments.randrange(max(1, share)))
            # Stopped first: the day does not go on while the old owner ends.
            if n < STOPS:
                self.assertIsNone(taker.poll(), self.log_of(data))
                taker.send_signal(signal.SIGSTOP)
            if node:
                self.check_stale(node, effects, f"owner{n - 1}")
                acted += 1
            node, effects = taker, mine
        self.assertEqual(node.wait(HANG_S), 0, self.log_of(data))
        self.check_day(data)
        # Paper's venue goes with its process: what had passed the gate and
        # was not journaled is sent to the next one's. One process never
        # sends an order twice.
        for file in self.folder.glob("*.effects"):
            placed = [line.split()[1]
                      for line in file.read_text().splitlines()]
            self.assertEqual(len(placed), len(set(placed)), "sent twice")
        print(f"SIGSTOP: {acted} takeovers")

    def wait_for_claim(self, taker: subprocess.Popen, epoch: int,
                       data: str) -> int:
        """Where the log ends once that epoch owns it."""
        until = time.monotonic() + HANG_S
        while True:
            self.assertIsNone(taker.poll(), self.log_of(data))
            self.assertLess(time.monotonic(), until, "no claim")
            shown = subprocess.run(
                self.command("journal ls", data, "--json"),
                env=self.environment(), capture_output=True, text=True,
                timeout=HANG_S, check=True)
            epochs = {j["broker"]: j["epochs"]
                      for j in json.loads(shown.stdout)["journals"]}
            if all(epochs.get(b) == epoch for b in BROKERS):
                return self.records()

    def check_stale(self, node: subprocess.Popen, effects: Path,
                    data: str) -> None:
        """Not one effect after it goes on; it is told, and ends."""
        goes_on = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        node.send_signal(signal.SIGCONT)
        self.assertNotEqual(node.wait(HANG_S), 0, self.log_of(data))
        lines = effects.read_text().splitlines() if effects.exists() else []
        late = [line for line in lines if int(line.split()[0]) >= goes_on]
        self.assertEqual(late, [], self.log_of(data))
        self.assertIn("stale", self.log_of(data))


class Outages(KafkaCase):
    def test_kafka_restarts_goes_away_and_comes_back_under_load(self):
        end = 0
        share = len(self.expected["paper"]) // (RESTARTS + 3)
        self.kafka.kill_kafka()
        # Down at the start. Slow enough for the day to outlast all of it on a busy machine.
        node = self.start("outages", *PACED[:-1], "400")
        until = time.monotonic() + HANG_S
        while "waiting for the servers" not in self.log_of("outages"):
            self.assertIsNone(node.poll(), self.log_of("outages"))
            self.assertLess(time.monotonic(), until)
            time.sleep(0.1)
        self.kafka.start_again()
        end = self.wait_for_records(node, end + 5)
        self.kafka.pause_kafka()
        try:
            self.wait_for_outage(node)
        finally:
            self.kafka.resume_kafka()
        for _ in range(RESTARTS):
            end = self.wait_for_records(node, end + share)
            self.assertIsNone(node.poll(), self.log_of("outages"))
            self.kafka.restart_kafka()
        self.assertEqual(node.wait(HANG_S), 0, self.log_of("outages"))
        self.check_day("outages")

    def wait_for_outage(self, node: subprocess.Popen) -> None:
        """Until health says it."""
        until = time.monotonic() + HANG_S
        while True:
            self.assertIsNone(node.poll(), self.log_of("outages"))
            self.assertLess(time.monotonic(), until, "health says nothing")
            shown = subprocess.run(
                self.command("brokers ls", "outages", "--json"),
                env=self.environment(), capture_output=True, text=True,
                timeout=HANG_S, check=False)
            brokers = (json.loads(shown.stdout)["brokers"]
                       if shown.returncode == 0 else {})
            if any(b.get("journal_outage") for b in brokers.values()):
                return
            time.sleep(0.2)


if __name__ == "__main__":
    unittest.main()
