"""bench_pipeline runs to its end and prints its table. No time is asserted: the machine decides the figures."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = pathlib.Path(os.environ.get("BULKHEAD_BIN", ROOT / "build" / "release" / "bulkhead")).parent / "bench_pipeline"


@unittest.skipUnless(BENCH.exists(), "bench_pipeline was not built")
class Bench(unittest.TestCase):
    def run_quick(self, *more: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([BENCH, "--quick", "--dir", folder, *more], cwd=ROOT, text=True, capture_output=True,
                                  timeout=300, check=False)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual([], os.listdir(folder), "it leaves nothing behind")
            return done.stdout

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


if __name__ == "__main__":
    unittest.main()
