"""tools/lib/suites.py counts test cases, and counts as a failure whatever ends without having tested."""
import argparse
import contextlib
import pathlib
import re
import signal
import sys
import tempfile
import textwrap
import time
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

    def suites(self, timeout: float = 30, jobs: int = 1) -> suites.Suites:
        return suites.Suites(argparse.Namespace(results=str(self.folder / "results.tsv"), logs=str(self.folder),
                                                timeout=timeout, jobs=jobs))

    def rows(self) -> list[list[str]]:
        return [line.split("\t") for line in (self.folder / "results.tsv").read_text(encoding="utf-8").splitlines()]

    def count(self, counter, script: str, timeout: float = 30) -> tuple[int, int, int, str]:
        """What ends up in the results file for a program that is this shell script, and the line that is shown."""
        with mock.patch("builtins.print") as shown:
            self.suites(timeout).run([suites.Program("it", ["/bin/sh", "-c", script], counter)])
        (row,) = self.rows()
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
        self.check((0, 1, 0), "did not end in time", script, timeout=3)
        size = beat.stat().st_size
        with self.assertRaises(suites.subprocess.TimeoutExpired):
            suites.subprocess.run(["sleep", "5"], timeout=0.3, check=True)
        self.assertEqual(size, beat.stat().st_size)

    def test_a_child_that_is_left_behind_is_not_waited_for_and_ends(self):
        self.check((7, 0, 0), "7 passed", f"sleep 60 & echo $! >{self.folder}/child; echo '{SUMMARY.format(7, 0, 0)}'")
        child = int((self.folder / "child").read_text(encoding="ascii"))
        end = time.monotonic() + 30
        with contextlib.suppress(OSError):  # there is no such process any more
            while pathlib.Path(f"/proc/{child}/stat").read_text(encoding="ascii").split()[2] != "Z":
                self.assertLess(time.monotonic(), end, "it still runs")

    def test_a_program_that_does_not_exist_is_a_failure(self):
        with mock.patch("builtins.print"):
            self.suites().run([suites.Program("gone", [str(self.folder / "gone")], suites.count_doctest)])
        self.assertEqual([["gone", "0", "1", "0"]], self.rows())


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


class AtOnce(Programs):
    def program(self, name: str, script: str) -> suites.Program:
        return suites.Program(name, ["/bin/sh", "-c", script], suites.count_doctest)

    def test_as_many_run_at_once_as_asked_for(self):
        """Each waits for a file of the other: one after the other, the first would hang."""
        def meet(own: str, other: str) -> str:
            return (f"touch {self.folder}/{own}; until test -e {self.folder}/{other}; do sleep 0.05; done; "
                    f"echo '{SUMMARY.format(7, 0, 0)}'")
        with mock.patch("builtins.print"):
            self.suites(jobs=2).run([self.program("a", meet("a", "b")), self.program("b", meet("b", "a"))])
        self.assertEqual([["a", "7", "0", "0"], ["b", "7", "0", "0"]], sorted(self.rows()))

    def test_no_more_run_at_once_than_asked_for(self):
        script = (f"mkdir {self.folder}/alone || exit 1; sleep 0.1; rmdir {self.folder}/alone; "
                  f"echo '{SUMMARY.format(7, 0, 0)}'")
        with mock.patch("builtins.print"):
            self.suites(jobs=1).run([self.program(name, script) for name in "abc"])
        self.assertEqual([[name, "7", "0", "0"] for name in "abc"], self.rows())

    def test_what_is_told_of_a_failure_is_told_in_one_piece(self):
        script = f"for i in 1 2 3; do echo $0; sleep 0.05; done; echo '{SUMMARY.format(6, 1, 0)}'; exit 1"
        programs = [suites.Program(name, ["/bin/sh", "-c", script, name], suites.count_doctest) for name in "abc"]
        with mock.patch("builtins.print") as shown:
            self.suites(jobs=3).run(programs)
        told = [call.args[0].splitlines() for call in shown.call_args_list]
        for name, lines in zip("abc", sorted(told, key=lambda lines: lines[0])):
            self.assertEqual([name] * 3, lines[:3])
            self.assertIn(f"{name}: 6 passed, 1 failed", lines[-1])
            self.assertEqual(6, len(lines))  # and the summary, the log, the row

    def test_the_longest_start_first(self):
        names = ["release test_link", f"release {suites.SLOW[1]}", "release test_fault", f"tests/system/{suites.SLOW[0]}"]
        ordered = suites.longest_first([self.program(name, "") for name in names])
        self.assertEqual([names[3], names[1], names[0], names[2]], [program.name for program in ordered])

    def test_what_loads_the_machine_itself_runs_after_the_others_and_by_itself(self):
        """Each notes when it begins and ends; two that are alone are among three that are not."""
        log = self.folder / "log"
        script = f"echo begin $0 >>{log}; sleep 0.3; echo end $0 >>{log}; echo '{SUMMARY.format(7, 0, 0)}'"
        later, sooner = suites.ALONE[1], suites.ALONE[0]
        names = [f"tests/system/{later}", "release a", f"tests/system/{sooner}", "release b", "asan c"]
        programs = [suites.Program(name, ["/bin/sh", "-c", script, name], suites.count_doctest) for name in names]
        with mock.patch("builtins.print"):
            self.suites(jobs=3).run(programs)
        noted = log.read_text(encoding="utf-8").splitlines()
        self.assertEqual({"release a", "release b", "asan c"}, {line.split(" ", 1)[1] for line in noted[:6]})
        self.assertEqual([f"{what} {names[n]}" for n in (0, 2) for what in ("begin", "end")], noted[6:])
        self.assertEqual(sorted(names), sorted(name for name, *_ in self.rows()))

    def test_every_program_that_has_a_place_is_one_of_ours(self):
        root = pathlib.Path(__file__).resolve().parents[2]
        names = {file.stem for file in root.glob("tests/*/test_*.py")} | {f"test_{f.name}" for f in root.glob("tests/*")}
        for name in (*suites.SLOW, *suites.ALONE):
            if not name.startswith("test_mutant_"):
                self.assertIn(name, names)


