"""Prints which sources of one library or program may be compiled as one: a line `group file` for each, in their order.

The build asks for it with -DBULKHEAD_UNITY=ON (cmake/unity.cmake). Put together, sources meet each other's names. Two are
in different groups where one
  - has a name in an unnamed namespace, and the other uses that word, itself or in a header of its own: it would mean
    two things. It would not where the word is a variable, parameter or member there;
  - brings a header of tests with a name that another header of tests, or a source itself, gives to something else;
  - has a using directive that the other, which comes after it, has not;
  - reads the system's signal(), and the other, which does not, has our `signal` by a using directive.
It reads text and no C++: it may keep files apart without need, and what it overlooks the compiler tells.
"""
import dataclasses
import functools
import pathlib
import re
import sys

LARGEST = 10  # files of a group: larger ones gain little, and must be spread over the processors
STRING = re.compile(r'R"(\w*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"')
COMMENT = re.compile(r"//[^\n]*|/\*(?:.|\n)*?\*/")
SIGNAL_HEADER = re.compile(r"^#\s*include\s*<(?:signal\.h|csignal|sys/wait\.h)>", re.M)
INCLUDE = re.compile(r'^#\s*include\s*(?:"([^"\n]*)")?[^\n]*', re.M)
ROOT = pathlib.Path(__file__).resolve().parents[2]
# A variable, parameter, member or function, after its type; of the pairs found, those with a word of NO_TYPE are none.
TYPED = re.compile(r"(\w+)>*[&*]{0,2} (?=(\w+))")
NO_TYPE = {"return", "co_return", "throw", "case", "else", "new", "delete", "const", "constexpr", "static", "inline",
           "using", "typename", "sizeof", "not", "and", "or", "goto", "explicit", "mutable", "noexcept", "override"}
# One that is not the member of something named before it.
WORD = re.compile(r"(?<![\w.:>])[A-Za-z_]\w*")
ATTRIBUTE = re.compile(r"^(?:\[\[.*?\]\]\s*)+")
ALIAS = re.compile(r"(?:using|namespace)\s+(?:namespace\s+)?(?:[\w:]*::)?(\w+)\s*[=;]")
UP_TO_LAST_BUT_ONE = re.compile(r"^using (?:\w+::)+(?=\w+::\w+;)")  # bulkhead::test::x may be written as test::x
TYPE = re.compile(r"(?:struct|class|enum class|enum|union|concept)\s+(\w+)")
DIRECTIVE = re.compile(r"^using namespace [^;]*;", re.M)
USING_ENUM = re.compile(r"^using enum ", re.M)  # declares what cannot be seen here
NO_DECLARATION = re.compile(r"using namespace |(?:inline )?namespace [\w:]+ \{")
OTHER = re.compile(r"(\w+)\s*(?:\(|=|\{|\[|;|$)")
NO_NAMES = {"operator", "template", "TEST_CASE", "TEST_CASE_FIXTURE"}


@dataclasses.dataclass
class Text:
    """A source or header, by itself."""

    own: dict[str, str]  # names that are its alone: the whole line of an alias, else empty
    declared: set[str]  # all names that it gives to something outside of functions and classes
    typed: set[str]  # names that follow a type, anywhere
    words: set[str]
    opened: set[str]  # its using directives
    includes: list[pathlib.Path]  # of ours
    has_system_signal: bool


@dataclasses.dataclass
class Source:
    path: pathlib.Path
    texts: dict[pathlib.Path, Text]  # the source and all headers of ours that it reads
    opened: set[str]
    words: set[str]  # of all texts
    has_system_signal: bool


def without_templates(line: str) -> str:
    while (shorter := re.sub(r"<[^<>]*>", "", line)) != line:
        line = shorter
    return line


def own_names(text: str, is_inside: bool) -> dict[str, str]:
    """Of declarations at the beginning of a line, which is where clang-format puts those of a namespace. is_inside: of
    any namespace, not of unnamed ones alone."""
    found: dict[str, str] = {}
    are_all = is_inside
    for line in text.splitlines():
        line = ATTRIBUTE.sub("", line)
        if NO_DECLARATION.match(line):
            continue
        if line.startswith("namespace {"):
            is_inside = True
        elif line.rstrip() == "}  // namespace":
            is_inside = are_all
        elif (is_inside or line.startswith(("static ", "using "))) and re.match(r"[A-Za-z_]", line):
            bare = without_templates(COMMENT.sub("", line))
            alias = ALIAS.match(bare)
            match = alias or TYPE.match(bare) or OTHER.search(bare)
            if match and match[1] not in NO_NAMES:
                found[match[1]] = UP_TO_LAST_BUT_ONE.sub("using ", line) if alias else ""
    return found


@functools.cache
def read_text(path: pathlib.Path) -> Text:
    whole = COMMENT.sub(lambda found: found[0] if found[0] == "// namespace" else "", path.read_text(encoding="utf-8"))
    text = STRING.sub('""', INCLUDE.sub("", whole))
    places = (ROOT, ROOT / "tests", path.parent)
    includes = [file for name in INCLUDE.findall(whole) if name
                for file in [(place / name).resolve() for place in places] if file.is_file()]
    is_header_of_tests = path.suffix == ".hpp" and (ROOT / "tests") in path.parents
    words = set(WORD.findall(text))
    return Text(own_names(text, is_header_of_tests) if path.suffix == ".cpp" or is_header_of_tests else {},
                words if USING_ENUM.search(text) else set(own_names(text, True)),
                {name for kind, name in TYPED.findall(text) if kind not in NO_TYPE}, words,
                set(DIRECTIVE.findall(text)), includes,
                SIGNAL_HEADER.search(whole) is not None)


def read(path: pathlib.Path) -> Source:
    texts: dict[pathlib.Path, Text] = {}
    left = [path.resolve()]
    while left:
        file = left.pop()
        if file not in texts:
            texts[file] = read_text(file)
            left += texts[file].includes
    return Source(path, texts, texts[path.resolve()].opened, set().union(*(text.words for text in texts.values())),
                  any(text.has_system_signal for text in texts.values()))


def have_other_meaning(one: Source, other: Source) -> bool:
    """Whether a name that `one` brings is a word of `other`, which does not know it."""
    for path, text in one.texts.items():
        if path in other.texts:
            continue
        strangers = [there for file, there in other.texts.items() if file not in one.texts]
        for name, alias in text.own.items():
            # An alias may stand in both when it is the same one; a variable of its name hides it, which does no harm.
            if any(name in there.own and not (alias and there.own[name] == alias) for there in strangers):
                return True
            if alias or path.suffix != ".cpp":
                continue
            # Where it follows a type, and only in functions and classes, it is a variable or member, which hides ours.
            users = [there for there in strangers if name in there.words]
            if users and (any(name in there.declared for there in other.texts.values())
                          or any(name not in there.typed for there in users)):
                return True
    return False


def get_along(first: Source, later: Source) -> bool:
    if not first.opened <= later.opened:
        return False
    if later.opened and "signal" in later.words and first.has_system_signal and not later.has_system_signal:
        return False
    return not have_other_meaning(first, later) and not have_other_meaning(later, first)


def groups(sources: list[Source]) -> list[list[Source]]:
    found: list[list[Source]] = []
    for source in sorted(sources, key=lambda source: (len(source.opened), str(source.path))):
        for group in found:
            if len(group) < LARGEST and all(get_along(first, source) for first in group):
                group.append(source)
                break
        else:
            found.append([source])
    return found


def main() -> int:
    for number, group in enumerate(groups([read(pathlib.Path(path)) for path in sys.argv[1:]])):
        for source in group:
            print(number, source.path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
