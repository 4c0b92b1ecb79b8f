"""Runs test programs and adds up their test cases; tools/test calls it.

Each program or folder becomes one row `name, passed, failed, skipped` in the results file. What ends without a summary
(a crash, a time-out, an early exit), or ran no test at all, is a failure: never zero tests.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

DOCTEST = re.compile(
    r"^\[doctest\] test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in .*\n\n(OK|FAILED|NO TESTS RAN)(?: \((.*)\))?\s*$", re.M)
SHOWN_LINES = 120


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


def run(command: list[str], timeout_s: float) -> Outcome:
    """Runs a program in a process group of its own, so that its children end with it."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          start_new_session=True) as process:
        try:
            output, _ = process.communicate(timeout=timeout_s)
            status = process.returncode
        except subprocess.TimeoutExpired:
            end_group(process.pid)
            output, _ = process.communicate()
            status = None
        end_group(process.pid)
    return Outcome(status, output.decode("utf-8", errors="replace"))


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


def cpp_programs(build: str) -> list[tuple[str, list[str]]]:
    """The test programs that CMake knows in this build folder: a leftover of a removed one is not among them."""
    listing = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True, capture_output=True,
                             text=True).stdout
    # A program that was not built has no command: its path is tried all the same, and fails.
    return [(test["name"], test.get("command") or [os.path.join(build, "test_" + test["name"])])
            for test in json.loads(listing)["tests"]]


def report(name: str, count: Count, outcome: Outcome | None, seconds: float, args: argparse.Namespace) -> None:
    with open(args.results, "a", encoding="utf-8") as results:
        results.write(f"{name}\t{count.passed}\t{count.failed}\t{count.skipped}\n")
    log = pathlib.Path(args.logs, re.sub(r"\W+", "-", name) + ".log")
    output = outcome.output if outcome else ""
    log.write_text(output, encoding="utf-8")
    if count.failed:
        print("\n".join(output.splitlines()[-SHOWN_LINES:]))
        print(f"whole log: {os.path.relpath(log)}")
    why = f": {count.why}" if count.why else ""
    print(f"      {name}: {count.passed} passed, {count.failed} failed, {count.skipped} skipped "
          f"({seconds:.1f} s){why}", flush=True)


def run_one(name: str, command: list[str], counter, args: argparse.Namespace) -> None:
    started = time.monotonic()
    try:
        outcome = run(command, args.timeout)
        count = counter(outcome)
    except OSError as error:
        outcome, count = None, Count(failed=1, why=f"does not start: {error}")
    report(name, count, outcome, time.monotonic() - started, args)


def run_cpp(args: argparse.Namespace) -> None:
    programs = cpp_programs(args.build)
    if not programs:
        report(f"{args.label} C++ tests", Count(failed=1, why=f"{args.build} has no test program"), None, 0, args)
    for name, command in programs:
        run_one(f"{args.label} test_{name}", [*command, "--no-colors=true", "--no-intro=true"], count_doctest, args)


def run_python(args: argparse.Namespace) -> None:
    for folder in args.folders:
        command = [sys.executable, "-B", "-m", "unittest", "discover", "-s", folder, "-p", "test_*.py"]
        run_one(folder, command, count_unittest, args)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", required=True, help="rows are appended to this file")
    parser.add_argument("--logs", required=True, help="folder for the programs' output")
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one program (default %(default)s)")
    kinds = parser.add_subparsers(required=True)
    cpp = kinds.add_parser("cpp", help="every doctest program of a build folder")
    cpp.add_argument("--label", required=True)
    cpp.add_argument("--build", required=True)
    cpp.set_defaults(run=run_cpp)
    python = kinds.add_parser("python", help="every unittest of some folders")
    python.add_argument("folders", nargs="+")
    python.set_defaults(run=run_python)
    args = parser.parse_args()
    args.run(args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