class PythonFiles(Programs):
    """What `suites.py python FOLDER...` makes of folders."""

    def run_folders(self, *folders: str, options: tuple[str, ...] = ()) -> dict[str, tuple[int, ...]]:
        arguments = ["suites.py", "--results", str(self.folder / "results.tsv"), "--logs", str(self.folder), *options,
                     "python", *folders]
        with mock.patch("builtins.print"), mock.patch("sys.argv", arguments):
            self.assertEqual(0, suites.main())
        return {name: tuple(int(number) for number in numbers) for name, *numbers in self.rows()}

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(textwrap.dedent(text), encoding="utf-8")

    def test_each_file_is_a_program_of_its_own(self):
        self.write("helper.py", "ANSWER = 42\n")
        self.write("test_good.py", """
            import helper, unittest
            class T(unittest.TestCase):
              def test_a(self): self.assertEqual(42, helper.ANSWER)
            """)
        self.write("test_dies.py", """
            import os, unittest
            class T(unittest.TestCase):
              def test_a(self): os.abort()
            """)
        self.write("test_not_importable.py", "import nowhere\n")
        self.write("test_empty.py", "")
        rows = self.run_folders(str(self.folder), options=("--jobs", "3"))
        self.assertEqual({"test_good": (1, 0, 0), "test_dies": (0, 1, 0), "test_not_importable": (0, 1, 0),
                          "test_empty": (0, 1, 0)}, {name.rpartition("/")[2]: row for name, row in rows.items()})
        log = re.sub(r"\W+", "-", f"{self.folder}/test_not_importable") + ".log"
        self.assertIn("No module named 'nowhere'", (self.folder / log).read_text(encoding="utf-8"))

    def test_a_file_that_hangs_leaves_the_others_alone(self):
        self.write("test_hangs.py", "import time\ntime.sleep(60)\n")
        self.write("test_good.py", "import unittest\nclass T(unittest.TestCase):\n  def test_a(self): pass\n")
        rows = self.run_folders(str(self.folder), options=("--timeout", "10"))
        self.assertEqual({"test_hangs": (0, 1, 0), "test_good": (1, 0, 0)},
                         {name.rpartition("/")[2]: row for name, row in rows.items()})

    def test_a_folder_without_test_files_is_a_failure(self):
        self.assertEqual({str(self.folder): (0, 1, 0)}, self.run_folders(str(self.folder)))

    def test_programs_can_be_interrupted_even_where_we_cannot(self):
        """As behind a `&` in a script."""
        self.write("test_it.py", """
            import signal, unittest
            class T(unittest.TestCase):
              def test_a(self): self.assertIsNot(signal.SIG_IGN, signal.getsignal(signal.SIGINT))
            """)
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        rows = self.run_folders(str(self.folder))
        self.assertEqual([(1, 0, 0)], list(rows.values()))

    def test_no_programs_at_once_is_refused(self):
        with mock.patch("sys.stderr") as said, self.assertRaises(SystemExit):
            self.run_folders(str(self.folder), options=("--jobs", "0"))
        self.assertIn("allowed: 1 and more", "".join(call.args[0] for call in said.write.call_args_list))


if __name__ == "__main__":
    unittest.main()
