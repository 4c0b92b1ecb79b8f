"""The product's backtest and the oracle's give the same figures, to the paisa.

    python3 tests/system/test_oracle_agreement.py

BULKHEAD_BIN names the program (default: build/release/bulkhead). One session
of tests/data always; three months where BULKHEAD_NSE_DATA, or
../shared/data/nse beside the repository, holds them.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "oracle"))
import compare  # noqa: E402  pylint: disable=wrong-import-position

BINARY = Path(os.environ.get("BULKHEAD_BIN", "build/release/bulkhead"))
MONTHS = Path(os.environ.get("BULKHEAD_NSE_DATA",
                             ROOT.parent / "shared" / "data" / "nse"))
SHIPPED = Path("strategies")
TIMEOUT_S = 600

# Strategies that meet in time and instrument, so that each limit below bites
# on some of their signals and lets others pass.
BUSY = {
    "trend": """
strategy: ema_cross
parameters:
  fast: 3
  slow: 8
  interval_s: 60
  quantity: 50
  cooldown_s: 120
  allow_short: 1
""",
    "revert": """
strategy: mean_reversion
parameters:
  window: 10
  entry_z: 1.5
  exit_z: 0.25
  interval_s: 60
  quantity: 100
  cooldown_s: 60
  limit_offset_ticks: 100
  allow_short: 1
""",
    "clock": """
strategy: low_frequency_demo
parameters:
  period_s: 300
  quantity: 50
""",
}
COMMON = """
name: {name}
enabled: true
brokers: [{brokers}]
instruments: ["NSE:NIFTY", "NSE:BANKNIFTY"]
"""

# Roomy, so that only the limit that a case tightens refuses.
ROOMY = {
    "max_order_quantity": "1000",
    "max_order_value": "100000000.00",
    "max_position_quantity": "10000",
    "price_collar_bps": "1000",
    "max_orders_per_second": "100",
    "exit_reserve_per_second": "10",
}
# Rule -> settings of `paper` under which it refuses some entries, not all.
TIGHT: dict[str, dict[str, str]] = {
    "order_quantity": {"max_order_quantity": "50"},
    "order_value": {"max_order_value": "2000000.00"},
    "position": {"max_position_quantity": "120"},
    "price_collar": {"price_collar_bps": "2"},
    "orders_per_second": {"max_orders_per_second": "2",
                          "exit_reserve_per_second": "1"},
    "nothing_to_exit": {},
}


@dataclass(frozen=True)
class Case:
    """One run of both."""

    data: Path
    strategies: Path = SHIPPED
    brokers: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    def product(self) -> Any:
        """Settings reach the product by its environment."""
        variables = {"__".join(key.split(".")).upper(): value
                     for key, value in self.settings.items()}
        if self.brokers:
            variables["ACTIVE_BROKERS"] = ",".join(self.brokers)
        return output(
            [str(ROOT / BINARY), "backtest", "--data", str(self.data),
             "--strategies", str(self.strategies), "--json",
             *self.options], variables)

    def oracle(self) -> Any:
        """Settings reach the oracle by its command line."""
        command = [sys.executable, "tests/oracle/oracle.py",
                   "--config", "config/bulkhead.yaml",
                   "--data", str(self.data),
                   "--strategies", str(self.strategies), *self.options]
        if self.brokers:
            command += ["--brokers", ",".join(self.brokers)]
        for key, value in self.settings.items():
            command += ["--set", f"{key}={value}"]
        return output(command, {})


def output(command: list[str], variables: Mapping[str, str]) -> Any:
    """What the program prints, run with these variables and no other."""
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=TIMEOUT_S,
        env={"PATH": os.environ.get("PATH", ""), **variables})
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with status "
                             f"{done.returncode}:\n{done.stderr[-4000:]}")
    return compare.parse(done.stdout)


def risk(broker: str, **limits: str) -> dict[str, str]:
    """Roomy limits of one broker, but for those given."""
    return {f"trading.{broker}.risk.{name}": value
            for name, value in {**ROOMY, **limits}.items()}


class Agreement(unittest.TestCase):
    """Whatever the run, every figure is the same."""

    def agree(self, case: Case,
              idle: tuple[str, ...] = ()) -> dict[str, Any]:
        """Runs both; returns the brokers of the agreed result.

        Every broker must have had signals, but for those said to be idle.
        """
        oracle = case.oracle()
        differences = list(compare.compare(case.product(), oracle))
        if differences:
            self.fail(f"{len(differences)} differences\n"
                      + compare.report(differences, 10))
        brokers: dict[str, Any] = oracle["brokers"]
        for name, broker in brokers.items():
            if name not in idle:
                self.assertGreater(broker["signals"], 0,
                                   f"{name} had no signal: nothing compared")
        return brokers

    def busy(self, brokers: tuple[str, ...]) -> Path:
        """A folder with the busy strategies for these brokers."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, text in BUSY.items():
            common = COMMON.format(name=name, brokers=", ".join(brokers))
            Path(folder.name, f"{name}.yaml").write_text(
                common.lstrip() + text.lstrip(), encoding="utf-8")
        return Path(folder.name)

    def twins(self, data: Path, *options: str) -> None:
        """paper2 has other limits than paper and must not share its state."""
        names = ("paper", "paper2")
        brokers = self.agree(Case(
            data, self.busy(names), names,
            {"trading.paper2.kind": "paper",
             "trading.paper2.enabled": "true",
             "trading.paper2.capital": "500000.00", **risk("paper"),
             **risk("paper2", max_order_quantity="50")}, options))
        self.assertGreater(len(brokers["paper"]["fills"]),
                           len(brokers["paper2"]["fills"]))
        self.assertGreater(len(brokers["paper2"]["fills"]), 0)

    def tight(self, rules: tuple[str, ...], data: Path,
              *options: str) -> None:
        """Limits under which each of the rules refuses something."""
        limits = {name: value for rule in rules
                  for name, value in TIGHT[rule].items()}
        paper = self.agree(Case(data, self.busy(("paper",)), ("paper",),
                                risk("paper", **limits),
                                options))["paper"]
        refused = {row["rule"] for row in paper["rejections"]}
        self.assertLessEqual(set(rules), refused)
        self.assertGreater(len(paper["fills"]), 0)


