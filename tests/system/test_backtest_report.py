"""The folder of `bulkhead backtest --report`, as files and in a real browser.

BULKHEAD_BIN names the program (default: build/release/bulkhead). The browser
part needs chromium, chromium-driver and python3-selenium, and says so aloud
where one of them is missing.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BULKHEAD_BIN",
                             ROOT / "build" / "release" / "bulkhead"))
FILES = ("report.html", "summary.json", "trades.csv", "fills.csv",
         "equity.csv")
PHONE, DESK = 390, 1280


def backtest(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    """Two paper brokers, the second one slower and worse, and Zerodha."""
    return subprocess.run(
        [str(BINARY), "backtest", *arguments], cwd=cwd, capture_output=True,
        text=True, timeout=120, check=False,
        env={"PATH": os.environ.get("PATH", ""),
             "ACTIVE_BROKERS": "paper,paper2,zerodha",
             "TRADING__PAPER2__KIND": "paper",
             "TRADING__PAPER2__ENABLED": "true",
             "TRADING__PAPER2__PAPER__SLIPPAGE": "ticks",
             "TRADING__PAPER2__PAPER__SLIPPAGE_TICKS": "2",
             "TRADING__PAPER2__PAPER__PARTIAL_FILL_PERCENT": "50",
             "TRADING__PAPER2__SQUARE_OFF": "off"})


def rows_of(file: Path) -> list[dict[str, str]]:
    """A CSV file's rows by column."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    """The exact sum of a column."""
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


