"""tools/services: real servers that start when asked, are found again, and are gone when they should be."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock
import uuid

from servers import ROOT, TOOL, Servers, services

sys.path.insert(0, str(ROOT / "tools" / "lib"))
from kafka_rights import Intruder  # noqa: E402
from services import environment, kafka, kafka_access, ports, processes, redis_access  # noqa: E402
from services.errors import ServiceError  # noqa: E402

PATIENCE_S = 120.0


def wait_for(condition, what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"it never came true: {what}")
        time.sleep(0.02)


def listening_addresses(pid: int) -> set[str]:
    """Of the TCP sockets that a process listens on, as the kernel writes them: 0100007F is 127.0.0.1."""
    links = []
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            links.append(os.readlink(entry))
    own = {link[8:-1] for link in links if link.startswith("socket:[")}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in own:
                found.add(fields[1].partition(":")[0])
    return found


def processes_of(folder: str) -> list[int]:
    """Those whose command line or working folder is in that folder: servers, guards, and who starts them."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if folder in (entry / "cmdline").read_text(errors="replace") or folder in os.readlink(entry / "cwd"):
                found.append(int(entry.name))
    return found


def owner() -> subprocess.Popen:
    return subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL)


class BothServers(unittest.TestCase):
    """One start for all of it: what is asked of one day's work with them, in its order."""

    @classmethod
    def setUpClass(cls):
        cls.servers = Servers(plain=False)
        cls.folder = str(cls.servers.folder)

    @classmethod
    def tearDownClass(cls):
        cls.servers.close()

    def states(self, code: int = 0) -> dict[str, str]:
        done = services("status", "--dir", self.folder, "--json", check=False)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return {name: row["state"] for name, row in json.loads(done.stdout).items()}

    def admin(self) -> Intruder:
        port = int(self.servers.config["kafka"]["bootstrap_servers"].rpartition(":")[2])
        return Intruder(port, "admin", self.servers.password("kafka", "admin"))

    def test_1_both_run_and_listen_on_loopback_only(self):
        self.assertEqual({"kafka": "running", "redis": "running"}, self.states())
        for name in ("kafka", "redis"):
            addresses = listening_addresses(self.servers.config[name]["pid"])
            self.assertTrue(addresses, f"{name} listens on nothing")
            self.assertLessEqual(addresses, {"0100007F", "0000000000000000FFFF00000100007F"}, name)
        self.assertNotIn("plain_servers", self.servers.config["kafka"])

    def test_2_a_second_up_changes_nothing(self):
        before = self.servers.config
        again = services(*self.servers.start)
        self.assertIn("kafka: runs already", again.stdout)
        self.assertIn("redis: runs already", again.stdout)
        self.assertEqual(before, self.servers.config)

    def test_3_passwords_are_for_their_owner_only(self):
        for name in ("kafka", "redis"):  # the metadata log of Kafka holds passwords too, salted
            self.assertEqual(0o700, (self.servers.folder / name).stat().st_mode & 0o777, name)
        secret = [*self.servers.folder.glob("*/passwords/*"), *self.servers.folder.glob("*/*.properties"),
                  *self.servers.folder.glob("*/*.acl"), *self.servers.folder.glob("*/*.conf")]
        self.assertEqual(5 + 3 + 3, len(secret))  # the users of Kafka and of Redis, and the files made of them
        for file in secret:
            self.assertEqual(0o600, file.stat().st_mode & 0o777, file)
        password = self.servers.password("kafka", "paper")
        for pid in processes_of(self.folder):
            with contextlib.suppress(OSError):
                self.assertNotIn(password, pathlib.Path(f"/proc/{pid}/cmdline").read_text(errors="replace"))

    def test_4_a_killed_server_is_told_of_and_only_that_one_starts_again(self):
        before = self.servers.config
        with self.admin() as admin:
            self.assertEqual(0, admin.create_topic("paper.kept"))
        self.servers.kill_kafka()
        self.assertEqual({"kafka": "ended", "redis": "running"}, self.states(code=1))
        text = services("status", "--dir", self.folder, check=False).stdout
        self.assertRegex(text, rf"kafka: ended, pid {before['kafka']['pid']}; its log: .*; run: tools/services up")
        self.servers.start_again()
        after = self.servers.config
        self.assertEqual(before["redis"], after["redis"])
        self.assertNotEqual(before["kafka"]["pid"], after["kafka"]["pid"])
        self.assertEqual(before["kafka"]["bootstrap_servers"], after["kafka"]["bootstrap_servers"])
        with self.admin() as admin:
            self.assertIn(admin.commit("bulkhead.x", "paper.kept", 1), (0,), "the topic is gone")

    def test_5_a_paused_server_is_told_of_and_not_started_twice(self):
        self.servers.pause_redis()
        try:
            self.assertEqual({"kafka": "running", "redis": "paused"}, self.states(code=1))
            done = services(*self.servers.start, check=False)
            self.assertEqual(1, done.returncode)
            self.assertIn(f"redis is paused; run: kill -CONT {self.servers.config['redis']['pid']}", done.stderr)
        finally:
            self.servers.resume_redis()
        self.assertEqual({"kafka": "running", "redis": "running"}, self.states())

    def test_6_a_broker_that_is_new_gets_its_users_while_they_run(self):
        words = [word if word != "paper,zerodha" else "paper,zerodha,paper2" for word in self.servers.start]
        services(*words)
        config = self.servers.config
        port = int(config["kafka"]["bootstrap_servers"].rpartition(":")[2])
        Intruder(port, "paper2", self.servers.password("kafka", "paper2")).socket.close()
        done = subprocess.run(["redis-cli", "-s", config["redis"]["socket"], "--user", "paper2", "SET", "paper2:a", "1"],
                              env={**os.environ, "REDISCLI_AUTH": self.servers.password("redis", "paper2")},
                              capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual("OK", done.stdout.strip(), done.stderr)

    def test_7_the_variables_are_options_that_the_node_knows(self):
        binary = os.environ.get("BULKHEAD_BIN", str(ROOT / "build" / "release" / "bulkhead"))
        values = self.servers.environment
        self.assertEqual("kafka", values["JOURNAL__BACKEND"])
        values = {key: value for key, value in values.items() if "PAPER2" not in key}
        done = subprocess.run([binary, "validate", "--config", "config/bulkhead.yaml"], cwd=ROOT, capture_output=True,
                              text=True, check=False, timeout=120, env={"PATH": os.environ["PATH"], **values})
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn(values["KAFKA__BOOTSTRAP_SERVERS"], done.stdout)

    def test_8_down_ends_both_and_up_finds_data_and_ports_again(self):
        before = self.servers.config
        pids = [server["pid"] for server in before.values()]
        self.assertIn("ended: kafka, redis", services("down", "--dir", self.folder).stdout)
        self.assertEqual([], [pid for pid in pids if pid in processes_of(self.folder)])
        self.assertEqual({}, self.servers.config)
        self.assertEqual({}, self.states(code=1))
        self.assertIn("no server runs", services("down", "--dir", self.folder).stdout)
        self.assertEqual(1, services("env", "--dir", self.folder, check=False).returncode)
        self.servers.start_again()
        for key in ("bootstrap_servers", "users"):
            self.assertEqual(before["kafka"][key], self.servers.config["kafka"][key])
        self.assertEqual(before["redis"]["port"], self.servers.config["redis"]["port"])


class NothingIsLeftBehind(unittest.TestCase):
    """A test program that is killed, at any moment, leaves no server and no folder."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bulkhead-servers-")
        self.owner = owner()
        self.up = ["up", "--dir", self.folder, "--until-exit-of", str(self.owner.pid)]

    def tearDown(self):
        self.owner.kill()
        self.owner.wait()
        if os.path.exists(self.folder):  # a test that failed, or one that starts nothing
            services("down", "--dir", self.folder, "--now", check=False)
            shutil.rmtree(self.folder, ignore_errors=True)

    def assert_gone(self):
        wait_for(lambda: not processes_of(self.folder), "no process of the servers is left")
        wait_for(lambda: not os.path.exists(self.folder), "the folder is gone")

    def test_the_servers_end_with_the_process_they_were_started_for(self):
        services(*self.up, "--redis-only")
        self.assertTrue(processes_of(self.folder))
        self.owner.kill()
        self.owner.wait()
        self.assert_gone()

    def kill_in_the_middle(self, sign: str):
        # By a relative path, as one types it: the guard runs elsewhere and must find it all the same.
        command = [sys.executable, "-B", os.path.relpath(TOOL), *self.up, "--kafka-only"]
        with tempfile.TemporaryFile() as output:
            starting = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
            self.addCleanup(starting.wait)
            self.addCleanup(starting.kill)
            self.wait_for_sign(starting, sign, output)
        self.owner.kill()
        starting.kill()
        starting.wait()
        self.owner.wait()
        self.assert_gone()

    def wait_for_sign(self, starting: subprocess.Popen, sign: str, output) -> None:
        path = pathlib.Path(self.folder, "kafka", sign)
        wait_for(lambda: path.exists() or starting.poll() is not None, sign)
        output.seek(0)
        self.assertTrue(path.exists(), output.read().decode(errors="replace"))

    def test_a_kill_while_the_data_folder_is_formatted_leaves_no_jvm(self):
        self.kill_in_the_middle("format.arguments")

    def test_a_kill_while_the_server_starts_leaves_no_jvm(self):
        self.kill_in_the_middle("process.json")

    def test_a_kill_of_the_whole_process_group_leaves_nothing(self):
        program = ("import sys; sys.dont_write_bytecode = True; from servers import Servers; import time; "
                   "s = Servers(kafka=False); print(s.folder, flush=True); time.sleep(1000)")
        test = subprocess.Popen([sys.executable, "-c", program], cwd=pathlib.Path(__file__).parent,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True)
        os.rmdir(self.folder)
        self.folder = test.stdout.readline().strip()
        self.assertTrue(processes_of(self.folder))
        os.killpg(test.pid, signal.SIGKILL)
        test.wait()
        test.stdout.close()
        self.assert_gone()

    def test_an_owner_that_is_gone_already_gets_no_servers(self):
        self.owner.kill()
        self.owner.wait()
        done = services(*self.up, "--redis-only", check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn(f"--until-exit-of {self.owner.pid}: no such process", done.stderr)
        self.assertEqual([], processes_of(self.folder))


class ClusterId(unittest.TestCase):
    def test_one_that_begins_with_a_dash_is_no_option(self):
        with tempfile.TemporaryDirectory(prefix="bulkhead-servers-") as folder, \
                unittest.mock.patch.object(uuid, "uuid4", lambda: uuid.UUID(int=0xF8 << 120)):
            server = kafka.Kafka(pathlib.Path(folder), ROOT / ".services" / "jars")
            try:
                server.up([], plain=False)
                made = (server.data / "meta.properties").read_text(encoding="ascii")
            finally:
                server.down(at_once=True)
            self.assertIn("cluster.id=-AAAAAAAAAAAAAAAAAAAAA\n", made)


class Trouble(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="bulkhead-servers-")
        self.folder = pathlib.Path(self.temporary.name)

    def tearDown(self):
        services("down", "--dir", str(self.folder), "--now", check=False)
        self.temporary.cleanup()

    def test_a_server_that_does_not_start_shows_the_end_of_its_log(self):
        (self.folder / "redis").mkdir()
        with socket.socket() as taken:
            taken.bind((ports.LOOPBACK, 0))
            taken.listen()
            port = taken.getsockname()[1]
            (self.folder / "redis" / "ports.json").write_text(json.dumps({"client": port}), encoding="ascii")
            done = services("up", "--redis-only", "--dir", str(self.folder), check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("tools/services: redis-server did not start: it ended", done.stderr)
        self.assertIn("Address already in use", done.stderr)

    def test_a_record_of_an_earlier_start_of_the_machine_ends_nobody(self):
        other = owner()
        try:
            ours = processes.of_pid(other.pid)
            for stale in ({"boot": "00000000-0000-0000-0000-000000000000"}, {"started": ours.started - 1}):
                (self.folder / "redis").mkdir(exist_ok=True)
                record = {"pid": ours.pid, "started": ours.started, "boot": ours.boot, **stale}
                (self.folder / "redis" / "process.json").write_text(json.dumps(record), encoding="ascii")
                self.assertIn("redis: ended", services("status", "--dir", str(self.folder), check=False).stdout)
                self.assertIn("no server runs", services("down", "--dir", str(self.folder)).stdout)
                self.assertIsNone(other.poll(), "a process that is not ours was ended")
            processes.end(ours, 30)
            self.assertEqual(-signal.SIGTERM, other.wait(timeout=PATIENCE_S))
        finally:
            other.kill()
            other.wait()

    def test_a_folder_too_deep_for_a_socket_is_refused(self):
        deep = self.folder / ("d" * 100)
        done = services("up", "--redis-only", "--dir", str(deep), check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("longer than the 107 bytes", done.stderr)

    def test_a_missing_program_names_its_package(self):
        with self.assertRaisesRegex(ServiceError, "no-such-server: not found; run: apt-get install its-package"):
            processes.program("no-such-server", "its-package")

    def test_wrong_command_lines_are_refused(self):
        for words, why in ((("up", "--brokers", "Paper"), "'Paper' is no broker id"),
                           (("up", "--brokers", "paper,admin"), "'admin' is a user of the servers' own"),
                           (("up", "--kafka-only", "--redis-only"), "not allowed with argument"), ((), "required")):
            done = services(*words, *(["--dir", str(self.folder)] if words else []), check=False)
            self.assertEqual(2, done.returncode, words)
            self.assertIn(why, done.stderr)
        self.assertEqual([], list(self.folder.iterdir()))


class Tables(unittest.TestCase):
    """What is plain data, without a server."""

    def test_ports_are_free_below_those_of_clients_and_differ(self):
        found = ports.free_ports(20)
        first_of_clients = int(ports.EPHEMERAL.read_text(encoding="ascii").split()[0])
        self.assertEqual(20, len(set(found)))
        for port in found:
            self.assertLess(port, first_of_clients)
            self.assertTrue(ports.is_free(port))

    def test_every_rule_of_a_broker_is_under_its_prefix_or_shared_by_intent(self):
        shared = {("bulkhead.", kafka_access.GROUP), ("kafka-cluster", kafka_access.CLUSTER),
                  ("market.ticks", kafka_access.TOPIC)}
        for acl in kafka_access.of_broker("paper"):
            self.assertEqual("User:paper", acl.principal)
            self.assertTrue(acl.name.startswith("paper.") or (acl.name, acl.resource) in shared, acl)
        self.assertIn(" ~paper:* ", redis_access.broker_rules("paper").join("  "))

    def test_variables_are_quoted_for_a_shell(self):
        text = environment.exports({"redis": {"socket": "/a b/redis.sock", "users": {"admin": {}}}})
        self.assertEqual("export STORE__BACKEND=redis\nexport REDIS__ADDRESS='unix:/a b/redis.sock'\n", text)


if __name__ == "__main__":
    unittest.main()
