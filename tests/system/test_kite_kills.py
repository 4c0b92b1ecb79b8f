"""kill -9 of the broker's process and of the node while orders are on their way to Zerodha, with lost replies and
duplicate updates: for every intent the simulator's book has at most one order and was sent at most one request, every
accepted order is known, and fills, positions and cash equal the simulator's once the resumed node has read the book.

By default each failpoint kills once, and 20 kills come at random moments with requests in flight. With BULKHEAD_LONG=1:
five times each, in both placements, and 100. BULKHEAD_KILLS sets the number of random kills.
"""

import os
import random
import signal
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from kite_node import Fold, Rehearsal, Run, in_parallel, was_killed, wait_until  # noqa: E402
from processes import children  # noqa: E402

LONG = os.environ.get("BULKHEAD_LONG", "0") not in ("", "0")
RANDOM_KILLS = int(os.environ.get("BULKHEAD_KILLS", "100" if LONG else "20"))
KILLS_A_RUN = 4
SEED = 20220103
WORKERS = 4
LATENCY_MS = 150
FAULTS = ("--fault", "lost_reply:probability=0.3,method=POST,path=/orders", "--fault",
          f"latency:value={LATENCY_MS},method=POST,path=/orders", "--fault", "duplicate_update:probability=0.5")
HEAD = "brokers: [zerodha]\ninstruments: [NSE:NIFTY, NSE:BANKNIFTY]\nproduct: MIS\nparameters:\n"
STRATEGIES = {
    "in_out": "name: in_out\nstrategy: low_frequency_demo\n" + HEAD + "  period_s: 60\n  quantity: 50\n",
    # Limit orders that rest, and are cancelled when it changes its mind.
    "resting": "name: resting\nstrategy: mean_reversion\n" + HEAD + '  window: 4\n  entry_z: "1.0"\n  exit_z: "0.5"\n'
               "  interval_s: 20\n  quantity: 50\n  cooldown_s: 0\n  limit_offset_ticks: 20\n  allow_short: 1\n",
}
SETTINGS = {"supervisor.intensity": 100, "supervisor.backoff_min_ms": 10, "supervisor.backoff_max_ms": 50,
            "journal.snapshot_every_events": 60}
# Of the broker's subtree, without its id: they kill its process, or the node that it runs in.
OF_BROKER = (
    "kite.place.before", "kite.place.after", "kite.cancel.before", "kite.cancel.after", "kite.book.before",
    "kite.book.after", "kite.trades.before", "kite.trades.after", "kite.report.before", "kite.report.after",
    "trader.orders.before", "trader.orders.after", "trader.place.before", "trader.place.after",
    "trader.updates.before", "trader.updates.after", "trader.apply.before", "risk_manager.signals.after",
    "portfolio.apply.after", "bridge.placed.before", "bridge.reports.before", "bridge.append.before",
    "bridge.append.after", "bridge.durable.before", "bridge.cut.before", "bridge.cut.after", "journal.append.before",
    "journal.append.after", "journal.commit.before", "journal.commit.after", "journal.snapshot.before",
    "journal.snapshot.after",
)
# Of the node alone: its broker's process dies with it.
OF_NODE = ("feed.send.before", "runner.frames.before", "_shared.journal.snapshot.before",
           "_shared.journal.snapshot.after", "link.zerodha.heard", "link.zerodha.frames", "link.zerodha.signals", "link.zerodha.credit")
ONCE = ("_shared.journal.snapshot.before", "_shared.journal.snapshot.after")  # the runner's, at the end of a run
# Of a start that finds orders of an earlier life.
OF_RESTART = ("kite.restore.before", "kite.restore.after", "trader.recover.before", "trader.recover.after",
              "bridge.start")


