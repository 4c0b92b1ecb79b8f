"""tools/lib/suites.py counts test cases, and counts as a failure whatever ends without having tested."""
import argparse
import pathlib
import sys
import tempfile
import textwrap
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "lib"))
import suites  # noqa: E402

SUMMARY = "[doctest] test cases:  7 |  {} passed | {} failed | {} skipped"


class Programs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def count(self, counter, script: str, timeout: float = 30) -> tuple[int, int, int, str]:
        """What ends up in the results file for a program that is this shell script, and the line that is shown."""
        args = argparse.Namespace(results=str(self.folder / "results.tsv"), logs=str(self.folder), timeout=timeout)
        with mock.patch("builtins.print") as shown:
            suites.run_one("it", ["/bin/sh", "-c", script], counter, args)
        row = (self.folder / "results.tsv").read_text(encoding="utf-8").rstrip("\n").split("\t")
        self.assertEqual("it", row[0])
        return (*(int(number) for number in row[1:]), shown.call_args.args[0])


class Doctest(Programs):
    def check(self, expected: tuple[int, int, int], why: str, script: str, timeout: float = 30):
        passed, failed, skipped, line = self.count(suites.count_doctest, script, timeout)
        self.assertEqual(expected, (passed, failed, skipped), line)
        self.assertIn(why, line)

    def test_test_cases_are_counted(self):
        self.check((7, 0, 0), "7 passed, 0 failed, 0 skipped", f"echo '{SUMMARY.format(7, 0, 0)}'")

    def test_failed_and_skipped_are_counted(self):
        self.check((3, 2, 2), "", f"echo '{SUMMARY.format(3, 2, 2)}'; exit 1")

    def test_a_crash_without_summary_is_a_failure(self):
        self.check((0, 1, 0), "no summary, died of SIGSEGV", "echo started; kill -SEGV $$")

    def test_a_crash_after_the_summary_is_a_failure(self):
        self.check((7, 1, 0), "died of SIGABRT", f"echo '{SUMMARY.format(7, 0, 0)}'; kill -ABRT $$")

    def test_a_crash_that_the_summary_counts_is_one_failure(self):
        self.check((2, 1, 4), "died of SIGSEGV", f"echo '{SUMMARY.format(2, 1, 4)}'; kill -SEGV $$")

    def test_an_exit_status_that_no_test_explains_is_a_failure(self):
        self.check((7, 1, 0), "exit status 23", f"echo '{SUMMARY.format(7, 0, 0)}'; exit 23")

    def test_an_early_exit_is_a_failure(self):
        self.check((0, 1, 0), "no summary, exit status 0", "echo leaving; exit 0")

    def test_a_program_without_tests_is_a_failure(self):
        self.check((0, 1, 0), "no test ran", f"echo '{SUMMARY.format(0, 0, 0)}'")

    def test_a_program_that_hangs_is_a_failure_and_its_children_end(self):
        beat = self.folder / "beat"
        script = f"(while true; do echo x >> {beat}; sleep 0.05; done) & sleep 60"
        self.check((0, 1, 0), "did not end in time", script, timeout=0.5)
        size = beat.stat().st_size
        with self.assertRaises(suites.subprocess.TimeoutExpired):
            suites.subprocess.run(["sleep", "5"], timeout=0.3, check=True)
        self.assertEqual(size, beat.stat().st_size)

    def test_a_program_that_does_not_exist_is_a_failure(self):
        args = argparse.Namespace(results=str(self.folder / "results.tsv"), logs=str(self.folder), timeout=1)
        with mock.patch("builtins.print"):
            suites.run_one("gone", [str(self.folder / "gone")], suites.count_doctest, args)
        self.assertEqual("gone\t0\t1\t0\n", (self.folder / "results.tsv").read_text(encoding="utf-8"))


class Unittest(Programs):
    def check(self, expected: tuple[int, int, int], body: str | None):
        """Runs a real test file with this body of a TestCase."""
        if body is not None:
            text = "import os, unittest\nclass T(unittest.TestCase):\n" + textwrap.indent(textwrap.dedent(body), "  ")
            (self.folder / "test_it.py").write_text(text, encoding="utf-8")
        script = f"{sys.executable} -B -m unittest discover -s {self.folder}"
        passed, failed, skipped, line = self.count(suites.count_unittest, script)
        self.assertEqual(expected, (passed, failed, skipped), line)

    def test_tests_are_counted(self):
        self.check((2, 0, 1), """
            def test_a(self): pass
            def test_b(self): pass
            @unittest.skip("not here")
            def test_c(self): self.fail()
            """)

    def test_failures_errors_and_unexpected_successes_are_failures(self):
        self.check((1, 3, 0), """
            def test_a(self): pass
            def test_b(self): self.fail()
            def test_c(self): raise OSError
            @unittest.expectedFailure
            def test_d(self): pass
            """)

    def test_a_failing_set_up_of_a_class_is_a_failure(self):
        self.check((0, 1, 0), """
            @classmethod
            def setUpClass(cls): raise OSError
            def test_a(self): pass
            """)

    def test_a_crash_is_a_failure(self):
        self.check((0, 1, 0), "def test_a(self): os.abort()\n")

    def test_a_file_that_cannot_be_imported_is_a_failure(self):
        self.check((0, 1, 0), "import nowhere\n")

    def test_a_folder_without_tests_is_a_failure(self):
        self.check((0, 1, 0), None)


if __name__ == "__main__":
    unittest.main()
