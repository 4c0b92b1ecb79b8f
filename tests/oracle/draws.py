"""What the paper exchange draws for an order, and how prices slip."""

from dataclasses import dataclass
from decimal import Decimal

import clock
from amounts import MAX_PRICE, UNIT, ceil_to, floor_to, rounded
from model import BUY, SAFETY, SIGN, SQUARE_OFF, Order, Tick, blake


@dataclass(frozen=True)
class PaperSettings:
    """trading.<broker>.paper."""

    slippage: str = "none"
    slippage_bps: int = 0
    slippage_ticks: int = 0
    latency_min_ms: int = 0
    latency_max_ms: int = 0
    partial_fill_percent: int = 0
    reject_percent: int = 0
    seed: int = 1

    def draw(self, order: Order, what: str) -> int:
        """The same for the same seed, order and question."""
        text = f"paper|{self.seed}|{order.client_order_id}|{what}"
        return int.from_bytes(blake(text)[:8], "big")

    def latency(self, order: Order) -> int:
        """Nanoseconds."""
        spread = self.latency_max_ms - self.latency_min_ms + 1
        drawn = self.draw(order, "latency") % spread
        return (self.latency_min_ms + drawn) * clock.MILLISECOND

    def rejects(self, order: Order) -> bool:
        """Never what takes a position out by the clock or for safety."""
        return (order.origin not in (SQUARE_OFF, SAFETY)
                and self.draw(order, "reject") % 100 < self.reject_percent)

    def parts(self, order: Order) -> int:
        """1 for an order that fills whole."""
        if self.draw(order, "partial") % 100 >= self.partial_fill_percent:
            return 1
        return 2 + self.draw(order, "parts") % 3

    def slipped(self, side: str, tick: Tick) -> Decimal:
        """What a MARKET order gets at this tick."""
        step, last = tick.instrument.tick_size, tick.price
        if self.slippage == "none":
            return last
        if self.slippage == "depth":
            return (tick.ask if side == BUY else tick.bid) or last
        if self.slippage == "ticks":
            price = last + SIGN[side] * self.slippage_ticks * step
        else:
            worse = rounded(last * self.slippage_bps / 10_000, UNIT)
            price = last + SIGN[side] * worse
            price = (ceil_to if side == BUY else floor_to)(price, step)
        return min(max(price, step), MAX_PRICE)
