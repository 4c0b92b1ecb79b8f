"""Promise 6, no mixing: what the servers themselves enforce. The credentials of one broker do not reach another's
topics, offsets, transactions or keys, whatever a program does with them."""
import os
import pathlib
import subprocess
import unittest

import kafka_rights
from kafka_rights import CLUSTER_DENIED, GROUP_DENIED, TOPIC_DENIED, TRANSACTIONAL_ID_DENIED, Intruder, settled
from servers import COMMAND_S, Servers

GROUP = "bulkhead.risk-manager"  # one for every broker
servers: Servers


def setUpModule():
    global servers
    servers = Servers(plain=False)


def tearDownModule():
    servers.close()


def run(*command: str, text: str = "", environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=COMMAND_S, check=False,
                          env={**os.environ, **(environment or {})})


class KafkaWalls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with cls.as_user("admin") as admin:
            for topic in ("paper.orders.filled", "zerodha.orders.filled", "zerodha.journal.events", "market.ticks",
                          "paper2.orders.filled"):
                assert admin.create_topic(topic) == 0, topic
            assert admin.commit(GROUP, "zerodha.orders.filled", 7) == 0
        for user, topic in (("zerodha", "zerodha.orders.filled"), ("shared", "market.ticks")):
            done = cls.produce(user, topic, f"of {user}")
            assert done.returncode == 0, done.stderr

    @staticmethod
    def as_user(user: str) -> Intruder:
        port = int(servers.config["kafka"]["bootstrap_servers"].rpartition(":")[2])
        return Intruder(port, user, servers.password("kafka", user), kafka_rights.PATIENCE_S)

    @staticmethod
    def kcat(user: str | None, *words: str, text: str = "") -> subprocess.CompletedProcess:
        settings = {"bootstrap.servers": servers.config["kafka"]["bootstrap_servers"], "message.timeout.ms": "10000",
                    "log_level": "0"}
        if user is not None:
            settings |= {"security.protocol": "sasl_plaintext", "sasl.mechanism": "SCRAM-SHA-256",
                         "sasl.username": user, "sasl.password": servers.password("kafka", user)}
        file = pathlib.Path(servers.folder, f"kcat-{user}.conf")
        file.write_text("".join(f"{key}={value}\n" for key, value in settings.items()), encoding="utf-8")
        return run("kcat", "-F", str(file), *words, text=text)

    @classmethod
    def produce(cls, user: str, topic: str, text: str) -> subprocess.CompletedProcess:
        return cls.kcat(user, "-P", "-t", topic, "-p", "0", text=text + "\n")

    @classmethod
    def consume(cls, user: str | None, topic: str) -> subprocess.CompletedProcess:
        return cls.kcat(user, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q", "-X",
                        "topic.metadata.refresh.interval.ms=1000")

    def test_promise_6_a_broker_reaches_all_that_is_its_own(self):
        self.assertEqual(0, self.produce("paper", "paper.orders.filled", "one").returncode)
        self.assertEqual("one\n", self.consume("paper", "paper.orders.filled").stdout)
        self.assertEqual("of shared\n", self.consume("paper", "market.ticks").stdout)
        with self.as_user("paper") as paper:
            self.assertEqual(0, paper.commit(GROUP, "paper.orders.filled", 1))
            self.assertEqual((0, 1), paper.committed(GROUP, "paper.orders.filled"))
            self.assertEqual(0, paper.init_producer("paper.journal"))
            self.assertEqual(0, paper.create_topic("paper.signals.raw.dlq"))
            self.assertEqual(0, settled(lambda: paper.delete_records("paper.signals.raw.dlq")))

    def test_promise_6_a_broker_writes_no_record_to_another(self):
        for topic in ("zerodha.orders.filled", "zerodha.journal.events", "paper2.orders.filled", "market.ticks"):
            done = self.produce("paper", topic, "forged")
            self.assertNotEqual(0, done.returncode, f"{topic}: {done.stderr}")
            with self.as_user("paper") as paper:
                self.assertEqual(TOPIC_DENIED, paper.produce(topic), topic)
        for topic in ("zerodha.journal.events", "paper2.orders.filled"):
            self.assertEqual("", self.consume("admin", topic).stdout)
        self.assertEqual("of zerodha\n", self.consume("admin", "zerodha.orders.filled").stdout)
        self.assertEqual("of shared\n", self.consume("admin", "market.ticks").stdout)

    def test_promise_6_a_broker_reads_no_record_of_another(self):
        done = self.consume("paper", "zerodha.orders.filled")
        self.assertNotIn("of zerodha", done.stdout)
        self.assertNotEqual(0, done.returncode, done.stderr)
        with self.as_user("paper") as paper:
            self.assertEqual((TOPIC_DENIED, b""), paper.fetch("zerodha.orders.filled"))
            self.assertEqual(TOPIC_DENIED, paper.last_offset("zerodha.orders.filled"))
        with self.as_user("zerodha") as zerodha:
            self.assertIn(b"of zerodha", zerodha.fetch("zerodha.orders.filled")[1])

    def test_promise_6_a_broker_does_not_learn_of_another_s_topics(self):
        seen = self.kcat("paper", "-L").stdout
        self.assertIn('topic "paper.orders.filled"', seen)
        self.assertNotIn("zerodha", seen)
        self.assertNotIn("paper2", seen)

    def test_promise_6_in_a_shared_group_a_broker_reaches_its_own_offsets_only(self):
        with self.as_user("paper") as paper:
            self.assertEqual(TOPIC_DENIED, paper.commit(GROUP, "zerodha.orders.filled", 99))
            error, offset = paper.committed(GROUP, "zerodha.orders.filled")
            self.assertIn((error, offset), ((TOPIC_DENIED, -1), (0, -1)))
            self.assertEqual(0, paper.commit(GROUP, "paper.orders.filled", 1))
            self.assertEqual({"paper.orders.filled"}, paper.topics_of(GROUP))
            self.assertEqual(GROUP_DENIED, paper.delete_group(GROUP))
            self.assertEqual(GROUP_DENIED, paper.commit("zerodha.tool", "paper.orders.filled", 1))
        with self.as_user("zerodha") as zerodha:
            self.assertEqual((0, 7), zerodha.committed(GROUP, "zerodha.orders.filled"))
            self.assertEqual({"zerodha.orders.filled"}, zerodha.topics_of(GROUP))

    def test_promise_6_a_broker_fences_no_transaction_of_another(self):
        with self.as_user("paper") as paper:
            self.assertEqual(TRANSACTIONAL_ID_DENIED, paper.init_producer("zerodha.journal"))

    def test_promise_6_a_broker_makes_deletes_and_empties_no_topic_of_another(self):
        with self.as_user("paper") as paper:
            self.assertEqual(TOPIC_DENIED, paper.create_topic("zerodha.more"))
            self.assertEqual(TOPIC_DENIED, paper.delete_records("zerodha.orders.filled"))
            self.assertNotEqual(0, paper.delete_topic("zerodha.orders.filled"))
            self.assertEqual(TOPIC_DENIED, paper.delete_topic("paper.orders.filled"))  # not even its own
        self.assertEqual("of zerodha\n", self.consume("zerodha", "zerodha.orders.filled").stdout)

    def test_promise_6_a_broker_gives_itself_no_rights(self):
        from services.kafka_access import of_broker
        with self.as_user("paper") as paper:
            self.assertIn(f"error {CLUSTER_DENIED}", paper.refusal(paper.create_acls, of_broker("zerodha")))
            self.assertIn(f"error {CLUSTER_DENIED}", paper.refusal(paper.set_passwords, {"zerodha": "mine"}))

    def test_promise_6_the_shared_user_sees_names_and_lag_but_no_record_of_a_broker(self):
        self.assertIn("zerodha.orders.filled", self.kcat("shared", "-L").stdout)
        self.assertNotIn("of zerodha", self.consume("shared", "zerodha.orders.filled").stdout)
        self.assertNotEqual(0, self.produce("shared", "zerodha.orders.filled", "forged").returncode)
        with self.as_user("shared") as shared:
            self.assertEqual((TOPIC_DENIED, b""), shared.fetch("zerodha.orders.filled"))
            self.assertEqual((0, 7), shared.committed(GROUP, "zerodha.orders.filled"))
            self.assertEqual(TOPIC_DENIED, shared.commit(GROUP, "zerodha.orders.filled", 99))
            self.assertEqual(0, shared.create_topic("paper.pnl.snapshots"))
            self.assertEqual(TOPIC_DENIED, shared.delete_topic("paper.pnl.snapshots"))

    def test_promise_6_without_the_password_nobody_enters(self):
        self.assertNotEqual(0, self.kcat(None, "-L", "-m", "3").returncode)
        port = int(servers.config["kafka"]["bootstrap_servers"].rpartition(":")[2])
        for user, password in (("paper", servers.password("kafka", "zerodha")), ("paper", ""), ("nobody", "x")):
            with self.assertRaisesRegex(kafka_rights.KafkaRefused, f"error {kafka_rights.LOGIN_FAILED}"):
                Intruder(port, user, password)


