"""Storms over a rehearsal on Zerodha's simulator: what is done to it, and what came of it."""

import os
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from kite_node import BINARY, PATIENCE_S, Fold, Rehearsal, children, differences, wait_until
from net_relay import Relay

KITE = "trading.zerodha.kite."
EMPTY_READS = 2  # of an order book that must prove nothing
SLOW_PIECES = 10  # a slow network is one that has delayed so many
ON_SOCKETS = ("garbage_frame", "truncated_frame", "duplicate_update", "reorder_update", "drop_update")
SPEED = 1000  # ten minutes of the session are 0.6 s
RUN_PATIENCE_S = 300  # ends a hang, asserts nothing


class Storm(Rehearsal):
    """13:30 to the session's end, square-off included. The simulator's clock goes with the node's."""

    def __init__(self, *sim: str, seed: int = 1, speed: int = SPEED) -> None:
        settings = {KITE + "total_timeout_ms": 2000, KITE + "connect_timeout_ms": 300}
        super().__init__(*sim, "--seed", str(seed), brokers="paper,zerodha", hours=("13:30", "15:33"), speed=speed,
                         sim_speed=0, sim_start="13:28:00", settings=settings)
        self.struck_before: Counter = Counter()  # by rules that are gone
        self.held_up: list[str] = []  # exits that could not leave as they should

    def __enter__(self) -> "Storm":
        super().__enter__()
        self.relay = Relay(self.sim.port).__enter__()
        self.settings[KITE + "url"] = f"http://127.0.0.1:{self.relay.port}"
        self.settings[KITE + "socket_url"] = f"ws://127.0.0.1:{self.relay.port}"
        return self

    def __exit__(self, *_: object) -> None:
        self.relay.__exit__()
        super().__exit__()

    def set_speed(self, speed: int) -> None:
        self.sim.data("POST", "/admin/speed", {"speed": str(speed)})

    def begin(self) -> None:
        """Both clocks: the node reads the order book as soon as it runs."""
        self.node = self.start()
        wait_until(lambda: self.node.poll() is not None or self.sim.book()["requests"].get("GET /orders", 0) > 0,
                   "the node does not read the order book")
        self.set_speed(self.speed)

    def time(self) -> str:
        """hh:mm of the session, by the simulator's clock."""
        return self.sim.data("GET", "/admin/clock")["time"][11:16]

    def until(self, time: str) -> None:
        """hh:mm of the session, or the run's end."""
        wait_until(lambda: self.node.poll() is not None or self.time() >= time, f"{time} never comes")

    def until_it(self, condition: Callable[[], bool], or_time: str) -> None:
        """What a storm waits for; it gives up at that time, or at the run's end: then its test fails."""
        wait_until(lambda: self.node.poll() is not None or condition() or self.time() >= or_time,
                   f"neither it nor {or_time} comes")

    def until_answered(self, status: str, or_time: str) -> None:
        self.until_it(lambda: self.sim.book()["answers"].get(status, 0) > 0, or_time)

    def struck(self) -> Counter:
        """How often each kind of fault has met something."""
        rules: Counter = Counter()
        for rule in self.sim.data("GET", "/admin/faults"):
            rules[rule["kind"]] += rule["struck"]
        return self.struck_before + rules

    def clear_faults(self) -> None:
        self.struck_before = self.struck()
        self.sim.clear_faults()

    def exits_under_way(self) -> list[str]:
        """Submitted, and not a word about them yet."""
        fold = Fold(events := self.journal())
        return [name for name in exits_of(events) if fold.status[name] == "submitted"]

    def paper(self) -> bytes:
        """Its canonical dump."""
        done = subprocess.run([str(BINARY), "journal", "dump", "--file", str(self.data_dir / "paper.journal.db")],
                              capture_output=True, timeout=PATIENCE_S, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def exits_of(events: list[dict]) -> set[str]:
    return {e["data"]["order"]["client_order_id"] for e in events
            if e["type"] == "order.submitted" and e["data"]["order"].get("reduces")}


@dataclass
class Outcome:
    status: int
    differences: list[str]
    paper: bytes
    types: Counter  # zerodha's events
    answers: Counter  # the simulator's, by HTTP status; "none": the connection ended instead
    log: str
    unsent_entries: list[str]  # why they never left
    unsent_exits: list[str]
    isolated: list[dict]
    struck: Counter  # the simulator's faults, by kind
    ended: int  # connections that the network cut
    delayed: int  # pieces that it carried late
    lost: int  # pieces that it swallowed
    held_up: dict[str, str]  # exits that waited for the network, and what became of each


def outcome_of(storm: Storm) -> Outcome:
    status = storm.node.wait(RUN_PATIENCE_S)
    storm.set_speed(0)
    events, book = storm.journal(), storm.sim.book()
    exits, fates = exits_of(events), Fold(events).status
    unsent = [(e["data"]["client_order_id"], e["data"]["reason"]) for e in events
              if e["type"] == "order.rejected" and e["data"]["reason"].startswith("not sent")]
    return Outcome(status, differences(events, book), storm.paper(), Counter(e["type"] for e in events),
                   Counter(book["answers"]), storm.node.err, [why for order, why in unsent if order not in exits],
                   [why for order, why in unsent if order in exits], storm.node.outcome["isolated"], storm.struck(),
                   storm.relay.ended, storm.relay.delayed, storm.relay.lost,
                   {name: fates[name] for name in storm.held_up})


def undisturbed(storm: Storm) -> None:
    storm.begin()


def network_cut(storm: Storm) -> None:
    storm.begin()
    storm.until("13:50")
    storm.relay.cut()
    storm.until("14:00")
    storm.until_it(lambda: "Failed to connect" in storm.node.err, "14:40")
    storm.relay.heal()


def network_mute(storm: Storm) -> None:
    """Packets vanish: connections stand, and nobody answers."""
    storm.begin()
    storm.until("13:50")
    storm.relay.mute()
    storm.until("14:00")
    storm.until_it(lambda: storm.relay.lost > 0 and (
        "timed out" in storm.node.err or any(e["type"] == "order.unknown" for e in storm.journal())), "14:40")
    storm.relay.heal()


def network_slow(storm: Storm) -> None:
    storm.begin()
    storm.until("13:50")
    storm.relay.slow(0.12)
    storm.until("14:20")
    storm.until_it(lambda: storm.relay.delayed >= SLOW_PIECES, "15:00")
    storm.relay.heal()


def cut_at_square_off(storm: Storm) -> None:
    """Exits wait for the way to Zerodha, and leave as soon as there is one."""
    storm.begin()
    storm.until("15:18")
    storm.relay.cut()
    before = set(storm.exits_under_way())  # an answer may be on its way from before

    def some_wait() -> bool:
        storm.held_up = [name for name in storm.exits_under_way() if name not in before]
        return bool(storm.held_up)

    storm.until_it(some_wait, "15:29")
    storm.relay.heal()


def token_expiry(storm: Storm) -> None:
    storm.begin()
    storm.until("13:50")
    storm.sim.data("POST", "/admin/revoke")
    storm.until("14:05")
    storm.until_answered("403", "14:40")
    storm.log_in()


def lost_replies(storm: Storm) -> None:
    storm.sim.fault("lost_reply", probability=0.3, method="POST", path="/orders")
    storm.sim.fault("cut_reply", probability=0.1, method="POST", path="/orders")
    storm.sim.fault("http_5xx", after=True, probability=0.1, method="POST", path="/orders")
    storm.sim.fault("http_400", after=True, probability=0.1, method="POST", path="/orders")
    storm.begin()


def late_replies(storm: Storm) -> None:
    """They come after the node's time-out."""
    storm.sim.fault("latency", value=3000, probability=0.3, method="POST", path="/orders")
    storm.begin()


def lagging_book(storm: Storm) -> None:
    storm.sim.fault("book_lag", value=300)
    storm.sim.fault("lost_reply", probability=0.3, method="POST", path="/orders")
    storm.begin()


def book_lags_beyond_patience(storm: Storm) -> None:
    """By more than absence_after: the book itself shows that it lags, by the orders that it has not yet."""
    storm.begin()
    storm.until("13:50")
    storm.sim.fault("book_lag", value=1500)
    storm.sim.fault("lost_reply", probability=0.3, method="POST", path="/orders")
    storm.until("14:40")
    storm.until_it(lambda: storm.struck()["lost_reply"] > 0 and storm.struck()["book_lag"] > 0, "15:00")
    storm.clear_faults()


def book_emptied(storm: Storm) -> None:
    """For good, before the last orders: answers and updates tell what becomes of these."""
    storm.begin()
    storm.until("14:30")
    storm.sim.fault("book_empty")


def book_emptied_for_a_while(storm: Storm) -> None:
    """In mid-session, while answers are lost and no update comes: nobody tells whether those orders are there."""
    storm.begin()
    storm.until("13:50")
    storm.sim.fault("drop_update")
    storm.sim.fault("book_empty")
    storm.sim.fault("lost_reply", probability=0.5, method="POST", path="/orders")
    storm.until("14:10")
    storm.until_it(lambda: storm.struck()["lost_reply"] > 0, "14:40")
    reads = storm.struck()["book_empty"]
    storm.until_it(lambda: storm.struck()["book_empty"] >= reads + EMPTY_READS, "14:50")
    storm.clear_faults()


def book_emptied_in_doubt(storm: Storm) -> None:
    """The last orders' answers are lost, and the book and the updates that could tell are gone."""
    storm.begin()
    storm.until("15:15")
    storm.sim.fault("drop_update")
    storm.sim.fault("lost_reply", method="POST", path="/orders")
    storm.sim.fault("book_empty")


def storm_of_429(storm: Storm) -> None:
    storm.begin()
    storm.until("13:50")
    storm.sim.fault("http_429")
    storm.until("14:00")
    storm.until_answered("429", "14:40")
    storm.clear_faults()


def html_for_json(storm: Storm) -> None:
    storm.begin()
    storm.until("13:50")
    storm.sim.fault("html", probability=0.7)
    storm.until("14:00")
    storm.until_answered("502", "14:40")
    storm.clear_faults()


def sockets(storm: Storm) -> None:
    """Garbage, cuts, repetitions and losses on the sockets; the order book is read all the same."""
    for kind in ON_SOCKETS:
        storm.sim.fault(kind, probability=0.3)
    storm.begin()
    storm.until_it(lambda: all(storm.struck()[kind] for kind in ON_SOCKETS), "14:45")
    storm.sim.fault("socket_cut", count=1)


def never_reachable(storm: Storm) -> None:
    storm.relay.cut()
    storm.node = storm.start()


def mute_from_the_start(storm: Storm) -> None:
    storm.relay.mute()
    storm.node = storm.start()


def no_login(storm: Storm) -> None:
    storm.session_file.unlink()
    storm.node = storm.start()


def process_killed(storm: Storm) -> None:
    """Over and over, until its supervisor gives up."""
    storm.begin()
    killed: set[int] = set()

    def kill_again() -> bool:
        if storm.node.poll() is not None or "gave up" in storm.node.err:
            return True
        for pid in children(storm.node.pid):
            if pid not in killed:
                killed.add(pid)
                os.kill(pid, 9)
        return False

    wait_until(kill_again, "its supervisor never gives up")


STORMS: dict[str, Callable[[Storm], None]] = {
    weather.__name__: weather for weather in (
        undisturbed, network_cut, network_mute, network_slow, cut_at_square_off, token_expiry, lost_replies,
        late_replies, lagging_book, book_lags_beyond_patience, book_emptied, book_emptied_for_a_while, storm_of_429,
        html_for_json, sockets, never_reachable, mute_from_the_start, no_login, process_killed)}
SPEEDS = {"cut_at_square_off": 250}  # from the square-off to the session's end there is time to try an exit again
ALONE = {"never_reachable", "mute_from_the_start", "no_login", "process_killed"}  # nothing to compare
