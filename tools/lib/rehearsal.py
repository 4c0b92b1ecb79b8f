#!/usr/bin/env python3
"""A rehearsal of live trading, for tools/demo: the session in tests/data, the same strategies, two brokers. paper fills
against the feed, in the node; zerodha, in a process of its own, places its orders at bulkhead-kite-sim over HTTP. Then what
zerodha's journal says is held against the simulator's book, and paper's figures against a backtest of the day.

usage: rehearsal.py --bin FOLDER --data-dir FOLDER --logs FOLDER [--speed N]
Exit status: 0 the books agree, 1 they differ or something failed.
"""

import argparse
import contextlib
import http.client
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).resolve().parent))
from book_check import Fold, differences, rejections  # noqa: E402

USER = "SIM001"  # the simulator's own app: it guards nothing
API_KEY, API_SECRET = "simkey", "simsecret"
OPENING_CASH = 100_000_000
PATIENCE_S = 300  # ends a hang


class Failed(Exception):
    """What to tell the user."""


class Simulator:
    """bulkhead-kite-sim, its market standing still before the session's first minute. Ended by process id."""

    def __init__(self, binaries: Path, private: Path, log: Path) -> None:
        port_file = private / "port"
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                [str(binaries / "bulkhead-kite-sim"), "--instruments", str(ROOT / "config" / "instruments.csv"),
                 "--port-file", str(port_file), "--market", "replay", "--path", str(ROOT / "tests" / "data"),
                 "--from", "2022-01-03", "--speed", "0", "--no-limits", "--trade-indices", "--auto-login",
                 "--cash", str(OPENING_CASH)], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        end = time.monotonic() + PATIENCE_S
        while not port_file.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise Failed(f"the simulator does not start: {log}")
            time.sleep(0.02)
        self.port = int(port_file.read_text(encoding="utf-8"))
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    def call(self, method: str, path: str, body: str | None = None) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            answer = connection.getresponse()
            answer.body = answer.read()
            return answer

    def book(self) -> dict:
        return json.loads(self.call("GET", "/admin/book").body)["data"]


def write_private(file: Path, text: str) -> Path:
    file.touch(mode=0o600)
    file.write_text(text + "\n", encoding="utf-8")
    return file


