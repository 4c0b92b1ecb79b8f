"""Runs test programs, several at once, and adds up their test cases; tools/test calls it.

A program is a doctest program, or one Python file of tests. Each becomes one row `name, passed, failed, skipped` in the
results file and has a time-out and a log of its own. What ends without a summary (a crash, a time-out, an early exit),
or ran no test at all, is a failure: never zero tests.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable

DOCTEST = re.compile(
    r"^\[doctest\] test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in .*\n\n(OK|FAILED|NO TESTS RAN)(?: \((.*)\))?\s*$", re.M)
SHOWN_LINES = 120
# What takes longest, the longest first: they start first, so that none is left running alone at the end.
SLOW = (
    "test_process_placement", "test_kafka_journal", "test_kill9", "test_redis_store", "test_scale",
    "test_oracle_agreement", "test_services", "test_server_walls", "test_topics", "test_inbox", "test_chaos", "test_bench",
    "test_simulation", "test_app", "test_journal", "test_mutant_resent_on_resume", "test_actors", "test_domain",
    "test_contract",
)

# These load the machine themselves, several nodes and servers at a time: each runs alone, after the others.
ALONE = (
    "test_kafka_journal", "test_topics", "test_inbox", "test_day_on_servers", "test_server_walls", "test_kite_kills",
    "test_kite_storms", "test_process_placement", "test_chaos", "test_bench",
)


@dataclasses.dataclass
class Outcome:
    """How a program ended. status: the exit status, negative for a signal, None for a time-out."""

    status: int | None
    output: str


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    why: str = ""  # a failure that is no test case's: crash, time-out, nothing ran


@dataclasses.dataclass
class Program:
    name: str  # of its row
    command: list[str]
    count: Callable[[Outcome], Count]


def run(command: list[str], timeout_s: float, running: set[int]) -> Outcome:
    """Runs a program in a process group of its own, so that its children end with it; the group is in `running`
    meanwhile. Its output goes to a file: a child that it left behind would hold a pipe open."""
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                              start_new_session=True) as process:
            running.add(process.pid)
            try:
                status = process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                status = None
            end_group(process.pid)
            running.discard(process.pid)
        output.seek(0)
        return Outcome(status, output.read().decode("utf-8", errors="replace"))


def end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass  # all of it has ended


def ended(status: int | None) -> str:
    if status is None:
        return "did not end in time"
    return f"died of {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def with_verdict(count: Count, outcome: Outcome) -> Count:
    """Adds the failure that no test case stands for."""
    if count.passed + count.failed + count.skipped == 0:
        count.why = f"no test ran, {ended(outcome.status)}"
    elif outcome.status is None or outcome.status < 0:
        count.why = ended(outcome.status)
    elif outcome.status != 0 and count.failed == 0:
        count.why = f"all tests passed, but {ended(outcome.status)}"
    if count.why and count.failed == 0:
        count.failed = 1
    return count


def count_doctest(outcome: Outcome) -> Count:
    summaries = DOCTEST.findall(outcome.output)
    if not summaries:
        return Count(failed=1, why=f"no summary, {ended(outcome.status)}")
    _, passed, failed, skipped = (int(number) for number in summaries[-1])
    return with_verdict(Count(passed, failed, skipped), outcome)


def count_unittest(outcome: Outcome) -> Count:
    summaries = UNITTEST.findall(outcome.output)
    if not summaries:
        return Count(failed=1, why=f"no summary, {ended(outcome.status)}")
    ran, _, details = summaries[-1]
    numbers = {name: int(number) for name, number in re.findall(r"(\w+(?: \w+)*)=(\d+)", details)}
    bad = sum(numbers.get(name, 0) for name in ("failures", "errors", "unexpected successes"))
    skipped = numbers.get("skipped", 0)
    # Subtests and class set-ups fail without being among the tests that ran.
    return with_verdict(Count(max(0, int(ran) - bad - skipped), bad, skipped), outcome)


def cpp_programs(build: str, label: str) -> list[Program]:
    """The test programs that CMake knows in this build folder: a leftover of a removed one is not among them."""
    listing = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True, capture_output=True,
                             text=True).stdout
    # A program that was not built has no command: its path is tried all the same, and fails.
    commands = {test["name"]: test.get("command") or [os.path.join(build, "test_" + test["name"])]
                for test in json.loads(listing)["tests"]}
    return [Program(f"{label} test_{name}", [*command, "--no-colors=true", "--no-intro=true"], count_doctest)
            for name, command in commands.items()]


def python_programs(folder: str) -> list[Program]:
    """Each test file of a folder. unittest's discovery makes a file that cannot be imported a failing test."""
    discover = [sys.executable, "-B", "-m", "unittest", "discover", "-s", folder, "-p"]
    return [Program(f"{folder}/{file.stem}", [*discover, file.name], count_unittest)
            for file in sorted(pathlib.Path(folder).glob("test_*.py"))]


