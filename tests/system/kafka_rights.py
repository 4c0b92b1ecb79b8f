"""What tools/services asks of Kafka, and what else a program that means harm would ask: for tests of the walls.

Every call gives the error code of the answer: 0, or one of the numbers below.
"""
import pathlib
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "lib"))
from services.kafka_wire import Answer, Client, KafkaRefused, array, string  # noqa: E402

TOPIC_DENIED, GROUP_DENIED, CLUSTER_DENIED, LOGIN_FAILED, TRANSACTIONAL_ID_DENIED = 29, 30, 31, 58, 53
NOT_YET = (3, 5, 6, 14, 15, 16)  # a topic, its leader or a group's coordinator that is still being set up
GROUP, TRANSACTION = 0, 1
PATIENCE_S = 60


def number(value: int, kind: str = "i") -> bytes:
    return struct.pack(">" + kind, value)


def settled(call) -> int:
    """The error of call(), when it is no longer one that goes by itself."""
    end = time.monotonic() + PATIENCE_S
    while (error := call()) in NOT_YET and time.monotonic() < end:
        time.sleep(0.05)
    return error


class Intruder(Client):
    def create_topic(self, name: str) -> int:
        row = string(name) + number(1) + number(1, "h") + array([]) + array([])
        answer = self.ask(19, 2, array([row]) + number(20_000) + b"\0")
        return self.skip(answer, "i", "i").after_name(answer)

    def delete_topic(self, name: str) -> int:
        answer = self.ask(20, 1, array([string(name)]) + number(20_000))
        return self.skip(answer, "i", "i").after_name(answer)

    def delete_records(self, topic: str) -> int:
        answer = self.ask(21, 0, array([string(topic) + array([number(0) + number(-1, "q")])]) + number(20_000))
        self.skip(answer, "i", "i")
        answer.text()
        self.skip(answer, "i", "i", "q")
        return answer.number("h")

    def produce(self, topic: str) -> int:
        """A request without a record: of one who may write, Kafka complains of that."""
        partition = number(0) + number(-1)
        answer = self.ask(0, 3, number(-1, "h") + number(1, "h") + number(20_000)
                          + array([string(topic) + array([partition])]))
        self.skip(answer, "i")
        answer.text()
        self.skip(answer, "i", "i")
        return answer.number("h")

    def fetch(self, topic: str) -> tuple[int, bytes]:
        """(error, records from the first one on, as they are kept)"""
        partition = number(0) + number(0, "q") + number(1_000_000)
        answer = self.ask(1, 4, number(-1) + number(500) + number(1) + number(1_000_000) + b"\0"
                          + array([string(topic) + array([partition])]))
        self.skip(answer, "i", "i")
        answer.text()
        self.skip(answer, "i", "i")
        error = answer.number("h")
        self.skip(answer, "q", "q")
        for _ in range(answer.number("i")):
            self.skip(answer, "q", "q")
        return error, answer.take(max(0, answer.number("i")))

    def last_offset(self, topic: str) -> int:
        """The error alone."""
        answer = self.ask(2, 1, number(-1) + array([string(topic) + array([number(0) + number(-1, "q")])]))
        self.skip(answer, "i")
        answer.text()
        self.skip(answer, "i", "i")
        return answer.number("h")

    def commit(self, group: str, topic: str, offset: int) -> int:
        """As a client with manual assign() does: member of nothing."""
        self.find_coordinator(group, GROUP)
        return settled(lambda: self.commit_once(group, topic, offset))

    def commit_once(self, group: str, topic: str, offset: int) -> int:
        partition = number(0) + number(offset, "q") + string("")
        body = string(group) + number(-1) + string("") + number(-1, "q") + array([string(topic) + array([partition])])
        answer = self.ask(8, 2, body)
        self.skip(answer, "i")
        answer.text()
        self.skip(answer, "i", "i")
        return answer.number("h")

    def committed(self, group: str, topic: str) -> tuple[int, int]:
        """(error, offset); offset -1: none, or none that this user may see."""
        self.find_coordinator(group, GROUP)
        answer = self.ask(9, 1, string(group) + array([string(topic) + array([number(0)])]))
        if answer.number("i") == 0:
            return 0, -1
        answer.text()
        self.skip(answer, "i", "i")
        offset = answer.number("q")
        answer.text()
        return answer.number("h"), offset

    def topics_of(self, group: str) -> set[str]:
        """The topics of every committed offset of the group that this user is told of."""
        self.find_coordinator(group, GROUP)
        answer = self.ask(9, 2, string(group) + number(-1))
        topics = set()
        for _ in range(answer.number("i")):
            topics.add(answer.text())
            for _ in range(answer.number("i")):
                self.skip(answer, "i", "q")
                answer.text()
                self.skip(answer, "h")
        return topics

    def delete_group(self, group: str) -> int:
        answer = self.ask(42, 0, array([string(group)]))
        return self.skip(answer, "i", "i").after_name(answer)

    def init_producer(self, transactional_id: str) -> int:
        error = self.find_coordinator(transactional_id, TRANSACTION)
        return error or settled(lambda: self.init_producer_once(transactional_id))

    def init_producer_once(self, transactional_id: str) -> int:
        answer = self.ask(22, 0, string(transactional_id) + number(10_000))
        self.skip(answer, "i")
        return answer.number("h")

    def find_coordinator(self, key: str, kind: int) -> int:
        """Kafka makes the topic behind it at the first call, and says until then that it is not ready."""
        return settled(lambda: self.find_coordinator_once(key, kind))

    def find_coordinator_once(self, key: str, kind: int) -> int:
        answer = self.ask(10, 1, string(key) + number(kind, "b"))
        self.skip(answer, "i")
        return answer.number("h")

    def refusal(self, call, *arguments) -> str:
        """Of the requests that tools/services makes itself."""
        try:
            call(*arguments)
        except KafkaRefused as refused:
            return str(refused)
        return ""

    def skip(self, answer: Answer, *kinds: str) -> "Intruder":
        for kind in kinds:
            answer.number(kind)
        return self

    def after_name(self, answer: Answer) -> int:
        answer.text()
        return answer.number("h")
