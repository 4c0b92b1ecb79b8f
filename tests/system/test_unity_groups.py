"""tools/lib/unity_groups.py puts no two sources in one group that cannot be compiled as one."""
import pathlib
import sys
import tempfile
import textwrap
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "lib"))
import unity_groups  # noqa: E402


def unnamed(body: str) -> str:
    return f"namespace bulkhead {{\nnamespace {{\n{textwrap.dedent(body).strip()}\n}}  // namespace\n}}  // namespace bulkhead\n"


class UnityGroups(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def grouped(self, *texts: str) -> list[str]:
        """The sources a, b, c... of these texts, as the groups they come in: "ab", "c"."""
        paths = [self.folder / f"{name}.cpp" for name in "abcdefghijklmnopqrstuvwxyz"[:len(texts)]]
        for path, text in zip(paths, texts):
            path.write_text(text, encoding="utf-8")
        unity_groups.read_text.cache_clear()
        with mock.patch("builtins.print") as shown, mock.patch("sys.argv", ["unity_groups.py", *map(str, paths)]):
            self.assertEqual(0, unity_groups.main())
        groups: dict[int, str] = {}
        for call in shown.call_args_list:
            number, path = call.args
            groups[number] = groups.get(number, "") + pathlib.Path(path).stem
        return list(groups.values())

    def test_sources_that_share_nothing_are_together_ten_at_most(self):
        texts = [unnamed(f"int name_{number}() {{ return 1; }}") for number in range(12)]
        self.assertEqual(["abcdefghij", "kl"], self.grouped(*texts))

    def test_one_name_for_two_things_keeps_them_apart(self):
        for one in ("int f(int x) { return x; }", "struct f {};", "enum class f { a };", "constexpr int f = 1;",
                    "const std::map<int, std::vector<long>>& f() {", "std::mutex f;",
                    "[[noreturn]] void f(const std::string& why) {", "template <class T>\nT f(T x) {"):
            self.assertEqual(["a", "b"], self.grouped(unnamed(one), unnamed("void f() {}")), one)
            self.assertEqual(["ab"], self.grouped(unnamed(one), unnamed("void g() {}")), one)

    def test_a_word_that_means_something_else_elsewhere_keeps_them_apart(self):
        one = unnamed("int f(int x) { return x; }")
        uses = "namespace bulkhead {\nint g() { return f(1); }\n}  // namespace bulkhead\n"
        self.header("declares.hpp", "namespace bulkhead {\nvoid f(int x);\n}  // namespace bulkhead\n")
        include = '#include "declares.hpp"\n'
        self.assertEqual(["a", "b"], self.grouped(one, "int f(long x);\n" + uses))
        self.assertEqual(["a", "b"], self.grouped(one, include + uses))
        self.assertEqual(["a", "b"], self.grouped(include + one, include + uses))
        self.assertEqual(["a", "b"], self.grouped(one, "using enum other;\n" + uses))
        self.assertEqual(["a", "b"], self.grouped(one, uses))  # the system's

    def test_variables_parameters_and_members_of_that_name_hide_it(self):
        other = "struct s {\n  int f = 0;\n};\nint g(int f) { return f; }\nint h() {\n  int f = 2;\n  return f;\n}\n"
        self.assertEqual(["ab"], self.grouped(unnamed("int f(int x) { return x; }"), other))

    def test_members_comments_and_texts_are_not_that_word(self):
        other = '#include "f.hpp"\n// f\nint g(x y) { return y.f + y->f() + x::f("f", R"(f)"); }\n'
        self.assertEqual(["ab"], self.grouped(unnamed("int f(int x) { return x; }"), other))

    def test_an_alias_may_stand_in_both_if_it_is_the_same(self):
        same = unnamed("using json = nlohmann::json;\nnamespace fs = std::filesystem;\nusing other::thing;")
        self.assertEqual(["ab"], self.grouped(same, same))
        self.assertEqual(["a", "b"], self.grouped(same, unnamed("using json = nlohmann::ordered_json;")))
        self.assertEqual(["ab"], self.grouped(same, "void f(bool json) { g(json); }\n"))
        self.assertEqual(["ab"], self.grouped("using test::thing;\n", "using bulkhead::test::thing;\n"))
        self.assertEqual(["a", "b"], self.grouped("using test::thing;\n", "using support::thing;\n"))

    def test_what_opens_a_namespace_is_no_name(self):
        self.header("tests/one.hpp", "namespace bulkhead::test {\nint f();\n}  // namespace bulkhead::test\n")
        include = '#include "tests/one.hpp"\n'
        with mock.patch("unity_groups.ROOT", self.folder):
            self.assertEqual(["ab"], self.grouped(include + "using namespace bulkhead::test;\n",
                                                  "using namespace bulkhead::test;\nint g() { return 1; }\n"))

    def test_no_source_comes_after_a_using_directive_that_it_has_not(self):
        few, more, others = ("".join(f"using namespace {name};\n" for name in names)
                             for names in (["one"], ["one", "two"], ["three"]))
        self.assertEqual(["bda", "c"], self.grouped(more, few, others, few + "int f() { return 1; }\n"))

    def header(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def test_a_word_of_a_header_counts_unless_both_read_it(self):
        one = unnamed("int f(int x) { return x; }")
        self.header("declares.hpp", "namespace bulkhead {\nvoid f(int x);\n}  // namespace bulkhead\n")
        self.header("through.hpp", '#include "declares.hpp"\n')
        with mock.patch("unity_groups.ROOT", self.folder):
            self.assertEqual(["a", "b"], self.grouped(one, '#include "through.hpp"\n'))
            self.assertEqual(["ab"], self.grouped('#include "declares.hpp"\n' + one, '#include "through.hpp"\n'))

    def test_headers_of_tests_that_name_two_things_the_same_are_kept_apart(self):
        for folder, expected in (("tests", ["a", "b"]), ("runtime", ["ab"])):  # in ours it would be an overload
            self.header(f"{folder}/money.hpp", "inline money rupees(int x) { return {x}; }\n")
            self.header(f"{folder}/price.hpp", "inline price rupees(int x) { return {x}; }\n")
            with mock.patch("unity_groups.ROOT", self.folder):
                self.assertEqual(expected, self.grouped(f'#include "{folder}/money.hpp"\n',
                                                        f'#include "{folder}/price.hpp"\n'))

    def test_our_signal_does_not_meet_the_one_of_the_system(self):
        header, ours = "#include <signal.h>\n", "using namespace bulkhead;\nvoid f(const signal& s);\n"
        self.assertEqual(["a", "b"], self.grouped(header, ours))
        self.assertEqual(["ab"], self.grouped(header, header + ours))
        self.assertEqual(["ab"], self.grouped(header, "using namespace bulkhead;\n"))

    def test_what_is_inside_of_a_declaration_has_no_name_of_its_own(self):
        one = unnamed("struct f {\n  int inner = 1;\n};\nvoid h() {\n  int local = 2;\n}")
        self.assertEqual(["ab"], self.grouped(one, "int inner() { return 3; }\nint local() { return 4; }\n"))


if __name__ == "__main__":
    unittest.main()
