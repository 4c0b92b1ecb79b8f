"""tools/check_includes finds each kind of violation planted in a small tree, and nothing in a clean one."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_includes"

CLEAN = {
    "runtime/domain/money.hpp": "#pragma once\n#include <cstdint>\n",
    "runtime/domain/time.cpp": "#include <chrono>\nstd::chrono::year y{2022};\n",
    "runtime/fault/failpoint.hpp": "#pragma once\n#include <atomic>\n",
    "runtime/ports/journal.hpp": '#pragma once\n#include "runtime/domain/money.hpp"\n',
    "runtime/sqlite/database.hpp": "#pragma once\n#include <sqlite3.h>\n",
    "runtime/journal/sqlite.hpp": '#pragma once\n#include "runtime/sqlite/database.hpp"\n#include "runtime/ports/journal.hpp"\n',
    "runtime/store/sqlite.hpp": '#pragma once\n#include "runtime/sqlite/database.hpp"\n',
    "runtime/feeds/replay.hpp": '#pragma once\n#include "runtime/fault/failpoint.hpp"\n',
    "runtime/brokers/paper/client.hpp": '#pragma once\n#include "runtime/domain/money.hpp"\n',
    "runtime/brokers/zerodha/client.hpp": "#pragma once\n",
    "runtime/brokers/registry.hpp": '#pragma once\n#include "runtime/brokers/paper/client.hpp"\n',
    "strategies/parameter_spec.hpp": "#pragma once\n",
    "strategies/strategy.hpp": '#pragma once\n#include "runtime/domain/money.hpp"\n',
    "config/loader.hpp": '#pragma once\n#include <yaml-cpp/yaml.h>\n#include "strategies/parameter_spec.hpp"\n',
    "actors/bridge.hpp": '#pragma once\n#include <caf/all.hpp>\n#include "config/loader.hpp"\n#include "strategies/strategy.hpp"\n',
    "tools/app/run.hpp": '#pragma once\n#include "actors/bridge.hpp"\n#include "runtime/journal/sqlite.hpp"\n',
    "tests/support/fixture.hpp": "#pragma once\n#include <doctest/doctest.h>\n",
    "tests/domain/money_test.cpp": '#include "support/fixture.hpp"\n#include "tests/support/fixture.hpp"\n#include <sqlite3.h>\n',
}


def check(planted: dict[str, str]) -> tuple[int, str]:
    """The tool's exit code and output over the clean tree with some files replaced or added."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**CLEAN, **planted}.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, str(TOOL), folder], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


