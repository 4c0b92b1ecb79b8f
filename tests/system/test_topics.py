"""The topics of a node, at a real Kafka: as they are planned, complete after a run and after a kill at any moment."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from servers import Servers  # noqa: E402
from test_commands import BINARY, ROOT, bulkhead  # noqa: E402

BROKERS = ("paper", "zerodha")
TOPIC_OF = {
    "signal.received": "signals.raw",
    "signal.validated": "signals.validated",
    "signal.rejected": "signals.rejected",
    "order.submitted": "orders.submitted",
    "order.accepted": "orders.updates",
    "order.cancel_requested": "orders.updates",
    "order.cancelled": "orders.updates",
    "order.expired": "orders.updates",
    "order.unknown": "orders.updates",
    "order.update_refused": "orders.updates",
    "order.modify_requested": "orders.updates",
    "order.modified": "orders.updates",
    "order.modify_rejected": "orders.updates",
    "order.triggered": "orders.updates",
    "order.filled": "orders.filled",
    "order.withheld": "orders.failed",
    "order.rejected": "orders.failed",
    "portfolio.snapshot": "pnl.snapshots",
}
PROJECTIONS = sorted(set(TOPIC_OF.values()))
RUN_S = 300  # only to end a hang

servers = None


def setUpModule() -> None:
    global servers
    servers = Servers(redis=False, brokers=BROKERS)


def tearDownModule() -> None:
    servers.close()


def environment(**more: str) -> dict[str, str]:
    """Of a node whose journals are in Kafka, and so publishes."""
    return {**servers.environment, "ACTIVE_BROKERS": ",".join(BROKERS), **more}


def embedded(**more: str) -> dict[str, str]:
    """Of a node with journals in files, that publishes nothing."""
    return environment(JOURNAL__BACKEND="sqlite", KAFKA__TOPICS="off", **more)


def kcat(*arguments: str, text: str | None = None) -> str:
    done = subprocess.run(["kcat", "-b", servers.config["kafka"]["plain_servers"], *arguments], input=text,
                          capture_output=True, text=True, timeout=RUN_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def read(topic: str) -> list[dict]:
    """Every record of a topic with one partition, in order: value, key and headers."""
    lines = kcat("-C", "-t", topic, "-e", "-q", "-J").splitlines()
    return [json.loads(line) for line in lines]


class Topics(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name) / "run"

    def tell(self, *command: str, code: int = 0, **more: str) -> subprocess.CompletedProcess:
        done = bulkhead(*command, environment=environment(**more))
        self.assertEqual(done.returncode, code, f"{command}: {done.stdout}{done.stderr}")
        return done

    def run_node(self, *arguments: str, code: int = 0, **more: str) -> subprocess.CompletedProcess:
        return self.tell("run", "--data-dir", str(self.folder), *arguments, code=code, **more)

    def journal(self, broker: str, **more: str) -> list[dict]:
        dump = self.tell("journal", "dump", "--broker", broker, "--data-dir", str(self.folder), **more).stdout
        return [json.loads(line) for line in dump.splitlines()]

    def check_complete(self, brokers: tuple[str, ...] = BROKERS, **more: str) -> None:
        """Each projection holds exactly the journal's events of its types, in order; some of them again."""
        for broker in brokers:
            events = self.journal(broker, **more)
            self.assertGreater(len(events), 100)
            for suffix in PROJECTIONS:
                records = read(f"{broker}.{suffix}")
                wanted = [e for e in events if TOPIC_OF.get(e["type"]) == suffix]
                found, seen = [], set()
                for r in records:
                    value = json.loads(r["payload"])
                    self.assertEqual(r["key"], value["key"])
                    headers = r["headers"]
                    self.assertEqual(headers[headers.index("bulkhead-seq") + 1], str(value["seq"]))
                    if value["id"] not in seen:
                        found.append(value)
                    seen.add(value["id"])
                self.assertEqual(found, wanted, f"{broker}.{suffix}")


