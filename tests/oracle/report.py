"""A broker's part of the result, as `bulkhead backtest --json` prints it."""

import datetime
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal

import clock
from amounts import text
from broker import Broker, Rejection
from charges import Charges
from model import Fill, Order
from performance import ACCOUNT, Course
from portfolio import Position, Totals

Json = dict[str, object]


def broker_json(broker: Broker, last: Mapping[str, Decimal],
                date: datetime.date) -> Json:
    """Everything, marked at the last prices of the run, on its last date."""
    record = broker.record
    return {
        "orders": [order_json(order) for order in record.orders],
        "fills": [fill_json(*fill) for fill in record.fills],
        "rejections": [rejection_json(one) for one in record.rejections],
        "withheld": record.withheld,
        "signals": record.signals,
        "validated": record.validated,
        "latches": [asdict(latch) | {"ts": clock.iso(latch.ts)}
                    for latch in broker.guard.latched],
        "portfolio": portfolio_json(broker, last, date),
        "by_strategy": strategies_json(broker, last, date),
    }


def optional(price: Decimal | None) -> str | None:
    """Null where an order has no such price."""
    return None if price is None else text(price)


def order_json(order: Order) -> Json:
    """An order with the terms it has in the end."""
    return {
        "client_order_id": order.client_order_id,
        "signal_id": order.signal.id,
        "strategy": order.strategy,
        "instrument": order.instrument.key,
        "side": order.side,
        "type": order.type,
        "validity": order.validity,
        "product": order.product,
        "qty": order.qty,
        "limit_price": optional(order.limit),
        "trigger_price": optional(order.trigger),
        "origin": order.origin,
        "group": order.group or None,
        "reduces": order.reduces,
        "submitted_at": clock.iso(order.submitted_at or 0),
        "triggered": order.triggered,
        "status": order.status,
        "filled_qty": order.filled,
        "filled_value": text(order.filled_value),
    }


def fill_json(fill: Fill, charges: Charges) -> Json:
    """A fill and what it cost."""
    order = fill.order
    return {
        "fill_id": fill.fill_id,
        "client_order_id": order.client_order_id,
        "strategy": order.strategy,
        "instrument": order.instrument.key,
        "product": order.product,
        "side": order.side,
        "qty": fill.qty,
        "price": text(fill.price),
        "ts": clock.iso(fill.ts),
        "charges": texts({**asdict(charges), "total": charges.total}),
    }


def rejection_json(rejection: Rejection) -> Json:
    """A refused signal."""
    signal = rejection.signal
    return {"signal_id": signal.id, "strategy": signal.strategy,
            "instrument": signal.instrument.key, **rejection.texts}


def texts(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    """Amounts by name as exact decimal texts."""
    return {name: text(amount) for name, amount in amounts.items()}


def gains(totals: Totals | Position, unrealised: Decimal) -> dict[str, str]:
    """What a position or a sum of them made."""
    return texts({"realised": totals.realised, "unrealised": unrealised,
                  "charges": totals.charges})


def performance_json(totals: Totals, course: Course) -> Json:
    """How it came there."""
    return dict(texts({
        "net": totals.net, "day_pnl": course.day_pnl, "peak": course.peak,
        "drawdown": course.drawdown, "gross_exposure": totals.exposure,
        "margin": totals.margin}))


def portfolio_json(broker: Broker, last: Mapping[str, Decimal],
                   date: datetime.date) -> Json:
    """The account and its positions."""
    portfolio = broker.portfolio
    account = portfolio.totals(last)
    course = broker.performance.marked(ACCOUNT, account, date)
    rows = [{"strategy": strategy, "instrument": key, "product": product,
             "qty": position.qty, "cost": text(position.cost),
             "last": text(last[key]),
             **gains(position, position.unrealised(last[key]))}
            for (strategy, key, product), position in portfolio.rows()]
    return {"cash": text(portfolio.cash),
            **gains(account, account.unrealised),
            "equity": text(portfolio.cash + account.value),
            "performance": performance_json(account, course),
            "positions": rows}


def strategies_json(broker: Broker, last: Mapping[str, Decimal],
                    date: datetime.date) -> Json:
    """Of every strategy with an order, by name."""
    of = {order.strategy: Totals() for order in broker.record.orders}
    of |= broker.portfolio.by_strategy(last)
    return {name: {**gains(totals, totals.unrealised),
                   "net": text(totals.net), "fills": totals.fills,
                   "performance": performance_json(
                       totals,
                       broker.performance.marked(name, totals, date))}
            for name, totals in sorted(of.items())}
