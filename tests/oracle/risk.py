"""The risk rules, in order; the first that fails is the rejection.

The texts of a rejection are those of runtime/domain/risk/refusal.hpp.
"""

import decimal
from dataclasses import dataclass, field
from decimal import Decimal

from amounts import UNIT, text
from clock import DAY, IST_OFFSET, Session, time_text
from model import BUY, OPPOSITE, SIGN, Order, Signal
from portfolio import Portfolio

CANCELLABLE = ("submitted", "open", "partially_filled")


@dataclass(frozen=True)
class Limits:
    """A broker's risk settings."""

    max_order_quantity: int
    max_order_value: Decimal
    max_position_quantity: int
    price_collar_bps: int
    max_orders_per_second: int
    exit_reserve_per_second: int


class Refused(Exception):
    """A rule said no."""

    def __init__(self, rule: str, limit: object, observed: object,
                 unit: str) -> None:
        super().__init__(rule)
        self.texts = {"rule": rule, "limit": str(limit),
                      "observed": str(observed), "unit": unit}


@dataclass
class Risk:
    """The rules over one broker's positions and working orders."""

    limits: Limits
    session: Session
    portfolio: Portfolio
    kill_mode: str = "off"
    working: list[Order] = field(default_factory=list)
    approved_at: list[int] = field(default_factory=list)

    def decide(self, signal: Signal, now: int,
               last: Decimal | None) -> Order:
        """The approved order, reserved; raises Refused."""
        self.working = [order for order in self.working if order.working]
        entry = signal.intent.entry
        if not entry:
            self.request_cancels(signal)
        self.kill_latch(entry)
        self.session_hours(now)
        qty = signal.intent.qty if entry else self.exit_quantity(signal)
        if last is None:
            raise Refused("no_price", 1, 0, "ticks")
        if entry:
            self.order_quantity(qty)
            self.order_value(signal, qty, last)
            self.position(signal, qty)
        self.price_collar(signal, last)
        self.orders_per_second(entry, now)
        order = Order(signal, qty, self.session.close_of(now))
        self.working.append(order)
        self.approved_at.append(now)
        return order

    def request_cancels(self, signal: Signal) -> None:
        """An exit calls off its strategy's entries of the other side."""
        for order in self.mine(signal, OPPOSITE[signal.intent.side]):
            if not order.reduces and order.status in CANCELLABLE:
                order.status = "pending_cancel"

    def mine(self, signal: Signal, side: str) -> list[Order]:
        """Working orders of the signal's strategy in its instrument."""
        return [order for order in self.working
                if order.signal.strategy == signal.strategy
                and order.signal.instrument == signal.instrument
                and order.side == side]

    def kill_latch(self, entry: bool) -> None:
        """Rule 1."""
        if self.kill_mode == "halt" or (self.kill_mode == "reduce-only"
                                        and entry):
            raise Refused("kill_latch", self.kill_mode,
                          "ENTRY" if entry else "EXIT", "kill mode")

    def session_hours(self, now: int) -> None:
        """Rule 2."""
        if self.session.is_open(now):
            return
        days, second = divmod(now + IST_OFFSET, DAY)
        weekend = {5: "Sat ", 6: "Sun "}.get((days + 3) % 7, "")
        hours = (f"{time_text(self.session.opens)}-"
                 f"{time_text(self.session.closes)}")
        raise Refused("session", hours, weekend + time_text(second), "IST")

    def exit_quantity(self, signal: Signal) -> int:
        """Rule 3: what is held and not yet being given up."""
        side = signal.intent.side
        held = -SIGN[side] * self.portfolio.held(signal.strategy,
                                                 signal.instrument.key)
        leaving = sum(order.remaining for order in self.mine(signal, side)
                      if order.reduces)
        if held - leaving < 1:
            raise Refused("nothing_to_exit", 0, signal.intent.qty, "units")
        return min(signal.intent.qty, held - leaving)

    def order_quantity(self, qty: int) -> None:
        """Rule 5."""
        if qty > self.limits.max_order_quantity:
            raise Refused("order_quantity", self.limits.max_order_quantity,
                          qty, "units")

    def order_value(self, signal: Signal, qty: int, last: Decimal) -> None:
        """Rule 6."""
        limit = signal.intent.limit
        value = qty * (last if limit is None else limit)
        if value > self.limits.max_order_value:
            raise Refused("order_value", text(self.limits.max_order_value),
                          text(value), "rupees")

    def position(self, signal: Signal, qty: int) -> None:
        """Rule 7: if all that works on this side fills, and no other."""
        side, key = signal.intent.side, signal.instrument.key
        working = sum(order.remaining for order in self.working
                      if order.signal.instrument.key == key
                      and order.side == side)
        held = self.portfolio.held_by_all(key)
        worst = (held + working + qty if side == BUY
                 else -(held - working - qty))
        if worst > self.limits.max_position_quantity:
            raise Refused("position", self.limits.max_position_quantity,
                          worst, "units")

    def price_collar(self, signal: Signal, last: Decimal) -> None:
        """Rule 8."""
        limit = signal.intent.limit
        if limit is None:
            return
        distance = abs(limit - last) * 10_000
        if distance > self.limits.price_collar_bps * last:
            shown = (distance / last).quantize(
                UNIT, rounding=decimal.ROUND_CEILING)
            raise Refused("price_collar", self.limits.price_collar_bps,
                          text(shown), "bps")

    def orders_per_second(self, entry: bool, now: int) -> None:
        """Rule 9: approvals in (now - 1 s, now]."""
        self.approved_at = [ts for ts in self.approved_at if ts > now - 1]
        allowed = self.limits.max_orders_per_second
        if entry:
            allowed -= self.limits.exit_reserve_per_second
        if len(self.approved_at) >= allowed:
            raise Refused("orders_per_second", allowed,
                          len(self.approved_at) + 1, "orders/s")