class Order(Topics):
    """Plan, create, check, run: one story, since each step needs the one before."""

    def test_from_nothing_to_a_complete_day(self) -> None:
        planned = [t["topic"] for t in json.loads(self.tell("topics", "plan", "--json").stdout)]
        self.assertEqual(len(planned), 43)
        for suffix in PROJECTIONS:
            self.assertIn(f"zerodha.{suffix}.dlq", planned)
        self.assertIn("market.ticks", planned)

        # Nothing is there: the start is refused, with a line for each.
        refused = self.run_node(code=1).stderr
        self.assertIn("bulkhead: the topics are not as they have to be; nothing was started\n", refused)
        for topic in planned:
            self.assertIn(f"{topic}: topic: given none, or no right to see it, wanted there; "
                          "run: bulkhead topics create\n", refused)
        self.assertFalse(self.folder.exists(), "something was started all the same")
        self.assertEqual(len(self.tell("topics", "check", code=1).stdout.splitlines()), 43)

        made = self.tell("topics", "create").stdout
        self.assertEqual(sorted(made.splitlines()), sorted(f"{t}: made" for t in planned))
        again = self.tell("topics", "create").stdout
        self.assertEqual(sorted(again.splitlines()), sorted(f"{t}: there already" for t in planned))
        self.assertEqual(self.tell("topics", "check").stdout, "43 topics, all as planned\n")

        # Other settings than those that they were made with.
        servers_at = servers.config["kafka"]["bootstrap_servers"]
        wrong = self.tell("topics", "check", "--set", "kafka.partitions=2", "--set", "kafka.retention_hours=1",
                          "--set", "kafka.ticks_retention_hours=0", code=1).stdout.splitlines()
        self.assertIn("paper.orders.filled: partitions: given 1, wanted 2; kafka-topics.sh --bootstrap-server "
                      f"{servers_at} --alter --topic paper.orders.filled --partitions 2", wrong)
        self.assertIn("paper.orders.filled: retention.ms: given 604800000, wanted 3600000; kafka-configs.sh "
                      f"--bootstrap-server {servers_at} --alter --entity-type topics --entity-name "
                      "paper.orders.filled --add-config retention.ms=3600000", wrong)
        self.assertIn("market.ticks: retention.ms: given 172800000, wanted -1; kafka-configs.sh --bootstrap-server "
                      f"{servers_at} --alter --entity-type topics --entity-name market.ticks --add-config "
                      "retention.ms=-1", wrong)
        self.assertEqual(len(wrong), 16 + 32 + 1 + 1)  # partitions; retention; that of ticks, and of its dead letters
        self.assertFalse([line for line in wrong if ".journal." in line])

        # kill -9 between the journal and the topics, and between the topics and the position.
        killed = ("ticks.publish.after=kill@2", "ticks.publish.before=kill@1",
                  "paper.publisher.publish.before=kill@2", "paper.publisher.publish.after=kill@1")
        for n, failpoint in enumerate(killed):
            with self.subTest(failpoint=failpoint):
                self.run_node(*(["--resume"] if n else []), code=-signal.SIGKILL, BULKHEAD_FAILPOINTS=failpoint)
        # A broker in a process of its own: the node starts it again.
        self.run_node("--resume", BULKHEAD_FAILPOINTS="zerodha.publisher.publish.before=kill@1")
        self.check_complete()
        self.check_ticks()

        # The whole day again adds nothing: the topics go on where they end.
        published = [t for t in planned if ".journal." not in t and ".ops." not in t]  # an owner writes that it is one
        before = {t: len(read(t)) for t in published}
        self.run_node("--resume")
        self.assertEqual({t: len(read(t)) for t in published}, before)

        self.check_lag()
        self.check_feed_from_kafka()

    def check_ticks(self) -> None:
        """Every frame of the day, once, in order, the same as a recording of the feed."""
        recorded = Path(self.temporary.name) / "ticks.jsonl"
        aside = Path(self.temporary.name) / "recorded"
        done = bulkhead("run", "--data-dir", str(aside), "--set", f"feed.record={recorded}", environment=embedded())
        self.assertEqual(done.returncode, 0, done.stderr)
        records = read("market.ticks")
        self.assertEqual([r["payload"] for r in records], recorded.read_text().splitlines())
        self.assertEqual([json.loads(r["payload"])["seq"] for r in records], list(range(1, len(records) + 1)))

    def check_lag(self) -> None:
        rows = json.loads(self.tell("topics", "lag", "--json").stdout)
        by_group = {(r["group"], r["topic"]): r for r in rows}
        for group, topic in (("bulkhead.risk-manager", "paper.signals.raw"),
                             ("bulkhead.risk-manager", "zerodha.signals.raw"),
                             ("bulkhead.paper-trader", "paper.signals.validated"),
                             ("bulkhead.zerodha-trader", "zerodha.signals.validated"),
                             ("bulkhead.portfolio", "paper.orders.filled"),
                             ("bulkhead.publisher", "paper.pnl.snapshots")):
            row = by_group[group, topic]
            self.assertGreater(row["end"], 0, topic)
            self.assertEqual(row["committed"], row["end"], (group, topic))
            self.assertEqual(row["lag"], 0)
        # What somebody else puts there, and nobody has worked off, shows.
        kcat("-P", "-t", "paper.orders.filled", text="no event\n")
        rows = json.loads(self.tell("topics", "lag", "--json").stdout)
        lag = {(r["group"], r["topic"]): r["lag"] for r in rows}
        self.assertEqual(lag["bulkhead.portfolio", "paper.orders.filled"], 1)

    def check_feed_from_kafka(self) -> None:
        """A node that is fed by market.ticks does what the one did that wrote it."""
        journals = {b: self.journal(b) for b in BROKERS}
        other = Path(self.temporary.name) / "other"
        done = bulkhead("run", "--data-dir", str(other), "--set", "feed.kind=kafka", environment=embedded())
        self.assertEqual(done.returncode, 0, done.stderr)
        for b in BROKERS:
            dump = bulkhead("journal", "dump", "--broker", b, "--data-dir", str(other), environment=embedded()).stdout
            self.assertEqual([json.loads(line) for line in dump.splitlines()], journals[b], b)


