"""Whole runs from files, by the command line, against hand-worked figures."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from model import client_order_id, derive_id

ORACLE = Path(__file__).with_name("oracle.py")
SEGMENT = """
      brokerage: {percent: 0.03, cap: "20.00"}
      stt: {buy_percent: 0, sell_percent: 0.025}
      exchange_percent: 0.00345
      sebi_percent: 0.0001
      stamp: {buy_percent: 0.003, sell_percent: 0}"""
RISK = """
    kind: paper
    capital: "1000000.00"
    square_off: "15:20"
    risk:
      max_order_quantity: 100
      max_order_value: "100000.00"
      max_position_quantity: 100
      price_collar_bps: 100
      max_orders_per_second: 10
      exit_reserve_per_second: 3
"""
FILES = {
    "config/bulkhead.yaml": f"""
active_brokers: [paper, zerodha]
session: {{open: "09:15", close: "15:30"}}
files:
  instruments: instruments.csv
  charges: charges.yaml
  holidays: holidays.csv
  freeze_quantities: freeze_quantities.csv
  strategies: ../strategies
trading:
  paper:{RISK}
  paper2:{RISK}
  zerodha:
    enabled: false
""",
    "config/charges.yaml": f"""
schedules:
  - from: 2020-07-01
    equity_intraday:{SEGMENT}
    equity_delivery:{SEGMENT.replace("0.025", "0.1")}
    futures:{SEGMENT}
    options:{SEGMENT.replace('percent: 0.03, cap: "20.00"',
                             'flat: "20.00"')}
    gst: {{percent: 18, on: [brokerage, exchange, sebi]}}
    dp: {{amount: "13.50", gst: added, on: first_sale_of_day}}
""",
    "config/instruments.csv": """\
instrument_token,tradingsymbol,name,tick_size,lot_size,segment,exchange
256265,NIFTY,NIFTY 50,0.05,1,INDICES,NSE
1,NIFTY22JANFUT,NIFTY,0.05,1,NFO-FUT,NFO
""",
    "config/holidays.csv": """\
# Made for this test.
date,kind,open,close,name
2022-01-05,holiday,,,A holiday
""",
    "config/freeze_quantities.csv": "key,quantity\nNIFTY,1800\n",
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
    "cnc/demo.yaml": """
name: demo
strategy: low_frequency_demo
brokers: [paper]
instruments: ["NSE:NIFTY"]
product: CNC
risk: {max_order_quantity: 9}
parameters: {period_s: 60, quantity: 10}
""",
    "breakout/orb.yaml": """
name: orb
strategy: opening_range_breakout
brokers: [paper]
instruments: ["NSE:NIFTY"]
parameters: {range_minutes: 1, quantity: 10, stop_loss_ticks: 40,
             target_ticks: 80, latest_entry: "14:30"}
""",
    "data/nifty.csv": """\
symbol,date,time,open,high,low,close,volume,oi
NIFTY,20220103,09:16,100,100,100,100,0,0
NIFTY,20220103,09:17,101,101,101,101,0,0
NIFTY,20220103,09:17,101,101,101,101,0,0
NIFTY,20220103,09:18,102,102,102,102,0,0
NIFTY,20220104,09:16,103,103,103,103,0,0
NIFTY,20220105,09:16,103,103,103,103,0,0
""",
    "breakouts/nifty.csv": """\
symbol,date,time,open,high,low,close,volume,oi
NIFTY,20220103,09:16,100,110,90,105,0,0
NIFTY,20220103,09:17,112,112,112,112,0,0
NIFTY,20220103,09:18,113,117,113,115,0,0
NIFTY,20220103,09:19,115,115,109,109,0,0
""",
    "silences/nifty.csv": """\
symbol,date,time,open,high,low,close,volume,oi
NIFTY,20220103,09:16,100,110,90,105,0,0
NIFTY,20220103,09:17,112,112,112,112,0,0
""",
    "ticks/day.csv": """\
ts,instrument,last,bid,ask,volume
2022-01-03T09:15:00.250+05:30,NSE:NIFTY,100,0,0,0
2022-01-03T09:16:00.500+05:30,NSE:NIFTY,101,100.95,101.05,0
2022-01-03T09:16:00.750+05:30,NSE:NIFTY,101,100.95,101.05,0
""",
}


def run_oracle(*options: str) -> tuple[Any, str]:
    """The result, and what went to standard error."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FILES.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, ORACLE, "--config", "config/bulkhead.yaml",
             *options], cwd=folder, capture_output=True, text=True,
            check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout), done.stderr


