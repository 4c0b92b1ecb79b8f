"""The live feed from Kite against the simulator: stale and live again for every reason there is, and a node that is
killed and goes on with the same frames. Paper in the node, zerodha with placing off in a process of its own."""

import json
import os
import signal
import subprocess
import unittest

from kite_node import BINARY, PATIENCE_S, ROOT, Rehearsal, wait_until

SETTINGS = {"feed.kind": "kite", "feed.account": "zerodha", "trading.zerodha.enabled": "false", "feed.silence_ms": 1000}


class Live(Rehearsal):
    def __init__(self, **settings: object) -> None:
        super().__init__(brokers="paper,zerodha", hours=None, sim_speed=100, settings={**SETTINGS, **settings})

    def bulkhead(self, *words: str) -> subprocess.CompletedProcess:
        """Another command with the node's own settings."""
        run = self.command()
        options = run[run.index("--config"):]
        return subprocess.run([str(BINARY), *words, *options], capture_output=True, text=True, timeout=PATIENCE_S,
                              check=False, cwd=ROOT, env={"PATH": os.environ.get("PATH", "")})

    def status(self) -> dict:
        done = self.bulkhead("brokers", "ls", "--json")
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def feed(self) -> dict:
        return self.status().get("feed", {})

    def wait_for(self, state: str, reason: str = "") -> dict:
        seen: dict = {}

        def there() -> bool:
            seen.update(self.feed())
            return seen.get("state") == state and reason in seen.get("reason", "")

        wait_until(there, f"the feed is not {state} ({reason}): {seen}{self.failure_text()}")
        return seen

    def wait_for_frames(self, count: int) -> None:
        wait_until(lambda: self.feed().get("frames", 0) >= count, f"no {count} frames: {self.feed()}")

    def stop(self, run) -> None:
        run.send(signal.SIGINT)
        assert run.wait() == 0, self.failure_text()
        assert "restarted as incarnation" not in run.err, run.err

    def stale_in(self, *words: str) -> None:
        """This command says that the feed is STALE, for people and for programs."""
        shown = self.bulkhead(*words)
        assert "feed: STALE since" in shown.stdout, f"{words}: {shown.stdout}{shown.stderr}"
        told = json.loads(self.bulkhead(*words, "--json").stdout).get("feed", {})
        assert told.get("state") == "STALE" and told["reason"], f"{words}: {told}"

    def replay(self, broker: str) -> dict:
        done = self.bulkhead("replay", "--broker", broker, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)


class KiteFeedTest(unittest.TestCase):
    def test_stale_for_every_reason_and_live_again(self) -> None:
        with Live() as live:
            live.session_file.unlink()
            run = live.start()
            stale = live.wait_for("STALE", "bulkhead login")
            self.assertTrue(stale["since"])
            self.assertEqual("running", live.status()["brokers"]["paper"]["node"]["state"], "paper needs no login")
            shown = live.bulkhead("brokers", "show", "paper").stdout
            self.assertIn("STALE since", shown)
            live.log_in()
            live.wait_for("live")
            live.wait_for_frames(stale["frames"] + 50)

            live.sim.fault("socket_mute", value=4, count=1)
            live.wait_for("STALE", "no message")
            live.wait_for("live")

            before = run.err.count("STALE")
            live.sim.data("POST", "/admin/sockets/cut")
            wait_until(lambda: run.err.count("STALE") > before, f"a cut is not said: {run.err}")
            live.wait_for("live")

            before = run.err.count("can be read")
            live.sim.fault("garbage_frame", count=1)
            live.sim.fault("truncated_frame", count=1)
            wait_until(lambda: run.err.count("was refused whole") >= 2, f"garbage is not said: {run.err}")
            self.assertEqual(before, run.err.count("can be read"), "one frame that cannot be read is an accident")
            live.sim.fault("truncated_frame")
            live.wait_for("STALE", "can be read")
            self.assertRegex(run.err, "feed: STALE: .*frames come from Kite, and none of them can be read")
            live.sim.clear_faults()
            frames = live.wait_for("live")["frames"]
            live.wait_for_frames(frames + 50)

            live.sim.data("POST", "/admin/revoke")
            live.wait_for("STALE", "login")
            strategy = next(iter(json.loads(live.bulkhead("strategies", "ls", "--json").stdout)["strategies"]))
            for words in (("brokers", "ls"), ("brokers", "vitals"), ("positions", "ls"), ("orders", "ls"),
                          ("strategies", "ls"), ("strategies", "show", strategy)):
                live.stale_in(*words)
            live.log_in()
            live.wait_for("live")
            frames = live.feed()["frames"]
            live.wait_for_frames(frames + 50)
            live.stop(run)
            self.assertNotIn(live.session_file.read_text().split('"access_token"')[1].split('"')[1], run.err)
            for broker in ("paper", "zerodha"):
                self.assertEqual(True, live.replay(broker)["same"], live.replay(broker))

    def test_a_killed_node_goes_on_with_the_frames_it_had(self) -> None:
        with Live() as live:
            first = live.start()
            live.wait_for("live")
            live.wait_for_frames(200)
            first.kill()
            events = {broker: live.journal(broker) for broker in ("paper", "zerodha")}
            second = live.start("--resume")
            live.wait_for("live")
            live.wait_for_frames(live.feed()["frames"] + 100)
            live.stop(second)
            for broker, before in events.items():
                after = live.journal(broker)
                self.assertEqual(before, after[:len(before)], "what was journaled stays")
                self.assertGreater(len(after), len(before))
                replayed = live.replay(broker)
                self.assertEqual(True, replayed["same"], replayed)
                self.assertEqual(len(after), replayed["events"])

    def test_the_frames_of_a_run_are_its_journals(self) -> None:
        with Live() as live:
            run = live.start()
            live.wait_for_frames(20)
            live.stop(run)
            again = live.start()
            self.assertNotEqual(0, again.wait(), "journals and frames of an earlier run are not traded again")
            (live.data_dir / "feed.frames").rename(live.folder / "away")
            resumed = live.start("--resume")
            self.assertNotEqual(0, resumed.wait())
            self.assertIn("feed.frames is not there", resumed.err)


if __name__ == "__main__":
    unittest.main()
