"""The network between a node and a server, as tests break it: a TCP relay on a free port of this machine."""

import selectors
import socket
import threading
import time

CHUNK = 65536


class Relay:
    """A context manager. `cut()`: connections end and new ones are refused. `mute()`: connections stand, new ones too,
    and nothing passes, what is sent meanwhile is lost with its connection. `slow(seconds)`: each piece is so late.
    `heal()`: as at first; a connection that was mute stays so until its client gives it up. Counts what it did to whom:
    `ended` connections, pieces `lost` and `delayed`. Thread-safe."""

    def __init__(self, to_port: int) -> None:
        self.to_port = to_port
        self.delay_s = 0.0
        self.is_mute = self.is_cut = False
        self.guard = threading.Lock()
        self.pairs: set[tuple[socket.socket, socket.socket]] = set()
        self.accepted = 0  # connections, whatever became of them
        self.ended = self.lost = self.delayed = 0
        self.listener = self.listen(0)
        self.port = self.listener.getsockname()[1]
        self.is_closed = False
        self.thread = threading.Thread(target=self.accept, daemon=True)

    @staticmethod
    def listen(port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        listener.settimeout(0.05)
        return listener

    def __enter__(self) -> "Relay":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_closed = True
        self.thread.join()
        self.cut()

    def cut(self) -> None:
        with self.guard:
            self.is_cut = True
            self.listener.close()
            self.ended += len(self.pairs)
            for pair in list(self.pairs):
                self.end(pair)

    def mute(self) -> None:
        self.is_mute = True

    def slow(self, seconds: float) -> None:
        self.delay_s = seconds

    def heal(self) -> None:
        with self.guard:
            if self.is_cut:
                self.listener = self.listen(self.port)
            self.is_mute = self.is_cut = False
            self.delay_s = 0.0

    def accept(self) -> None:
        while not self.is_closed:
            with self.guard:
                listener, is_cut = self.listener, self.is_cut
            if is_cut:
                time.sleep(0.005)
                continue
            try:
                client, _ = listener.accept()
            except OSError:  # nobody came, or it was cut meanwhile
                continue
            self.accepted += 1
            threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def end(self, pair: tuple[socket.socket, socket.socket]) -> None:
        """Under the lock. Wakes the thread that carries for it, which closes the two."""
        self.pairs.discard(pair)
        for one in pair:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def carry(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self.to_port))
        pair = (client, server)
        with self.guard:
            self.pairs.add(pair)
            if self.is_cut:
                self.end(pair)
        try:
            self.pump(client, server)
        except OSError:
            pass
        with self.guard:
            self.pairs.discard(pair)
        client.close()
        server.close()

    def pump(self, client: socket.socket, server: socket.socket) -> None:
        lost = False  # once a piece is lost, the rest of its stream means nothing
        with selectors.DefaultSelector() as waiting:
            waiting.register(client, selectors.EVENT_READ, server)
            waiting.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in waiting.select():
                    piece = key.fileobj.recv(CHUNK)
                    if not piece:
                        return
                    lost = lost or self.is_mute
                    if self.delay_s:
                        time.sleep(self.delay_s)
                    if lost or self.delay_s:
                        self.count(lost)
                    if not lost:
                        key.data.sendall(piece)

    def count(self, is_lost: bool) -> None:
        with self.guard:
            self.lost += is_lost
            self.delayed += not is_lost
