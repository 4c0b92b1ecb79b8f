"""Servers as processes: started on their own, known by process id and start time, ended only while they are ours.

A process id alone may by now be another program's. The record of a process therefore holds its start time (ticks since
the machine's start) and the id of that machine start: after a restart of the machine every record is stale.
"""
import ctypes
import dataclasses
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import time

from services.errors import ServiceError

PR_SET_PDEATHSIG = 1
BOOT_ID = pathlib.Path("/proc/sys/kernel/random/boot_id")


@dataclasses.dataclass(frozen=True)
class Process:
    pid: int
    started: int  # ticks since the machine's start
    boot: str

    def state(self) -> str:
        """"running", "paused" (SIGSTOP), or "ended": by itself, by a kill, or with the machine."""
        try:
            letter, started = stat_of(self.pid)
        except (FileNotFoundError, ProcessLookupError):
            return "ended"
        if started != self.started or boot_id() != self.boot or letter in "ZX":
            return "ended"
        return "paused" if letter in "Tt" else "running"

    def alive(self) -> bool:
        return self.state() != "ended"


def boot_id() -> str:
    return BOOT_ID.read_text(encoding="ascii").strip()


def stat_of(pid: int) -> tuple[str, int]:
    """State letter and start time. The name before them is in parentheses and may itself hold any character."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return fields[0], int(fields[19])


def of_pid(pid: int) -> Process:
    """Raises FileNotFoundError when there is none."""
    return Process(pid, stat_of(pid)[1], boot_id())


def read(record: pathlib.Path) -> Process | None:
    try:
        return Process(**json.loads(record.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None  # never started, or not a whole record: nothing that we could end


def write_atomically(path: pathlib.Path, text: str, mode: int = 0o644) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
    os.replace(part, path)


def end_with_parent() -> None:
    """Between fork and exec of a helper that must not outlive us: the kernel kills it when we end."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command: list[str], record: pathlib.Path, log: pathlib.Path, folder: pathlib.Path,
          until_our_end: bool = False) -> Process:
    """Starts a server in a session of its own. It writes its own record before it becomes the server, so that there is
    no moment in which it runs and nobody knows it: whoever started it may be killed at any time.
    until_our_end: the kernel kills it when this process ends."""
    def write_record():
        if until_our_end:
            end_with_parent()
        write_atomically(record, json.dumps(dataclasses.asdict(of_pid(os.getpid()))))
    with open(log, "ab") as out:
        # Named, because the caller may come to its end before the server does.
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=folder,
                                  start_new_session=True, preexec_fn=write_record)
    server.returncode = 0  # it outlives us: nothing to wait for, and no warning about it
    process = read(record)
    if process is None or process.pid != server.pid:
        raise ServiceError(f"{record}: no record of the process just started ({command[0]}); is the disk full?")
    return process


def end(process: Process | None, patience_s: float, by: int = signal.SIGTERM) -> None:
    """Ends it by `by`, after `patience_s` by SIGKILL. A paused one is killed at once: it cannot end itself."""
    if process is None:
        return
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    try:
        # The handle stays with this very process: checked once, there is no way to hit another one.
        state = process.state()
        if state == "ended":
            return
        signal.pidfd_send_signal(handle, signal.SIGKILL if state == "paused" else by)
        if not wait_end(handle, patience_s):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            wait_end(handle, 30)
    except ProcessLookupError:
        return
    finally:
        os.close(handle)


def wait_end(handle: int, seconds: float | None) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(None if seconds is None else seconds * 1000))


def wait_until(ready, process: Process, seconds: float) -> str | None:
    """Until ready() is true. None, or what came instead: the process ended, or the time did."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if ready():
            return None
        if not process.alive():
            return "it ended"
        time.sleep(0.05)
    return f"no answer within {seconds:.0f} s"


def program(name: str, package: str) -> str:
    """Path of a program. Raises ServiceError with the package that holds it."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if path is None:
        raise ServiceError(f"{name}: not found; run: apt-get install {package}")
    return path