def by(rows: list[dict[str, str]], *columns: str,
       ) -> dict[tuple[str, ...], list[dict[str, str]]]:
    """Rows that agree in these columns, together."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in columns)].append(row)
    return groups


class Report(unittest.TestCase):
    """One report for all tests of a class."""

    folder: Path
    printed: dict[str, Any]
    summary: dict[str, Any]

    @classmethod
    def setUpClass(cls) -> None:
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name) / "new" / "report"
        done = backtest("--json", "--report", str(cls.folder))
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.printed = json.loads(done.stdout)
        cls.summary = json.loads((cls.folder / "summary.json").read_text())


class Files(Report):
    """The tables say what the run said."""

    def test_the_folder_holds_the_five_files_and_nothing_else(self) -> None:
        self.assertEqual(sorted(FILES),
                         sorted(p.name for p in self.folder.iterdir()))

    def test_the_same_run_writes_the_same_files(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            again = backtest("--report", folder)
            self.assertEqual(0, again.returncode, again.stderr)
            for name in FILES:
                self.assertEqual((self.folder / name).read_bytes(),
                                 (Path(folder) / name).read_bytes(), name)

    def test_trades_add_up_to_the_portfolio(self) -> None:
        trades = by(rows_of(self.folder / "trades.csv"), "broker", "strategy")
        for broker, printed in self.printed["brokers"].items():
            for name, figures in printed["by_strategy"].items():
                rows = trades[broker, name]
                gross = (Decimal(figures["realised"])
                         + Decimal(figures["unrealised"]))
                self.assertEqual(gross, total(rows, "gross"), (broker, name))
                self.assertEqual(Decimal(figures["charges"]),
                                 total(rows, "charges"), (broker, name))
                self.assertEqual(Decimal(figures["net"]), total(rows, "net"),
                                 (broker, name))
        self.assertGreater(len(trades), 6)

    def test_open_positions_are_open_trades(self) -> None:
        trades = by(rows_of(self.folder / "trades.csv"), "broker", "exit")
        held = [p for p in
                self.printed["brokers"]["paper2"]["portfolio"]["positions"]
                if p["qty"] != 0]
        self.assertEqual(len(held), len(trades["paper2", "open"]))
        self.assertTrue(held)

    def test_fills_are_the_printed_ones(self) -> None:
        fills = by(rows_of(self.folder / "fills.csv"), "broker")
        for broker, printed in self.printed["brokers"].items():
            rows = fills[(broker,)]
            self.assertEqual([f["fill_id"] for f in printed["fills"]],
                             [row["fill_id"] for row in rows])
            self.assertEqual(Decimal(printed["portfolio"]["charges"]),
                             total(rows, "charges"))
            parts = sum(total(rows, name) for name in (
                "brokerage", "stt", "exchange", "sebi", "gst", "stamp", "dp"))
            self.assertEqual(total(rows, "charges"), parts)

    def test_equity_ends_where_the_portfolio_does(self) -> None:
        marks = by(rows_of(self.folder / "equity.csv"), "broker")
        for broker, printed in self.printed["brokers"].items():
            rows = marks[(broker,)]
            peak = Decimal(self.summary["brokers"][broker]["capital"])
            for row in rows:
                peak = max(peak, Decimal(row["equity"]))
                self.assertEqual(peak - Decimal(row["equity"]),
                                 Decimal(row["drawdown"]))
            self.assertEqual(sorted(row["time"] for row in rows),
                             [row["time"] for row in rows])
            equity = Decimal(printed["portfolio"]["equity"])
            self.assertEqual(equity, Decimal(rows[-1]["equity"]))
            self.assertEqual(
                equity, Decimal(self.summary["brokers"][broker]["equity"]))

    def test_summary_is_per_broker_and_never_over_brokers(self) -> None:
        self.assertEqual({"period", "data", "brokers", "settings"},
                         set(self.summary))
        for broker, printed in self.printed["brokers"].items():
            ours = self.summary["brokers"][broker]
            nets = [Decimal(f["net"]) for f in ours["by_strategy"].values()]
            self.assertEqual(Decimal(ours["account"]["net"]), sum(nets))
            self.assertEqual(len(printed["fills"]), ours["account"]["fills"])
            self.assertEqual(len(printed["orders"]), ours["orders"])

    def test_the_page_asks_the_network_for_nothing(self) -> None:
        page = (self.folder / "report.html").read_text()
        self.assertNotRegex(page, r"(?:src|href)=[\"'](?!#|data:)")
        self.assertNotRegex(page, r"@import|url\((?!#)")

    def test_a_folder_that_cannot_be_made_ends_with_2(self) -> None:
        done = backtest("--report", str(self.folder / "trades.csv"))
        self.assertEqual(2, done.returncode)
        self.assertIn("--report", done.stderr)
        self.assertIn("trades.csv", done.stderr)


def missing() -> str:
    """What the browser tests lack here; empty: nothing."""
    lacking = [name for name in ("chromium", "chromedriver")
               if shutil.which(name) is None]
    if webdriver is None:
        lacking.append("python3-selenium")
    return ", ".join(lacking)


@unittest.skipIf(missing(), f"SKIPPED, not installed: {missing()}")
class InABrowser(Report):
    """What a person meets who opens report.html."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        options = Options()
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu",
                     "--disable-dev-shm-usage"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        # quit() ends the driver that this started, by its process id, and
        # that driver its browser.
        cls.browser = webdriver.Chrome(
            service=Service(shutil.which("chromedriver")), options=options)
        cls.addClassCleanup(cls.browser.quit)

    def open(self, width: int) -> None:
        """The page at this width; what the console said before is gone."""
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1,
            "mobile": width == PHONE})
        self.browser.get_log("browser")
        self.browser.get((self.folder / "report.html").as_uri())
        self.browser.set_script_timeout(20)
        # Two frames: the first lays the page out, the second has the charts.
        self.browser.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => "
            "requestAnimationFrame(() => setTimeout(done, 0)));")

    def test_no_error_and_no_sideways_scrolling_at_any_width(self) -> None:
        for width in (PHONE, DESK):
            with self.subTest(width=width):
                self.open(width)
                self.assertEqual([], self.browser.get_log("browser"))
                inner, client, scroll = self.browser.execute_script(
                    "const root = document.documentElement; return "
                    "[innerWidth, root.clientWidth, root.scrollWidth]")
                # A phone's browser widens its window for what overflows.
                self.assertEqual(width, inner)
                self.assertEqual(client, scroll)

    def test_every_figure_equals_summary_json(self) -> None:
        self.open(DESK)
        shown = self.browser.execute_script(
            "return [...document.querySelectorAll('[data-figure]')]"
            ".map(e => [e.dataset.figure, e.textContent])")
        self.assertGreater(len(shown), 100)
        for pointer, text in shown:
            value: Any = self.summary
            for name in pointer.split("/")[1:]:
                value = value[name]
            with self.subTest(figure=pointer):
                bare = re.sub("[₹, %]", "", text).replace("−", "-")
                self.assertEqual(self.plain(value), bare)

    @staticmethod
    def plain(value: Any) -> str:
        """A value of summary.json as the page shows it, without grouping."""
        if value is None:
            return "n/a"
        if isinstance(value, int):
            return str(value)
        if "T" in value:
            return value[:19].replace("T", "")
        rounded = Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return str(abs(rounded) if rounded == 0 else rounded)

    def test_charts_are_drawn_and_follow_zoom_and_strategy(self) -> None:
        self.open(DESK)
        plots = self.browser.find_elements(By.CSS_SELECTOR, ".plot")
        self.assertGreaterEqual(len(plots), 8)
        for plot in plots:
            self.assertTrue(plot.find_elements(By.CSS_SELECTOR, "path.series"))
        tools = self.browser.find_element(By.CSS_SELECTOR, ".tools")
        period = tools.find_element(By.CSS_SELECTOR, ".range")
        whole = period.text
        tools.find_element(By.CSS_SELECTOR, "[data-do=in]").click()
        self.assertNotEqual(whole, period.text)
        tools.find_element(By.CSS_SELECTOR, "[data-do=all]").click()
        self.assertEqual(whole, period.text)
        entries = "return document.querySelector('.plot path.mark-in')"\
            ".getAttribute('d').split('M').length - 1"
        everyone = self.browser.execute_script(entries)
        tools.find_element(By.CSS_SELECTOR, "option:nth-of-type(2)").click()
        self.assertLess(self.browser.execute_script(entries), everyone)
        self.assertEqual([], self.browser.get_log("browser"))

    def test_a_chart_answers_the_keyboard(self) -> None:
        self.open(DESK)
        figure = self.browser.find_element(By.CSS_SELECTOR, ".chart")
        plot = figure.find_element(By.CSS_SELECTOR, ".plot")
        self.assertTrue(plot.get_attribute("aria-label"))
        plot.send_keys(Keys.END, Keys.ARROW_LEFT)
        readout = figure.find_element(By.CSS_SELECTOR, ".readout").text
        self.assertRegex(readout, r"^2022-01-03 15:2\d.*\d")

    def test_trades_sort_by_the_column_that_is_pressed(self) -> None:
        self.open(DESK)
        nets = ("return [...document.querySelector('.sortable.tall tbody')"
                ".rows].map(r => Number(r.cells[8].dataset.sort))")
        button = self.browser.find_elements(
            By.CSS_SELECTOR, ".sortable.tall th button")[8]
        self.assertEqual("Net ₹", button.text)
        before = self.browser.execute_script(nets)
        self.browser.execute_script("arguments[0].click()", button)
        self.assertEqual(sorted(before), self.browser.execute_script(nets))
        self.browser.execute_script("arguments[0].click()", button)
        self.assertEqual(sorted(before, reverse=True),
                         self.browser.execute_script(nets))


if __name__ == "__main__":
    unittest.main()
