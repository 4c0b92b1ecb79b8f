"""A rehearsal of Zerodha live: the Kite simulator with a market that moves, a login, a node that places orders there,
and the comparison of what the node's journal knows with what the simulator's book holds."""

import datetime
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

from kite_sim import API_KEY, API_SECRET, PATIENCE_S, ROOT, USER, KiteSim
from processes import alive, children
from tls_files import TlsFiles

BINARY = Path(os.environ.get("BULKHEAD_BIN", ROOT / "build" / "release" / "bulkhead"))
OPENING_CASH = 100_000_000
TERMINAL = {"filled", "cancelled", "expired", "rejected"}
BOOK_TERMINAL = {"COMPLETE", "CANCELLED", "REJECTED"}


def wait_until(condition, what: str, patience_s: float = PATIENCE_S) -> None:
    """Returns once it is true; a hang fails."""
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def outlive_the_morning(session_file: Path) -> None:
    """Every login ends at 06:00 IST by the wall's clock: one of the minutes before is dated after it."""
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=5, minutes=30)))
    end = now.replace(hour=6, minute=0, second=0, microsecond=0)
    if datetime.timedelta(0) <= end - now < datetime.timedelta(minutes=15):
        session = json.loads(session_file.read_text(encoding="utf-8"))
        session["login_time"] = end.strftime("%Y-%m-%d %H:%M:%S")
        session_file.write_text(json.dumps(session), encoding="utf-8")


def day_slice(folder: Path, begin: str, end: str) -> Path:
    """The real session's bars of [begin, end), hh:mm, as a folder of their own."""
    folder.mkdir()
    for file in sorted((ROOT / "tests" / "data").glob("*.csv")):
        lines = file.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines[1:] if begin <= line.split(",")[2][:5] < end]
        (folder / file.name).write_text("\n".join([lines[0], *kept]) + "\n", encoding="utf-8")
    return folder


