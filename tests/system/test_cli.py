"""The command line as a person meets it: help, exit codes, errors, JSON."""

import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BULKHEAD_BIN",
                             ROOT / "build" / "release" / "bulkhead"))


def bulkhead(*arguments: str, environment: dict[str, str] | None = None,
             ) -> subprocess.CompletedProcess:
    """Runs one command from the repository's root."""
    return subprocess.run(
        [str(BINARY), *arguments], cwd=ROOT, capture_output=True, text=True,
        timeout=60, check=False,
        env={"PATH": os.environ.get("PATH", ""), **(environment or {})})


class CommandLineTest(unittest.TestCase):
    """Exit codes: 0 done, 1 failed, 2 wrong usage or configuration."""

    def test_help_is_everywhere(self) -> None:
        for command in ((), ("run",), ("backtest",), ("validate",),
                        ("journal",), ("journal", "dump"), ("version",)):
            with self.subTest(command=command):
                done = bulkhead(*command, "--help")
                self.assertEqual(done.returncode, 0)
                self.assertIn("--help", done.stdout)

    def test_wrong_usage_ends_with_2(self) -> None:
        for command in (("sail",), (), ("run", "--sail"), ("journal",),
                        ("run", "--resume", "--fresh"),
                        ("backtest", "--set", "nonsense"),
                        ("journal", "dump", "--broker", "nobody")):
            with self.subTest(command=command):
                done = bulkhead(*command)
                self.assertEqual(done.returncode, 2)
                self.assertTrue(done.stderr or done.stdout)

    def test_version(self) -> None:
        self.assertRegex(bulkhead("version").stdout, r"^bulkhead \d+\.\d+")
        as_json = json.loads(bulkhead("version", "--json").stdout)
        self.assertRegex(as_json["version"], r"^\d+\.\d+")

    def test_validate_says_what_counts_and_why(self) -> None:
        done = bulkhead("validate", environment={"FEED__SPEED": "60"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"\n  speed +60 +environment")
        self.assertIn("zerodha (kind zerodha): signals are validated",
                      done.stdout)
        as_json = json.loads(bulkhead("validate", "--json").stdout)
        self.assertTrue(as_json["valid"])

    def test_all_findings_come_at_once(self) -> None:
        done = bulkhead("validate", environment={
            "ACTIVE_BROKERS": "paper,paper,robinhood",
            "TRADING__PAPER__RISK__MAX_ORDER_QUANTITY": "-5",
            "FEED__SPED": "1"})
        self.assertEqual(done.returncode, 2)
        for part in ("paper", "robinhood", "-5", "FEED__SPED"):
            self.assertIn(part, done.stderr)
        self.assertEqual(bulkhead("run", environment={
            "FEED__SPEED": "fast"}).returncode, 2)

    def test_zerodha_cannot_be_enabled_yet(self) -> None:
        done = bulkhead("validate",
                        environment={"TRADING__ZERODHA__ENABLED": "true"})
        self.assertEqual(done.returncode, 2)
        self.assertIn("trading.zerodha.enabled", done.stderr)

    def test_missing_data_is_an_error_that_names_the_path(self) -> None:
        done = bulkhead("backtest", "--data", "/nowhere")
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nowhere", done.stderr)

    def test_deployments(self) -> None:
        """One paper broker, two of them, and both kinds side by side."""
        for active, more in (
                ("paper", {}),
                ("zerodha", {}),
                ("paper,zerodha", {}),
                ("paper,paper2", {"TRADING__PAPER2__KIND": "paper"}),
                ("paper,runner", {"TRADING__RUNNER__KIND": "paper"})):
            with self.subTest(brokers=active), \
                    tempfile.TemporaryDirectory() as folder:
                done = bulkhead("run", "--json", "--data-dir", folder,
                                environment={"ACTIVE_BROKERS": active, **more})
                self.assertEqual(done.returncode, 0, done.stderr)
                brokers = json.loads(done.stdout)["brokers"]
                self.assertEqual(sorted(brokers), sorted(active.split(",")))
                for name, broker in brokers.items():
                    if name == "runner":  # no strategy names it
                        self.assertEqual(broker["signals"], 0)
                        continue
                    self.assertGreater(broker["signals"], 100)
                    self.assertEqual(bool(broker["fills"]), name != "zerodha")

    def test_journals_without_their_run_file_are_not_traded_on(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            first = bulkhead("run", "--data-dir", folder)
            self.assertEqual(first.returncode, 0, first.stderr)
            (Path(folder) / "run.json").unlink()
            for mode in ((), ("--resume",)):
                done = bulkhead("run", "--data-dir", folder, *mode)
                self.assertEqual(done.returncode, 2)
                self.assertIn("run.json", done.stderr)

    def test_a_damaged_journal_isolates_its_broker_alone(self) -> None:
        with tempfile.TemporaryDirectory(suffix="\u00e9") as folder:
            (Path(folder) / "run.json").write_text("{}")
            environment = {"ACTIVE_BROKERS": "paper,paper2",
                           "TRADING__PAPER2__KIND": "paper"}
            bulkhead("run", "--data-dir", folder, "--fresh",
                     environment=environment)
            (Path(folder) / "paper.journal.db").write_bytes(b"x" * 9000)
            for stale in Path(folder).glob("paper.journal.db-*"):
                stale.unlink()
            done = bulkhead("run", "--data-dir", folder, "--resume",
                            environment=environment)
            self.assertEqual(done.returncode, 1)
            self.assertIn("paper is isolated", done.stderr)
            self.assertNotIn("paper2 is isolated", done.stderr)

    def test_a_data_folder_serves_one_node_at_a_time(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            slow = subprocess.Popen(
                [str(BINARY), "run", "--data-dir", folder, "--speed", "1"],
                cwd=ROOT, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            try:
                while not (Path(folder) / "control.sock").exists():
                    time.sleep(0.02)
                done = bulkhead("run", "--data-dir", folder, "--resume")
                self.assertEqual(done.returncode, 1)
                self.assertIn("in use", done.stderr)
            finally:
                slow.terminate()
                self.assertEqual(slow.wait(timeout=60), 0)

    def test_run_and_backtest_tables_fit_100_columns(self) -> None:
        for line in bulkhead("backtest").stdout.splitlines():
            self.assertLessEqual(len(line), 100)

    def test_malformed_rows_are_reported_and_the_run_goes_on(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "data"
            data.mkdir()
            text = (ROOT / "tests/data/nifty_1min.csv").read_text()
            lines = text.splitlines()
            lines[5] = "NIFTY,20220103,09:20,abc,1,1,1,0,0"
            (data / "nifty.csv").write_text("\n".join(lines) + "\n")
            done = bulkhead("backtest", "--data", str(data), "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("nifty.csv:6:", done.stderr)
            self.assertEqual(json.loads(done.stdout)["malformed_rows"], 1)


if __name__ == "__main__":
    unittest.main()
