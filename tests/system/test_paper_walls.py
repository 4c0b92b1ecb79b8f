"""Paper and Zerodha's secrets have nothing to do with each other: 10,000 paper orders make no outbound request, the process
that holds paper has no connection to Zerodha and no Zerodha secret, and no secret is in anything that the node writes or
shows. Nothing here asks the node: connections, memory, arguments and environment are the kernel's word.

BULKHEAD_PAPER_ORDERS sets the number of paper orders (default 10000).
"""

import os
import signal
import subprocess
import time
import unittest
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import kite_node
from kite_node import BINARY, Rehearsal
from kite_sim import PATIENCE_S, ROOT, USER

ORDERS = int(os.environ.get("BULKHEAD_PAPER_ORDERS", "10000"))
ORDERS_A_DAY = 11000  # of the strategy below, at the least
CANARIES = {"api_key": "kcanary7q4pm2", "api_secret": "scanary9x1vt6"}
PAPER_ORDERS = """name: many_orders
strategy: low_frequency_demo
brokers: [paper]
instruments: [NSE:NIFTY, NSE:BANKNIFTY]
parameters: {period_s: 4, quantity: 50}
"""
WIDE = {f"trading.paper.risk.{name}": "0" for name in
        ("exit_reserve_per_second", "max_orders_per_second", "exit_reserve_per_minute", "max_orders_per_minute",
         "max_orders_per_day", "max_day_loss", "max_drawdown", "duplicate_window_ms")}


def tcp_connections(pid: int) -> list[str]:
    """Local and remote address, in the kernel's form, of every TCP socket that the process holds; gone: none."""
    base = Path(f"/proc/{pid}")
    try:
        inodes = {os.readlink(fd) for fd in (base / "fd").iterdir()}
        rows = [line.split() for table in ("tcp", "tcp6") for line in (base / "net" / table).read_text().splitlines()[1:]]
    except OSError:
        return []
    return [f"{row[1]} {row[2]}" for row in rows if f"socket:[{row[9]}]" in inodes]


def memory(pid: int) -> Iterator[bytes]:
    """What the process has in its memory: every readable mapping, in pieces that overlap."""
    piece, overlap = 1 << 22, 64
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if "r" not in rights or line.endswith(("[vvar]", "[vsyscall]")):
                continue
            at, end = (int(part, 16) for part in span.split("-"))
            while at < end:
                try:
                    mem.seek(at)
                    yield mem.read(min(piece, end - at))
                except (OSError, ValueError):
                    break  # a page that nobody can read, or unmapped by now
                at += piece - overlap


def found_in(contents: Iterator[bytes], words: dict[str, str]) -> set[str]:
    found = set()
    for content in contents:
        found |= {name for name, word in words.items() if word.encode() in content}
    return found


