"""What a test of a running node does again and again. A case that uses it has `folder` (the data folder) and `node`."""

import json
import subprocess
import time

from test_commands import TWO_PAPER, bulkhead


class RunningNode:
    """Mixed into a unittest.TestCase."""

    patience_s = 30.0

    def wait_for(self, condition) -> None:
        end = time.monotonic() + self.patience_s
        while not condition():
            self.assertIsNone(self.node.poll(), "the node has ended")
            self.assertLess(time.monotonic(), end, "it never came true")
            time.sleep(0.05)

    def tell(self, *command: str, code: int = 0) -> subprocess.CompletedProcess:
        done = bulkhead(*command, "--data-dir", str(self.folder), environment=TWO_PAPER)
        self.assertEqual(done.returncode, code, f"{command}: {done.stdout}{done.stderr}")
        return done

    def ask(self, *command: str) -> dict:
        return json.loads(self.tell(*command, "--json").stdout)