class KiteKills(unittest.TestCase):
    def rehearsal(self, placement: str, until: str = "09:50", faults: tuple[str, ...] = FAULTS) -> Rehearsal:
        return Rehearsal(*faults, strategies=STRATEGIES, hours=("09:08", until),
                         settings={**SETTINGS, "trading.zerodha.placement": placement})

    def check(self, r: Rehearsal, what: str) -> None:
        """The market stands still, and a last resume reads the book: nothing may differ then."""
        r.sim.data("POST", "/admin/speed", {"speed": 0})
        r.sim.clear_faults()
        last = r.run("--resume")
        self.assertEqual(last.poll(), 0, what + r.failure_text())
        self.assertEqual(r.differences(), [], what + r.failure_text())
        self.assertGreater(len(Fold(r.journal()).fills), 3, what)  # how many depends on the machine

    def all_of(self, jobs: list) -> None:
        failures = [text for text in in_parallel(jobs, WORKERS) if text is not None]
        if failures:
            raise failures[0] if len(failures) == 1 else AssertionError("\n\n".join(map(str, failures)))

    def killed_at(self, point: str, hit: int, placement: str, must: bool) -> None:
        what = f"{point}@{hit}, placement {placement}"
        with self.rehearsal(placement) as r:
            first = r.run(failpoints=f"{point}=kill@{hit}")
            dies_here = placement == "node" or not point.startswith("zerodha.")
            died = was_killed(first) if dies_here else "SIGKILL" in first.err
            self.assertTrue(died or not must, f"{what}: never reached" + r.failure_text())
            if was_killed(first):
                wait_until(lambda: not first.orphans(), "a broker's process outlives its node")
                self.assertEqual(r.run("--resume").poll(), 0, what + r.failure_text())
            else:
                self.assertEqual(first.poll(), 0, what + r.failure_text())
            self.check(r, what)

    def test_at_every_named_point(self) -> None:
        jobs = []
        for number, name in enumerate((*OF_BROKER, *OF_NODE)):
            of_node = name in OF_NODE
            point = name if of_node else "zerodha." + name
            placements = ("process",) if of_node else ("process", "node")
            if not LONG:
                placements = (placements[number % len(placements)],)
            for hit in (1, 2, 3, 6, 11) if LONG else (1 if name in ONCE else 2,):
                for placement in placements:
                    must = hit <= (1 if name in ONCE else 2)
                    jobs.append(lambda p=point, h=hit, at=placement, m=must: self.killed_at(p, h, at, m))
        self.all_of(jobs)
        print(f"kill -9 at {len(OF_BROKER) + len(OF_NODE)} named points: {len(jobs)} rehearsals")

    def test_a_second_kill_as_the_first_one_is_mended(self) -> None:
        def twice(point: str) -> None:
            with self.rehearsal("node") as r:
                self.assertTrue(was_killed(r.run(failpoints="zerodha.kite.place.after=kill@9")), r.failure_text())
                self.assertTrue(was_killed(r.run("--resume", failpoints=f"zerodha.{point}=kill@1")), point)
                self.assertEqual(r.run("--resume").poll(), 0, point + r.failure_text())
                self.check(r, point)

        self.all_of([lambda p=point: twice(p) for point in OF_RESTART])

    def test_the_end_of_a_run_waits_until_no_order_is_in_doubt(self) -> None:
        """At the end of the feed and at Ctrl-C, with every answer lost: no resume is needed."""
        def ends(by_hand: bool) -> None:
            lost = ("--fault", "lost_reply:method=POST,path=/orders")
            with Rehearsal(*lost, strategies={"in_out": STRATEGIES["in_out"]}, hours=("09:08", "09:30")) as r:
                run = r.start()
                if by_hand:
                    wait_until(lambda: len(r.sim.book()["placements"]) > 3, "no request leaves")
                    run.send(signal.SIGINT)
                self.assertEqual(run.wait(), 0, r.failure_text())
                self.assertEqual(r.differences(), [], r.failure_text())
                self.assertGreater(len(Fold(r.journal()).fills), 2)

        self.all_of([lambda: ends(False), lambda: ends(True)])

    def test_orders_in_doubt_stay_so_while_placing_is_off(self) -> None:
        # No answer, update or book tells of the newest requests before the kill, on any machine.
        mute = ("--fault", "latency:value=5000,method=POST,path=/orders", "--fault", "drop_update")
        with self.rehearsal("process", faults=mute) as r:
            run = r.start("--set", "trading.zerodha.kite.total_timeout_ms=6000", "--set",
                          "trading.zerodha.kite.poll_ms=600000")
            wait_until(lambda: len(r.sim.book()["placements"]) > 1, "no request leaves")
            run.kill()
            off = r.run("--resume", "--set", "trading.zerodha.enabled=false")
            self.assertEqual(off.poll(), 1, "an order whose fate nobody knows was not told" + r.failure_text())
            self.assertIn("is unknown as the run ends", off.err)
            in_doubt = {name for name, status in Fold(r.journal()).status.items() if status == "unknown"}
            self.assertTrue(in_doubt, "a kill with requests in flight leaves an order in doubt" + r.failure_text())
            self.assertFalse([e for e in r.journal() if e["type"] == "order.rejected"], r.failure_text())
            r.sim.data("POST", "/admin/speed", {"speed": 0})
            r.sim.clear_faults()
            self.assertEqual(r.run("--resume").poll(), 0, r.failure_text())
            self.assertEqual(r.differences(), [], r.failure_text())

    def kill_process_of(self, run: Run) -> bool:
        """False: the run is over, or ends just now."""
        try:
            os.kill(run.broker_process(), signal.SIGKILL)
        except (AssertionError, ProcessLookupError):
            self.assertLessEqual(len(children(run.pid)), 1, "several processes of one broker")
            return False
        return True

    def random_kills(self, of: str, kills: int, seed: int) -> int:
        """All in one rehearsal. A kill comes while the simulator keeps an answer back: a request is in flight. Gives how
        many there were: on a machine that is slow the session may be over first."""
        done = 0
        moments = random.Random(seed)
        what = f"{kills} kills of the {of}, seed {seed}"
        with self.rehearsal("process", "10:15") as r:
            run = r.start()
            for _ in range(kills):
                time.sleep(moments.uniform(0.1, 0.5))
                sent = len(r.sim.book()["placements"])
                wait_until(lambda s=sent, n=run: len(r.sim.book()["placements"]) > s or n.poll() is not None,
                           "no request leaves")
                if run.poll() is not None:
                    break
                time.sleep(moments.uniform(0, LATENCY_MS / 1000 / 3))
                if of == "node":
                    run.kill()
                    run = r.start("--resume")
                elif not self.kill_process_of(run):
                    break
                done += 1
            self.assertEqual(run.wait(), 0, what + r.failure_text())
            self.check(r, what)
        return done

    def test_at_random_moments(self) -> None:
        done: list[int] = []
        begun = 0
        while sum(done) < RANDOM_KILLS and begun < RANDOM_KILLS:  # what a session was too short for comes in another
            jobs, left = [], RANDOM_KILLS - sum(done)
            while left > 0:
                kills, of = min(KILLS_A_RUN, left), ("process", "node")[begun % 2]
                jobs.append(lambda k=kills, o=of, s=SEED + begun: done.append(self.random_kills(o, k, s)))
                left -= kills
                begun += 1
            self.all_of(jobs)
        self.assertEqual(sum(done), RANDOM_KILLS)
        print(f"kill -9 at {RANDOM_KILLS} random moments with requests in flight: {begun} rehearsals")


if __name__ == "__main__":
    unittest.main()
