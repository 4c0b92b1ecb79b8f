"""The paper exchange: fills working orders against the feed's ticks."""

from decimal import Decimal

from clock import Session
from model import BUY, Fill, Frame, Order


class Exchange:
    """Orders that work, in the order they were submitted."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.working: list[Order] = []

    def place(self, order: Order) -> None:
        """Takes part from the next frame on."""
        self.working.append(order)

    def on_frame(self, frame: Frame) -> list[Fill]:
        """Expiries, then accepts, cancels and fills."""
        if not self.working:
            return []
        for order in self.working:
            if frame.ts >= order.expires_at:
                order.status = "expired"
        self.working = [order for order in self.working if order.working]
        if not self.session.is_open(frame.ts):
            return []
        prices = {tick.instrument.key: tick.price for tick in frame.ticks}
        fills = []
        for order in self.working:
            price = prices.get(order.signal.instrument.key)
            if price is None:
                continue
            fill_price = meet(order, price)
            if fill_price is not None:
                fills.append(execute(order, fill_price, frame.ts))
        self.working = [order for order in self.working if order.working]
        return fills


def meet(order: Order, price: Decimal) -> Decimal | None:
    """An order meets a tick; the price at which it fills, if it does."""
    arriving = not order.accepted
    order.accepted = True
    if order.status == "pending_cancel":
        order.status = "cancelled"
        return None
    if order.status == "submitted":
        order.status = "open"
    if order.limit is None:
        return price
    reached = (price <= order.limit if order.side == BUY
               else price >= order.limit)
    if not reached:
        return None
    return price if arriving else order.limit


def execute(order: Order, price: Decimal, ts: int) -> Fill:
    """The whole of what remains, at that price."""
    fill = Fill(order, order.remaining, price, ts)
    order.filled += fill.qty
    order.filled_value += fill.value
    order.status = "filled"
    return fill
