"""tools/services fetches Kafka's jars once, whole or not at all. A script stands in for Maven."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from servers import ROOT

sys.path.insert(0, str(ROOT / "tools" / "lib"))
from services import class_archive, jars  # noqa: E402
from services.errors import ServiceError  # noqa: E402

FETCHES = "#!/bin/sh\necho fetched >>{log}\nmkdir jars && echo 1 >jars/a.jar && sleep 0.3 && echo 2 >jars/b.jar\n"
FAILS = "#!/bin/sh\necho fetched >>{log}\nmkdir jars && echo 1 >jars/a.jar\necho 'no route to the mirror'\nexit 1\n"
ENSURE = "import pathlib, sys; from services import jars; print(len(list(jars.ensure(pathlib.Path(sys.argv[1])).iterdir())))"


class Jars(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.cache = self.folder / "jars"
        self.log = self.folder / "log"
        path = mock.patch.dict(os.environ, {"PATH": f"{self.folder}:{os.environ['PATH']}",
                                            "PYTHONPATH": str(ROOT / "tools" / "lib"), "PYTHONDONTWRITEBYTECODE": "1"})
        path.start()
        self.addCleanup(self.temporary.cleanup)
        self.addCleanup(path.stop)

    def maven(self, script: str) -> None:
        file = self.folder / "mvn"
        file.write_text(script.format(log=self.log), encoding="ascii")
        file.chmod(0o755)

    def fetches(self) -> int:
        return len(self.log.read_text(encoding="ascii").splitlines())

    def test_two_that_start_at_once_fetch_once_and_both_find_all_of_it(self):
        self.maven(FETCHES)
        both = [subprocess.Popen([sys.executable, "-c", ENSURE, str(self.cache)], stdout=subprocess.PIPE, text=True)
                for _ in range(2)]
        self.assertEqual(["2\n", "2\n"], [one.communicate(timeout=60)[0] for one in both])
        self.assertEqual(1, self.fetches())

    def test_what_a_killed_fetch_left_is_removed_and_never_used(self):
        (self.cache / "fetch-killed" / "jars").mkdir(parents=True)
        self.maven(FETCHES)
        self.assertEqual(2, len(list(jars.ensure(self.cache).iterdir())))
        self.assertEqual(["kafka-" + jars.KAFKA_VERSION, "lock"], sorted(os.listdir(self.cache)))

    def test_a_fetch_that_fails_says_why_leaves_nothing_and_is_tried_again(self):
        self.maven(FAILS)
        for _ in range(2):
            with self.assertRaisesRegex(ServiceError, "(?s)Maven could not fetch Apache Kafka.*no route to the mirror"):
                jars.ensure(self.cache)
            self.assertEqual(["lock"], os.listdir(self.cache))
        self.assertEqual(2, self.fetches())

    def test_an_archive_that_cannot_be_made_is_told_of_once_and_done_without(self):
        self.cache.mkdir()
        runs = []

        def train(_folder, options):
            runs.append(options)
            raise ServiceError("the JVM has no such option")

        with mock.patch("sys.stderr") as said:
            self.assertEqual([[], []], [class_archive.ensure(self.cache, train) for _ in range(2)])
        self.assertEqual(1, len(runs))
        self.assertIn("the JVM has no such option", "".join(call.args[0] for call in said.write.call_args_list))


if __name__ == "__main__":
    unittest.main()
