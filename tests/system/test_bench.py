"""The benchmarks run to their end and print their tables. No time is asserted: the machine decides the figures."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BULKHEAD_BIN", ROOT / "build" / "release" / "bulkhead")).parent
BENCH = BUILD / "bench_pipeline"
RESTART = BUILD / "bench_restart"
ISOLATION = BUILD / "bench_isolation"
KITE = BUILD / "bench_kite"


def run_quick(bench: pathlib.Path, case: unittest.TestCase, *more: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([bench, "--quick", "--dir", folder, *more], cwd=ROOT, text=True, capture_output=True,
                              timeout=300, check=False)
        case.assertEqual(0, done.returncode, done.stderr)
        case.assertEqual([], os.listdir(folder), "it leaves nothing behind")
        return done.stdout


@unittest.skipUnless(BENCH.exists(), "bench_pipeline was not built")
class Bench(unittest.TestCase):
    def run_quick(self, *more: str) -> str:
        return run_quick(BENCH, self, *more)

    def test_the_table_shows_every_program_in_every_mode(self):
        table = self.run_quick()
        for part in ("FULL SPEED", "PACED", "HALF LOAD", "node, sync full", "node, sync normal",
                     "node, journal in memory", "bare CAF", "plain loop"):
            self.assertIn(part, table)

    def test_json_holds_a_figure_of_every_program(self):
        programs = json.loads(self.run_quick("--json"))["programs"]
        self.assertEqual({"node, sync full", "node, sync normal", "node, journal in memory", "bare CAF", "plain loop"},
                         set(programs))
        for name, one in programs.items():
            self.assertGreater(min(one["frames_per_s"]), 0, name)

    def test_the_table_of_growth_has_a_row_for_every_size(self):
        rows = json.loads(self.run_quick("--scale", "--json"))["rows"]
        self.assertEqual([(s, b) for s in (1, 10, 100) for b in (1, 2, 4, 8)],
                         [(row["strategies"], row["brokers"]) for row in rows])
        for row in rows:
            self.assertGreater(min(row["plain_ns_per_tick"], row["node_ns_per_tick"], row["events"]), 0)
        self.assertIn("COST OF A TICK", self.run_quick("--scale"))


@unittest.skipUnless(RESTART.exists(), "bench_restart was not built")
class Restart(unittest.TestCase):
    def test_the_table_has_a_row_for_everything_that_comes_back(self):
        table = run_quick(RESTART, self)
        for part in ("RESTART", "our supervisor", "bare CAF", "trader, a snapshot and 200 events", "bridge, a snapshot",
                     "a broker's process", "load average", "aim", "times"):
            self.assertIn(part, table)

    def test_json_holds_every_run(self):
        rows = json.loads(run_quick(RESTART, self, "--json"))["rows"]
        self.assertEqual([20, 20, 20, 4, 4, 4, 4], [len(row["ms"]) for row in rows][:7])
        for row in rows:
            self.assertGreater(min(row["ms"]), 0, row["what"])


@unittest.skipUnless(ISOLATION.exists(), "bench_isolation was not built")
class Isolation(unittest.TestCase):
    def test_every_fault_stays_with_the_neighbour(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([ISOLATION, "--pairs", "1", "--seconds", "2", "--json", "--dir", folder], cwd=ROOT,
                                  text=True, capture_output=True, timeout=300, check=False)
            self.assertEqual(0, done.returncode, done.stderr + done.stdout)
            self.assertEqual([], os.listdir(folder), "it leaves nothing behind")
        rows = json.loads(done.stdout)["rows"]
        self.assertEqual(6, len(rows))
        for row in rows:
            self.assertEqual([0, 0, 0], [row["restarts"], row["lost"], row["late"]], row["fault"])
            self.assertGreater(row["orders"], 0, row["fault"])
            if "signals" not in row["fault"]:  # a flood need not break anything
                self.assertEqual("control" in row["fault"], row["neighbour_failures"] == 0, row["fault"])


@unittest.skipUnless(KITE.exists(), "bench_kite was not built")
class Kite(unittest.TestCase):
    def test_the_tables_have_a_row_for_every_program(self):
        table = run_quick(KITE, self)
        for part in ("DECODER", "plain loop/s", "REQUEST", "node, sync full", "node, journal in memory",
                     "tick due -> request at the server", "plain loop, the same client", "FEED",
                     "decoder and frames in a plain loop", "one paper broker", "load average"):
            self.assertIn(part, table)


if __name__ == "__main__":
    unittest.main()
