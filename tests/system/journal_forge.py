"""Changes what a journal says, with every checksum made right again: damage that only the content shows."""

import sqlite3
from pathlib import Path
from typing import Callable

POLYNOMIAL = 0x82F63B78  # CRC-32C, reflected


def _row(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = [_row(byte) for byte in range(256)]


def crc32c(data: bytes, before: int = 0) -> int:
    crc = ~before & 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return ~crc & 0xFFFFFFFF


def crc_of_fields(*fields: int | bytes) -> int:
    """Numbers as eight little-endian bytes, texts with their length ahead."""
    crc = 0
    for field in fields:
        if isinstance(field, int):
            crc = crc32c(field.to_bytes(8, "little"), crc)
        else:
            crc = crc32c(field, crc32c(len(field).to_bytes(8, "little"), crc))
    return crc


def forge(file: Path, change: Callable[[int, bytes], bytes]) -> None:
    """Gives each event's seq and payload to `change` and keeps the answer."""
    db = sqlite3.connect(file)
    link = 0
    for seq, epoch, payload in db.execute("SELECT seq, epoch, payload FROM events ORDER BY seq").fetchall():
        changed = change(seq, bytes(payload))
        link = crc_of_fields(link, seq, epoch, changed)
        db.execute("UPDATE events SET payload = ?, crc = ? WHERE seq = ?", (changed, link, seq))
    broker, epoch, head = db.execute("SELECT broker, epoch, head_seq FROM meta").fetchone()
    name = broker if isinstance(broker, bytes) else broker.encode()
    db.execute("UPDATE meta SET head_crc = ?, crc = ?", (link, crc_of_fields(name, epoch, head, link)))
    db.execute("DELETE FROM snapshots")
    db.commit()
    db.close()


def tear(file: Path, seq: int) -> None:
    """Changes one payload and leaves its checksum as it was."""
    db = sqlite3.connect(file)
    db.execute("UPDATE events SET payload = CAST(replace(CAST(payload AS TEXT), '\"seq\"', '\"sea\"') AS BLOB) "
               "WHERE seq = ?", (seq,))
    db.commit()
    db.close()
