"""Builds the fuzz targets with clang and runs each; tools/test calls it.

A target starts from the inputs in tests/fuzz/corpus/NAME and the words of tests/fuzz/NAME.dict, and counts as one
result: a finding (a crash, a claim that does not hold, a leak, a hang) is a failure, and its input is kept. To look at
one: build/fuzz/fuzz_NAME INPUT.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/fuzz"
FINDINGS = BUILD / "findings"
TARGETS = {"kite_ticks": 1024, "kite_reply": 1536, "kite_updates": 1024}  # and their longest input, in bytes
SHOWN_LINES = 60
# What ASan notes about each allocation is most of the time of a run.
ASAN = "malloc_context_size=2:quarantine_size_mb=8:detect_stack_use_after_return=0"


def build() -> str:
    """Empty, or what went wrong."""
    targets = [f"fuzz_{name}" for name in TARGETS]
    for command in (["cmake", "--preset", "fuzz"], ["cmake", "--build", "--preset", "fuzz", "--target", *targets]):
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        if done.returncode != 0:
            return done.stdout
    return ""


def fuzz(name: str, args: argparse.Namespace) -> tuple[str, bool, str, float]:
    """The target, whether it is clean, its output, the seconds it took."""
    tests = ROOT / "tests/fuzz"
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-") as found:
        command = [BUILD / f"fuzz_{name}", f"-runs={args.runs}", f"-seed={args.seed}", f"-max_len={TARGETS[name]}",
                   f"-dict={tests / name}.dict", "-timeout=25", "-rss_limit_mb=2048", "-print_final_stats=1",
                   f"-artifact_prefix={FINDINGS / name}-", found, tests / "corpus" / name]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  env=os.environ | {"ASAN_OPTIONS": ASAN}, timeout=args.timeout, check=False)
            status, output = done.returncode, done.stdout.decode("utf-8", errors="replace")
        except subprocess.TimeoutExpired as late:
            status, output = None, (late.stdout or b"").decode("utf-8", errors="replace") + "\ndid not end in time\n"
    ran = re.search(r"^stat::number_of_executed_units:\s*(\d+)", output, re.M)
    is_clean = status == 0 and ran is not None and int(ran[1]) >= args.runs
    return name, is_clean, output, time.monotonic() - started


def record(args: argparse.Namespace, name: str, is_clean: bool, output: str) -> None:
    if args.results:
        with open(args.results, "a", encoding="utf-8") as results:
            results.write(f"{name}\t{int(is_clean)}\t{int(not is_clean)}\t0\n")
    if args.logs:
        pathlib.Path(args.logs, name.replace(" ", "-") + ".log").write_text(output, encoding="utf-8")
    if not is_clean:
        print("\n".join(output.splitlines()[-SHOWN_LINES:]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", help="a row for each target is appended to this file")
    parser.add_argument("--logs", help="folder for the programs' output")
    parser.add_argument("--runs", type=int, default=500_000, help="inputs for each target (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="0: another one on each run (default %(default)s)")
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one target (default %(default)s)")
    args = parser.parse_args()
    failure = build()
    if failure:
        record(args, "build fuzz", False, failure)
        return 0 if args.results else 1
    FINDINGS.mkdir(parents=True, exist_ok=True)
    clean = True
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        # The slow ones first.
        for run in concurrent.futures.as_completed([pool.submit(fuzz, name, args) for name in reversed(TARGETS)]):
            name, is_clean, output, seconds = run.result()
            clean = clean and is_clean
            record(args, f"fuzz {name}", is_clean, output)
            print(f"      fuzz {name}: {'no finding' if is_clean else 'FINDING'} in {args.runs} runs "
                  f"({seconds:.1f} s)", flush=True)
    return 0 if clean or args.results else 1  # what is recorded there fails the whole run later


if __name__ == "__main__":
    sys.exit(main())
