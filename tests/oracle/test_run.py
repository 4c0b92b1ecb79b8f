"""A whole run from files, by the command line, against hand-worked figures."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from model import derive_id

ORACLE = Path(__file__).with_name("oracle.py")
FILES = {
    "config/bulkhead.yaml": """
active_brokers: [paper, zerodha]
session: {open: "09:15", close: "15:30"}
files:
  instruments: instruments.csv
  charges: charges.yaml
  strategies: ../strategies
trading:
  paper:
    kind: paper
    enabled: true
    capital: "1000000.00"
    risk:
      max_order_quantity: 100
      max_order_value: "100000.00"
      max_position_quantity: 100
      price_collar_bps: 100
      max_orders_per_second: 10
      exit_reserve_per_second: 3
  zerodha:
    kind: zerodha
    enabled: false
    capital: "1000000.00"
    risk:
      max_order_quantity: 100
      max_order_value: "100000.00"
      max_position_quantity: 100
      price_collar_bps: 100
      max_orders_per_second: 10
      exit_reserve_per_second: 3
""",
    "config/charges.yaml": """
schedules:
  - from: 2020-07-01
    brokerage: {percent: 0.03, cap: "20.00"}
    stt: {buy_percent: 0, sell_percent: 0.025}
    exchange_percent: 0.00345
    sebi_percent: 0.0001
    gst_percent: 18
    stamp: {buy_percent: 0.003, sell_percent: 0}
""",
    "config/instruments.csv": """\
instrument_token,tradingsymbol,tick_size,lot_size,segment,exchange
256265,NIFTY,0.05,1,INDICES,NSE
""",
    "strategies/demo.yaml": """
name: demo
strategy: low_frequency_demo
enabled: true
brokers: [paper, paper2, zerodha]
instruments: ["NSE:NIFTY"]
parameters: {period_s: 60, quantity: 10}
""",
    "strategies/off.yaml": """
name: off
strategy: low_frequency_demo
enabled: false
brokers: [paper]
instruments: ["NSE:NIFTY"]
parameters: {period_s: 60, quantity: 10}
""",
    "data/nifty.csv": """\
symbol,date,time,open,high,low,close,volume,oi
NIFTY,20220103,09:16,100,100,100,100,0,0
NIFTY,20220103,09:17,101,101,101,101,0,0
NIFTY,20220103,09:17,101,101,101,101,0,0
NIFTY,20220103,09:18,102,102,102,102,0,0
NIFTY,20220104,09:16,103,103,103,103,0,0
""",
}


class Run(unittest.TestCase):
    """Buys at 09:16:20 for 101, sells at 09:17:20 for 102."""

    def run_oracle(self, *options: str, rest: str = "") -> Any:
        """The result over 2022-01-03."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in FILES.items():
                path = Path(folder, name)
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
            done = subprocess.run(
                [sys.executable, ORACLE, "--config", "config/bulkhead.yaml",
                 "--data", "data", "--to", "2022-01-03", *options],
                cwd=folder, capture_output=True, text=True, check=True)
        self.assertIn("nifty.csv:4: not after the row before", done.stderr)
        return json.loads(done.stdout)

    def test_a_round_trip_is_as_worked_out_by_hand(self):
        """Ten units, one rupee up, 0.42 and 0.67 of charges."""
        result = self.run_oracle()
        self.assertEqual((result["frames"], result["malformed_rows"]),
                         (13, 1))
        paper = result["brokers"]["paper"]
        signal = derive_id("signal|demo|NSE:NIFTY|5|0")
        order = derive_id(f"order|{signal}|0")
        self.assertEqual(paper["orders"][0], {
            "client_order_id": order, "signal_id": signal,
            "strategy": "demo", "instrument": "NSE:NIFTY", "side": "BUY",
            "type": "MARKET", "qty": 10, "limit_price": None,
            "reduces": False, "submitted_at": "2022-01-03T09:16:00+05:30",
            "status": "filled", "filled_qty": 10,
            "filled_value": "1010.00"})
        self.assertEqual(paper["fills"][1]["charges"], {
            "brokerage": "0.31", "stt": "0.26", "exchange": "0.04",
            "sebi": "0.00", "gst": "0.06", "stamp": "0.00",
            "total": "0.67"})
        self.assertEqual(paper["fills"][0]["fill_id"], f"P{order}-1")
        self.assertEqual(paper["portfolio"], {
            "cash": "1000008.91", "realised": "10.00",
            "unrealised": "0.00", "charges": "1.09",
            "equity": "1000008.91", "positions": [{
                "strategy": "demo", "instrument": "NSE:NIFTY", "qty": 0,
                "cost": "0.00", "last": "102.00", "realised": "10.00",
                "unrealised": "0.00", "charges": "1.09"}]})

    def test_with_placing_off_the_entry_is_withheld(self):
        """And the exit has nothing to give up."""
        zerodha = self.run_oracle()["brokers"]["zerodha"]
        self.assertEqual((zerodha["signals"], zerodha["validated"],
                          zerodha["withheld"], zerodha["orders"]),
                         (2, 1, 1, []))

    def test_an_override_tightens_one_broker(self):
        """paper2 has paper's settings but for its own override."""
        brokers = self.run_oracle(
            "--brokers", "paper,paper2", "--set",
            "trading.paper2.risk.max_order_quantity=9")["brokers"]
        self.assertEqual([list(brokers), len(brokers["paper"]["fills"])],
                         [["paper", "paper2"], 2])
        self.assertEqual(
            [(row["rule"], row["limit"], row["observed"])
             for row in brokers["paper2"]["rejections"]],
            [("order_quantity", "9", "10"), ("nothing_to_exit", "0", "10")])

    def test_a_broker_that_no_strategy_names_gets_no_signal(self):
        """It keeps its capital."""
        idle = self.run_oracle("--brokers", "paper3")["brokers"]["paper3"]
        self.assertEqual((idle["signals"], idle["portfolio"]["cash"]),
                         (0, "1000000.00"))

    def test_brokers_that_are_set_alike_do_alike(self):
        """Same signals, same ids, same figures."""
        brokers = self.run_oracle("--brokers", "paper,paper2")["brokers"]
        self.assertEqual(brokers["paper"], brokers["paper2"])


if __name__ == "__main__":
    unittest.main()
