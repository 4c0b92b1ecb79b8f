"""Views in Redis: equal to the embedded store's, whatever the server does in between; and no outage of it changes a journal.

BULKHEAD_RESTARTS sets how often the server is killed under load (default 2).
"""
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import test_kill9 as base  # noqa: E402
from redis_server import PASSWORD, PATIENCE, RedisServer  # noqa: E402

RESTARTS = int(os.environ.get("BULKHEAD_RESTARTS", "2"))
BROKERS = base.BROKERS
IN_PROCESS = {"TRADING__PAPER__PLACEMENT": "process"}


def sqlite_views(folder: Path, broker: str) -> dict[bytes, dict[bytes, bytes]]:
    out: dict[bytes, dict[bytes, bytes]] = {}
    with sqlite3.connect(f"file:{folder / broker}.views.db?mode=ro", uri=True) as db:
        db.text_factory = bytes
        for key, field, value in db.execute("SELECT key, field, value FROM views"):
            out.setdefault(bytes(key), {})[bytes(field)] = bytes(value)
    return out


class RedisStoreTest(unittest.TestCase):
    """Every case compares with one undisturbed run on the embedded store. `days` of trading make the load."""

    days = 5
    numbers = itertools.count(1)

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="bulkhead-views-"))
        whole = cls.folder / "whole"
        done = subprocess.run(cls.command(whole), env=base.ENVIRONMENT, capture_output=True, text=True,
                              timeout=10 * PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        cls.dumps = {broker: base.dump(whole, broker) for broker in BROKERS}
        cls.views = {broker: sqlite_views(whole, broker) for broker in BROKERS}
        assert len(cls.dumps["paper"]) > 1000 and len(cls.views["paper"]) > 100

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.folder)

    @classmethod
    def command(cls, folder: Path, *more: str) -> list[str]:
        return base.command(folder, "--set", f"feed.days={cls.days}", *more)

    def setUp(self) -> None:
        self.run_folder = self.folder / f"run{next(self.numbers)}"  # short: a socket's path has 107 bytes at most
        self.node: subprocess.Popen | None = None

    def tearDown(self) -> None:
        if self.node is not None and self.node.poll() is None:
            self.node.kill()
            self.node.wait()

    def start(self, redis: RedisServer, *more: str, environment: dict[str, str] | None = None) -> None:
        self.errors_file = self.folder / "stderr"
        with self.errors_file.open("w") as errors:
            self.node = subprocess.Popen(
                self.command(self.run_folder, *redis.settings(BROKERS), *more), stdin=subprocess.DEVNULL,
                env={**base.ENVIRONMENT, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=errors)

    def wait_for(self, condition, running: bool = True) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            if running:
                self.assertIsNone(self.node.poll(), "the node has ended: " + self.errors_file.read_text())
            self.assertLess(time.monotonic(), end, "it never came true: " + self.errors_file.read_text())
            time.sleep(0.01)

    def finish(self) -> str:
        """Waits for the end of the run; returns what it said."""
        self.assertEqual(self.node.wait(10 * PATIENCE), 0, self.errors_file.read_text())
        return self.errors_file.read_text()

    def check_whole(self, redis: RedisServer, environment: dict[str, str] | None = None) -> None:
        """After the end of a disturbed run: journals at once; views too, or the run said that a resume goes on with them."""
        said = self.finish()
        for broker in BROKERS:
            self.assertEqual(base.dump(self.run_folder, broker), self.dumps[broker])
        last = {broker: json.loads(self.dumps[broker][-1])["seq"] for broker in BROKERS}
        if any(redis.projected(broker) < last[broker] for broker in BROKERS):
            self.assertIn("run --resume` goes on with them", said)
            self.start(redis, "--resume", environment=environment)
            self.finish()
        for broker in BROKERS:
            self.assertEqual(redis.projected(broker), last[broker])
            self.assertEqual(redis.views(broker), self.views[broker])

    def health(self, broker: str) -> str:
        told = subprocess.run([str(base.BINARY), "brokers", "show", broker, "--json", "--data-dir", str(self.run_folder)],
                              env=base.ENVIRONMENT, cwd=base.ROOT, capture_output=True, text=True, timeout=PATIENCE,
                              check=False)
        return json.loads(told.stdout)["views"] if told.returncode == 0 else ""

    def test_undisturbed_views_are_those_of_the_embedded_store(self) -> None:
        with RedisServer(BROKERS) as redis:
            self.start(redis, environment=IN_PROCESS)
            self.assertNotIn("note: the views", self.finish())
            self.check_whole(redis)
            self.assertFalse(list(self.run_folder.glob("*.views.db")))
            as_paper = ["redis-cli", "-s", str(redis.socket), "--user", "paper", "--no-auth-warning"]
            environment = {"PATH": os.environ.get("PATH", ""), "REDISCLI_AUTH": PASSWORD}
            seen = subprocess.run([*as_paper, "HGETALL", "paper:portfolio:summary"], env=environment,
                                  capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
            self.assertIn("equity", seen)
            for words in (("HGETALL", "paper2:portfolio:summary"), ("HSET", "paper2:orders:x", "a", "b"),
                          ("GET", "paper2:projected"), ("KEYS", "*"), ("SCAN", "0"), ("FLUSHALL",)):
                seen = subprocess.run([*as_paper, *words], env=environment, capture_output=True, text=True,
                                      timeout=PATIENCE, check=False)
                self.assertIn("NOPERM", seen.stdout + seen.stderr, words)

    def test_flushall_in_mid_run(self) -> None:
        with RedisServer(BROKERS) as redis:
            self.start(redis)
            for part in (10, 3):
                want = len(self.dumps["paper"]) // part
                self.wait_for(lambda want=want: redis.projected("paper") > want)
                redis.tell("FLUSHALL")
            self.check_whole(redis)

    def test_restarts_under_load(self) -> None:
        for durable in (False, True):
            with self.subTest(durable=durable), RedisServer(BROKERS, durable) as redis:
                shutil.rmtree(self.run_folder, ignore_errors=True)
                environment = IN_PROCESS if durable else {}
                self.start(redis, environment=environment)
                for _ in range(RESTARTS):
                    if self.node.poll() is not None:  # its day was over: the next outage meets the next day's load
                        self.check_whole(redis, environment)
                        shutil.rmtree(self.run_folder)
                        redis.tell("FLUSHALL")
                        self.start(redis, environment=environment)
                    self.wait_for(lambda: redis.projected("paper") > 0 or self.node.poll() is not None, running=False)
                    redis.kill()
                    time.sleep(0.2)
                    redis.start()
                self.check_whole(redis, environment)

    def test_a_server_that_hangs_or_is_away_for_seconds(self) -> None:
        with RedisServer(BROKERS, durable=True) as redis:
            self.start(redis)
            self.wait_for(lambda: redis.projected("paper") > 0)
            redis.pause()
            time.sleep(3)
            redis.resume()
            self.wait_for(lambda: redis.projected("paper2") > 0 or self.node.poll() is not None, running=False)
            redis.kill()
            time.sleep(2)
            redis.start()
            self.check_whole(redis)

    def test_down_at_the_start_trading_goes_on_and_the_views_come_when_it_is_there(self) -> None:
        for environment in ({}, IN_PROCESS):
            with self.subTest(environment=environment), RedisServer(BROKERS) as redis:
                shutil.rmtree(self.run_folder, ignore_errors=True)
                redis.kill()
                self.start(redis, "--speed", "1000", environment=environment)
                self.wait_for(lambda: base.journaled(self.run_folder) > 50)
                self.wait_for(lambda: "Redis at unix:" in self.health("paper"))
                self.assertIn("late since", self.health("paper"))
                redis.start()
                self.wait_for(lambda: redis.projected("paper") > 50)
                self.wait_for(lambda: self.health("paper").startswith("complete up to event"))
                self.node.send_signal(signal.SIGINT)
                self.finish()
                self.start(redis, "--resume", environment=environment)
                self.check_whole(redis, environment)

    def test_away_at_the_end_the_run_ends_and_says_so(self) -> None:
        with RedisServer(BROKERS) as redis:
            # The end has 4.5 s, and views that are away take three of them: no slow disk shares in the rest.
            self.start(redis, "--speed", "1000", "--set", "journal.sync=normal")
            self.wait_for(lambda: redis.projected("paper") > 0)
            redis.kill()
            held = base.journaled(self.run_folder)
            self.wait_for(lambda: base.journaled(self.run_folder) > held)
            self.node.send_signal(signal.SIGINT)
            self.assertIn("note: the views of paper are at event", self.finish())
            redis.start()
            self.start(redis, "--resume")
            self.check_whole(redis)

    def test_maxmemory_reached(self) -> None:
        with RedisServer(BROKERS) as redis:
            self.start(redis, "--speed", "1000")
            self.wait_for(lambda: redis.projected("paper") > 0)
            redis.tell("CONFIG", "SET", "maxmemory", "1")
            self.wait_for(lambda: "OOM" in self.health("paper"))
            redis.tell("CONFIG", "SET", "maxmemory", "0")
            self.wait_for(lambda: self.health("paper").startswith("complete up to event"))
            self.node.send_signal(signal.SIGINT)
            self.finish()
            self.start(redis, "--resume")
            self.check_whole(redis)

    def test_flushall_on_a_quiet_day(self) -> None:
        with RedisServer(BROKERS) as redis:
            self.start(redis)
            self.wait_for(lambda: redis.projected("paper") > 0)
            self.node.send_signal(signal.SIGINT)
            self.finish()
            self.start(redis, "--resume", "--speed", "1")  # a tick now and then
            self.wait_for(lambda: self.health("paper").startswith("complete up to event"))
            for _ in range(3):
                before = base.journaled(self.run_folder)
                self.wait_for(lambda before=before: redis.projected("paper") >= before)
                keys = set(redis.views("paper"))
                redis.tell("FLUSHALL")
                self.wait_for(lambda before=before: redis.projected("paper") >= before)
                self.assertLessEqual(keys, set(redis.views("paper")))
                if base.journaled(self.run_folder) == before:
                    break
            else:
                self.fail("each time an event came before the views were back: nothing looked while it was quiet")
            self.node.send_signal(signal.SIGINT)
            self.finish()
            self.start(redis, "--resume")
            self.check_whole(redis)

    def test_another_run_with_the_same_server_starts_with_no_view_of_the_former(self) -> None:
        with RedisServer(BROKERS) as redis:
            self.start(redis, "--set", "feed.seed=8")
            self.finish()
            foreign = set(redis.views("paper")) - set(self.views["paper"])
            self.assertTrue(foreign)
            self.start(redis, "--fresh")
            self.check_whole(redis)


if __name__ == "__main__":
    unittest.main()
