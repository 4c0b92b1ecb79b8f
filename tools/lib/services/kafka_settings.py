"""The settings of the Kafka server: one node that is both broker and controller. Pure text."""
import pathlib

from services import kafka_access
from services.ports import LOOPBACK

MAX_RECORD_BYTES = 9 * 1024 * 1024  # a journal's snapshot of 8 MB and its frame
CLEANER_BYTES = 8 * 1024 * 1024     # of the heap; 128 MB by default, half of what this server has


def jaas(module: str, **options: str) -> str:
    text = " ".join(f'{name}="{value}"' for name, value in options.items())
    return f"org.apache.kafka.common.security.{module} required {text};"


def settings(data: pathlib.Path, ports: dict[str, int], passwords: dict[str, str]) -> dict[str, str]:
    """Listeners: CLIENT (a login by SCRAM), CONTROLLER (the server with itself), and PLAIN if `ports` names one: no
    login, every right, for tests that are not about rights."""
    node = passwords[kafka_access.NODE]
    listeners = {"CLIENT": ports["client"], "CONTROLLER": ports["controller"]}
    protocols = {"CLIENT": "SASL_PLAINTEXT", "CONTROLLER": "SASL_PLAINTEXT"}
    super_users = [f"User:{user}" for user in (kafka_access.ADMIN, kafka_access.NODE)]
    if "plain" in ports:
        listeners["PLAIN"], protocols["PLAIN"] = ports["plain"], "PLAINTEXT"
        super_users.append("User:ANONYMOUS")
    as_list = {name: f"{name}://{LOOPBACK}:{port}" for name, port in listeners.items()}
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{LOOPBACK}:{ports['controller']}",
        "listeners": ",".join(as_list.values()),
        "advertised.listeners": ",".join(text for name, text in as_list.items() if name != "CONTROLLER"),
        "listener.security.protocol.map": ",".join(f"{name}:{kind}" for name, kind in protocols.items()),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "CLIENT",
        # The users of CLIENT are in the metadata log. The server's login to itself must work before that is read.
        "sasl.enabled.mechanisms": "SCRAM-SHA-256",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-256",
        "listener.name.client.scram-sha-256.sasl.jaas.config":
            jaas("scram.ScramLoginModule", username=kafka_access.NODE, password=node),
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config":
            jaas("plain.PlainLoginModule", username=kafka_access.NODE, password=node, user_node=node),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": ";".join(super_users),
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "message.max.bytes": str(MAX_RECORD_BYTES),
        "replica.fetch.max.bytes": str(MAX_RECORD_BYTES),
        # After a SIGKILL the restarted server waits until its former self has timed out.
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "500",
        "controlled.shutdown.enable": "false",  # there is no other node to hand anything to
        # One node, few clients.
        "default.replication.factor": "1",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
        "log.cleaner.dedupe.buffer.size": str(CLEANER_BYTES),
    }


def as_text(values: dict[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in values.items())
