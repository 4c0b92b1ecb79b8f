"""Reads the files beside the YAML: instruments, holidays, freeze, charges."""

import csv
import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

import clock
from charges import Dp, Period, Rates, Schedule
from clock import Hours
from model import Instrument

Tree = dict[str, Any]
DERIVATIVES = ("-FUT", "-OPT")


def read_yaml(path: Path) -> Tree:
    """The file as nested dicts of texts."""
    with path.open(encoding="utf-8") as file:
        tree = yaml.load(file, Loader=yaml.BaseLoader)
    if not isinstance(tree, dict):
        raise ValueError(f"{path}: not a mapping")
    return tree


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Of a CSV file with a header, comments left out."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(line for line in file
                                  if not line.startswith("#"))


def freeze_quantities(path: Path | None) -> dict[str, int]:
    """By instrument key or underlying's name; nothing without a file."""
    return {row["key"]: int(row["quantity"])
            for row in (rows(path) if path else ())}


def instruments(path: Path, freeze: Mapping[str, int]) -> list[Instrument]:
    """Kite's columns, found by their names."""
    found = []
    for number, row in enumerate(rows(path)):
        key = f"{row['exchange']}:{row['tradingsymbol']}"
        segment = row["segment"]
        most = freeze.get(key, 0)
        if not most and segment.endswith(DERIVATIVES):
            most = freeze.get(row["name"], 0)
        found.append(Instrument(
            number, key, row["tradingsymbol"], Decimal(row["tick_size"]),
            int(row["lot_size"]), segment, most))
    return found


def holidays(path: Path | None) -> dict[datetime.date, Hours | None]:
    """Dates without a session, and those with hours of their own."""
    found: dict[datetime.date, Hours | None] = {}
    for row in (rows(path) if path else ()):
        date = clock.parse_date(row["date"])
        found[date] = None if row["kind"] == "holiday" else Hours(
            clock.parse_time(row["open"]), clock.parse_time(row["close"]))
    return found


def share(percent: str) -> Decimal:
    """A fraction of 1."""
    return Decimal(percent) / 100


def rates(segment: Tree) -> Rates:
    """One segment of a period."""
    of_order = segment["brokerage"]
    flat = of_order.get("flat")
    return Rates(
        brokerage=share(of_order.get("percent", "0")),
        brokerage_cap=Decimal(of_order.get("cap", "0")),
        brokerage_flat=None if flat is None else Decimal(flat),
        stt_buy=share(segment["stt"]["buy_percent"]),
        stt_sell=share(segment["stt"]["sell_percent"]),
        exchange=share(segment["exchange_percent"]),
        sebi=share(segment["sebi_percent"]),
        stamp_buy=share(segment["stamp"]["buy_percent"]),
        stamp_sell=share(segment["stamp"]["sell_percent"]))


def period(tree: Tree) -> Period:
    """One schedule of charges.yaml."""
    dp = tree["dp"]
    return Period(
        clock.parse_date(tree["from"]),
        {name: rates(tree[name]) for name in (
            "equity_intraday", "equity_delivery", "futures", "options")},
        share(tree["gst"]["percent"]), tuple(tree["gst"]["on"]),
        Dp(Decimal(dp["amount"]), dp["gst"] == "added",
           dp["on"] == "every_order"))


def schedule(path: Path) -> Schedule:
    """The dated rates; percents become fractions."""
    return Schedule([period(tree) for tree in read_yaml(path)["schedules"]])
