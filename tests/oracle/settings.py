"""Reads the product's own configuration.

Every YAML scalar is taken as text and turned into an exact value here. The
product's loader refuses bad settings; this reader expects good ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import clock
import market_files
from broker import BrokerConfig
from charges import Schedule
from clock import Hours, Session
from draws import PaperSettings
from host import StrategyConfig
from limits import Limits, RiskSettings
from market_files import Tree, read_yaml, share
from model import CNC, MIS, NRML, Instrument

KINDS = ("paper", "zerodha")
# What holds where neither the file nor an override says anything.
BROKER_LIMITS = {
    "max_order_quantity": "1000", "max_order_value": "5000000.00",
    "max_position_quantity": "2000", "price_collar_bps": "300",
    "max_orders_per_second": "8", "exit_reserve_per_second": "2"}
MARGIN = {MIS: ("mis_percent", "20"), CNC: ("cnc_percent", "100"),
          NRML: ("nrml_percent", "100")}


@dataclass(frozen=True)
class Settings:
    """Everything a run needs besides the ticks."""

    brokers: list[BrokerConfig]
    session: Session
    instruments: list[Instrument]
    schedule: Schedule
    strategies: list[StrategyConfig]
    feed_kind: str = "replay"
    warm_up_days: int = 0

    @property
    def clock_times(self) -> list[int]:
        """Square-off times of the brokers that run."""
        return [broker.risk.square_off for broker in self.brokers
                if broker.risk.square_off is not None]


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


def listed(given: object) -> list[str]:
    """A list of the file, or text with commas."""
    if isinstance(given, list):
        return given
    return [one for one in str(given or "").split(",") if one]


def risk(tree: Tree, strategies: Iterable[StrategyConfig]) -> RiskSettings:
    """A broker's limits and those of each strategy at it."""
    each = tree.get("strategy_risk", {})
    until = tree.get("square_off", "15:20")
    margin = tree.get("margin", {})
    return RiskSettings(
        broker=Limits.of({**BROKER_LIMITS, **tree.get("risk", {})}),
        each_strategy=Limits.of(each),
        by_strategy={one.name: Limits.of({**each, **one.limits})
                     for one in strategies if one.limits},
        instruments=frozenset(listed(tree.get("instruments"))),
        square_off=None if until == "off" else clock.parse_time(until),
        margin_rates={product: share(margin.get(name, percent))
                      for product, (name, percent) in MARGIN.items()})


def paper(tree: Tree) -> PaperSettings:
    """How the paper exchange treats orders."""
    kinds = {"slippage": str}
    return PaperSettings(**{name: kinds.get(name, int)(value)
                            for name, value in tree.items()})


def broker(name: str, tree: Tree,
           strategies: Iterable[StrategyConfig]) -> BrokerConfig:
    """One entry of `trading`."""
    kind = tree.get("kind", name if name in KINDS else "paper")
    placing = truth(tree.get("enabled",
                             "true" if kind == "paper" else "false"))
    return BrokerConfig(
        name, placing, Decimal(tree.get("capital", "10000000.00")),
        risk(tree, strategies), paper(tree.get("paper", {})),
        int(tree.get("mark_interval_s", "60")))


def session(tree: Tree, holidays: Path | None) -> Session:
    """The exchange's hours and the dates that differ."""
    given = tree.get("session", {})
    return Session(Hours(clock.parse_time(given.get("open", "09:15")),
                         clock.parse_time(given.get("close", "15:30"))),
                   market_files.holidays(holidays))


def strategies(folder: Path) -> list[StrategyConfig]:
    """The enabled strategies of a folder, by name."""
    found = []
    for path in folder.glob("*.yaml"):
        tree = read_yaml(path)
        if truth(tree.get("enabled", "true")):
            found.append(StrategyConfig(
                tree["name"], tree["strategy"], tuple(tree["brokers"]),
                tuple(tree["instruments"]), tree.get("parameters", {}),
                tree.get("product", MIS), tree.get("risk") or {}))
    return sorted(found, key=lambda strategy: strategy.name)


def optional(files: Tree, name: str, folder: Path) -> Path | None:
    """As named; else the default, where it is there."""
    if name in files:
        return folder / files[name]
    default = folder / f"{name}.csv"
    return default if default.exists() else None


def load(path: Path, overrides: Iterable[str] = (),
         active: list[str] | None = None,
         strategies_dir: Path | None = None) -> Settings:
    """Everything; paths in the file are relative to the file."""
    tree = read_yaml(path)
    for assignment in overrides:
        override(tree, assignment)
    files, folder = tree["files"], path.parent
    running = strategies(strategies_dir or folder / files["strategies"])
    names = active or listed(tree["active_brokers"])
    freeze = market_files.freeze_quantities(
        optional(files, "freeze_quantities", folder))
    return Settings(
        [broker(name, tree["trading"].get(name, {}), running)
         for name in names],
        session(tree, optional(files, "holidays", folder)),
        market_files.instruments(folder / files["instruments"], freeze),
        market_files.schedule(folder / files["charges"]), running,
        tree.get("feed", {}).get("kind", "replay"),
        int(tree.get("strategies", {}).get("warm_up_days", "0")))
