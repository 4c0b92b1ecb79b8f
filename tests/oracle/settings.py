"""Reads the product's own configuration: YAML, charges, instruments.

Every YAML scalar is taken as text and turned into an exact value here. The
product's loader refuses bad settings; this reader expects good ones.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

import clock
from broker import BrokerConfig
from charges import Rates, Schedule
from clock import Session
from model import Instrument
from risk import Limits
from strategies import StrategyConfig

Tree = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """Everything a run needs besides the bars."""

    brokers: list[BrokerConfig]
    session: Session
    instruments: list[Instrument]
    schedule: Schedule
    strategies: list[StrategyConfig]


def read_yaml(path: Path) -> Tree:
    """The file as nested dicts of texts."""
    with path.open(encoding="utf-8") as file:
        tree = yaml.load(file, Loader=yaml.BaseLoader)
    if not isinstance(tree, dict):
        raise ValueError(f"{path}: not a mapping")
    return tree


def truth(given: str) -> bool:
    """true or false."""
    return {"true": True, "false": False}[given]


def override(tree: Tree, assignment: str) -> None:
    """Applies dotted.key=value, making sections as needed."""
    path, equals, value = assignment.partition("=")
    if not equals:
        raise ValueError(f"--set {assignment!r}: not dotted.key=value")
    *sections, name = path.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
    tree[name] = value


def fill_in(given: Tree, defaults: Tree) -> Tree:
    """given, with what it lacks taken from defaults."""
    merged = dict(defaults)
    for name, value in given.items():
        known = merged.get(name)
        merged[name] = (fill_in(value, known) if isinstance(value, dict)
                        and isinstance(known, dict) else value)
    return merged


def broker(name: str, tree: Tree) -> BrokerConfig:
    """One entry of `trading`."""
    limits = tree["risk"]
    return BrokerConfig(
        name, truth(tree.get("enabled", "false")), Decimal(tree["capital"]),
        Limits(int(limits["max_order_quantity"]),
               Decimal(limits["max_order_value"]),
               int(limits["max_position_quantity"]),
               int(limits["price_collar_bps"]),
               int(limits["max_orders_per_second"]),
               int(limits["exit_reserve_per_second"])))


def brokers(tree: Tree, in_file: Iterable[str],
            names: list[str]) -> list[BrokerConfig]:
    """The active brokers; one that the file lacks is like paper."""
    trading = tree["trading"]
    in_file = set(in_file)
    return [broker(name, trading[name] if name in in_file else
                   fill_in(trading.get(name, {}), trading["paper"]))
            for name in names]


def seconds(given: str) -> int:
    """hh:mm or hh:mm:ss since midnight."""
    hours, minutes, *rest = map(int, given.split(":"))
    return hours * 3600 + minutes * 60 + sum(rest)


def session(tree: Tree) -> Session:
    """The exchange's hours."""
    given = tree.get("session", {})
    return Session(seconds(given.get("open", "09:15")),
                   seconds(given.get("close", "15:30")))


def instruments(path: Path) -> list[Instrument]:
    """Kite's columns, found by their names."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file
                              if not line.startswith("#"))
        return [Instrument(number, f"{row['exchange']}:"
                           f"{row['tradingsymbol']}", row["tradingsymbol"],
                           Decimal(row["tick_size"]))
                for number, row in enumerate(rows)]


def schedule(path: Path) -> Schedule:
    """The dated rates; percents become fractions."""
    return Schedule([rates(period) for period
                     in read_yaml(path)["schedules"]])


def rates(period: Tree) -> Rates:
    """One period of charges.yaml."""
    def share(percent: str) -> Decimal:
        return Decimal(percent) / 100

    return Rates(
        start=clock.parse_date(period["from"]),
        brokerage=share(period["brokerage"]["percent"]),
        brokerage_cap=Decimal(period["brokerage"]["cap"]),
        stt_buy=share(period["stt"]["buy_percent"]),
        stt_sell=share(period["stt"]["sell_percent"]),
        exchange=share(period["exchange_percent"]),
        sebi=share(period["sebi_percent"]),
        gst=share(period["gst_percent"]),
        stamp_buy=share(period["stamp"]["buy_percent"]),
        stamp_sell=share(period["stamp"]["sell_percent"]))


def strategies(folder: Path) -> list[StrategyConfig]:
    """The enabled strategies of a folder, by name."""
    found = []
    for path in folder.glob("*.yaml"):
        tree = read_yaml(path)
        if truth(tree.get("enabled", "true")):
            found.append(StrategyConfig(
                tree["name"], tree["strategy"], tuple(tree["brokers"]),
                tuple(tree["instruments"]), tree.get("parameters", {})))
    return sorted(found, key=lambda strategy: strategy.name)


def load(path: Path, overrides: Iterable[str] = (),
         active: list[str] | None = None,
         strategies_dir: Path | None = None) -> Settings:
    """Everything; paths in the file are relative to the file."""
    tree = read_yaml(path)
    in_file = tuple(tree["trading"])
    for assignment in overrides:
        override(tree, assignment)
    files, folder = tree["files"], path.parent
    return Settings(
        brokers(tree, in_file, active or tree["active_brokers"]),
        session(tree),
        instruments(folder / files["instruments"]),
        schedule(folder / files["charges"]),
        strategies(strategies_dir or folder / files["strategies"]))
