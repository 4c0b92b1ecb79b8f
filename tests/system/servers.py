"""Real Kafka and Redis for a test, started by tools/services in a folder of their own and gone with the test's process.

One start serves a module: start in setUpModule, close in tearDownModule (or use `with`).
"""
import json
import os
import pathlib
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "services"
COMMAND_S = 700  # only to end a hang: the first one on a machine fetches Kafka


def services(*words: str, check: bool = True) -> subprocess.CompletedProcess:
    """Runs tools/services. A failure is an AssertionError with what it said."""
    done = subprocess.run([sys.executable, "-B", str(TOOL), *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=COMMAND_S, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"tools/services {' '.join(words)}: exit status {done.returncode}\n"
                             f"{done.stdout}{done.stderr}")
    return done


class Servers:
    """`config` is services.json, read again at each look. A kill of this process, however it comes, ends the servers."""

    def __init__(self, kafka: bool = True, redis: bool = True, brokers: tuple[str, ...] = ("paper", "zerodha"),
                 plain: bool = True):
        if not (kafka or redis):
            raise ValueError("Servers(kafka=False, redis=False): nothing to start")
        # Not under a long TMPDIR: the path of Redis' socket has 107 bytes at most.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-servers-"))
        self.start = ["up", "--dir", str(self.folder), "--brokers", ",".join(brokers), "--until-exit-of",
                      str(os.getpid()), *(["--plain"] if plain else []), *([] if kafka else ["--redis-only"]),
                      *([] if redis else ["--kafka-only"])]
        try:
            services(*self.start)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Servers":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        if self.folder.is_dir():
            services("down", "--dir", str(self.folder), "--now", check=False)
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def config(self) -> dict:
        return json.loads((self.folder / "services.json").read_text(encoding="utf-8"))

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a node use these servers."""
        words = shlex.split(services("env", "--dir", str(self.folder)).stdout)
        return dict(word.split("=", 1) for word in words if word != "export")

    def password(self, server: str, user: str) -> str:
        return pathlib.Path(self.config[server]["users"][user]["password_file"]).read_text(encoding="ascii").strip()

    def pause_kafka(self) -> None:
        self._signal("kafka", signal.SIGSTOP)

    def resume_kafka(self) -> None:
        self._signal("kafka", signal.SIGCONT)

    def pause_redis(self) -> None:
        self._signal("redis", signal.SIGSTOP)

    def resume_redis(self) -> None:
        self._signal("redis", signal.SIGCONT)

    def kill_kafka(self) -> None:
        self._kill("kafka")

    def kill_redis(self) -> None:
        self._kill("redis")

    def start_again(self) -> None:
        """What does not run, on its former port, with its data."""
        services(*self.start)

    def restart_kafka(self) -> None:
        """As a crash would: SIGKILL, then a new start. Returns when it answers."""
        self.kill_kafka()
        self.start_again()

    def restart_redis(self) -> None:
        self.kill_redis()
        self.start_again()

    def _signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self.config[name]["pid"], number)

    def _kill(self, name: str) -> None:
        """Returns when the process is gone: only then is its port free."""
        handle = os.pidfd_open(self.config[name]["pid"])
        try:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            if not poll.poll(COMMAND_S * 1000):
                raise AssertionError(f"{name} was killed and has not ended")
        finally:
            os.close(handle)
