"""Strategies and settings under which product and oracle are compared."""

from collections.abc import Mapping
from typing import Any

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
    "push": """
strategy: momentum
parameters:
  lookback: 5
  threshold_bps: "8"
  interval_s: 60
  quantity: 50
  cooldown_s: 120
  allow_short: 1
""",
    "wilder": """
strategy: rsi
parameters:
  period: 7
  oversold: "30"
  overbought: "70"
  exit_level: "55"
  interval_s: 60
  quantity: 50
  cooldown_s: 60
  allow_short: 1
""",
    "breakout": """
strategy: opening_range_breakout
parameters:
  range_minutes: 15
  quantity: 50
  stop_loss_ticks: 400
  target_ticks: 900
  latest_entry: "15:25"
  allow_short: 1
""",
}
# Which of them are deliveries where products stand side by side.
DELIVERIES = ("clock", "push", "revert")
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
    "max_open_orders": "0",
    "max_orders_per_minute": "0",
    "exit_reserve_per_minute": "0",
    "max_orders_per_day": "0",
    "duplicate_window_ms": "0",
    "max_day_loss": "0.00",
    "max_drawdown": "0.00",
}
# Rule -> settings of `paper` under which it refuses some signals, not all.
TIGHT: dict[str, dict[str, str]] = {
    "order_quantity": {"risk.max_order_quantity": "50"},
    "order_value": {"risk.max_order_value": "2000000.00"},
    "duplicate": {"risk.duplicate_window_ms": "900000"},
    "open_orders": {"risk.max_open_orders": "2"},
    "open_order_value": {"risk.max_open_order_value": "2500000.00"},
    "position": {"risk.max_position_quantity": "120"},
    "gross_exposure": {"risk.max_gross_exposure": "6000000.00"},
    "margin": {"margin.mis_percent": "100"},
    "self_trade": {"risk.allow_self_trade": "false"},
    "price_collar": {"risk.price_collar_bps": "2"},
    "orders_per_day": {"risk.max_orders_per_day": "40"},
    "orders_per_minute": {"risk.max_orders_per_minute": "3",
                          "risk.exit_reserve_per_minute": "1"},
    "orders_per_second": {"risk.max_orders_per_second": "2",
                          "risk.exit_reserve_per_second": "1"},
    "product": {"square_off": "12:00"},
    "instrument": {"instruments": "NSE:NIFTY"},
    "nothing_to_exit": {},
}
# Limit of each strategy alone -> what it refuses.
OF_STRATEGIES = {
    "order_quantity": {"strategy_risk.max_order_quantity": "50"},
    "position": {"strategy_risk.max_position_quantity": "60"},
    "orders_per_day": {"strategy_risk.max_orders_per_day": "6"},
}
# Cause of a latch -> settings under which it closes.
LATCHES = {
    "day_loss": {"risk.max_day_loss": "9000.00"},
    "drawdown": {"strategy_risk.max_drawdown": "4000.00"},
    "consecutive_rejects": {"risk.max_consecutive_rejects": "2",
                            "paper.reject_percent": "30"},
}
# An exchange that slips, waits, fills in parts and refuses.
ROUGH = {
    "paper.slippage": "bps", "paper.slippage_bps": "3",
    "paper.latency_min_ms": "500", "paper.latency_max_ms": "45000",
    "paper.partial_fill_percent": "40", "paper.reject_percent": "15",
    "paper.seed": "7",
}


def risk(broker: str, **limits: str) -> dict[str, str]:
    """Roomy limits of one broker, but for those given."""
    return {f"trading.{broker}.risk.{name}": value
            for name, value in {**ROOMY, **limits}.items()}


def paper(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings of `paper`, over roomy limits."""
    return {**risk("paper"), **{f"trading.paper.{name}": value
                                for name, value in settings.items()}}


def said(paper_report: Any) -> set[str]:
    """Every strategy that an order or a rejection names."""
    return {row["strategy"] for rows in ("orders", "rejections")
            for row in paper_report[rows]}