class RedisWalls(unittest.TestCase):
    def redis(self, user: str | None, *words: str, password: str | None = None, text: str = "") -> str:
        known = {"REDISCLI_AUTH": password or servers.password("redis", user)} if user else {}
        login = ["--user", user] if user else []
        done = run("redis-cli", "-s", servers.config["redis"]["socket"], *login, *words, text=text, environment=known)
        return (done.stdout + done.stderr).strip()

    def assert_denied(self, answer: str, what: object):
        self.assertIn("NOPERM", answer, what)

    def setUp(self):
        self.assertEqual("OK", self.redis("zerodha", "SET", "zerodha:orders:1", "theirs"))

    def tearDown(self):
        self.assertEqual("theirs", self.redis("zerodha", "GET", "zerodha:orders:1"))
        self.assertEqual("1", self.redis("admin", "DBSIZE"), "paper left a key where it may not, or took one")

    def test_promise_6_a_broker_reaches_all_keys_of_its_own(self):
        for words, answer in ((("SET", "paper:a", "1"), "OK"), (("GET", "paper:a"), "1"),
                              (("HSET", "paper:h", "f", "1"), "1"), (("HGETALL", "paper:h"), "f\n1"),
                              (("SADD", "paper:s", "x", "y"), "2"), (("SCARD", "paper:s"), "2"),
                              (("SREM", "paper:s", "x"), "1"), (("SRANDMEMBER", "paper:s", "2"), "y"), (("UNWATCH",), "OK"),
                              (("EXPIRE", "paper:a", "100"), "1"), (("RENAME", "paper:a", "paper:b"), "OK"),
                              (("EXISTS", "paper:a", "paper:b"), "1"), (("PING",), "PONG"),
                              (("MGET", "paper:b", "paper:a"), "1"),
                              (("UNLINK", "paper:b", "paper:h", "paper:s"), "3")):
            self.assertEqual(answer, self.redis("paper", *words), words)
        answers = self.redis("paper", text="WATCH paper:t\nMULTI\nSET paper:t 1\nDEL paper:t\nEXEC\n")
        self.assertEqual(["OK", "OK", "QUEUED", "QUEUED", "OK", "1"], answers.split())

    def test_promise_6_a_broker_reaches_no_key_of_another(self):
        self.assertEqual("OK", self.redis("paper", "SET", "paper:mine", "1"))
        for words in (("GET", "zerodha:orders:1"), ("SET", "zerodha:orders:1", "x"), ("DEL", "zerodha:orders:1"),
                      ("RENAME", "paper:mine", "zerodha:orders:1"), ("RENAME", "zerodha:orders:1", "paper:mine"),
                      ("COPY", "zerodha:orders:1", "paper:mine", "REPLACE"), ("TYPE", "zerodha:orders:1"),
                      ("MGET", "paper:mine", "zerodha:orders:1"), ("EXISTS", "zerodha:orders:1"),
                      ("SUNIONSTORE", "paper:s", "zerodha:s"), ("DUMP", "zerodha:orders:1"),
                      ("HSET", "zerodha:h", "f", "1"), ("SET", "paper2:a", "1"), ("SET", "paper", "1"),
                      ("EXPIRE", "zerodha:orders:1", "1"), ("OBJECT", "ENCODING", "zerodha:orders:1"),
                      ("SORT", "paper:mine", "BY", "zerodha:*"), ("WATCH", "zerodha:orders:1")):
            self.assert_denied(self.redis("paper", *words), words)
        self.assertEqual("1", self.redis("paper", "DEL", "paper:mine"))

    def test_promise_6_a_broker_does_not_look_at_count_or_empty_the_whole_space(self):
        for words in (("KEYS", "*"), ("SCAN", "0"), ("RANDOMKEY",), ("DBSIZE",), ("SELECT", "1"), ("FLUSHALL",),
                      ("FLUSHDB",), ("SWAPDB", "0", "1"), ("MOVE", "paper:a", "1"), ("INFO",), ("LASTSAVE",),
                      ("MEMORY", "DOCTOR"), ("MONITOR",), ("SLOWLOG", "GET"), ("LATENCY", "LATEST")):
            self.assert_denied(self.redis("paper", *words), words)

    def test_promise_6_a_broker_runs_no_code_and_gives_itself_no_rights(self):
        for words in (("EVAL", "return redis.call('get', 'zerodha:orders:1')", "0"), ("EVALSHA", "x", "0"),
                      ("SCRIPT", "FLUSH"), ("FUNCTION", "LIST"), ("FCALL", "x", "0"),
                      ("MIGRATE", "127.0.0.1", "1", "zerodha:orders:1", "0", "10"), ("RESTORE", "paper:a", "0", "x"),
                      ("ACL", "SETUSER", "paper", "+@all"), ("ACL", "LIST"), ("CONFIG", "GET", "*"),
                      ("SHUTDOWN",), ("SAVE",), ("REPLICAOF", "127.0.0.1", "1"), ("MODULE", "LIST")):
            self.assert_denied(self.redis("paper", *words), words)

    def test_promise_6_a_broker_disturbs_no_connection_of_another(self):
        for words in (("CLIENT", "LIST"), ("CLIENT", "KILL", "TYPE", "normal"), ("CLIENT", "PAUSE", "1000"),
                      ("PUBLISH", "zerodha:news", "x"), ("PUBLISH", "paper:news", "x"), ("PUBSUB", "CHANNELS"),
                      ("SUBSCRIBE", "zerodha:news"), ("BLPOP", "paper:l", "1"), ("WAIT", "0", "0")):
            self.assert_denied(self.redis("paper", *words), words)

    def test_promise_6_without_the_password_nobody_enters(self):
        for words in (("GET", "zerodha:orders:1"), ("SET", "x", "1"), ("PING",), ("DBSIZE",)):
            self.assertIn("NOAUTH", self.redis(None, *words), words)
        for user, password in (("paper", servers.password("redis", "zerodha")), ("default", "x"), ("nobody", "x")):
            answer = self.redis(user, "GET", "zerodha:orders:1", password=password)
            self.assertIn("WRONGPASS", answer)
            self.assertNotIn("theirs", answer)


if __name__ == "__main__":
    unittest.main()
