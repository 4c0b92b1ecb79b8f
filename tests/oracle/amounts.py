"""Exact amounts: every price, cost and charge is a Decimal.

Scale, as docs/kernel.md says: prices and money in 1/10000 rupee, charges in
whole paise. "Rounded" means half away from zero.
"""

import decimal
import re
from decimal import Decimal

# Costs reach 1e13 with four decimals and are multiplied by quantities up to
# 1e6 before a division; 60 digits leave no room for a second rounding.
decimal.getcontext().prec = 60

PAISA = Decimal("0.01")
UNIT = Decimal("0.0001")
ZERO = Decimal(0)
MAX_PRICE = Decimal(10_000_000)

_PRICE = re.compile(r"[0-9]+(\.[0-9]{1,4})?", re.ASCII)


def rounded(amount: Decimal, step: Decimal) -> Decimal:
    """The multiple of step nearest to amount, halves away from zero."""
    return amount.quantize(step, rounding=decimal.ROUND_HALF_UP)


def floor_to(amount: Decimal, step: Decimal) -> Decimal:
    """The highest multiple of step that is not above amount."""
    steps = (amount / step).to_integral_value(decimal.ROUND_FLOOR)
    return steps * step


def ceil_to(amount: Decimal, step: Decimal) -> Decimal:
    """The lowest multiple of step that is not below amount."""
    steps = (amount / step).to_integral_value(decimal.ROUND_CEILING)
    return steps * step


def ceil_units(amount: int, step: int) -> int:
    """The lowest multiple of step units that is not below amount."""
    return -(-amount // step) * step


def text(amount: Decimal) -> str:
    """Exact decimal text with two to four decimals: 17450.55, 0.0025."""
    exact = amount.quantize(UNIT)
    if exact != amount:
        raise ValueError(f"{amount} is finer than 1/10000 rupee")
    if exact == 0:
        return "0.00"
    whole, fraction = f"{exact:f}".split(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def parse_price(given: str) -> Decimal:
    """A price of the feed; ValueError unless 0 < price <= 10,000,000."""
    if not _PRICE.fullmatch(given):
        raise ValueError(f"price {given!r}: not a decimal with at most "
                         "four decimals")
    price = Decimal(given)
    if not ZERO < price <= MAX_PRICE:
        raise ValueError(f"price {given!r}: not above 0 and at most "
                         f"{MAX_PRICE}")
    return price
