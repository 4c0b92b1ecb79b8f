"""The demo day on real servers: journals in Kafka, views in Redis, both brokers, each logged in as itself."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from servers import Servers  # noqa: E402
from test_commands import bulkhead  # noqa: E402

BROKERS = ("paper", "zerodha")
OF_A_BROKER = ("journal.events", "signals.raw", "signals.validated", "signals.rejected", "orders.submitted",
               "orders.updates", "orders.filled", "orders.failed", "pnl.snapshots")
# Nothing is submitted at zerodha, where placing is off; nothing fails at paper.
EMPTY = {"paper": ("orders.failed",), "zerodha": ("orders.submitted", "orders.updates", "orders.filled")}
PATIENCE_S = 300  # only to end a hang


class DayOnServers(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.servers = Servers(brokers=BROKERS)
        cls.addClassCleanup(cls.servers.close)
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = Path(cls.temporary.name)
        cls.there = {**cls.servers.environment, "ACTIVE_BROKERS": ",".join(BROKERS)}
        cls.here = {"ACTIVE_BROKERS": ",".join(BROKERS)}
        cls.run_day(cls.here, "files")
        cls.ask(cls.there, "topics", "create")
        cls.run_day(cls.there, "servers")

    @classmethod
    def ask(cls, environment: dict[str, str], *command: str) -> str:
        done = bulkhead(*command, environment=environment)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    @classmethod
    def run_day(cls, environment: dict[str, str], folder: str) -> None:
        cls.ask(environment, "run", "--speed", "0", "--data-dir", str(cls.folder / folder))

    def kcat(self, topic: str) -> list[str]:
        login = ["kcat", "-b", self.servers.config["kafka"]["bootstrap_servers"], "-X",
                 "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=SCRAM-SHA-256", "-X", "sasl.username=admin", "-X",
                 f"sasl.password={self.servers.password('kafka', 'admin')}"]
        done = subprocess.run([*login, "-C", "-t", topic, "-e", "-q", "-D", "\n"], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line for line in done.stdout.splitlines() if line]

    def redis(self, *command: str) -> str:
        done = subprocess.run(["redis-cli", "-s", self.servers.config["redis"]["socket"], "--user", "paper",
                               "--no-auth-warning", "-a", self.servers.password("redis", "paper"), *command],
                              capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        return done.stdout + done.stderr

    def test_the_canonical_dumps_are_those_of_the_embedded_run(self) -> None:
        for broker in BROKERS:
            dumps = [self.ask(environment, "journal", "dump", "--broker", broker, "--data-dir",
                              str(self.folder / folder))
                     for environment, folder in ((self.here, "files"), (self.there, "servers"))]
            self.assertGreater(len(dumps[0].splitlines()), 400)
            self.assertEqual(dumps[0], dumps[1], broker)

    def test_kcat_reads_every_topic_of_the_contract(self) -> None:
        self.assertGreater(len(self.kcat("market.ticks")), 100)
        for broker in BROKERS:
            for suffix in OF_A_BROKER:
                records = [json.loads(line) for line in self.kcat(f"{broker}.{suffix}")]
                self.assertEqual(bool(records), suffix not in EMPTY[broker], f"{broker}.{suffix}")
                for record in records:
                    self.assertEqual(record["broker"], broker)
                    self.assertLessEqual({"id", "correlation_id", "causation_id", "trace_id", "broker", "type", "ts",
                                          "key", "source", "version", "data", "seq"}, set(record))
            self.kcat(f"{broker}.signals.raw.dlq")

    def test_papers_user_at_redis_sees_papers_keys_only(self) -> None:
        self.assertIn("cash", self.redis("HGETALL", "paper:portfolio:summary"))
        self.assertGreater(int(self.redis("SCARD", "paper:keys").split()[-1]), 3)
        for command in (("HGETALL", "zerodha:portfolio:summary"), ("SMEMBERS", "zerodha:keys"), ("SCAN", "0"),
                        ("KEYS", "*"), ("SET", "zerodha:x", "1")):
            self.assertIn("NOPERM", self.redis(*command), command)

    def test_offline_commands_read_the_servers(self) -> None:
        for command in (("orders", "ls"), ("positions", "ls"), ("journal", "verify"), ("brokers", "ls")):
            told = [self.ask(environment, *command, "--data-dir", str(self.folder / folder))
                    for environment, folder in ((self.here, "files"), (self.there, "servers"))]
            if command[0] in ("orders", "positions"):
                self.assertEqual(told[0], told[1], command)
            else:
                self.assertTrue(told[1].strip(), command)


if __name__ == "__main__":
    unittest.main()
