"""A folder with its servers: what runs in it, and who may change that at a time."""
import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from services import processes
from services.errors import ServiceError
from services.kafka import Kafka
from services.redis import Redis

REMOVALS = 100


class Place:
    def __init__(self, folder: pathlib.Path, cache: pathlib.Path):
        self.folder = folder
        self.kafka = Kafka(folder, cache)
        self.redis = Redis(folder)
        self.config_file = folder / "services.json"
        self.guard_record = folder / "guard.json"

    @contextlib.contextmanager
    def lock(self):
        """One command at a time; a second one waits for it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "w", encoding="ascii") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def servers(self) -> list:
        return [self.kafka, self.redis]

    def config(self) -> dict:
        """What services.json says: the servers that run."""
        described = {server.name: server.described() for server in self.servers()}
        return {name: part for name, part in described.items() if part is not None}

    def write_config(self) -> None:
        processes.write_atomically(self.config_file, json.dumps(self.config(), indent=2) + "\n")

    def up(self, names: list[str], brokers: list[str], plain: bool) -> None:
        """Starts what of `names` does not run. What is there already keeps its ports, data and passwords."""
        for name, state in self.states().items():
            if name in names and state["state"] == "paused":
                raise ServiceError(f"{name} is paused; run: kill -CONT {state['pid']}")
        try:
            if "redis" in names:
                self.redis.up(brokers)
            if "kafka" in names:
                kafka = self.kafka.process()
                if plain and kafka is not None and kafka.alive() and not self.kafka.listens_plain():
                    raise ServiceError("Kafka runs without the listener of --plain; run: tools/services down "
                                       f"--dir {self.folder}, then up again")
                self.kafka.up(brokers, plain)
        finally:
            self.write_config()

    def down(self, at_once: bool = False) -> list[str]:
        """Ends the servers and whoever watches for them; the names of those that ran."""
        processes.end(processes.read(self.guard_record), 5, signal.SIGKILL)
        self.guard_record.unlink(missing_ok=True)
        ended = [server.name for server in self.servers() if (p := server.process()) is not None and p.alive()]
        for server in self.servers():
            server.down(at_once)
        self.write_config()
        return ended

    def states(self) -> dict[str, dict]:
        """Of every server that was started here and not ended by `down`."""
        known = {server.name: (server, server.process()) for server in self.servers()}
        return {name: {"state": process.state(), "pid": process.pid, "log": str(server.log)}
                for name, (server, process) in known.items() if process is not None}

    def start_guard(self, owner: int) -> None:
        """Before the first server: so that none outlives `owner`, whatever happens to it or to us meanwhile."""
        guard = processes.read(self.guard_record)
        if guard is not None and guard.alive():
            return
        try:
            started = processes.of_pid(owner).started
        except (FileNotFoundError, ProcessLookupError):
            raise ServiceError(f"--until-exit-of {owner}: no such process") from None
        program = os.path.abspath(sys.argv[0])  # the guard's working folder is the servers'
        processes.start([sys.executable, "-B", program, "guard", "--dir", str(self.folder), "--owner", str(owner),
                         "--owner-started", str(started)], self.guard_record, pathlib.Path(os.devnull), self.folder)

    def guard(self, owner: processes.Process) -> None:
        """Waits for the end of `owner`, then kills the servers and removes the folder."""
        try:
            handle = os.pidfd_open(owner.pid)
            if owner.alive():
                processes.wait_end(handle, None)
        except ProcessLookupError:
            pass
        with self.lock():  # a command that is still starting something comes to its end first
            for server in self.servers():
                server.down(at_once=True)
            os.chdir("/")
            for _ in range(REMOVALS):
                shutil.rmtree(self.folder, ignore_errors=True)
                if not self.folder.exists():
                    break
                time.sleep(0.1)  # a process that is just being killed still writes


def running_owner(pid: int, started: int) -> processes.Process:
    return processes.Process(pid, started, processes.boot_id())
