#!/usr/bin/env python3
"""An independent computation of a backtest, for comparison.

Follows docs/kernel.md from the same bars and the same configuration as
`bulkhead backtest --json`, shares no code with it, and prints the same JSON.
"""

import argparse
import json
import sys
from decimal import Decimal
from pathlib import Path

import bars
import clock
import settings as configuration
from bars import Feed
from broker import Broker
from model import Signal
from portfolio import Json
from settings import Settings
from strategies import Host


def run(settings: Settings, feed: Feed) -> Json:
    """All brokers over all frames."""
    host = Host(settings.strategies, settings.session)
    listed = {strategy.name: strategy.brokers
              for strategy in settings.strategies}
    brokers = {config.name: Broker(config, settings.schedule,
                                   settings.session)
               for config in settings.brokers}
    last: dict[str, Decimal] = {}
    for frame in feed.frames:
        for tick in frame.ticks:
            last[tick.instrument.key] = tick.price
        signals = host.on_frame(frame)
        for name, broker in brokers.items():
            mine: list[Signal] = [signal for signal in signals
                                  if name in listed[signal.strategy]]
            broker.on_frame(frame, mine, last)
    return {"brokers": {name: broker.report(last)
                        for name, broker in brokers.items()},
            "frames": len(feed.frames),
            "malformed_rows": len(feed.problems)}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--config", type=Path, required=True,
                        help="the product's YAML file")
    parser.add_argument("--data", type=Path, required=True,
                        help="folder with *.csv, or one file, of bars")
    parser.add_argument("--from", dest="first", type=clock.parse_date,
                        help="first date, yyyy-mm-dd")
    parser.add_argument("--to", dest="last", type=clock.parse_date,
                        help="last date, included")
    parser.add_argument("--brokers", type=lambda text: text.split(","),
                        help="active brokers instead of the file's")
    parser.add_argument("--strategies", type=Path,
                        help="folder of strategy files instead of the "
                             "configured one")
    parser.add_argument("--set", dest="overrides", action="append",
                        default=[], metavar="DOTTED.KEY=VALUE",
                        help="overrides the YAML file; may be repeated")
    return parser.parse_args()


def main() -> int:
    """Prints the result; refused rows go to standard error."""
    given = arguments()
    settings = configuration.load(given.config, given.overrides,
                                  given.brokers, given.strategies)
    feed = bars.load(given.data, settings.instruments, settings.session,
                     given.first, given.last)
    for problem in feed.problems:
        print(problem, file=sys.stderr)
    json.dump(run(settings, feed), sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
