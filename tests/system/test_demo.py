"""The rehearsal that tools/demo plays, whole: both brokers, zerodha live at the simulator, and the comparison at its end;
and that the comparison finds what differs."""

import copy
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "lib"))
from book_check import differences  # noqa: E402

BINARY = Path(os.environ.get("BULKHEAD_BIN", ROOT / "build" / "release" / "bulkhead"))
# Of paper over the session in tests/data, at any speed and beside any broker.
PAPER = "paper: 181 orders, 176 fills, net -38455.91 rupees; a backtest of the day says the same"


class Demo(unittest.TestCase):
    def test_the_rehearsal_ends_with_equal_books_and_leaves_nothing_behind(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "temporary").mkdir()
            done = subprocess.run(
                [sys.executable, "-B", str(ROOT / "tools" / "lib" / "rehearsal.py"), "--bin", str(BINARY.parent),
                 "--data-dir", str(folder / "run"), "--logs", str(folder), "--speed", "1000"],
                cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
                env={"PATH": os.environ.get("PATH", ""), "TMPDIR": str(folder / "temporary")})
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(PAPER, done.stdout)
            # How many depends on how fast this machine is; also whether the square-off came in time.
            self.assertRegex(done.stdout, r"zerodha: \d{3} orders( \(\d+ refused [a-z ]+\))?, \d{3} fills, .*, "
                                          r"[+-][\d,.]+ rupees from trades; the simulator's book says the same")
            self.assertRegex(done.stdout, r"(?m)^zerodha +179 ")  # its row of the table: it was given every signal
            self.assertEqual(list((folder / "temporary").iterdir()), [], "the secrets' folder is still there")


def order(tag: str, **more: object) -> dict:
    return {"type": "order.submitted", "data": {"order": {"client_order_id": tag}}, **more}


EVENTS = [
    order("a"), {"type": "order.accepted", "data": {"client_order_id": "a", "broker_order_id": "1"}},
    {"type": "order.filled", "data": {"client_order_id": "a", "fill_id": "1:7", "instrument": "NSE:INFY", "side": "BUY",
                                      "quantity": 2, "price": "100.50", "remaining_quantity": 0}},
    order("b"), {"type": "order.rejected", "data": {"client_order_id": "b", "reason": "no funds"}},
    order("c"), {"type": "order.accepted", "data": {"client_order_id": "c", "broker_order_id": "3"}},
    {"type": "order.cancelled", "data": {"client_order_id": "c"}},
]
BOOK = {
    "orders": [{"account_id": "U", "tag": "a", "order_id": "1", "status": "COMPLETE"},
               {"account_id": "U", "tag": "b", "order_id": "2", "status": "REJECTED"},
               {"account_id": "U", "tag": "c", "order_id": "3", "status": "CANCELLED"},
               {"account_id": "V", "tag": "a", "order_id": "9", "status": "COMPLETE"}],
    "trades": [{"order_id": "1", "trade_id": "7", "quantity": 2, "price": "100.50"},
               {"order_id": "9", "trade_id": "8", "quantity": 5, "price": "1.00"}],
    "accounts": {"U": {"cash": "799.00", "positions": {"net": [
        {"exchange": "NSE", "tradingsymbol": "INFY", "quantity": 2}]}}},
}


class BookCheck(unittest.TestCase):
    def found(self, change=lambda events, book: None) -> list[str]:
        events, book = copy.deepcopy(EVENTS), copy.deepcopy(BOOK)
        change(events, book)
        return differences(events, book, "U", 1000)

    def test_equal_books_have_no_differences_and_other_accounts_do_not_count(self) -> None:
        self.assertEqual(self.found(), [])

    def test_every_kind_of_difference_is_found(self) -> None:
        for name, change in {
            "an order that only the book has": lambda e, b: e.__delitem__(slice(0, 3)),
            "an order that only the journal has": lambda e, b: b["orders"].pop(2),
            "an order sent twice": lambda e, b: b["orders"].append({**b["orders"][1], "order_id": "5"}),
            "an end that the book has not": lambda e, b: b["orders"][2].update(status="OPEN"),
            "an order that never left, and has a fill": lambda e, b: (e.pop(1), b["orders"].pop(0)),
            "an order left unknown": lambda e, b: e.append({"type": "order.unknown", "data": {"client_order_id": "c"}}),
            "another order id": lambda e, b: b["orders"][2].update(order_id="4"),
            "a fill that the journal lacks": lambda e, b: b["trades"].append({**b["trades"][0], "trade_id": "9"}),
            "a fill counted twice": lambda e, b: e.insert(3, e[2]),
            "another price": lambda e, b: b["trades"][0].update(price="100.55"),
            "another position": lambda e, b: b["accounts"]["U"]["positions"]["net"][0].update(quantity=1),
            "other cash": lambda e, b: b["accounts"]["U"].update(cash="799.05"),
        }.items():
            with self.subTest(name):
                self.assertNotEqual(self.found(change), [])


if __name__ == "__main__":
    unittest.main()
