"""A real redis-server of one test: on a socket in a folder of its own, with a user for each broker."""
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PATIENCE = 60  # seconds; ends a hang, asserts nothing
PASSWORD = "sesame"
# What the store needs: docs/views.md.
COMMANDS = ("auth", "watch", "unwatch", "multi", "exec", "get", "mget", "set", "exists", "hset", "hgetall", "sadd",
            "srem", "srandmember", "unlink")


class RedisServer:
    """It keeps its data over a restart where `durable`. `tell` speaks as the default user, who may do everything."""

    def __init__(self, brokers: tuple[str, ...], durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bulkhead-redis-"))
        self.durable = durable
        self.socket = self.folder / "redis.sock"
        self.password_file = self.folder / "password"
        self.password_file.touch(0o600)
        self.password_file.write_text(PASSWORD + "\n", encoding="ascii")
        digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
        granted = " ".join(f"+{name}" for name in COMMANDS)
        users = ["user default on nopass ~* &* +@all"]
        users += [f"user {name} on #{digest} ~{name}:* resetchannels -@all {granted}" for name in brokers]
        (self.folder / "users.acl").write_text("\n".join(users) + "\n", encoding="ascii")
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> "RedisServer":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder), "--save", "",
             "--appendonly", "yes" if self.durable else "no", "--aclfile", str(self.folder / "users.acl")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.tell("PING")
                return
            except OSError:
                assert time.monotonic() < end, "redis-server does not start"
                time.sleep(0.02)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def pause(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def tell(self, *words: str | bytes):
        """The answer to one command: bytes, int, None or a list. An error is a RuntimeError."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE)
            line.connect(str(self.socket))
            parts = [word if isinstance(word, bytes) else word.encode() for word in words]
            line.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
            with line.makefile("rb") as answer:
                return self._read(answer)

    def _read(self, answer):
        first = answer.readline()
        if not first:
            raise ConnectionError("redis-server closed the connection")
        kind, rest = first[:1], first[1:-2]
        if kind == b"-":
            if rest.startswith(b"LOADING"):
                raise ConnectionError("redis-server still loads")
            raise RuntimeError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else answer.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self._read(answer) for _ in range(int(rest))]
        return rest

    def projected(self, broker: str) -> int:
        """Where the views of a broker are; 0: none, or the server is away."""
        try:
            return int(self.tell("GET", f"{broker}:projected") or 0)
        except OSError:
            return 0

    def views(self, broker: str) -> dict[bytes, dict[bytes, bytes]]:
        """Every hash under the broker's prefix. KEYS is for tests."""
        out = {}
        for key in self.tell("KEYS", f"{broker}:*"):
            if key.decode() not in (f"{broker}:projected", f"{broker}:source", f"{broker}:keys"):
                fields = self.tell("HGETALL", key)
                out[key] = dict(zip(fields[::2], fields[1::2]))
        return out

    def settings(self, brokers: tuple[str, ...]) -> list[str]:
        """The node's options for this server."""
        items = ["store.backend=redis", f"redis.address=unix:{self.socket}"]
        for name in brokers:
            items += [f"trading.{name}.redis.username={name}",
                      f"trading.{name}.redis.password_file={self.password_file}"]
        return [part for item in items for part in ("--set", item)]
