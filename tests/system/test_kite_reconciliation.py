"""Zerodha's account against the journal, with the simulator in Zerodha's place: orders placed by hand are shown as
foreign and never touched; an order under a tag of ours that the journal does not know halts new risk, over a restart,
until it is released; what was sold by hand is not sold a second time. Shares bought for delivery are found again in the
holdings of the next day, beside the owner's."""

import json
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from kite_node import BINARY, USER, PATIENCE_S, Rehearsal, day_slice, wait_until

OUR_TAG = "abcdefghij234567klmn"  # the form of the ids that Bulkhead derives


# In at 09:30, out at 10:00.
IN_OUT = {"in_out": "name: in_out\nstrategy: low_frequency_demo\nbrokers: [zerodha]\ninstruments: [NSE:NIFTY]\n"
                    "product: MIS\nparameters:\n  period_s: 1800\n  quantity: 50\n"}
# Buys once, and holds: a period begins at 09:24:15 of the first day (Unix second 16411 * 100005), the next one more than
# a day later.
ONE_PURCHASE = """name: low_frequency_demo
strategy: low_frequency_demo
enabled: true
brokers: [zerodha]
instruments: [NSE:NIFTY]
product: CNC
parameters:
  period_s: 100005
  quantity: 50
"""


class Desk(unittest.TestCase):
    def rehearse(self, *sim: str, hours: tuple[str, str] = ("09:08", "09:45"), speed: int = 100, **more: object) -> None:
        # Slow enough to be looked at while it runs: half an hour of the session in eighteen seconds.
        settings = {"trading.zerodha.kite.reconcile_s": 1, "trading.zerodha.kite.absence_after_ms": 300}
        self.rehearsal = Rehearsal(*sim, hours=hours, speed=speed, sim_speed=20, settings=settings, **more)
        self.rehearsal.__enter__()
        self.addCleanup(self.rehearsal.__exit__, None, None, None)

    def by_hand(self, tag: str = "", side: str = "BUY", price: str = "15000", product: str = "MIS",
                quantity: int = 50) -> str:
        fields = {"user_id": USER, "exchange": "NSE", "tradingsymbol": "NIFTY", "transaction_type": side,
                  "quantity": quantity, "product": product, "order_type": "LIMIT", "price": price, "validity": "DAY"}
        if tag:
            fields["tag"] = tag
        return self.rehearsal.sim.data("POST", "/admin/orders/regular", fields)["order_id"]

    def events(self, kind: str, **having: str) -> list[dict]:
        return [e["data"] for e in self.rehearsal.journal()
                if e["type"] == kind and all(e["data"][name] == value for name, value in having.items())]

    def wait_for(self, kind: str, **having: str) -> list[dict]:
        wait_until(lambda: self.events(kind, **having) or self.rehearsal.runs[-1].poll() is not None,
                   f"no {kind} {having}")
        found = self.events(kind, **having)
        self.assertTrue(found, f"{kind} {having}: {self.rehearsal.failure_text()}")
        return found

    def ask(self, *words: str) -> subprocess.CompletedProcess:
        options = self.rehearsal.command()[3:]
        return subprocess.run([str(BINARY), *words, *options], capture_output=True, text=True, timeout=PATIENCE_S,
                              check=False)

    def bulkhead(self, *words: str) -> str:
        done = self.ask(*words)
        for _ in range(PATIENCE_S * 10):
            if "is starting: try again in a moment" not in done.stderr:
                break
            time.sleep(0.1)
            done = self.ask(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def order(self, order_id: str) -> dict:
        return next(row for row in self.rehearsal.sim.book()["orders"] if row["order_id"] == order_id)


class Reconciliation(Desk):
    def setUp(self) -> None:
        self.rehearse()

    def test_by_hand_is_foreign_and_a_lost_journal_halts(self) -> None:
        run = self.rehearsal.start()
        self.wait_for("account.reconciled", occasion="start")
        foreign = self.by_hand()
        noted = self.wait_for("account.difference", subject="foreign_order", key=foreign)[0]
        self.assertEqual(noted["action"], "noted")
        self.assertIn("BUY 50 NSE:NIFTY MIS OPEN", noted["theirs"])
        self.assertFalse(self.events("kill.latched", cause="reconciliation"))
        self.assertIn(foreign, self.bulkhead("brokers", "show", "zerodha"))
        self.assertIn("by the broker's own book: ", self.bulkhead("positions", "ls"))

        lost = self.by_hand(OUR_TAG)
        self.wait_for("kill.latched", cause="reconciliation", mode="reduce-only")
        said = self.events("account.difference", subject="order", key=OUR_TAG)[0]
        self.assertEqual((said["action"], said["ours"]), ("halted", "not in the journal"))
        self.assertIn(f"{lost}: BUY 50 NSE:NIFTY MIS OPEN", said["theirs"])
        run.kill()

        resumed = self.rehearsal.start("--resume")
        wait_until(lambda: json.loads(self.bulkhead("brokers", "show", "zerodha", "--json"))["kill"] != "off"
                   or resumed.poll() is not None, "it does not come back latched")
        shown = json.loads(self.bulkhead("brokers", "show", "zerodha", "--json"))
        self.assertEqual(shown["kill"], "reduce-only", shown)
        self.assertFalse(shown["account"]["flat"])
        self.assertEqual(len(shown["account"]["differences"]), 1, shown["account"])
        self.bulkhead("brokers", "release", "zerodha", "--confirm", "zerodha", "--reason", "cancelled it by hand")
        released = len(self.rehearsal.journal())
        self.assertTrue(self.events("kill.released"))
        resumed.wait()
        self.assertEqual(resumed.poll(), 0, self.rehearsal.failure_text())
        later = [e for e in self.rehearsal.journal()[released:] if e["type"] == "kill.latched"]
        self.assertFalse([e for e in later if e["data"]["cause"] == "reconciliation"], later)
        for order_id in (foreign, lost):
            row = self.order(order_id)
            self.assertEqual((row["status"], row["modified"]), ("OPEN", False), "it was touched")


class SoldByHand(Desk):
    def held(self) -> int:
        net = self.rehearsal.sim.book()["accounts"][USER]["positions"]["net"]
        return sum(row["quantity"] for row in net if row["tradingsymbol"] == "NIFTY")

    def test_what_was_sold_by_hand_is_not_sold_again(self) -> None:
        # Twelve seconds between in and out: in that time two readings a second apart have to see it.
        self.rehearse(hours=("09:15", "10:03"), speed=150, strategies=IN_OUT)
        run = self.rehearsal.start()
        self.wait_for("order.filled", side="BUY")
        self.by_hand(side="SELL")
        self.assertEqual(self.held(), 0)
        self.wait_for("kill.latched", cause="reconciliation", mode="halt")
        said = self.events("account.difference", subject="position", key="NSE:NIFTY MIS")[0]
        self.assertEqual((said["action"], said["units"]), ("stopped", -50), said)
        self.assertIn("trade it back there by hand", self.bulkhead("brokers", "show", "zerodha"))
        run.wait()
        self.assertEqual(run.poll(), 0, self.rehearsal.failure_text())
        self.assertEqual([one["side"] for one in self.events("signal.received", action="EXIT")], ["SELL"])
        self.assertEqual([one["order"]["side"] for one in self.events("order.submitted")], ["BUY"])
        self.assertEqual(self.held(), 0, "the exit sold it a second time")


def two_days(folder: Path) -> Path:
    """The first hour of the real session, and the same once more as the next day."""
    for file in day_slice(folder / "market", "09:08", "10:15").iterdir():
        first, rows = file.read_text(encoding="utf-8").split("\n", 1)
        file.write_text(f"{first}\n{rows}" + rows.replace(",20220103,", ",20220104,"), encoding="utf-8")
    return folder / "market"


class Delivery(Desk):
    def line(self) -> list[tuple[str, int]]:
        return [(d["action"], d["units"]) for d in self.events("account.difference", key="NSE:NIFTY CNC")]

    def test_shares_are_found_in_the_holdings_of_the_next_day(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            self.rehearse("--holding", "NSE:NIFTY,100,17000.00", market=two_days(Path(name)),
                          strategies={"low_frequency_demo": ONE_PURCHASE})
            sim, run = self.rehearsal.sim, self.rehearsal.start()
            self.wait_for("account.difference", key="NSE:NIFTY CNC")
            self.assertEqual([f["quantity"] for f in self.wait_for("order.filled")], [50])
            run.kill()
            self.assertEqual(self.line(), [("noted", 100)])  # the owner's

            # The night passes at the broker alone: a resumed node goes on with the day that it was in.
            sim.data("POST", "/admin/speed", {"speed": "0"})
            sim.advance(to="2022-01-04 09:20:00")
            account = sim.book()["accounts"][USER]
            self.assertEqual([h["opening_quantity"] for h in account["holdings"]], [150])
            self.assertEqual(account["positions"]["net"], [])
            self.rehearsal.log_in()
            before = len(self.events("account.reconciled"))
            resumed = self.rehearsal.start("--resume")
            wait_until(lambda: resumed.poll() is not None or len(self.events("account.reconciled")) > before,
                       "the holdings are not compared")
            self.assertGreater(len(self.events("account.reconciled")), before, self.rehearsal.failure_text())
            self.assertEqual(self.line(), [("noted", 100)], self.rehearsal.failure_text())
            self.assertFalse(self.events("kill.latched"))

            self.by_hand(side="SELL", price="17000", product="CNC", quantity=150)  # the owner sells ours with his
            self.wait_for("kill.latched", cause="reconciliation", mode="reduce-only")
            self.assertIn(("halted", -50), self.line())
            resumed.kill()


if __name__ == "__main__":
    unittest.main()
