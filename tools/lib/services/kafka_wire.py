"""The few requests that setting up a Kafka server needs, over its own protocol.

Kafka's command line tools do the same, but each call of theirs starts a JVM of one to two seconds. See the protocol's
guide for the layout of each request; the versions are the oldest that Kafka 3.9 and 4.x still answer.
"""
import base64
import hashlib
import hmac
import secrets
import socket
import struct

METADATA, SASL_HANDSHAKE, CREATE_ACLS, SASL_AUTHENTICATE, ALTER_USER_SCRAM = 3, 17, 30, 36, 51
ITERATIONS = 4096  # the least that Kafka takes: passwords here are random, and tests log in often
SHA_256 = 1


class KafkaRefused(Exception):
    """An error code in an answer, or a login that failed."""


def string(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def array(items: list[bytes]) -> bytes:
    return struct.pack(">i", len(items)) + b"".join(items)


def compact(data: bytes) -> bytes:
    """Compact strings and bytes: length + 1 as a variable-length integer."""
    length, out = len(data) + 1, b""
    while length >= 0x80:
        out += bytes([length & 0x7F | 0x80])
        length >>= 7
    return out + bytes([length]) + data


class Answer:
    """Reads an answer from front to back."""

    def __init__(self, data: bytes):
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, kind: str) -> int:
        return struct.unpack(">" + kind, self.take(struct.calcsize(">" + kind)))[0]

    def text(self) -> str:
        return self.take(max(0, self.number("h"))).decode()

    def length(self) -> int:
        """Of a compact string or array; -1: null."""
        value = shift = 0
        while True:
            byte = self.number("B")
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value - 1


class Client:
    """One connection, logged in by SCRAM-SHA-256. One request at a time; every wait ends after `timeout_s`."""

    def __init__(self, port: int, user: str, password: str, timeout_s: float = 10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout_s)
        self.requests = 0
        try:
            self.log_in(user, password)
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, key: int, version: int, body: bytes, flexible: bool = False) -> Answer:
        self.requests += 1
        head = struct.pack(">hhi", key, version, self.requests) + string("tools/services") + (b"\0" if flexible else b"")
        self.socket.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
        answer = Answer(self.read(struct.unpack(">i", self.read(4))[0]))
        answer.number("i")  # the number of the request: there is one at a time
        if flexible:
            answer.number("B")
        return answer

    def read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the server closed the connection")
            data += part
        return data

    def log_in(self, user: str, password: str) -> None:
        """RFC 5802: the server checks that we know the password, and we that it does."""
        refuse(self.ask(SASL_HANDSHAKE, 1, string("SCRAM-SHA-256")).number("h"), "", "SASL handshake")
        first = f"n={user},r={secrets.token_hex(16)}"
        challenge = self.authenticate("n,," + first)
        asked = dict(part.split("=", 1) for part in challenge.split(","))
        salted = salted_password(password, base64.b64decode(asked["s"]), int(asked["i"]))
        final = f"c=biws,r={asked['r']}"
        signed = ",".join((first, challenge, final)).encode()
        key = mac(salted, b"Client Key")
        proof = bytes(a ^ b for a, b in zip(key, mac(hashlib.sha256(key).digest(), signed)))
        answer = self.authenticate(f"{final},p={base64.b64encode(proof).decode()}")
        if base64.b64decode(answer.removeprefix("v=")) != mac(mac(salted, b"Server Key"), signed):
            raise KafkaRefused(f"log in as {user}: the server does not know the password itself")

    def authenticate(self, text: str) -> str:
        answer = self.ask(SASL_AUTHENTICATE, 0, struct.pack(">i", len(text)) + text.encode())
        refuse(answer.number("h"), answer.text(), "log in")
        return answer.take(answer.number("i")).decode()

    def brokers(self) -> int:
        """How many brokers take records; one that has not caught up since its start does not."""
        return self.ask(METADATA, 1, array([])).number("i")

    def create_acls(self, acls: list) -> None:
        """Rows of kafka_access.Acl; one that is there already stays."""
        body = array([struct.pack(">b", acl.resource) + string(acl.name) + struct.pack(">b", acl.pattern)
                      + string(acl.principal) + string("*") + struct.pack(">bb", acl.operation, acl.permission)
                      for acl in acls])
        answer = self.ask(CREATE_ACLS, 1, body)
        answer.number("i")  # throttled for so long: nothing to do about it
        for acl in acls[:answer.number("i")]:
            refuse(answer.number("h"), answer.text(), str(acl))

    def set_passwords(self, passwords: dict[str, str]) -> None:
        rows = []
        for user, password in passwords.items():
            salt = secrets.token_bytes(16)
            rows.append(compact(user.encode()) + struct.pack(">bi", SHA_256, ITERATIONS) + compact(salt)
                        + compact(salted_password(password, salt, ITERATIONS)) + b"\0")
        answer = self.ask(ALTER_USER_SCRAM, 0, b"\x01" + bytes([len(rows) + 1]) + b"".join(rows) + b"\0", True)
        answer.number("i")
        for _ in range(answer.length()):
            user = answer.take(answer.length()).decode()
            code, message = answer.number("h"), answer.take(max(0, answer.length())).decode()
            answer.number("B")
            refuse(code, message, f"password of {user}")


def mac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()


def salted_password(password: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)


def refuse(code: int, message: str, what: str) -> None:
    if code != 0:
        raise KafkaRefused(f"{what}: error {code} {message}".rstrip())