class OneSession(Agreement):
    """The session in tests/data."""

    data = Path("tests/data")

    def test_as_shipped(self):
        """Brokers, limits and strategies of the repository."""
        brokers = self.agree(Case(self.data))
        self.assertGreater(len(brokers["paper"]["fills"]), 0)

    def test_as_shipped_with_a_second_paper_broker_added(self):
        """By environment alone; a strategy need not name it."""
        brokers = self.agree(
            Case(self.data, brokers=("paper", "paper2"),
                 settings={"trading.paper2.kind": "paper"}), ("paper2",))
        self.assertEqual(list(brokers), ["paper", "paper2"])

    def test_two_paper_brokers_with_limits_of_their_own(self):
        """Same signals, different decisions."""
        self.twins(self.data)

    def test_each_rule_refuses_the_same_signals_with_the_same_figures(self):
        """One tight limit at a time."""
        for rule in TIGHT:
            with self.subTest(rule):
                self.tight((rule,), self.data)


class ThreeMonths(Agreement):
    """January to March 2022, where the data is at hand."""

    span = ("--from", "2022-01-03", "--to", "2022-03-31")

    @classmethod
    def setUpClass(cls):
        """Says aloud what is left out."""
        if not MONTHS.is_dir():
            reason = (f"three months not compared: {MONTHS} is not there; "
                      "set BULKHEAD_NSE_DATA to a folder of 1-minute CSV")
            print(f"SKIP: {reason}", file=sys.stderr)
            raise unittest.SkipTest(reason)

    def test_as_shipped(self):
        """Brokers, limits and strategies of the repository."""
        brokers = self.agree(Case(MONTHS, options=self.span))
        self.assertGreater(len(brokers["paper"]["fills"]), 0)

    def test_two_paper_brokers_with_limits_of_their_own(self):
        """Same signals, different decisions."""
        self.twins(MONTHS, *self.span)

    def test_tight_limits_refuse_the_same_signals(self):
        """Several rules at once."""
        self.tight(("order_value", "position", "price_collar",
                    "nothing_to_exit"), MONTHS, *self.span)


if __name__ == "__main__":
    unittest.main()