def log_in(binaries: Path, private: Path, simulator: Simulator) -> str:
    """What a user does each morning: start the command, follow its link, paste where the browser was sent."""
    login = subprocess.Popen(
        [str(binaries / "bulkhead"), "login", "zerodha", "--api-key-file", str(write_private(private / "key", API_KEY)),
         "--api-secret-file", str(write_private(private / "secret", API_SECRET)), "--session-file",
         str(private / "session"), "--kite", simulator.url, "--login-page", simulator.url + "/connect/login", "--paste"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        page = urllib.parse.urlsplit(login.stdout.readline().strip())
        redirect = simulator.call("GET", f"{page.path}?{page.query}").getheader("Location") or ""
        said, _ = login.communicate(redirect + "\n", timeout=PATIENCE_S)
    finally:
        if login.poll() is None:
            login.kill()
            login.wait()
    if login.returncode != 0:
        raise Failed(f"bulkhead login zerodha failed: {said}")
    return said.strip().splitlines()[-1].split("; the session is in")[0] + " at the simulated exchange"


def kite_options(private: Path, simulator: Simulator) -> list[str]:
    """What turns live placing on. Short waits and wide rate limits, because the market's hours pass in seconds."""
    options = {"enabled": "true", "kite.url": simulator.url, "kite.socket_url": f"ws://127.0.0.1:{simulator.port}",
               "kite.api_key_file": private / "key", "kite.api_secret_file": private / "secret",
               "kite.session_file": private / "session",
               "kite.absence_after_ms": 500, "kite.between_absences_ms": 200, "kite.poll_ms": 100,
               "kite.orders_per_second": 1000, "kite.orders_per_minute": 100000, "kite.algo_id": "rehearsal"}
    return [part for name, value in options.items() for part in ("--set", f"trading.zerodha.{name}={value}")]


def has_begun(journal_file: Path) -> bool:
    """Whether the first frame has come: with it the account is opened, the journal's first event. Every second earlier
    that the simulated market moves would be minutes that it closes before the node's square-off."""
    try:
        with contextlib.closing(sqlite3.connect(f"{journal_file.absolute().as_uri()}?mode=ro", uri=True)) as file:
            return file.execute("SELECT EXISTS (SELECT 1 FROM events)").fetchone() == (1,)
    except sqlite3.Error:
        return False  # not there yet


def play(arguments: argparse.Namespace, private: Path, simulator: Simulator) -> None:
    """Runs the node to the session's end, and prints its tables. The market starts to move with the node's feed."""
    command = [str(arguments.bin / "bulkhead"), "run", "--config", str(ROOT / "config" / "bulkhead.yaml"), "--data-dir",
               str(arguments.data_dir), "--brokers", "paper,zerodha", "--speed", str(arguments.speed),
               *kite_options(private, simulator)]
    log = arguments.logs / "demo.log"
    with open(log, "w", encoding="utf-8") as out, open(private / "tables", "w+", encoding="utf-8") as tables:
        node = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=tables, stderr=subprocess.PIPE, text=True)
        try:
            while node.poll() is None and not has_begun(arguments.data_dir / "paper.journal.db"):
                time.sleep(0.005)
            simulator.call("POST", "/admin/speed", f"speed={arguments.speed}")
            for line in node.stderr:
                out.write(line)
                if line.startswith(("run:", "note:")):
                    print("      " + line.rstrip(), flush=True)
            node.wait(timeout=PATIENCE_S)
        finally:
            if node.poll() is None:
                node.terminate()
                node.wait(timeout=60)
        tables.seek(0)
        print("\n" + tables.read())
    if node.returncode != 0:
        tail = log.read_text(encoding="utf-8").splitlines()[-40:]
        raise Failed("\n".join([*tail, f"the run failed; its log: {log}, its journals: {arguments.data_dir}"]))


def journal(arguments: argparse.Namespace, broker: str) -> list[dict]:
    done = subprocess.run([str(arguments.bin / "bulkhead"), "journal", "dump", "--data-dir", str(arguments.data_dir),
                           "--broker", broker], capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    if done.returncode != 0:
        raise Failed(f"the journal of {broker} cannot be read back: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_zerodha(arguments: argparse.Namespace, simulator: Simulator) -> bool:
    events, book = journal(arguments, "zerodha"), simulator.book()
    fold, found = Fold(events), differences(events, book, USER, OPENING_CASH)
    for difference in found:
        print(f"      zerodha: {difference}")
    if not fold.orders or not fold.fills:
        found.append("nothing was traded")
        print(f"      zerodha: {len(fold.orders)} orders and {len(fold.fills)} fills: that was no rehearsal")
    if found:
        return False
    held = {key: units for key, units in fold.positions.items() if units}
    position = ", ".join(f"{units} of {key}" for key, units in sorted(held.items())) or "flat"
    outside = len(fold.orders) - sum(row["account_id"] == USER for row in book["orders"])
    ended = f" ({outside} refused or cancelled before the book had them)" if outside else ""
    print(f"      zerodha: {len(fold.orders)} orders{ended}, {len(fold.fills)} fills, {position}, {fold.cash:+,.2f} rupees "
          "from trades; the simulator's book says the same")
    asked = Counter()
    for what, count in book["requests"].items():
        asked[what if what.endswith("/orders") else what.split()[0] + " of other kinds"] += count
    print("      zerodha asked it: " + ", ".join(f"{count} {what}" for what, count in asked.most_common()))
    why = rejections(events)
    if why:
        rules = ", ".join(f"{count} by {rule}" for rule, count in why.most_common())
        print(f"      zerodha: signals that risk rejected: {rules}")
    return True


def check_paper(arguments: argparse.Namespace) -> bool:
    """The kernel alone, without clock, processes and journals, must come to the same figures."""
    done = subprocess.run([str(arguments.bin / "bulkhead"), "backtest", "--json", "--config",
                           str(ROOT / "config" / "bulkhead.yaml"), "--brokers", "paper"],
                          capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    if done.returncode != 0:
        raise Failed(f"the backtest failed: {done.stderr}")
    alone, fold = json.loads(done.stdout)["brokers"]["paper"], Fold(journal(arguments, "paper"))
    here = {"orders": len(fold.orders), "fills": len(fold.fills), "net": fold.net}
    there = {"orders": len(alone["orders"]), "fills": len(alone["fills"]),
             "net": alone["portfolio"]["performance"]["net"]}
    if here != there:
        print(f"      paper: {here} beside zerodha, {there} in a backtest")
        return False
    print(f"      paper: {here['orders']} orders, {here['fills']} fills, net {here['net']} rupees; a backtest of the day "
          "says the same")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--bin", type=Path, required=True, help="folder of bulkhead and bulkhead-kite-sim")
    parser.add_argument("--data-dir", type=Path, required=True, help="folder of journals and views")
    parser.add_argument("--logs", type=Path, required=True, help="folder of the logs")
    parser.add_argument("--speed", type=int, default=750, help="times real time, for the feed and the simulated exchange")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the simulator and the folder go, too
    private = Path(tempfile.mkdtemp(prefix="bulkhead-demo-"))  # mode 0700
    simulator = None
    try:
        simulator = Simulator(arguments.bin, private, arguments.logs / "demo-simulator.log")
        print("      " + log_in(arguments.bin, private, simulator), flush=True)
        play(arguments, private, simulator)
        agree = [check_zerodha(arguments, simulator), check_paper(arguments)]
    except (Failed, OSError, subprocess.SubprocessError, http.client.HTTPException) as failure:
        print(f"rehearsal: {failure}", file=sys.stderr)
        return 1
    finally:
        if simulator is not None:
            simulator.stop()
        shutil.rmtree(private, ignore_errors=True)
    return 0 if all(agree) else 1


if __name__ == "__main__":
    sys.exit(main())
