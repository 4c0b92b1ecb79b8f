"""A made-up day for tests of scale: instruments, strategies, bars, brokers.

All of it follows from one seed. The limits are wide, so that strategies do
not meet in a broker's rules: what each does then depends on it alone.
"""

import random
from pathlib import Path

KINDS = {
    "ema_cross": ("fast: {a}\n  slow: {b}\n  interval_s: {i}\n"
                  "  cooldown_s: 60\n  allow_short: 1", (3, 6), (8, 20)),
    "mean_reversion": ("window: {b}\n  entry_z: \"1.5\"\n  exit_z: \"0.25\"\n"
                       "  interval_s: {i}\n  cooldown_s: 120\n"
                       "  limit_offset_ticks: {a}\n  allow_short: 1",
                       (0, 3), (8, 20)),
    "low_frequency_demo": ("period_s: {b}", (1, 1), (900, 2400)),
    "momentum": ("lookback: {a}\n  threshold_bps: \"{b}\"\n"
                 "  interval_s: {i}\n  cooldown_s: 120\n  allow_short: 1",
                 (3, 9), (15, 40)),
    "rsi": ("period: {a}\n  oversold: \"30\"\n  overbought: \"70\"\n"
            "  exit_level: \"50\"\n  interval_s: {i}\n  cooldown_s: 120\n"
            "  allow_short: 1", (6, 15), (1, 1)),
    "opening_range_breakout": ("range_minutes: {b}\n"
                               "  stop_loss_ticks: {a}\n"
                               "  target_ticks: 90\n"
                               "  latest_entry: \"14:30\"\n"
                               "  allow_short: 1", (20, 60), (10, 45)),
}
# Of each broker's paper exchange: no two treat an order alike.
EXCHANGES = (
    {},
    {"slippage": "bps", "slippage_bps": "3"},
    {"slippage": "ticks", "slippage_ticks": "1"},
    {"latency_min_ms": "500", "latency_max_ms": "30000"},
    {"partial_fill_percent": "40"},
    {"reject_percent": "5"},
    {"slippage": "depth", "partial_fill_percent": "10", "seed": "7"},
    {"latency_max_ms": "2000", "reject_percent": "2", "slippage": "bps",
     "slippage_bps": "1"},
)
BROKERS = tuple(f"p{number + 1}" for number in range(len(EXCHANGES)))
DATE = "2024-01-08"
HEADER = ("instrument_token,exchange_token,tradingsymbol,name,last_price,"
          "expiry,strike,tick_size,lot_size,instrument_type,segment,exchange")


def keys(count: int) -> list[str]:
    """The instruments' keys."""
    return [f"NSE:SCALE{number:03}" for number in range(count)]


def write_instruments(file: Path, count: int) -> None:
    """Kite's form."""
    rows = [f"{number + 1},{number + 1},{key.partition(':')[2]},SCALE,0,,0,"
            f"0.05,1,EQ,NSE,NSE" for number, key in enumerate(keys(count))]
    file.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")


def write_bars(folder: Path, count: int, seed: int) -> None:
    """A file of one-minute bars of the whole session per instrument."""
    folder.mkdir()
    draw = random.Random(seed)
    for key in keys(count):
        symbol = key.partition(":")[2]
        steps = draw.randint(2_000, 60_000)
        rows = ["symbol,date,time,open,high,low,close,volume,oi"]
        for minute in range(1, 376):
            path = [steps]
            for _ in range(3):
                path.append(max(20, path[-1] + draw.randint(-25, 25)))
            prices = ",".join(f"{price // 20}.{price % 20 * 5:02}" for price in
                              (path[0], max(path), min(path), path[-1]))
            at = 9 * 60 + 15 + minute
            rows.append(f"{symbol},{DATE.replace('-', '')},"
                        f"{at // 60:02}:{at % 60:02},{prices},0,0")
            steps = path[-1]
        (folder / f"{symbol}.csv").write_text("\n".join([*rows, ""]),
                                              encoding="utf-8")


def write_strategies(folder: Path, count: int, instruments: int,
                     seed: int) -> dict[str, list[str]]:
    """One YAML each; returns the brokers of each strategy.

    MIS and NRML: the depository's charge on a CNC sale is once a day for the
    whole account, so deliveries of two strategies do meet.
    """
    folder.mkdir()
    draw = random.Random(seed)
    brokers = {}
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        parameters, first, second = KINDS[kind]
        name = f"s{number:03}_{kind}"
        brokers[name] = sorted(draw.sample(BROKERS, draw.randint(1, 4)))
        text = parameters.format(a=draw.randint(*first),
                                 b=draw.randint(*second),
                                 i=draw.choice((60, 90, 120, 180)))
        watched = draw.sample(keys(instruments), draw.randint(1, 6))
        (folder / f"{name}.yaml").write_text(
            f"name: {name}\nstrategy: {kind}\n"
            f"brokers: [{', '.join(brokers[name])}]\n"
            f"instruments: [{', '.join(watched)}]\n"
            f"product: {'NRML' if number % 7 == 0 else 'MIS'}\n"
            f"parameters:\n  {text}\n  quantity: {draw.randint(1, 50)}\n",
            encoding="utf-8")
    return brokers


def environment(brokers: tuple[str, ...]) -> dict[str, str]:
    """Those paper brokers, each with its own exchange and wide limits."""
    result = {"ACTIVE_BROKERS": ",".join(brokers)}
    for broker in brokers:
        options = {"KIND": "paper", "CAPITAL": "1000000000000.00",
                   "RISK__MAX_ORDER_QUANTITY": "0",
                   "RISK__MAX_ORDER_VALUE": "0.00",
                   "RISK__MAX_POSITION_QUANTITY": "0",
                   "RISK__MAX_ORDERS_PER_SECOND": "0",
                   "RISK__EXIT_RESERVE_PER_SECOND": "0"}
        for name, value in EXCHANGES[BROKERS.index(broker)].items():
            options[f"PAPER__{name.upper()}"] = value
        result.update({f"TRADING__{broker.upper()}__{name}": value
                       for name, value in options.items()})
    return result
