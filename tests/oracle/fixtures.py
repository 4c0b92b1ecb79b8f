"""What the tests of the oracle share."""

import datetime
from decimal import Decimal

import clock
from charges import Rates
from clock import Session
from model import BUY, SELL, Instrument, Intent
from risk import Limits

NIFTY = Instrument(0, "NSE:NIFTY", "NIFTY", Decimal("0.05"))
BANK = Instrument(1, "NSE:BANKNIFTY", "BANKNIFTY", Decimal("0.05"))
SESSION = Session()
MONDAY = clock.start_of_day(datetime.date(2022, 1, 3))
RATES = Rates(datetime.date(2020, 7, 1), Decimal("0.0003"), Decimal(20),
              Decimal(0), Decimal("0.00025"), Decimal("0.0000345"),
              Decimal("0.000001"), Decimal("0.18"), Decimal("0.00003"),
              Decimal(0))
LIMITS = Limits(100, Decimal(2_000_000), 150, 100, 10, 3)


def at(text: str) -> int:
    """hh:mm:ss IST on Monday 2022-01-03."""
    hours, minutes, seconds = map(int, text.split(":"))
    return MONDAY + hours * 3600 + minutes * 60 + seconds


def sell(qty: int, limit: str | None = None, entry: bool = True) -> Intent:
    """An intent to sell."""
    return Intent(entry, SELL, qty, Decimal(limit) if limit else None)


def buy(qty: int, limit: str | None = None, entry: bool = True) -> Intent:
    """An intent to buy."""
    return Intent(entry, BUY, qty, Decimal(limit) if limit else None)