class Run(unittest.TestCase):
    """Buys at 09:16:20 for 101, sells at 09:17:20 for 102."""

    def run_day(self, *options: str) -> Any:
        """The result over 2022-01-03."""
        result, errors = run_oracle("--data", "data", "--to", "2022-01-03",
                                    *options)
        self.assertIn("nifty.csv:4: not after the row before", errors)
        return result

    def test_a_round_trip_is_as_worked_out_by_hand(self):
        """Ten units, one rupee up, 0.42 and 0.67 of charges. Twelve ticks,
        the clock at 15:20 and the close. The mark of 09:17:00, at 102, is
        the peak: 10.00 - 0.42."""
        result = self.run_day()
        self.assertEqual((result["frames"], result["malformed_rows"]),
                         (14, 1))
        paper = result["brokers"]["paper"]
        signal = derive_id("signal|demo|NSE:NIFTY|5|0")
        order = client_order_id(signal, 0)
        self.assertEqual(paper["orders"][0], {
            "client_order_id": order, "signal_id": signal,
            "strategy": "demo", "instrument": "NSE:NIFTY", "side": "BUY",
            "type": "MARKET", "validity": "DAY", "product": "MIS",
            "qty": 10, "limit_price": None, "trigger_price": None,
            "origin": "signal", "group": None, "reduces": False,
            "submitted_at": "2022-01-03T09:16:00+05:30",
            "triggered": False, "status": "filled", "filled_qty": 10,
            "filled_value": "1010.00"})
        self.assertEqual(paper["fills"][1]["charges"], {
            "brokerage": "0.31", "stt": "0.26", "exchange": "0.04",
            "sebi": "0.00", "gst": "0.06", "stamp": "0.00", "dp": "0.00",
            "total": "0.67"})
        self.assertEqual(paper["fills"][0]["fill_id"], f"P{order}-1")
        performance = {"net": "8.91", "day_pnl": "8.91", "peak": "9.58",
                       "drawdown": "0.67", "gross_exposure": "0.00",
                       "margin": "0.00"}
        self.assertEqual(paper["portfolio"], {
            "cash": "1000008.91", "realised": "10.00",
            "unrealised": "0.00", "charges": "1.09",
            "equity": "1000008.91", "performance": performance,
            "positions": [{
                "strategy": "demo", "instrument": "NSE:NIFTY",
                "product": "MIS", "qty": 0, "cost": "0.00",
                "last": "102.00", "realised": "10.00",
                "unrealised": "0.00", "charges": "1.09"}]})
        self.assertEqual(paper["by_strategy"], {"demo": {
            "realised": "10.00", "unrealised": "0.00", "charges": "1.09",
            "net": "8.91", "fills": 2, "performance": performance}})
        self.assertEqual(paper["latches"], [])

    def test_with_placing_off_the_entry_is_withheld(self):
        """And the exit has nothing to give up."""
        zerodha = self.run_day()["brokers"]["zerodha"]
        self.assertEqual((zerodha["signals"], zerodha["validated"],
                          zerodha["withheld"], zerodha["orders"]),
                         (2, 1, 1, []))

    def test_an_override_tightens_one_broker(self):
        """paper2 is set like paper but for this."""
        brokers = self.run_day(
            "--brokers", "paper,paper2", "--set",
            "trading.paper2.risk.max_order_quantity=9")["brokers"]
        self.assertEqual([list(brokers), len(brokers["paper"]["fills"])],
                         [["paper", "paper2"], 2])
        self.assertEqual(
            [(row["rule"], row["limit"], row["observed"])
             for row in brokers["paper2"]["rejections"]],
            [("order_quantity", "9", "10"), ("nothing_to_exit", "0", "10")])

    def test_a_broker_that_no_strategy_names_gets_no_signal(self):
        """It keeps its capital: the default, one crore."""
        idle = self.run_day("--brokers", "paper3")["brokers"]["paper3"]
        self.assertEqual((idle["signals"], idle["portfolio"]["cash"]),
                         (0, "10000000.00"))

    def test_brokers_that_are_set_alike_do_alike(self):
        """Same signals, same ids, same figures."""
        brokers = self.run_day("--brokers", "paper,paper2")["brokers"]
        self.assertEqual(brokers["paper"], brokers["paper2"])

    def test_a_latched_day_loss_is_reported(self):
        """0.42 of charges are above 0.40."""
        paper = self.run_day("--set", "trading.paper.risk.max_day_loss=0.40")[
            "brokers"]["paper"]
        self.assertEqual(paper["latches"], [{
            "strategy": "", "mode": "reduce-only", "cause": "day_loss",
            "ts": "2022-01-03T09:16:20+05:30"}])

    def test_a_strategys_file_names_its_product_and_limits(self):
        """Ten are above nine."""
        paper = self.run_day("--strategies", "cnc")["brokers"]["paper"]
        self.assertEqual([row["rule"] for row in paper["rejections"]],
                         ["order_quantity", "nothing_to_exit"])

    def test_a_holiday_has_no_session_and_no_clock(self):
        """Four ticks, and the demo is mute."""
        result, _ = run_oracle("--data", "data", "--from", "2022-01-05")
        self.assertEqual(result["frames"], 4)
        self.assertEqual(result["brokers"]["paper"]["signals"], 0)

    def test_history_before_the_first_date_warms_strategies_up(self):
        """The demo knows Monday's bucket: it speaks at Tuesday's first
        tick, 09:15:00, and without history not at all."""
        for days, signals in (("0", 0), ("1", 1)):
            result, _ = run_oracle(
                "--data", "data", "--from", "2022-01-04", "--to",
                "2022-01-04", "--set", f"strategies.warm_up_days={days}")
            self.assertEqual(result["brokers"]["paper"]["signals"], signals)


