"""What the checks have in common: which files belong to the tree, and how a finding is printed."""
import pathlib
import re
import subprocess

# Alternation in this order, so that a // inside a string literal is no comment and a quote in a comment no string.
# The last one is a character; what follows a digit or letter is a digit separator (1'000).
_COMMENT_OR_LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'', re.S)


def files(root: pathlib.Path) -> list[str]:
    """Every file of the tree as a path from its root: tracked ones and new ones that git does not ignore."""
    if not (root / ".git").exists():  # an exported tree
        return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout
    return sorted(name for name in set(listed.split("\0")) if name and (root / name).is_file())


def is_cpp(name: str) -> bool:
    return name.endswith((".cpp", ".hpp", ".h", ".cc"))


def code_only(text: str) -> str:
    """C++ text with comments and literals blanked; line numbers stay as they are."""
    return _COMMENT_OR_LITERAL.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def report(tool: str, checked: int, findings: list[str]) -> int:
    """Prints the findings, or one line that says all is well. Returns the exit code."""
    for finding in findings:
        print(finding)
    print(f"{tool}: {checked} files, {len(findings)} findings")
    return 1 if findings else 0