# (file, text, line of the finding, words of the finding)
VIOLATIONS = [
    ("runtime/domain/a.cpp", '#include "runtime/ports/journal.hpp"\n', 1, "allowed: runtime/domain"),
    ("runtime/domain/a.cpp", '#include "strategies/strategy.hpp"\n', 1, "strategies/strategy.hpp"),
    ("runtime/domain/a.cpp", '#include "runtime/fault/failpoint.hpp"\n', 1, "runtime/fault/failpoint.hpp"),
    ("runtime/ports/a.hpp", '#include "runtime/journal/sqlite.hpp"\n', 1, "runtime/ports includes"),
    ("runtime/fault/a.hpp", '#include "runtime/domain/money.hpp"\n', 1, "runtime/fault includes"),
    ("runtime/journal/a.cpp", '#include "runtime/store/sqlite.hpp"\n', 1, "runtime/journal includes"),
    ("runtime/store/a.cpp", '#include "config/loader.hpp"\n', 1, "runtime/store includes"),
    ("runtime/feeds/a.cpp", '#include "actors/bridge.hpp"\n', 1, "runtime/feeds includes"),
    ("runtime/brokers/paper/a.cpp", '#include "runtime/brokers/zerodha/client.hpp"\n', 1, "runtime/brokers/paper includes"),
    ("runtime/brokers/paper/a.cpp", '#include "runtime/brokers/registry.hpp"\n', 1, "runtime/brokers/paper includes"),
    ("strategies/a.cpp", '#include "runtime/ports/journal.hpp"\n', 1, "strategies includes"),
    ("strategies/a.cpp", '#include "runtime/fault/failpoint.hpp"\n', 1, "strategies includes"),
    ("strategies/a.cpp", '#include "config/loader.hpp"\n', 1, "strategies includes"),
    ("config/a.cpp", '#include "strategies/strategy.hpp"\n', 1, "strategies/parameter_spec.hpp"),
    ("config/a.cpp", '#include "runtime/ports/journal.hpp"\n', 1, "config includes"),
    ("actors/a.cpp", '#include "runtime/journal/sqlite.hpp"\n', 1, "actors includes"),
    ("actors/a.cpp", '#include "runtime/store/sqlite.hpp"\n', 1, "actors includes"),
    ("actors/a.cpp", '#include "runtime/feeds/replay.hpp"\n', 1, "actors includes"),
    ("actors/a.cpp", '#include "runtime/brokers/paper/client.hpp"\n', 1, "actors includes"),
    ("actors/a.cpp", '#include "tools/app/run.hpp"\n', 1, "actors includes"),
    ("tools/app/a.cpp", '#include "tests/support/fixture.hpp"\n', 1, "tools includes"),
    ("actors/a.cpp", '#include "bridge.hpp"\n', 1, "a path from the root"),
    ("actors/a.cpp", '#include "support/fixture.hpp"\n', 1, "a path from the root"),
    ("actors/a.cpp", "#include <sqlite3.h>\n", 1, "<sqlite3.h>, allowed only in: runtime/journal"),
    ("actors/a.cpp", "#include <librdkafka/rdkafkacpp.h>\n", 1, "librdkafka"),
    ("actors/a.cpp", "#include <hiredis/hiredis.h>\n", 1, "hiredis"),
    ("actors/a.cpp", "#include <curl/curl.h>\n", 1, "curl"),
    ("actors/a.cpp", "#include <boost/beast/http.hpp>\n", 1, "boost/beast"),
    ("actors/a.cpp", "#include <yaml-cpp/yaml.h>\n", 1, "allowed only in: config"),
    ("tools/app/a.cpp", "#include <yaml-cpp/yaml.h>\n", 1, "allowed only in: config"),
    ("runtime/journal/a.cpp", "#include <caf/all.hpp>\n", 1, "allowed only in: actors, tools, tests"),
    ("actors/a.cpp", "#include <doctest/doctest.h>\n", 1, "allowed only in: tests"),
    ("runtime/domain/a.cpp", "#include <spdlog/spdlog.h>\n", 1, "pure code includes <spdlog/spdlog.h>"),
    ("runtime/domain/a.cpp", "#include <unistd.h>\n", 1, "pure code includes <unistd.h>"),
    ("runtime/domain/a.cpp", "\n  #  include <thread>\n", 2, "pure code includes <thread>"),
    ("runtime/domain/a.cpp", "#include <chrono>\n", 1, "pure code includes <chrono>"),
    ("strategies/a.cpp", "#include <mutex>\n", 1, "pure code includes <mutex>"),
    ("strategies/a.cpp", "#include <atomic>\n", 1, "pure code includes <atomic>"),
    ("strategies/a.cpp", "#include <iostream>\n", 1, "pure code includes <iostream>"),
    ("strategies/a.cpp", "#include <random>\n", 1, "pure code includes <random>"),
    ("runtime/domain/time.cpp", "#include <chrono>\nauto t = std::chrono::system_clock::now();\n", 2, "system_clock"),
    ("runtime/domain/a.cpp", "/* \" */ auto t = std::chrono::steady_clock::now();\n", 1, "steady_clock"),
    ("runtime/domain/a.cpp", "int f(int a = 1'000'000) { std::this_thread::sleep_for(a); }\n", 1, "sleep_for"),
    ("strategies/a.cpp", "std::random_device seed;\n", 1, "random_device"),
    ("strategies/a.cpp", "auto now = time(nullptr);\n", 1, "uses time"),
    ("strategies/a.cpp", "auto now = std::time(&x);\n", 1, "uses std::time"),
    ("strategies/a.cpp", "int r = rand();\n", 1, "uses rand"),
    ("runtime/novelty/a.cpp", "int x;\n", 1, "a folder without rules"),
    ("loose.cpp", "int x;\n", 1, "a folder without rules"),
]


class CheckIncludes(unittest.TestCase):
    def test_a_clean_tree_passes(self):
        code, output = check({})
        self.assertEqual((0, f"tools/check_includes: {len(CLEAN)} files, 0 findings\n"), (code, output))

    def test_each_violation_is_found_with_its_file_and_line(self):
        planted = {name.replace("a.", f"a{i}."): text for i, (name, text, _, _) in enumerate(VIOLATIONS)}
        self.assertEqual(len(VIOLATIONS), len(planted))
        code, output = check(planted)
        self.assertEqual(1, code)
        for (_, text, line, words), name in zip(VIOLATIONS, planted):
            with self.subTest(file=name, text=text):
                found = [row for row in output.splitlines() if row.startswith(f"{name}:")]
                self.assertEqual(1, len(found), output)
                self.assertIn(f"{name}:{line}: ", found[0])
                self.assertIn(words, found[0])
        self.assertIn(f", {len(VIOLATIONS)} findings\n", output)

    def test_words_in_comments_literals_and_members_are_no_violation(self):
        text = ('// never system_clock\n/* nor\n steady_clock */\nauto a = "random_device";\n'
                'auto b = R"(sleep_for " )";\nauto c = in.time(); auto d = codec::time(x);\n')
        code, output = check({"runtime/domain/a.cpp": text})
        self.assertEqual(0, code, output)

    def test_a_tree_without_code_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, str(TOOL), folder], capture_output=True, text=True)
        self.assertEqual(1, done.returncode)
        self.assertIn("no C++", done.stdout)


if __name__ == "__main__":
    unittest.main()
