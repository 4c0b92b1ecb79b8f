#!/usr/bin/env python3
"""An independent computation of a backtest, for comparison.

Follows docs/kernel.md from the same bars and the same configuration as
`bulkhead backtest --json`, shares no code with it, and prints the same JSON.
"""

import argparse
import datetime
import json
import sys
from pathlib import Path

import bars
import clock
import settings as configuration
import tick_files
from bars import Feed
from broker import Broker
from host import Host
from report import Json, broker_json
from rules import Quote
from settings import Settings

Day = datetime.date


def run(settings: Settings, feed: Feed, history: Feed) -> Json:
    """All brokers over all frames; the history only warms strategies up."""
    host = Host(settings.strategies, settings.session)
    host.warm_up(history.frames)
    listed = {strategy.name: strategy.brokers
              for strategy in settings.strategies}
    brokers = {config.name: Broker(config, settings.schedule,
                                   settings.session)
               for config in settings.brokers}
    quotes: dict[str, Quote] = {}
    for frame in feed.frames:
        for tick in frame.ticks:
            quotes[tick.instrument.key] = Quote(tick.price, frame.ts)
        signals = host.on_frame(frame)
        for name, broker in brokers.items():
            broker.on_frame(frame, [signal for signal in signals if name
                                    in listed[signal.strategy]], quotes)
    last = {key: quote.last for key, quote in quotes.items()}
    date = clock.date_of(max((quote.ts for quote in quotes.values()),
                             default=0))
    return {"brokers": {name: broker_json(broker, last, date)
                        for name, broker in brokers.items()},
            "frames": len(feed.frames),
            "malformed_rows": len(feed.problems)}


def load(settings: Settings, data: Path, first: Day | None,
         last: Day | None) -> Feed:
    """Of the configured kind."""
    if settings.feed_kind == "ticks":
        return tick_files.load(data, settings.instruments, settings.session,
                               (first, last), settings.clock_times)
    return bars.load(data, settings.instruments, settings.session, first,
                     last, settings.clock_times)


def load_history(settings: Settings, data: Path, feed: Feed) -> Feed:
    """The days before the feed's first date; nothing without warm-up."""
    if settings.warm_up_days < 1 or not feed.frames:
        return Feed()
    first = clock.date_of(feed.frames[0].ts)
    return load(settings, data,
                first - datetime.timedelta(days=settings.warm_up_days),
                first - datetime.timedelta(days=1))


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
    feed = load(settings, given.data, given.first, given.last)
    for problem in feed.problems:
        print(problem, file=sys.stderr)
    history = load_history(settings, given.data, feed)
    json.dump(run(settings, feed, history), sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
