"""Signals that somebody else publishes: traded like a strategy's own, or a dead letter that says why. Real Kafka, kcat."""

import datetime
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from servers import Servers  # noqa: E402
from test_commands import BINARY, ROOT  # noqa: E402

RAW, DLQ = "paper.signals.raw", "paper.signals.raw.dlq"
PATIENCE_S = 120.0
LONG = os.environ.get("BULKHEAD_LONG") == "1"
SERVERS = None
COUNT = iter(range(1, 1_000_000))


def setUpModule() -> None:
    global SERVERS
    SERVERS = Servers(kafka=True, redis=False, brokers=("paper",))
    made = subprocess.run([str(BINARY), "topics", "create"], cwd=ROOT, capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False, env=environment())
    assert made.returncode == 0, made.stdout + made.stderr


def tearDownModule() -> None:
    SERVERS.close()


def environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), **SERVERS.environment, "ACTIVE_BROKERS": "paper"}


def publish(value: bytes, key: str = "desk", *headers: str) -> None:
    """One record, by a client that is not ours."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(value)
        file.flush()
        words = [word for header in headers for word in ("-H", header)]
        subprocess.run(["kcat", "-P", "-b", SERVERS.config["kafka"]["plain_servers"], "-t", RAW, "-k", key, *words,
                        file.name], check=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL)


def publish_lines(lines: list[bytes]) -> None:
    subprocess.run(["kcat", "-P", "-b", SERVERS.config["kafka"]["plain_servers"], "-t", RAW], input=b"\n".join(lines),
                   check=True, timeout=PATIENCE_S)


class InboxCase(unittest.TestCase):
    """A node of its own, with a new data folder."""

    failpoints = ""

    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)
        self.environment = {
            # A journal in a file: each case begins with an empty one, and all share the topics.
            **environment(), "JOURNAL__BACKEND": "sqlite", "KAFKA__TOPICS": "on", "DATA_DIR": str(self.folder),
            "FEED__KIND": "synthetic", "FEED__FROM": "2022-01-03", "FEED__SPEED": "2", "STORE__BACKEND": "none",
            "TRADING__PAPER__RISK__MAX_SIGNAL_AGE_MS": "0"}
        self.node = None
        self.addCleanup(self.stop, signal.SIGKILL)

    def start(self, *options: str) -> None:
        (self.folder / "control.sock").unlink(missing_ok=True)
        environment = dict(self.environment)
        if self.failpoints:
            environment["BULKHEAD_FAILPOINTS"] = self.failpoints
        self.log = open(self.folder / "node.log", "ab")
        self.addCleanup(self.log.close)
        self.node = subprocess.Popen([str(BINARY), "run", *options], cwd=ROOT, stdout=subprocess.DEVNULL,
                                     stderr=self.log, env=environment)
        self.wait_for(lambda: (self.folder / "control.sock").exists())
        if "--resume" not in options:
            self.wait_for(lambda: "is read from offset" in (self.folder / "node.log").read_text())

    def stop(self, how: signal.Signals) -> None:
        if self.node is not None and self.node.poll() is None:
            self.node.send_signal(how)
            self.node.wait(timeout=PATIENCE_S)

    def wait_for(self, condition):
        end = time.monotonic() + PATIENCE_S
        while not (found := condition()):
            if self.node is not None and self.node.poll() is not None:
                self.fail("the node has ended: " + (self.folder / "node.log").read_text()[-2000:])
            self.assertLess(time.monotonic(), end,
                            "it never came true: " + (self.folder / "node.log").read_text()[-2000:])
            time.sleep(0.1)
        return found

    def tell(self, *command: str, code: int = 0) -> str:
        done = subprocess.run([str(BINARY), *command], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S,
                              check=False, env=self.environment)
        self.assertEqual(done.returncode, code, f"{command}: {done.stdout}{done.stderr}")
        return done.stdout if code == 0 else done.stderr

    def events(self, kind: str) -> list[dict]:
        done = subprocess.run([str(BINARY), "journal", "tail", "--broker", "paper", "-n", "99999", "--type", kind,
                               "--json"], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
                              env=self.environment)
        return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []

    def now(self) -> str:
        """Fresh for as long as may be: nearly a minute ahead of the feed."""
        told = self.wait_for(
            lambda: json.loads(self.tell("brokers", "show", "paper", "--json")).get("node", {}).get("event_time"))
        at = datetime.datetime.fromisoformat(told) + datetime.timedelta(seconds=50)
        return at.replace(microsecond=0).isoformat()

    def signal(self, **changes) -> dict:
        """A good one."""
        return {"id": f"desk-{next(COUNT)}-{os.getpid()}", "broker": "paper", "type": "signal", "version": 1,
                "ts": self.now(), "data": {"strategy": "desk", "action": "ENTRY", "instrument": "NSE:NIFTY",
                                           "side": "BUY", "quantity": 50, "product": "MIS"}, **changes}

    def received(self, name: str) -> list[dict]:
        return [e for e in self.events("signal.received") if e["data"].get("origin", {}).get("id") == name]

    def rules(self, name: str) -> list[str]:
        ids = [e["data"]["signal_id"] for e in self.received(name)]
        return [e["data"]["rule"] for e in self.events("signal.rejected") if e["data"]["signal_id"] in ids]

    def submitted(self, name: str) -> list[dict]:
        ids = [e["data"]["signal_id"] for e in self.received(name)]
        return [e for e in self.events("order.submitted") if e["data"]["order"]["signal_id"] in ids]

    def send_and_trade(self) -> str:
        good = self.signal()
        publish(json.dumps(good).encode())
        self.wait_for(lambda: self.received(good["id"]))
        self.wait_for(lambda: self.submitted(good["id"]) or self.rules(good["id"]))
        return good["id"]

    def letters(self, *options: str) -> list[dict]:
        return json.loads(self.tell("dlq", "ls", "--json", *options))["letters"]

    def letter_of(self, value: bytes) -> dict:
        def look():
            for row in [r for r in reversed(self.letters()) if r["bytes"] == len(value)][:3]:
                whole = json.loads(self.tell("dlq", "show", row["id"], "--json"))
                if whole.get("value") == value.decode("latin-1") or whole.get("value_hex") == value.hex():
                    return whole
            return None
        return self.wait_for(look)


class SignalsFromOutside(InboxCase):
    def test_a_good_signal_is_traded_and_its_run_replays(self) -> None:
        self.start()
        name = self.send_and_trade()
        self.assertEqual(self.rules(name), [])
        filled = self.wait_for(lambda: [e for e in self.events("order.filled")
                                        if e["data"]["strategy"] == "external.desk"])
        self.assertEqual(filled[0]["data"]["quantity"], 50)
        origin = self.received(name)[0]["data"]["origin"]
        self.assertEqual(origin["topic"], RAW)
        twice = dict(self.signal(), id=name)
        publish(json.dumps(twice).encode())
        self.wait_for(lambda: len(self.received(name)) == 2)
        self.assertEqual(self.wait_for(lambda: self.rules(name)), ["duplicate_id"])
        self.assertEqual(len(self.submitted(name)), 1)
        old = self.signal(ts="2022-01-01T09:15:00+05:30")
        publish(json.dumps(old).encode())
        self.assertEqual(self.wait_for(lambda: self.rules(old["id"])), ["signal_age"])
        publish(json.dumps(self.signal()).encode(), "own", "bulkhead-seq=1")  # of a projection: no input
        self.send_and_trade()
        self.stop(signal.SIGINT)
        self.assertIn("all of them equal", self.tell("replay", "--broker", "paper"))

    def test_a_new_data_folder_trades_nothing_that_was_there_before(self) -> None:
        self.start()
        before = self.signal()
        self.stop(signal.SIGINT)
        publish(json.dumps(before).encode())
        for old in self.folder.iterdir():
            if old.is_file():
                old.unlink()
        self.start()
        self.send_and_trade()
        self.assertEqual(self.received(before["id"]), [])

    def test_what_came_while_the_node_was_down_is_taken_at_the_next_start(self) -> None:
        self.start()
        meanwhile = self.signal()
        self.stop(signal.SIGKILL)
        publish(json.dumps(meanwhile).encode())
        self.start("--resume")
        self.wait_for(lambda: self.received(meanwhile["id"]))

    def test_kill_9_while_records_flow_loses_none_and_trades_none_twice(self) -> None:
        self.environment["JOURNAL__BACKEND"] = "kafka"  # the one case whose journal is in Kafka too
        self.start()
        count, kills = (1000, 15) if LONG else (150, 3)
        template = self.signal()
        names = [f"{template['id']}-{n}" for n in range(count)]
        kcat = subprocess.Popen(["kcat", "-P", "-b", SERVERS.config["kafka"]["plain_servers"], "-t", RAW],
                                stdin=subprocess.PIPE)
        over = threading.Event()

        def flow() -> None:
            for name in names:
                kcat.stdin.write(json.dumps(dict(template, id=name)).encode() + b"\n")
                kcat.stdin.flush()
                over.wait(0.02)
            kcat.stdin.close()

        thread = threading.Thread(target=flow)
        thread.start()
        for _ in range(kills):
            time.sleep(random.uniform(0.1, 1.5))
            self.stop(signal.SIGKILL)
            self.start("--resume")
        thread.join()
        self.assertEqual(kcat.wait(timeout=PATIENCE_S), 0)

        def counts() -> dict[str, int]:
            found: dict[str, int] = {}
            for e in self.events("signal.received"):
                name = e["data"].get("origin", {}).get("id", "")
                found[name] = found.get(name, 0) + 1
            return found

        self.wait_for(lambda: set(names) <= set(counts()))
        self.assertEqual({name: counts()[name] for name in names}, {name: 1 for name in names})
        orders = [e["data"]["order"]["signal_id"] for e in self.events("order.submitted")]
        self.assertEqual(len(orders), len(set(orders)))


class DeadLetters(InboxCase):
    def refused(self, value: bytes, reason: str) -> dict:
        publish(value, "a key", "colour=red")
        letter = self.letter_of(value)
        self.assertEqual(letter["reason"], reason)
        self.assertEqual((letter["topic"], letter["attempts"], letter["key"]), (RAW, 1, "a key"))
        self.assertIn({"name": "colour", "value": "red"}, letter["headers"])
        self.assertTrue(letter["time"].startswith("20"))
        return letter

    def test_each_reason(self) -> None:
        self.start()
        good = self.signal()
        cases = {"undecodable": b"\xff\x00 not JSON",
                 "wrong_broker": json.dumps(dict(good, broker="zerodha")).encode(),
                 "unknown_version": json.dumps(dict(good, version=2)).encode(),
                 "unknown_type": json.dumps(dict(good, type="order")).encode(),
                 "too_large": b"{" + b" " * 70_000 + b"}"}
        for reason, value in cases.items():
            with self.subTest(reason):
                self.refused(value, reason)
                self.assertTrue(self.letters("--reason", reason))
        self.assertIn("zerodha", self.letters("--reason", "wrong_broker")[-1]["error"])
        self.assertIn("wrong_broker", self.tell("dlq", "ls"))
        self.send_and_trade()

    def test_a_thousand_malformed_records_stop_nothing(self) -> None:
        self.start()
        numbers = random.Random(7)
        good = json.dumps(self.signal()).encode()
        lines = []
        for _ in range(1000):
            line = bytearray(good)
            for _ in range(numbers.randint(1, 8)):
                line[numbers.randrange(len(line))] = numbers.choice([b for b in range(256) if b != 10])
            lines.append(b"!" + bytes(line) if numbers.random() < 0.9 else bytes(numbers.choices(range(11, 256), k=40)))
        before = len(self.letters())
        publish_lines(lines)
        self.wait_for(lambda: len(self.letters()) >= before + 1000)
        self.send_and_trade()

    def test_replay_goes_back_once_and_purge_removes(self) -> None:
        self.failpoints = ",".join(f"paper.inbox.record.attempt{n}=crash@1" for n in (1, 2, 3))
        self.start()
        good = self.signal()
        value = json.dumps(good).encode()
        publish(value)
        letter = self.letter_of(value)
        self.assertEqual((letter["reason"], letter["attempts"]), ("handler_failed", 3))
        told = json.loads(self.tell("dlq", "replay", letter["id"], "--dry-run", "--json"))
        self.assertTrue(told["dry_run"])
        self.assertEqual([r["id"] for r in told["replayed"]], [letter["id"]])
        self.send_and_trade()  # what comes after: a dry run put nothing back
        self.assertEqual(self.received(good["id"]), [])
        for _ in range(2):
            self.tell("dlq", "replay", letter["id"])
        self.wait_for(lambda: len(self.received(good["id"])) == 2)
        self.assertIn("duplicate_id", self.wait_for(lambda: self.rules(good["id"])))
        self.assertLessEqual(len(self.submitted(good["id"])), 1)
        self.tell("dlq", "replay", "nowhere-0-1", code=2)
        self.tell("dlq", "replay", code=2)
        self.assertIn("--yes", self.tell("dlq", "purge", "--all", code=2))
        self.tell("dlq", "purge", "--before", "2020-01-01", "--yes")
        self.assertTrue(self.letters())
        self.tell("dlq", "purge", "--all", "--yes")
        self.assertEqual(self.letters(), [])

    def test_a_record_that_its_bridge_dies_of_is_buried(self) -> None:
        self.failpoints = "paper.bridge.inbox.of1=crash@1,paper.bridge.inbox.of2=crash@1,paper.bridge.inbox.of3=crash@1"
        self.start()
        good = self.signal()
        value = json.dumps(good).encode()
        publish(value)
        letter = self.letter_of(value)
        self.assertEqual((letter["reason"], letter["attempts"]), ("handler_failed", 3))
        self.send_and_trade()


if __name__ == "__main__":
    unittest.main()
