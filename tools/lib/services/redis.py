"""One real redis-server: a socket file and a port on loopback, one user for each broker."""
import json
import pathlib
import signal
import socket

from services import passwords, processes, redis_access
from services.errors import ServiceError, tail
from services.ports import LOOPBACK, free_ports

READY_S = 60
END_S = 10
SOCKET_PATH_BYTES = 107  # what the kernel takes


class Redis:
    """The server of one folder. Whoever starts or ends it holds the folder's lock."""

    name = "redis"

    def __init__(self, folder: pathlib.Path):
        self.folder = folder / self.name
        self.secrets = self.folder / "passwords"
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.socket = self.folder / "redis.sock"
        self.users_file = self.folder / "users.acl"
        self.settings_file = self.folder / "redis.conf"
        self.record = self.folder / "process.json"
        self.ports_file = self.folder / "ports.json"

    def process(self) -> processes.Process | None:
        return processes.read(self.record)

    def port(self) -> int:
        return json.loads(self.ports_file.read_text(encoding="ascii"))["client"]

    def up(self, brokers: list[str]) -> None:
        """Starts it, or, where it runs, adds the users that are new."""
        process = self.process()
        running = process is not None and process.alive()
        if len(str(self.socket).encode()) > SOCKET_PATH_BYTES:
            raise ServiceError(f"{self.socket}: longer than the {SOCKET_PATH_BYTES} bytes that a socket's path may "
                               "have; name a shorter folder with --dir")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.data.mkdir(exist_ok=True)
        self.write_users(brokers)
        if not running:
            process = self.start()
        self.wait(process)
        if running:
            self.ask("ACL", "LOAD")

    def write_users(self, brokers: list[str]) -> None:
        """Users of an earlier start stay."""
        earlier = {path.stem for path in self.secrets.glob("*.password")}
        users = [redis_access.ADMIN, *sorted((earlier | set(brokers)) - {redis_access.ADMIN})]
        text = redis_access.acl_file({user: passwords.ensure(self.secrets, user) for user in users})
        processes.write_atomically(self.users_file, text, 0o600)

    def start(self) -> processes.Process:
        server = processes.program("redis-server", "redis-server")
        if not self.ports_file.exists():
            processes.write_atomically(self.ports_file, json.dumps({"client": free_ports(1)[0]}))
        values = {
            "bind": LOOPBACK, "port": str(self.port()), "protected-mode": "yes",
            "unixsocket": f'"{self.socket}"', "unixsocketperm": "700",
            "dir": f'"{self.data}"', "aclfile": f'"{self.users_file}"', "daemonize": "no",
            # The log of writes, synced every second, and no dump at an hour of its own choice.
            "appendonly": "yes", "appendfsync": "everysec", "save": '""',
            # Full is an error for the writer, never a view that is gone in silence.
            "maxmemory": "512mb", "maxmemory-policy": "noeviction",
        }
        text = "".join(f"{key} {value}\n" for key, value in values.items())
        processes.write_atomically(self.settings_file, text, 0o600)
        self.log.write_bytes(b"")
        return processes.start([server, str(self.settings_file)], self.record, self.log, self.folder)

    def ask(self, *words: str) -> str:
        """The first line of the answer to one command of admin's. Raises OSError or ServiceError."""
        login = ("AUTH", redis_access.ADMIN, passwords.ensure(self.secrets, redis_access.ADMIN))
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self.socket))
            answers = connection.makefile("r", encoding="utf-8", newline="\r\n")
            for command in (login, words):
                rows = [f"*{len(command)}", *(row for word in command for row in (f"${len(word.encode())}", word)), ""]
                connection.sendall("\r\n".join(rows).encode())
                answer = answers.readline().strip()
                if not answer.startswith("+"):
                    raise ServiceError(f"redis-server refused {command[0]}: {answer or 'it closed the connection'}")
        return answer

    def wait(self, process: processes.Process) -> None:
        why = "no answer"

        def ready() -> bool:
            nonlocal why
            try:
                return self.ask("PING") == "+PONG"
            except (OSError, ServiceError) as error:
                why = str(error)
                return False

        failed = processes.wait_until(ready, process, READY_S)
        if failed:
            processes.end(process, END_S)
            raise ServiceError(f"redis-server did not start: {failed} (last: {why}); {tail(self.log)}")

    def down(self, at_once: bool = False) -> None:
        processes.end(self.process(), END_S, signal.SIGKILL if at_once else signal.SIGTERM)
        self.record.unlink(missing_ok=True)

    def described(self) -> dict | None:
        """Its part of services.json; None while it does not run."""
        process = self.process()
        if process is None or not process.alive():
            return None
        users = sorted(path.stem for path in self.secrets.glob("*.password"))
        return {"socket": str(self.socket), "port": self.port(), "pid": process.pid, "log": str(self.log),
                "users": passwords.described(self.secrets, users)}