class Outage(Topics):
    """The servers are killed while a paced day is published, and come back."""

    def test_a_restart_of_kafka_leaves_every_topic_complete(self) -> None:
        own = {"ACTIVE_BROKERS": "paper2", "TRADING__PAPER2__KIND": "paper", "KAFKA__SECURITY": "plaintext",
               "KAFKA__BOOTSTRAP_SERVERS": servers.config["kafka"]["plain_servers"], "FEED__KIND": "synthetic",
               "FEED__FROM": "2022-01-04", "FEED__SPEED": "1000",
               # The journals of these servers are another run's.
               "JOURNAL__BACKEND": "sqlite", "KAFKA__TOPICS": "on"}
        self.tell("topics", "create", **own)
        everything = {"PATH": os.environ.get("PATH", ""), **environment(**own)}
        with subprocess.Popen([str(BINARY), "run", "--data-dir", str(self.folder)], cwd=ROOT, env=everything,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as node:
            self.addCleanup(node.kill)
            end = time.monotonic() + RUN_S
            while len(read("paper2.signals.raw")) < 3:
                self.assertIsNone(node.poll(), "the node has ended")
                self.assertLess(time.monotonic(), end, "no signal was published")
                time.sleep(0.1)
            servers.restart_kafka()
            said = node.communicate(timeout=RUN_S)[1]
        self.assertEqual(node.returncode, 0, said)
        self.check_complete(("paper2",), **own)
        # What was published of the feed is the whole of it.
        other = Path(self.temporary.name) / "other"
        apart = {**own, "FEED__KIND": "kafka", "FEED__SPEED": "0", "KAFKA__TOPICS": "off"}
        self.tell("run", "--data-dir", str(other), **apart)
        dump = self.tell("journal", "dump", "--broker", "paper2", "--data-dir", str(other), **apart).stdout
        self.assertEqual([json.loads(line) for line in dump.splitlines()], self.journal("paper2", **own))


if __name__ == "__main__":
    unittest.main()