def name_of(program: Program) -> str:
    return re.split("[ /]", program.name)[-1]


def longest_first(programs: list[Program]) -> list[Program]:
    return sorted(programs, key=lambda p: SLOW.index(name_of(p)) if name_of(p) in SLOW else len(SLOW))


class Suites:
    """Runs programs, `args.jobs` at once. What is told of one is told whole, when it has ended."""

    def __init__(self, args: argparse.Namespace):
        self.args = args
        self.told = threading.Lock()
        self.running: set[int] = set()  # process groups

    def run(self, programs: list[Program]) -> None:
        pool = concurrent.futures.ThreadPoolExecutor(self.args.jobs)
        try:
            list(pool.map(self.run_one, longest_first([p for p in programs if name_of(p) not in ALONE])))
            for program in programs:
                if name_of(program) in ALONE:
                    self.run_one(program)
        except BaseException:  # Ctrl-C: nothing else starts, and what runs ends
            pool.shutdown(wait=False, cancel_futures=True)
            for group in tuple(self.running):
                end_group(group)
            raise

    def run_one(self, program: Program) -> None:
        started = time.monotonic()
        try:
            outcome = run(program.command, self.args.timeout, self.running)
            count = program.count(outcome)
        except OSError as error:
            outcome, count = None, Count(failed=1, why=f"does not start: {error}")
        self.report(program.name, count, outcome, time.monotonic() - started)

    def nothing_to_run(self, name: str, why: str) -> None:
        self.report(name, Count(failed=1, why=why), None, 0)

    def report(self, name: str, count: Count, outcome: Outcome | None, seconds: float) -> None:
        log = pathlib.Path(self.args.logs, re.sub(r"\W+", "-", name) + ".log")
        output = outcome.output if outcome else ""
        log.write_text(output, encoding="utf-8")
        why = f": {count.why}" if count.why else ""
        lines = [*output.splitlines()[-SHOWN_LINES:], f"whole log: {os.path.relpath(log)}"] if count.failed else []
        lines.append(f"      {name}: {count.passed} passed, {count.failed} failed, {count.skipped} skipped "
                     f"({seconds:.1f} s){why}")
        with self.told:
            with open(self.args.results, "a", encoding="utf-8") as results:
                results.write(f"{name}\t{count.passed}\t{count.failed}\t{count.skipped}\n")
            print("\n".join(lines), flush=True)


def run_cpp(args: argparse.Namespace) -> None:
    programs = cpp_programs(args.build, args.label)
    if not programs:
        Suites(args).nothing_to_run(f"{args.label} C++ tests", f"{args.build} has no test program")
    Suites(args).run(programs)


def run_python(args: argparse.Namespace) -> None:
    programs = []
    for folder in args.folders:
        found = python_programs(folder)
        if not found:
            Suites(args).nothing_to_run(folder, "it has no file test_*.py")
        programs += found
    Suites(args).run(programs)


def at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of programs; allowed: 1 and more")
    return int(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", required=True, help="rows are appended to this file")
    parser.add_argument("--logs", required=True, help="folder for the programs' output")
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one program (default %(default)s)")
    parser.add_argument("--jobs", type=at_least_one, default=1, help="programs at once (default %(default)s)")
    kinds = parser.add_subparsers(required=True)
    cpp = kinds.add_parser("cpp", help="every doctest program of a build folder")
    cpp.add_argument("--label", required=True)
    cpp.add_argument("--build", required=True)
    cpp.set_defaults(run=run_cpp)
    python = kinds.add_parser("python", help="every unittest of some folders, each file by itself")
    python.add_argument("folders", nargs="+")
    python.set_defaults(run=run_python)
    args = parser.parse_args()
    # A shell starts what is in its background with Ctrl-C ignored; tests that send it need the usual in their children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    args.run(args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
