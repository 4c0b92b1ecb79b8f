"""compare.py sees every kind of planted difference, and no other."""

import copy
import json
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import compare

COMPARE = Path(__file__).with_name("compare.py")


def result() -> dict[str, Any]:
    """A small result with a row of each kind."""
    return {
        "brokers": {"paper": {
            "orders": [{"client_order_id": f"o{n}", "qty": n,
                        "limit_price": None, "reduces": False,
                        "filled_value": "10.00"} for n in (1, 2, 3)],
            "fills": [{"fill_id": f"Po{n}-1", "client_order_id": f"o{n}",
                       "charges": {"gst": "0.18", "total": "1.00"}}
                      for n in (1, 2)],
            "rejections": [{"signal_id": "s1", "rule": "position"}],
            "withheld": 0,
            "portfolio": {"cash": "-20.00", "positions": [
                {"strategy": "a", "instrument": "NSE:NIFTY",
                 "product": "MIS", "qty": 1}]},
            "by_strategy": {"a": {"net": "1.00", "fills": 2}}}},
        "frames": 10, "malformed_rows": 0}


PAPER: Callable[[Any], Any] = lambda tree: tree["brokers"]["paper"]


def plant(tree: Any, *path: Any) -> None:
    """Sets the value under all but the last of path to the last."""
    *sections, name, value = path
    for section in sections:
        tree = tree[section]
    tree[name] = value


def swap(rows: list[Any]) -> None:
    """The first two rows the other way round."""
    rows[0], rows[1] = rows[1], rows[0]


# What is planted, and the path of the first difference it must show.
PLANTED: list[tuple[str, str, Callable[[Any], object]]] = [
    ("a figure", "frames", lambda t: plant(t, "frames", 11)),
    ("a digit of an amount", "brokers.paper.portfolio.cash",
     lambda t: plant(PAPER(t), "portfolio", "cash", "-20.01")),
    ("the form of an amount", "brokers.paper.portfolio.cash",
     lambda t: plant(PAPER(t), "portfolio", "cash", "-20.0")),
    ("a sign", "brokers.paper.portfolio.cash",
     lambda t: plant(PAPER(t), "portfolio", "cash", "20.00")),
    ("a number as text", "brokers.paper.orders[0].qty",
     lambda t: plant(PAPER(t), "orders", 0, "qty", "1")),
    ("a number as truth", "brokers.paper.orders[0].qty",
     lambda t: plant(PAPER(t), "orders", 0, "qty", True)),
    ("a number as float", "brokers.paper.withheld",
     lambda t: plant(PAPER(t), "withheld", 0.0)),
    ("a truth", "brokers.paper.orders[1].reduces",
     lambda t: plant(PAPER(t), "orders", 1, "reduces", True)),
    ("nothing as text", "brokers.paper.orders[2].limit_price",
     lambda t: plant(PAPER(t), "orders", 2, "limit_price", "0.00")),
    ("a charge", "brokers.paper.fills[1].charges.gst",
     lambda t: plant(PAPER(t), "fills", 1, "charges", "gst", "0.19")),
    ("a rule", "brokers.paper.rejections[0].rule",
     lambda t: plant(PAPER(t), "rejections", 0, "rule", "order_value")),
    ("a strategy's P&L", "brokers.paper.by_strategy.a.net",
     lambda t: plant(PAPER(t), "by_strategy", "a", "net", "1.01")),
    ("a missing order", "brokers.paper.orders (length)",
     lambda t: PAPER(t)["orders"].pop(1)),
    ("a missing last order", "brokers.paper.orders (length)",
     lambda t: PAPER(t)["orders"].pop()),
    ("a second fill", "brokers.paper.fills (length)",
     lambda t: PAPER(t)["fills"].append(PAPER(t)["fills"][0])),
    ("two orders swapped", "brokers.paper.orders[0]",
     lambda t: swap(PAPER(t)["orders"])),
    ("another fill", "brokers.paper.fills[0]",
     lambda t: plant(PAPER(t), "fills", 0, "fill_id", "Po9-1")),
    ("another position", "brokers.paper.portfolio.positions[0]",
     lambda t: plant(PAPER(t), "portfolio", "positions", 0, "strategy",
                     "b")),
    ("another product", "brokers.paper.portfolio.positions[0]",
     lambda t: plant(PAPER(t), "portfolio", "positions", 0, "product",
                     "CNC")),
    ("a missing key", "brokers.paper.withheld",
     lambda t: PAPER(t).pop("withheld")),
    ("a key too many", "brokers.paper.orders[0].note",
     lambda t: plant(PAPER(t), "orders", 0, "note", "")),
    ("a broker too many", "brokers.zerodha",
     lambda t: plant(t, "brokers", "zerodha", {})),
    ("a missing broker", "brokers.paper",
     lambda t: t["brokers"].pop("paper")),
    ("a list instead of an object", "brokers",
     lambda t: plant(t, "brokers", [])),
]


