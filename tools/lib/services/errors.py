"""The failures that a person can do something about."""
import pathlib

SHOWN_LINES = 30


class ServiceError(Exception):
    """Says what failed, on what, and what to do next; shown without a stack trace."""


def tail(log: pathlib.Path) -> str:
    """The last lines of a server's log, for a message."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        lines = []
    return f"the end of {log}:\n" + "\n".join(f"  {line}" for line in lines[-SHOWN_LINES:])
