"""Kafka's classes as the JVM wants them in memory: a start with this archive takes half the processor time of one without.

Made once, by a server that starts, is used and ends in a folder of its own; next to the jars and shared like them.
A JVM or jars that it does not fit make the JVM start without it, by itself.
"""
import pathlib
import sys
import tempfile

from services import jars
from services.errors import ServiceError


def ensure(cache: pathlib.Path, train) -> list[str]:
    """JVM options that use the archive. `train(folder, options)` runs a server with them from start to end."""
    archive = cache / f"kafka-{jars.KAFKA_VERSION}.jsa"
    if not archive.exists():
        with jars.locked(cache):
            if not archive.exists():
                make(cache, archive, train)
    return [f"-XX:SharedArchiveFile={archive}"] if archive.stat().st_size > 0 else []


def make(cache: pathlib.Path, archive: pathlib.Path, train) -> None:
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=cache) as part:
        made = pathlib.Path(part, archive.name)
        try:
            train(pathlib.Path(part), [f"-XX:ArchiveClassesAtExit={made}"])
            made.rename(archive)
        except (ServiceError, FileNotFoundError) as error:
            archive.touch()  # empty: not tried again
            print(f"tools/services: no archive of Kafka's classes, each start takes longer; to try again remove {archive}. "
                  f"Why: {error}", file=sys.stderr)
