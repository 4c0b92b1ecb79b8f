"""Every test that docs/mistakes.md names exists where it says, under that name."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "mistakes.md").read_text(encoding="utf-8")
NAMED = re.findall(r"^  - `(tests/[^`]+)`: \"(.+)\"$", TEXT, re.MULTILINE)
POINTS = re.findall(r"^(\d+)\. ", TEXT, re.MULTILINE)


def test_names(path: str) -> set[str]:
    source = (ROOT / path).read_text(encoding="utf-8")
    return {re.sub(r'"\s*"', "", name) for name in re.findall(r'TEST_CASE\(\s*"((?:[^"]|"\s+")*)"\)', source)}


class Mistakes(unittest.TestCase):
    def test_every_named_test_exists(self):
        self.assertGreater(len(NAMED), 20)
        for path, name in NAMED:
            with self.subTest(path=path, name=name):
                self.assertIn(name, test_names(path))

    def test_every_line_under_a_point_names_a_test_or_says_what_it_waits_for(self):
        lines = re.findall(r"^  - .*$", TEXT, re.MULTILINE)
        waiting = [line for line in lines if re.match(r"  - With the ", line)]
        self.assertEqual(len(lines), len(NAMED) + len(waiting), lines)

    def test_every_point_is_answered(self):
        self.assertEqual([str(n) for n in range(1, 23)], POINTS)
        for point in re.split(r"^\d+\. ", TEXT, flags=re.MULTILINE)[1:]:
            self.assertRegex(point, r"(?m)^  - ")

    def test_a_test_named_after_a_mistake_is_listed(self):
        listed = {name for _, name in NAMED}
        for source in sorted((ROOT / "tests").rglob("*.cpp")):
            for name in test_names(str(source.relative_to(ROOT))):
                if re.match(r"mistake \d+: ", name):
                    self.assertIn(name, listed, source)


if __name__ == "__main__":
    unittest.main()