class Comparison(unittest.TestCase):
    """Exact, and readable where it fails."""

    def test_equal_results_show_no_difference(self):
        """Whatever the order of keys."""
        again = json.loads(json.dumps(result(), sort_keys=True))
        self.assertEqual(list(compare.compare(again, result())), [])

    def test_every_planted_difference_is_seen_in_either_direction(self):
        """At its path first, with both values."""
        for name, path, change in PLANTED:
            with self.subTest(name):
                changed = copy.deepcopy(result())
                change(changed)
                one = list(compare.compare(changed, result()))
                other = list(compare.compare(result(), changed))
                self.assertEqual(one[0].path, path)
                self.assertEqual(other[0].path, path)
                self.assertEqual((one[0].product, one[0].oracle),
                                 (other[0].oracle, other[0].product))

    def test_a_single_figure_is_a_single_difference_with_its_row(self):
        """The row names the order."""
        changed = result()
        PAPER(changed)["orders"][1]["qty"] = 7
        found = list(compare.compare(changed, result()))
        self.assertEqual(len(found), 1)
        self.assertEqual((found[0].product, found[0].oracle), ("7", "2"))
        self.assertIn('"client_order_id": "o2"', found[0].text())

    def test_a_missing_row_is_reported_where_it_is_missing(self):
        """Not once for every row behind it."""
        changed = result()
        del PAPER(changed)["orders"][1]
        found = list(compare.compare(changed, result()))
        self.assertEqual([difference.path for difference in found],
                         ["brokers.paper.orders (length)",
                          "brokers.paper.orders[1]"])
        self.assertIn('"o1"', found[1].context)

    def test_a_field_that_one_side_lacks_is_named_once_with_its_rows(self):
        """Orders without `reduces`, all three; one fill without `ts`."""
        changed = result()
        for order in PAPER(changed)["orders"]:
            del order["reduces"]
        mine = copy.deepcopy(result())
        PAPER(mine)["fills"][0]["ts"] = "now"
        found = compare.gathered(compare.compare(changed, mine))
        self.assertEqual([(one.path, one.product) for one in found],
                         [("brokers.paper.orders[*].reduces", "(absent)"),
                          ("brokers.paper.fills[0].ts", "(absent)")])
        self.assertIn("3 rows of the product", found[0].context)

    def test_the_report_stops_at_its_bound_and_says_so(self):
        """One of three."""
        found = [compare.Difference(str(n), "a", "b") for n in range(3)]
        self.assertIn("the first 1 of 3", compare.report(found, 1))


class CommandLine(unittest.TestCase):
    """Exit status and output."""

    def run_on(self, product: str,
               oracle: str) -> subprocess.CompletedProcess[str]:
        """compare.py over two files with these texts."""
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder, name) for name in ("product", "oracle")]
            for file, text in zip(files, (product, oracle)):
                file.write_text(text, encoding="utf-8")
            return subprocess.run([sys.executable, COMPARE, *files],
                                  capture_output=True, text=True,
                                  check=False)

    def test_equal_files_end_with_status_0(self):
        """And one line."""
        done = self.run_on(json.dumps(result()), json.dumps(result()))
        self.assertEqual((done.returncode, done.stdout),
                         (0, "no difference\n"))

    def test_a_difference_ends_with_status_1_and_says_where(self):
        """Path and both values."""
        done = self.run_on('{"frames": 1}', '{"frames": 2}')
        self.assertEqual((done.returncode, done.stdout),
                         (1, "frames\n  product: 1\n  oracle:  2\n"))

    def test_a_repeated_key_is_refused(self):
        """Which of the two would count?"""
        done = self.run_on('{"frames": 1, "frames": 2}', '{"frames": 2}')
        self.assertEqual(done.returncode, 1)
        self.assertIn("same key twice", done.stderr)


if __name__ == "__main__":
    unittest.main()
