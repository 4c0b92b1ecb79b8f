"""Free ports on loopback for servers that keep theirs over restarts."""
import pathlib
import random
import socket

from services.errors import ServiceError

LOOPBACK = "127.0.0.1"
EPHEMERAL = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 15000
TRIES = 1000


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Below the range that the kernel takes clients' ports from. In that range a client that tries again and again to
    reach a server that is down would one day be given the server's own port, and the server could not come back."""
    end = int(EPHEMERAL.read_text(encoding="ascii").split()[0])
    first, last = (LOWEST, end - 1) if end > LOWEST + TRIES else (end, 65000)
    found: list[int] = []
    for _ in range(TRIES):
        port = random.randint(first, last)
        if port not in found and is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise ServiceError(f"no {count} free ports on {LOOPBACK} between {first} and {last}")
