"""Holds what a zerodha journal says against the simulator's book (GET /admin/book). Folds the events anew: nothing here
is the node's own code."""

from collections import Counter
from decimal import Decimal

BOOK_DONE = {"COMPLETE": ("filled",), "CANCELLED": ("cancelled", "expired"), "REJECTED": ("rejected",)}


class Fold:
    """Orders, fills, positions and cash of one journal, from its events as `bulkhead journal dump` prints them."""

    def __init__(self, events: list[dict]) -> None:
        self.orders: dict[str, str] = {}  # status by client order id
        self.at_broker: dict[str, str] = {}  # broker order id by client order id
        self.fills: list[tuple[str, int, Decimal]] = []  # fill id, units, price
        self.positions: Counter = Counter()  # units by instrument key
        self.cash = Decimal(0)  # sales less purchases, without charges
        self.net = "0.00"  # of the last portfolio snapshot
        for event in events:
            self.take(event["type"], event["data"])

    def take(self, kind: str, data: dict) -> None:
        order = data.get("client_order_id", "")
        if kind == "order.submitted":
            self.orders[data["order"]["client_order_id"]] = "submitted"
        elif kind == "order.accepted":
            self.at_broker[order] = data["broker_order_id"]
            self.orders[order] = "accepted"
        elif kind in ("order.cancelled", "order.expired", "order.rejected", "order.unknown"):
            self.orders[order] = kind.removeprefix("order.")
        elif kind == "order.filled":
            units = data["quantity"] if data["side"] == "BUY" else -data["quantity"]
            self.fills.append((data["fill_id"], data["quantity"], Decimal(data["price"])))
            self.positions[data["instrument"]] += units
            self.cash -= units * Decimal(data["price"])
            self.orders[order] = "part filled" if data["remaining_quantity"] else "filled"
        elif kind == "portfolio.snapshot":
            self.net = data["performance"]["net"]


def rejections(events: list[dict]) -> Counter:
    """Signals that the risk rules rejected, by rule."""
    return Counter(event["data"]["rule"] for event in events if event["type"] == "signal.rejected")


def differences(events: list[dict], book: dict, user: str, opening_cash: int) -> list[str]:
    """Every way in which they disagree, in plain words; empty: they agree. All orders of the account are the node's."""
    fold = Fold(events)
    rows = [row for row in book["orders"] if row["account_id"] == user]
    found = [f"{count} orders with tag {tag} in the book" for tag, count in Counter(r["tag"] for r in rows).items()
             if count > 1]
    found += [f"order {row['order_id']} of tag {row['tag']} is in the book alone" for row in rows
              if row["tag"] not in fold.orders]
    by_tag = {row["tag"]: row for row in rows}
    for order, status in fold.orders.items():
        found += order_differences(order, status, fold, by_tag.get(order))
    ours = Counter(fold.fills)
    ids = {row["order_id"] for row in rows}
    theirs = Counter((f"{t['order_id']}:{t['trade_id']}", t["quantity"], Decimal(t["price"])) for t in book["trades"]
                     if t["order_id"] in ids)
    found += [f"fill {fill[0]} of {fill[1]} at {fill[2]} is in the book alone" for fill in theirs - ours]
    found += [f"fill {fill[0]} of {fill[1]} at {fill[2]} is in the journal alone" for fill in ours - theirs]
    return found + account_differences(fold, book["accounts"][user], opening_cash)


def order_differences(order: str, status: str, fold: Fold, row: dict | None) -> list[str]:
    if row is None:
        # Ended before it left: by the effect gate, by a cancel that overtook it, or proven absent after a lost answer.
        never_left = order not in fold.at_broker and status in ("rejected", "cancelled", "expired")
        return [] if never_left else [f"order {order} is {status} here and not in the book"]
    allowed = BOOK_DONE.get(row["status"], ("accepted", "part filled"))
    if status not in allowed:
        return [f"order {order} is {status} here, {row['status']} in the book"]
    if status != "rejected" and fold.at_broker.get(order) != row["order_id"]:
        return [f"order {order} is {fold.at_broker.get(order)} here, {row['order_id']} in the book"]
    return []


def account_differences(fold: Fold, account: dict, opening_cash: int) -> list[str]:
    theirs: Counter = Counter()
    for row in account["positions"]["net"]:
        theirs[f"{row['exchange']}:{row['tradingsymbol']}"] += row["quantity"]
    found = [f"position in {key}: {fold.positions[key]} here, {theirs[key]} in the book"
             for key in sorted(set(theirs) | set(fold.positions)) if theirs[key] != fold.positions[key]]
    cash = opening_cash + fold.cash
    if cash != Decimal(account["cash"]):
        found.append(f"cash: {cash} here, {account['cash']} in the book")
    return found
