"""One real Apache Kafka (KRaft, one node), its users and their rights."""
import base64
import json
import pathlib
import shutil
import signal
import subprocess
import uuid

from services import class_archive, jars, kafka_access, kafka_settings, passwords, processes
from services.errors import ServiceError, tail
from services.kafka_wire import Client, KafkaRefused
from services.ports import LOOPBACK, free_ports

READY_S = 120  # an idle machine needs three to five
END_S = 60
HEAP = "512m"


def cluster_id() -> str:
    """22 characters of A-Z a-z 0-9 - _, as Kafka makes its own. One in 64 begins with "-": to be passed only with "=",
    because by itself it would be taken for an option."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


class Kafka:
    """The server of one folder. Whoever starts or ends it holds the folder's lock."""

    name = "kafka"

    def __init__(self, folder: pathlib.Path, cache: pathlib.Path, training: list[str] | None = None):
        """training: JVM options of the run that the class archive is made from; it ends with this process."""
        self.training = training
        self.folder = folder / self.name
        self.cache = cache
        self.secrets = self.folder / "passwords"
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.settings_file = self.folder / "server.properties"
        self.record = self.folder / "process.json"
        self.ports_file = self.folder / "ports.json"
        self.users_file = self.folder / "users.json"  # whose password the server knows; there once it is formatted

    def process(self) -> processes.Process | None:
        return processes.read(self.record)

    def ports(self) -> dict[str, int]:
        return json.loads(self.ports_file.read_text(encoding="ascii")) if self.ports_file.exists() else {}

    def listens_plain(self) -> bool:
        return "plain" in self.ports()

    def up(self, brokers: list[str], plain: bool) -> None:
        """Starts it, or, where it runs, adds the users and rights that are new."""
        process = self.process()
        if process is None or not process.alive():
            process = self.start(brokers, plain)
        self.set_rights(process, brokers)

    def prepare(self) -> tuple[pathlib.Path, list[str]]:
        """The jars' folder, and the JVM's options for them. Slow at the first call on a machine."""
        lib = jars.ensure(self.cache)
        return lib, self.training or class_archive.ensure(self.cache, self.train)

    def start(self, brokers: list[str], plain: bool) -> processes.Process:
        java = processes.program("java", "openjdk-17-jre-headless")
        lib, options = self.prepare()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        users = [kafka_access.NODE, kafka_access.ADMIN, kafka_access.SHARED, *brokers]
        known = {user: passwords.ensure(self.secrets, user) for user in users}
        values = kafka_settings.settings(self.data, self.keep_ports(plain), known)
        processes.write_atomically(self.settings_file, kafka_settings.as_text(values), 0o600)
        if not self.users_file.exists():
            self.format(java, lib, [] if self.training else options, known)
        self.log.write_bytes(b"")
        return processes.start(
            [java, *options, f"-Xms{HEAP}", f"-Xmx{HEAP}", "-XX:+UseG1GC", "-Djava.awt.headless=true",
             "-Dorg.slf4j.simpleLogger.showDateTime=true",
             "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS", "-cp", f"{lib}/*", "kafka.Kafka",
             str(self.settings_file)], self.record, self.log, self.folder,
            until_our_end=self.training is not None)

    def train(self, folder: pathlib.Path, options: list[str]) -> None:
        server = Kafka(folder, self.cache, options)
        server.up([], plain=False)
        server.down()

    def keep_ports(self, plain: bool) -> dict[str, int]:
        """The same at every start, so that clients find the server again."""
        ports = self.ports()
        names = ["client", "controller", *(["plain"] if plain else [])]
        missing = [name for name in names if name not in ports]
        ports = {**ports, **dict(zip(missing, free_ports(len(missing)) if missing else []))}
        ports = {name: ports[name] for name in names}
        processes.write_atomically(self.ports_file, json.dumps(ports))
        return ports

    def format(self, java: str, lib: pathlib.Path, options: list[str], known: dict[str, str]) -> None:
        """Makes the data folder with its first users in it, so that no moment needs an open door to make them."""
        shutil.rmtree(self.data, ignore_errors=True)  # what a killed attempt left
        words = [*options, "-XX:+UseG1GC", "-cp", f"{lib}/*", "kafka.tools.StorageTool", "format",
                 f"--cluster-id={cluster_id()}", "-c", str(self.settings_file)]
        for user, password in known.items():
            words += ["--add-scram", f"SCRAM-SHA-256=[name={user},password={password}]"]
        # From a file, because every user of the machine may read a command line.
        arguments = self.folder / "format.arguments"
        processes.write_atomically(arguments, "".join(f'"{word}"\n' for word in words), 0o600)
        try:
            done = subprocess.run([java, f"@{arguments}"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=READY_S, check=False, preexec_fn=processes.end_with_parent)
        except subprocess.TimeoutExpired:
            raise ServiceError(f"Kafka's data folder {self.data} was not formatted within {READY_S} s") from None
        finally:
            arguments.unlink()
        if done.returncode != 0:
            raise ServiceError(f"Kafka's data folder {self.data} could not be formatted:\n"
                               f"{(done.stdout + done.stderr)[-3000:]}")
        self.write_users(set(known))

    def write_users(self, users: set[str]) -> None:
        processes.write_atomically(self.users_file, json.dumps(sorted(users)))

    def client(self) -> Client:
        return Client(self.ports()["client"], kafka_access.ADMIN, passwords.ensure(self.secrets, kafka_access.ADMIN))

    def set_rights(self, process: processes.Process, brokers: list[str]) -> None:
        """Waits until the server answers, then gives every broker its user and rights."""
        rows = kafka_access.of_all(brokers)
        old = set(json.loads(self.users_file.read_text(encoding="ascii")))
        new = {user: passwords.ensure(self.secrets, user) for user in brokers if user not in old}
        why = "no answer"

        def done() -> bool:
            nonlocal why
            try:
                with self.client() as client:
                    if client.brokers() == 0:
                        why = "it has not caught up with its own log"
                        return False
                    if new:
                        client.set_passwords(new)
                    client.create_acls(rows)
                    return True
            except (OSError, KafkaRefused) as error:
                why = str(error)
                return False

        failed = processes.wait_until(done, process, READY_S)
        if failed:
            processes.end(process, END_S)
            raise ServiceError(f"Kafka did not start: {failed} (last: {why}); {tail(self.log)}")
        self.write_users(old | set(new))

    def down(self, at_once: bool = False) -> None:
        processes.end(self.process(), END_S, signal.SIGKILL if at_once else signal.SIGTERM)
        self.record.unlink(missing_ok=True)

    def described(self) -> dict | None:
        """Its part of services.json; None while it does not run."""
        process = self.process()
        if process is None or not process.alive():
            return None
        ports = self.ports()
        users = sorted(path.stem for path in self.secrets.glob("*.password") if path.stem != kafka_access.NODE)
        plain = {"plain_servers": f"{LOOPBACK}:{ports['plain']}"} if "plain" in ports else {}
        return {"bootstrap_servers": f"{LOOPBACK}:{ports['client']}", **plain, "pid": process.pid,
                "security": "sasl_plaintext", "log": str(self.log), "users": passwords.described(self.secrets, users)}
