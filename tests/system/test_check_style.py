"""tools/check_style finds paths of one machine, package hosts and files that are too long."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_style"


def check(files: dict[str, bytes], track: bool = False) -> tuple[int, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if track:
            subprocess.run(["git", "init", "-q", folder], check=True)
        done = subprocess.run([sys.executable, str(TOOL), folder], capture_output=True, text=True)
        return done.returncode, done.stdout.splitlines()


class CheckStyle(unittest.TestCase):
    def assert_found(self, files: dict[str, bytes], start: str):
        code, lines = check(files)
        self.assertEqual(1, code, lines)
        self.assertTrue(any(line.startswith(start) for line in lines), lines)
        self.assertEqual(2, len(lines), lines)

    def test_a_path_of_one_machine_is_found(self):
        for path in ("work/main/x", "root/.cache", "tmp/bash_jobs.0/1"):
            with self.subTest(path=path):
                text = f"first\ncd /{path}\n".encode()
                self.assert_found({"docs/a.md": text}, f"docs/a.md:2: path of one machine /{path}")

    def test_a_package_host_is_found(self):
        for host in ("registry.company.net", "deb.somewhere.org", "py-proxy.lan", "a.mirrors.b"):
            with self.subTest(host=host):
                self.assert_found({"a.sh": f"curl http://user@{host}/x\n".encode()}, f"a.sh:1: package host {host}")

    def test_a_package_source_on_a_command_line_is_found(self):
        self.assert_found({"a.sh": b"pip install --index" + b"-url http://x.y z\n"}, "a.sh:1: names a package source")

    def test_a_source_file_has_at_most_400_lines(self):
        self.assert_found({"a.cpp": b"int x;\n" * 401}, "a.cpp:401: 401 lines")
        self.assertEqual(0, check({"a.cpp": b"int x;\n" * 400, "data.csv": b"1\n" * 500})[0])

    def test_other_paths_hosts_and_binary_files_pass(self):
        text = b"net/work/x ~/wo" + b"rk/ https://api.kite.trade/orders https://github.com/a/b tools/root/ /workers/\n"
        self.assertEqual(0, check({"a.md": text, "b.bin": b"\0/wo" + b"rk/x\n"})[0])

    def test_ignored_files_are_not_looked_at(self):
        files = {".gitignore": b"/build/\n", "build/a.txt": b"/wo" + b"rk/x\n", "b.md": b"fine\n"}
        self.assertEqual((0, ["tools/check_style: 2 files, 0 findings"]), check(files, track=True))


if __name__ == "__main__":
    unittest.main()