class Run:
    """A started `bulkhead run`; its output goes to files, so that it never waits for a reader."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path, number: int) -> None:
        self.folder = folder
        self.files = [folder / f"run{number}.out", folder / f"run{number}.err"]
        with open(self.files[0], "wb") as out, open(self.files[1], "wb") as err:
            self.process = subprocess.Popen(command, env=environment, stdout=out, stderr=err, cwd=folder)
        self.pid = self.process.pid

    @property
    def out(self) -> str:
        return self.files[0].read_text(encoding="utf-8", errors="replace")

    @property
    def err(self) -> str:
        return self.files[1].read_text(encoding="utf-8", errors="replace")

    @property
    def outcome(self) -> dict:
        """What `--json` printed."""
        return json.loads(self.out)

    def poll(self) -> int | None:
        return self.process.poll()

    def wait(self, patience_s: float = PATIENCE_S) -> int:
        """Its exit status; below 0: the signal that ended it."""
        return self.process.wait(timeout=patience_s)

    def broker_process(self) -> int:
        """The process id of the one broker that has a process of its own."""
        wait_until(lambda: children(self.pid) or self.poll() is not None, "no process of the broker")
        found = children(self.pid)
        assert len(found) == 1, f"the node has ended, or has several processes: {found}"
        return found[0]

    def orphans(self) -> list[int]:
        """Processes of its brokers that are alive though the node has ended: they hold its data folder's locks."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            except OSError:
                continue
            if b"compartment" in words and str(self.folder).encode() in b" ".join(words) and alive(int(entry.name)):
                found.append(int(entry.name))
        return found

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9 of the node; returns when the processes of its brokers are gone, too."""
        if self.poll() is None:
            self.process.kill()
        self.wait()
        wait_until(lambda: not self.orphans(), "a broker's process outlives its node")


class Rehearsal:
    """A context manager. By default one hour of the real session at speed 1000, the simulator's market slower, so that
    it stays open; zerodha alone, in a process of its own, with short waits before an order counts as absent.

    `sim`: more options of the simulator; its market replays `market`. `settings`: dotted options of the node, over the
    defaults. `strategies`: YAML
    texts by file name, instead of the shipped ones. `environment`: more variables of the node."""

    def __init__(self, *sim: str, brokers: str = "zerodha", hours: tuple[str, str] | None = ("09:08", "10:15"),
                 speed: int = 1000, sim_speed: int = 200, sim_start: str = "09:20:00",
                 settings: dict[str, object] | None = None, strategies: dict[str, str] | None = None,
                 environment: dict[str, str] | None = None, tls: TlsFiles | None = None,
                 market: Path = ROOT / "tests" / "data") -> None:
        self.tls, self.market = tls, market
        self.sim_options, self.brokers, self.hours, self.speed, self.sim_speed = sim, brokers, hours, speed, sim_speed
        self.sim_start = sim_start
        self.settings, self.strategies, self.environment = settings or {}, strategies, environment or {}
        self.runs: list[Run] = []

    def __enter__(self) -> "Rehearsal":
        self.folder = Path(tempfile.mkdtemp(prefix="bulkhead-rehearsal-"))
        self.data_dir = self.folder / "data"
        self.session_file = self.folder / "session"
        for name, secret in (("key", API_KEY), ("secret", API_SECRET)):
            (self.folder / name).write_text(secret + "\n", encoding="utf-8")
            (self.folder / name).chmod(0o600)
        self.bars = day_slice(self.folder / "bars", *self.hours) if self.hours else ROOT / "tests" / "data"
        if self.strategies:
            (self.folder / "strategies").mkdir()
            for name, text in self.strategies.items():
                (self.folder / "strategies" / f"{name}.yaml").write_text(text, encoding="utf-8")
        app = f"api_key={API_KEY},api_secret={API_SECRET},user_id={USER},redirect=http://127.0.0.1:1/back"
        self.sim = KiteSim("--market", "replay", "--path", str(self.market), "--from", "2022-01-03",
                           "--start", self.sim_start, "--speed", str(self.sim_speed), "--no-limits",
                           "--trade-indices", "--app", app, "--cash", str(OPENING_CASH), *self.sim_options, defaults=False,
                           tls=self.tls)
        self.sim.__enter__()
        try:
            self.log_in()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for run in self.runs:
            if run.poll() is None:
                run.kill()
        self.sim.__exit__()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_in(self) -> None:
        """As a user does: the login page, then `bulkhead login zerodha` with what it redirects to."""
        _, headers, _ = self.sim.call("POST", "/connect/login", {"api_key": API_KEY})
        done = subprocess.run(
            [str(BINARY), "login", "zerodha", "--api-key-file", str(self.folder / "key"), "--api-secret-file",
             str(self.folder / "secret"), "--session-file", str(self.session_file), "--kite", self.sim.root, "--paste",
             *(("--ca-file", str(self.tls.ca)) if self.tls else ())],
            input=headers["location"].split("request_token=")[1].split("&")[0] + "\n", capture_output=True, text=True,
            timeout=PATIENCE_S, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        outlive_the_morning(self.session_file)

    def command(self, *more: str) -> list[str]:
        kite = "trading.zerodha.kite."
        options = {
            "journal.sync": "normal",  # survives kill -9, and spares a disk that many rehearsals share
            "feed.path": self.bars, "feed.speed": self.speed, "trading.zerodha.enabled": "true",
            kite + "url": self.sim.root, kite + "socket_url": self.sim.root.replace("http", "ws", 1),
            **({kite + "ca_file": self.tls.ca} if self.tls else {}),
            kite + "api_key_file": self.folder / "key", kite + "session_file": self.session_file,
            kite + "absence_after_ms": 500, kite + "between_absences_ms": 200, kite + "poll_ms": 100,
            # A day in seconds has its orders in bursts that no budget of a second would let through.
            kite + "orders_per_second": 1000, kite + "orders_per_minute": 100000, kite + "algo_id": "rehearsal",
            **({"files.strategies": self.folder / "strategies"} if self.strategies else {}), **self.settings}
        sets = [part for name, value in options.items() for part in ("--set", f"{name}={value}")]
        return [str(BINARY), "run", "--json", "--config", str(ROOT / "config" / "bulkhead.yaml"), "--data-dir",
                str(self.data_dir), "--brokers", self.brokers, *sets, *more]

    def start(self, *more: str, failpoints: str = "", **environment: str) -> Run:
        """`failpoints`: as BULKHEAD_FAILPOINTS takes them; a broker's process is given its own at its first start."""
        variables = {"PATH": os.environ.get("PATH", ""), **self.environment, **environment}
        if failpoints:
            variables["BULKHEAD_FAILPOINTS"] = failpoints
        self.runs.append(Run(self.command(*more), variables, self.folder, len(self.runs)))
        return self.runs[-1]

    def run(self, *more: str, failpoints: str = "", patience_s: float = PATIENCE_S, **environment: str) -> Run:
        """Runs to its end."""
        started = self.start(*more, failpoints=failpoints, **environment)
        started.wait(patience_s)
        return started

    def journal(self, broker: str = "zerodha") -> list[dict]:
        """All events that are durable; empty where there is no journal yet. Only while nobody writes it, or to wait."""
        file = self.data_dir / f"{broker}.journal.db"
        if not file.exists():
            return []
        done = subprocess.run([str(BINARY), "journal", "dump", "--file", str(file)], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def differences(self, broker: str = "zerodha") -> list[str]:
        """Between the journal and the simulator's book, once the node has ended. Empty: they agree."""
        return differences(self.journal(broker), self.sim.book())

    def failure_text(self) -> str:
        """For a failed assertion: what the runs said."""
        return "".join(f"\n--- run {n}: status {run.poll()}\n{run.err[-3000:]}" for n, run in enumerate(self.runs))


class Fold:
    """What a journal says, folded anew: independent of the node's own code."""

    def __init__(self, events: list[dict]) -> None:
        self.status: dict[str, str] = {}  # by client order id, in the order of submission
        self.at_broker: dict[str, str] = {}  # client order id by broker order id
        self.fills: list[tuple[str, int, Decimal]] = []  # fill id, units, price
        self.positions: Counter = Counter()  # units by instrument key
        self.cash = Decimal(0)  # sales less purchases, without charges
        self.submitted_twice: list[str] = []
        self.refused_updates: list[dict] = []
        for event in events:
            self.take(event["type"], event["data"])

    def take(self, kind: str, data: dict) -> None:
        name = data.get("client_order_id", "")
        if kind == "order.submitted":
            name = data["order"]["client_order_id"]
            if name in self.status:
                self.submitted_twice.append(name)
            self.status[name] = "submitted"
        elif kind == "order.accepted":
            self.at_broker[data["broker_order_id"]] = name
            self.status[name] = "accepted"
        elif kind == "order.unknown":
            self.status[name] = "unknown"
        elif kind in ("order.cancelled", "order.expired", "order.rejected"):
            self.status[name] = kind.removeprefix("order.")
        elif kind == "order.filled":
            self.fills.append((data["fill_id"], data["quantity"], Decimal(data["price"])))
            sign = 1 if data["side"] == "BUY" else -1
            self.positions[data["instrument"]] += sign * data["quantity"]
            self.cash -= sign * data["quantity"] * Decimal(data["price"])
            self.status[name] = "filled" if data["remaining_quantity"] == 0 else "part filled"
        elif "refused" in kind and kind.startswith("broker"):
            self.refused_updates.append(data)


def differences(events: list[dict], book: dict, user: str = USER, opening_cash: int = OPENING_CASH) -> list[str]:
    """Every way in which the journal and the simulator's book disagree; orders without one of our tags are foreign."""
    fold, found = Fold(events), []
    found += [f"intent {name} was submitted twice" for name in fold.submitted_twice]
    ours = [row for row in book["orders"] if row["account_id"] == user and row["tag"] in fold.status]
    for tag, count in Counter(row["tag"] for row in ours).items():
        if count > 1:
            found.append(f"intent {tag} has {count} orders in the book")
    for tag, count in Counter(one["tag"] for one in book["placements"] if one["tag"]).items():
        if count > 1:
            found.append(f"intent {tag} was sent {count} times")
        if tag not in fold.status:
            found.append(f"tag {tag} was sent, and the journal has no such intent")
    by_tag = {row["tag"]: row for row in ours}
    for name, status in fold.status.items():
        row = by_tag.get(name)
        state = f"order {name} is {status} here, in the book {row['status'] if row else 'absent'}"
        if row is None:
            if status != "rejected" and not (status == "cancelled" and name not in fold.at_broker.values()):
                found.append(state)
        elif row["status"] == "REJECTED":
            if status != "rejected":
                found.append(state)
        elif fold.at_broker.get(row["order_id"]) != name:
            found.append(f"{state} as {row['order_id']}, which the journal does not know")
        elif (status in TERMINAL) != (row["status"] in BOOK_TERMINAL) or status in ("unknown", "submitted"):
            found.append(state)
        elif (status == "filled") != (row["status"] == "COMPLETE"):
            found.append(state)
    known = {row["order_id"] for row in ours}
    theirs = Counter((f"{t['order_id']}:{t['trade_id']}", t["quantity"], Decimal(t["price"])) for t in book["trades"]
                     if t["order_id"] in known)
    mine = Counter(fold.fills)
    found += [f"fill {fill} is in the book alone" for fill in theirs - mine]
    found += [f"fill {fill} is in the journal alone, or too often" for fill in mine - theirs]
    if len(ours) == len([row for row in book["orders"] if row["account_id"] == user]):
        found += account_differences(fold, book["accounts"][user], opening_cash)
    return found


def account_differences(fold: Fold, account: dict, opening_cash: int) -> list[str]:
    """Positions and cash; only where all orders of the account are ours."""
    theirs: Counter = Counter()
    for row in account["positions"]["net"]:
        theirs[f"{row['exchange']}:{row['tradingsymbol']}"] += row["quantity"]
    found = [f"position {key}: {fold.positions[key]} here, {theirs[key]} in the book"
             for key in sorted(set(theirs) | set(fold.positions)) if theirs[key] != fold.positions[key]]
    cash = Decimal(opening_cash) + fold.cash
    if cash != Decimal(account["cash"]):
        found.append(f"cash: {cash} here, {account['cash']} in the book")
    return found


def in_parallel(jobs: list, workers: int) -> list[BaseException | None]:
    """Calls each job once, so many at a time; what each of them raised."""
    raised: list[BaseException | None] = [None] * len(jobs)
    todo = iter(enumerate(jobs))
    guard = threading.Lock()

    def work() -> None:
        while True:
            with guard:
                number, job = next(todo, (0, None))
            if job is None:
                return
            try:
                job()
            except BaseException as failure:  # every job's failure is told, not the first alone
                raised[number] = failure

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def was_killed(run: Run) -> bool:
    return run.poll() == -signal.SIGKILL
