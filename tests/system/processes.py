"""Processes as /proc tells of them, for tests that look after the children of a node."""

import contextlib
import os
from pathlib import Path


def stat_fields(pid: int) -> list[str]:
    """From the state on, which follows the name; empty: there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return stat[stat.rindex(")") + 2:].split()


def children(pid: int) -> list[int]:
    """Processes whose parent is `pid`, without those that wait to be reaped."""
    found = []
    for entry in Path("/proc").iterdir():
        fields = stat_fields(int(entry.name)) if entry.name.isdigit() else []
        if fields and int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(entry.name))
    return found


def alive(pid: int) -> bool:
    """Neither gone nor waiting to be reaped."""
    fields = stat_fields(pid)
    return bool(fields) and fields[0] != "Z"


def open_files(pid: int) -> list[str]:
    """What its descriptors refer to, but for those that it closes meanwhile."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(os.readlink(link))
    return found
