"""A plain WebSocket client that sees every frame as it came, for tests of the simulator."""

import base64
import json
import os
import socket
import ssl
import struct


class Refused(Exception):
    """The upgrade was answered by something else than 101; `status` says what."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class KiteSocket:
    TEXT, BINARY, CLOSE = 1, 2, 8

    def __init__(self, port: int, api_key: str, token: str, timeout_s: float = 60,
                 tls: ssl.SSLContext | None = None) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="127.0.0.1")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            (f"GET /?api_key={api_key}&access_token={token} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
             f"Upgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n").encode())
        self.buffer = b""
        head = b""
        while b"\r\n\r\n" not in head:
            part = self.socket.recv(65536)
            if not part:
                break
            head += part
        head, _, self.buffer = head.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.headers = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in lines[1:]}
        status = int(lines[0].split()[1])
        if status != 101:
            self.close()
            raise Refused(status)

    def __enter__(self) -> "KiteSocket":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def _bytes(self, count: int) -> bytes:
        while len(self.buffer) < count:
            part = self.socket.recv(65536)
            if not part:
                raise ConnectionError("the connection has ended")
            self.buffer += part
        out, self.buffer = self.buffer[:count], self.buffer[count:]
        return out

    def frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame; it must be whole and unmasked."""
        first, second = self._bytes(2)
        assert first & 0x80 and not first & 0x70, f"fragment or extension: {first:#x}"
        assert not second & 0x80, "a server's frame is not masked"
        size = second & 0x7F
        if size == 126:
            size = struct.unpack(">H", self._bytes(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self._bytes(8))[0]
        return first & 0x0F, self._bytes(size)

    def ticks(self) -> list[bytes]:
        """Packets of the next binary frame that is no heartbeat."""
        while True:
            opcode, payload = self.frame()
            if opcode == self.BINARY and len(payload) > 1:
                return packets_of(payload)

    def text(self) -> dict:
        """The next text frame."""
        while True:
            opcode, payload = self.frame()
            if opcode == self.TEXT:
                return json.loads(payload)

    def send(self, message: dict) -> None:
        payload = json.dumps(message).encode()
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x81]) + (bytes([0x80 | size]) if size < 126 else bytes([0xFE]) + struct.pack(">H", size))
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))


def packets_of(frame: bytes) -> list[bytes]:
    """Raises ValueError for a frame that does not add up."""
    count = struct.unpack_from(">H", frame)[0]
    at, packets = 2, []
    for _ in range(count):
        if at + 2 > len(frame):
            raise ValueError("cut off")
        size = struct.unpack_from(">H", frame, at)[0]
        packets.append(frame[at + 2:at + 2 + size])
        if len(packets[-1]) != size:
            raise ValueError("cut off")
        at += 2 + size
    if at != len(frame):
        raise ValueError("bytes are left over")
    return packets
