"""Eight brokers, a hundred strategies, two hundred instruments, a whole day.

What each strategy does at a broker equals what it does there alone; the node
gives the figures of the backtest; its memory and its queues stay bounded.

The day is one-minute bars: 1,500 frames, 300,000 ticks. BULKHEAD_SCALE=full
takes a synthetic day instead, a tick a second of each instrument: 90,000
frames, 4,500,000 ticks.
"""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

import scale_day

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BULKHEAD_BIN",
                             ROOT / "build" / "release" / "bulkhead"))
FULL = os.environ.get("BULKHEAD_SCALE", "") == "full"
SEED = 20240108
INSTRUMENTS = 200
STRATEGIES = 100
# Small, so that both are reached.
WINDOW = 256
QUEUE = 2048
# Peaks, the report as JSON included. What a run keeps follows its orders, not
# its ticks: 15 times the ticks need the same.
NODE_MB = 800
BACKTEST_MB = 1000


def feed_options(folder: Path) -> list[str]:
    """The day, from bars or made by the synthetic feed."""
    keys = f"feed.instruments={','.join(scale_day.keys(INSTRUMENTS))}"
    if not FULL:
        return ["feed.kind=replay", f"feed.path={folder / 'bars'}", keys]
    return ["feed.kind=synthetic", f"feed.from={scale_day.DATE}",
            "feed.days=1", f"feed.seed={SEED}", keys]


class Done:
    """One run of the program: what it printed, and what it needed."""

    def __init__(self, what: str, folder: Path, strategies: Path,
                 brokers: tuple[str, ...], *more: str) -> None:
        options = [part for item in (
            *feed_options(folder), f"files.strategies={strategies}",
            f"files.instruments={folder / 'instruments.csv'}",
            f"files.freeze_quantities={folder / 'freeze.csv'}", *more)
            for part in ("--set", item)]
        environment = {"PATH": os.environ.get("PATH", ""),
                       **scale_day.environment(brokers)}
        with (folder / "out.json").open("w+b") as out, \
                (folder / "err.txt").open("w+b") as err, \
                subprocess.Popen(
                    [str(BINARY), what, "--json", "--config",
                     str(ROOT / "config" / "bulkhead.yaml"), *options],
                    stdout=out, stderr=err, env=environment,
                    cwd=folder) as program:
            _, status, usage = os.wait4(program.pid, 0)
            program.returncode = os.waitstatus_to_exitcode(status)
        text = (folder / "err.txt").read_text(encoding="utf-8")
        assert program.returncode == 0, text
        self.json: dict[str, Any] = json.loads(
            (folder / "out.json").read_text(encoding="utf-8"))
        self.brokers: dict[str, Any] = self.json["brokers"]
        self.peak_mb = usage.ru_maxrss / 1024
        self.cpu_s = usage.ru_utime + usage.ru_stime


def part_of(broker: dict[str, Any], strategy: str) -> dict[str, Any]:
    """All that the report says of one strategy."""
    result = {list_of: [row for row in broker[list_of]
                        if row["strategy"] == strategy]
              for list_of in ("orders", "fills", "rejections")}
    figures = dict(broker["by_strategy"].get(strategy) or {})
    # The account is marked whenever anybody fills: in company there are
    # more marks, so a peak may be seen that the strategy alone did not show.
    figures["performance"] = {
        name: figure for name, figure in figures.get("performance", {}).items()
        if name not in ("peak", "drawdown")}
    result["figures"] = figures
    return result


class ScaleTest(unittest.TestCase):
    """One backtest of the whole day, that the cases look at."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="bulkhead-scale-"))
        scale_day.write_instruments(cls.folder / "instruments.csv",
                                    INSTRUMENTS)
        (cls.folder / "freeze.csv").write_text("key,quantity\n",
                                               encoding="utf-8")
        if not FULL:
            scale_day.write_bars(cls.folder / "bars", INSTRUMENTS, SEED)
        cls.strategies = cls.folder / "strategies"
        cls.brokers_of = scale_day.write_strategies(
            cls.strategies, STRATEGIES, INSTRUMENTS, SEED)
        cls.whole = Done("backtest", cls.folder, cls.strategies,
                         scale_day.BROKERS)
        fills = sum(len(one["fills"]) for one in cls.whole.brokers.values())
        print(f"backtest: {fills} fills, {cls.whole.cpu_s:.1f} s of CPU, "
              f"peak {cls.whole.peak_mb:.0f} MB")

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.folder)

    def test_the_day_is_a_busy_one(self) -> None:
        """Or the other cases would show nothing."""
        for name, broker in self.whole.brokers.items():
            traded = {row["strategy"] for row in broker["fills"]}
            self.assertGreater(len(traded), 20, name)
            self.assertGreater(len(broker["fills"]), 500, name)
        self.assertLess(self.whole.peak_mb, BACKTEST_MB)

    def test_a_strategy_does_the_same_in_company_and_alone(self) -> None:
        """One of each kind, each at another broker, the same feed."""
        for number, kind in enumerate(scale_day.KINDS):
            of_kind = [one for one in self.brokers_of if one.endswith(kind)]
            name = of_kind[2 * number]
            broker = self.brokers_of[name][-1]
            folder = self.folder / f"only-{name}"
            folder.mkdir()
            shutil.copy(self.strategies / f"{name}.yaml", folder)
            with self.subTest(strategy=name, broker=broker):
                alone = Done("backtest", self.folder, folder, (broker,))
                expected = part_of(alone.brokers[broker], name)
                self.assertGreater(len(expected["fills"]), 0)
                self.assertEqual(
                    part_of(self.whole.brokers[broker], name), expected)

    def test_the_node_gives_the_figures_of_the_backtest(self) -> None:
        """In bounded memory, with bounded queues."""
        node = Done("run", self.folder, self.strategies, scale_day.BROKERS,
                    f"data_dir={self.folder / 'data'}",
                    f"feed.max_in_flight={WINDOW}", f"journal.queue={QUEUE}",
                    "journal.sync=normal")
        print(f"node: {node.cpu_s:.1f} s of CPU, peak {node.peak_mb:.0f} MB,"
              f" bounds {json.dumps(node.json['bounds'])}")
        for name, broker in self.whole.brokers.items():
            with self.subTest(broker=name):
                for part in ("signals", "validated", "withheld", "orders",
                             "fills", "rejections", "by_strategy"):
                    self.assertEqual(node.brokers[name][part], broker[part],
                                     part)
        self.check_bounds(node.json["bounds"])
        self.assertLess(node.peak_mb, NODE_MB)

    def check_bounds(self, bounds: dict[str, Any]) -> None:
        """What was held at most, beside what may be."""
        ahead = bounds["frames_ahead"]
        self.assertEqual(ahead["allowed"], WINDOW)
        self.assertLessEqual(ahead["most"], WINDOW)
        self.assertGreater(ahead["most"], 0)
        self.assertEqual(set(bounds["events_undurable"]),
                         set(scale_day.BROKERS))
        for name, events in bounds["events_undurable"].items():
            self.assertEqual(events["allowed"], QUEUE // 2, name)
            self.assertGreater(events["most"], 0, name)
            # A step is appended whole: it may pass the limit once.
            self.assertLessEqual(events["most"], QUEUE, name)
        # Each kept signal waits for an event of its own, or for its frame.
        self.assertLessEqual(bounds["signals_retained"]["most"], QUEUE)


if __name__ == "__main__":
    unittest.main()