class CanaryRehearsal(Rehearsal):
    """With secrets that nothing else in the world is spelt like."""

    def __init__(self, *sim: str, **more: object) -> None:
        super().__init__(*sim, **more)
        self.words = dict(CANARIES)

    def __enter__(self) -> "CanaryRehearsal":
        with mock.patch.multiple(kite_node, API_KEY=CANARIES["api_key"], API_SECRET=CANARIES["api_secret"]):
            return super().__enter__()

    def log_in(self) -> None:
        _, headers, _ = self.sim.call("POST", "/connect/login", {"api_key": CANARIES["api_key"]})
        self.words["request_token"] = headers["location"].split("request_token=")[1].split("&")[0]
        done = subprocess.run(
            [str(BINARY), "login", "zerodha", "--api-key-file", str(self.folder / "key"), "--api-secret-file",
             str(self.folder / "secret"), "--session-file", str(self.session_file), "--kite", self.sim.root, "--paste"],
            input=self.words["request_token"] + "\n", capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        self.words["access_token"] = self.session_file.read_text(encoding="utf-8").split('"access_token":"')[1].split('"')[0]
        # The link to the login page has the app's key in it, as Zerodha wants it; nothing else of what is said does.
        said = done.stderr + "\n".join(done.stdout.splitlines()[1:])
        assert not found_in(iter([said.encode()]), self.words), said


class Canary(unittest.TestCase):
    def test_no_secret_is_anywhere_but_in_the_process_that_needs_it(self) -> None:
        # Stopped while they are looked at, longer than a healthy process is silent.
        with CanaryRehearsal(brokers="paper,zerodha", settings={"process.silence_ms": 600000, "log.level": "trace"}) as rehearsal:
            for kind, how in (("http_5xx", {"after": True}), ("html", {}), ("cut_reply", {}), ("http_429", {})):
                rehearsal.sim.fault(kind, count=1, method="POST", path="/orders", **how)
            run = rehearsal.start()
            kite_node.wait_until(lambda: len(rehearsal.sim.book()["orders"]) > 3 or run.poll() is not None, "orders")
            processes = (run.pid, run.broker_process())
            for pid in processes:
                os.kill(pid, signal.SIGSTOP)
            try:
                self.look_at_processes(rehearsal, *processes)
            finally:
                for pid in processes:
                    os.kill(pid, signal.SIGCONT)
            shown = self.what_commands_show(rehearsal)
            rehearsal.sim.data("POST", "/admin/revoke")  # errors about the token itself go to the log, too
            first = {f"first {name}": word for name, word in rehearsal.words.items()}
            rehearsal.log_in()
            rehearsal.words.update(first)
            run.wait()
            self.assertIn("503", rehearsal.sim.book()["answers"], "the faults never struck")
            shown += [run.out, run.err, *self.what_commands_show(rehearsal)]
            self.assertEqual(found_in((text.encode() for text in shown), rehearsal.words), set())
            files = [file for file in rehearsal.data_dir.rglob("*") if file.is_file()]
            self.assertGreater(len(files), 5)
            for file in files:
                self.assertEqual(found_in(iter([file.read_bytes()]), rehearsal.words), set(), file.name)

    def look_at_processes(self, rehearsal: CanaryRehearsal, node: int, broker: int) -> None:
        try:
            in_node, in_broker = found_in(memory(node), rehearsal.words), found_in(memory(broker), rehearsal.words)
        except PermissionError:
            self.skipTest("the kernel lets nobody read another process's memory here")
        self.assertEqual(in_node, set(), "in the memory of the process that holds paper")
        self.assertLessEqual({"api_key", "access_token"}, in_broker, "the search finds nothing where it must")
        self.assertNotIn("request_token", in_broker)
        for process in Path("/proc").iterdir():
            if not process.name.isdigit() or int(process.name) == rehearsal.sim.process.pid:
                continue
            try:
                arguments = (process / "cmdline").read_bytes()
            except OSError:
                continue
            self.assertEqual(found_in(iter([arguments]), rehearsal.words), set(), f"arguments of {process.name}")
        for pid in (node, broker):
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            self.assertEqual(found_in(iter([environment]), rehearsal.words), set())

    def what_commands_show(self, rehearsal: CanaryRehearsal) -> list[str]:
        options = rehearsal.command()[3:]  # of every command: which run, which settings
        data_dir = options.index("--data-dir")
        shown = []
        for command in (("config", "show"), ("config", "show", "--json"), ("validate", "--json")):
            shown.append(self.output(*command, *options[:data_dir], *options[data_dir + 2:]))
        for command in (("brokers", "ls"), ("brokers", "vitals"), ("strategies", "ls"), ("orders", "ls"),
                        ("positions", "ls")):
            shown.append(self.output(*command, "--json", *options))
        for broker in ("paper", "zerodha"):
            shown.append(self.output("journal", "dump", "--broker", broker, *options))
        return shown

    def output(self, *command: str) -> str:
        done = subprocess.run([str(BINARY), *command], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S,
                              check=False, env={"PATH": os.environ.get("PATH", "")})
        return done.stdout + done.stderr


class PaperAlone(unittest.TestCase):
    def settings(self) -> dict[str, object]:
        return {"feed.kind": "synthetic", "feed.from": "2022-01-03", "feed.days": ORDERS // ORDERS_A_DAY + 1,
                "trading.paper.capital": "1000000000.00", "store.backend": "none", "journal.sync": "normal",
                # One snapshot, at the end, of a trader that remembers all these orders: it takes a busy machine long.
                "journal.snapshot_every_events": 1_000_000, "supervisor.step_deadline_ms": 600_000, **WIDE}

    def play(self, brokers: str) -> None:
        """Runs to the end; whatever the node's process is seen to hold of TCP fails."""
        with Rehearsal(brokers=brokers, speed=0, strategies={"many_orders": PAPER_ORDERS},
                       settings=self.settings()) as rehearsal:
            book = rehearsal.sim.book()
            run = rehearsal.start()
            looks, connected, wanted = 0, False, brokers != "paper"
            while run.poll() is None:
                self.assertEqual(tcp_connections(run.pid), [], "the process that holds paper has a connection")
                if wanted and not connected:
                    connected = any(tcp_connections(child) for child in kite_node.children(run.pid))
                looks += 1
                time.sleep(0.05)
            self.assertEqual(run.wait(), 0, rehearsal.failure_text())
            self.assertGreater(looks, 5)
            orders = run.outcome["brokers"]["paper"]["orders"]
            self.assertGreaterEqual(orders if isinstance(orders, int) else len(orders), ORDERS)
            after = rehearsal.sim.book()
            self.assertEqual([row for row in after["orders"] if row["account_id"] == USER], [])
            self.assertEqual(after["placements"], [])
            if wanted:
                self.assertTrue(connected, "zerodha never spoke to the simulator: this proves nothing")
            else:
                self.assertEqual(after["requests"], book["requests"], "a request reached the simulator")

    def test_ten_thousand_paper_orders_make_no_request(self) -> None:
        self.play("paper")

    def test_nor_do_they_beside_a_zerodha_that_may_trade_and_has_no_signals(self) -> None:
        self.play("paper,zerodha")


if __name__ == "__main__":
    unittest.main()