class Breakout(unittest.TestCase):
    """Range 90 to 110; 10 bought at 112; stop 110, target 116."""

    def day(self, data: str) -> Any:
        """The paper broker's result."""
        result, _ = run_oracle("--data", data, "--strategies", "breakout")
        return result["brokers"]["paper"]

    def test_the_target_takes_the_position_out_and_the_stop_goes(self):
        """116 at 117. Buy 1120: 0.34 + 0.04 + 0.07 + 0.03 = 0.48; sell
        1160: 0.35 + 0.29 + 0.04 + 0.07 = 0.75. 40.00 - 1.23 = 38.77."""
        paper = self.day("breakouts")
        self.assertEqual(
            [(one["type"], one["limit_price"], one["trigger_price"],
              one["origin"], one["status"]) for one in paper["orders"]],
            [("MARKET", None, None, "signal", "filled"),
             ("SL-M", None, "110.00", "bracket", "cancelled"),
             ("LIMIT", "116.00", None, "bracket", "filled")])
        self.assertEqual(paper["orders"][1]["group"],
                         paper["fills"][0]["fill_id"])
        self.assertEqual([(fill["price"], fill["ts"][11:19])
                          for fill in paper["fills"]],
                         [("112.00", "09:16:20"), ("116.00", "09:17:40")])
        self.assertEqual(paper["by_strategy"]["orb"]["net"], "38.77")

    def test_a_silent_day_is_squared_off_at_the_close(self):
        """No tick after 09:16:59: out at 112 at 15:30, whole: 0.48 and
        0.34 + 0.28 + 0.04 + 0.07 = 0.73 are lost."""
        paper = self.day("silences")
        last = paper["orders"][3]
        self.assertEqual(
            (last["origin"], last["group"], last["submitted_at"][11:19]),
            ("square_off", paper["fills"][0]["fill_id"], "15:20:00"))
        self.assertEqual(
            [one["status"] for one in paper["orders"]],
            ["filled", "cancelled", "cancelled", "filled"])
        self.assertEqual((paper["fills"][1]["price"],
                          paper["fills"][1]["ts"][11:19]),
                         ("112.00", "15:30:00"))
        self.assertEqual(paper["portfolio"]["performance"]["net"], "-1.21")


class TickFiles(unittest.TestCase):
    """feed.kind: ticks."""

    def test_orders_fill_at_the_depth_of_a_recorded_tick(self):
        """Bought at 09:16:00.750, 101 last, 101.05 asked."""
        result, _ = run_oracle(
            "--data", "ticks", "--set", "feed.kind=ticks", "--set",
            "trading.paper.paper.slippage=depth")
        fill = result["brokers"]["paper"]["fills"][0]
        self.assertEqual((fill["price"], fill["ts"]),
                         ("101.05", "2022-01-03T09:16:00.750+05:30"))


if __name__ == "__main__":
    unittest.main()
