"""The jars of Apache Kafka, fetched once by Maven as the machine has it configured, and shared by every run."""
import contextlib
import fcntl
import pathlib
import shutil
import subprocess
import tempfile

from services import processes
from services.errors import ServiceError

KAFKA_VERSION = "3.9.1"
FETCH_S = 600
POM = f"""<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>bulkhead</groupId>
  <artifactId>kafka-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
"""


def ensure(cache: pathlib.Path) -> pathlib.Path:
    """Folder of the jars. Two that start at once fetch once; one that is killed leaves no half-filled folder."""
    folder = cache / f"kafka-{KAFKA_VERSION}"
    if folder.is_dir():
        return folder
    with locked(cache):
        if not folder.is_dir():
            fetch(cache, folder)
    return folder


@contextlib.contextmanager
def locked(cache: pathlib.Path):
    """Only the holder makes a folder `fetch-*` in the cache; what a killed one left of it is removed."""
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the process, however that ends
        for left in cache.glob("fetch-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def fetch(cache: pathlib.Path, folder: pathlib.Path) -> None:
    maven = processes.program("mvn", "maven")
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=cache) as part:
        pathlib.Path(part, "pom.xml").write_text(POM, encoding="utf-8")
        try:
            done = subprocess.run(
                [maven, "-B", "-q", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=jars"],
                cwd=part, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FETCH_S, check=False,
                preexec_fn=processes.end_with_parent)
        except subprocess.TimeoutExpired:
            raise ServiceError(f"Maven has not fetched Apache Kafka {KAFKA_VERSION} within {FETCH_S} s; is the network "
                               "slow or Maven's settings.xml wrong?") from None
        if done.returncode != 0:
            raise ServiceError(f"Maven could not fetch Apache Kafka {KAFKA_VERSION}; its mirrors and proxies are set in "
                               f"its settings.xml. It said:\n{(done.stdout + done.stderr)[-3000:]}")
        pathlib.Path(part, "jars").rename(folder)
