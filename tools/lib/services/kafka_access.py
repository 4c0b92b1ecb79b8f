"""Who may do what at Kafka: one principal for each broker, confined to its own prefix. Pure data.

- Topics by prefix `<broker>.`: broker ids hold no dot, so `paper.` covers nothing of `paper2`.
- Consumer groups are one for each service, over all brokers (`bulkhead.risk-manager`), so every broker's principal may use
  the prefix `bulkhead.`. That gives it no other broker's offsets: an offset belongs to a (group, topic, partition), and
  to read or commit one the topic must be allowed as well.
- Nobody but admin deletes or alters a topic, except a broker its own dead letters (`bulkhead dlq purge`).
"""
import dataclasses

TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID = 2, 3, 4, 5
LITERAL, PREFIXED = 3, 4
READ, WRITE, CREATE, DELETE, DESCRIBE, DESCRIBE_CONFIGS, IDEMPOTENT_WRITE = 3, 4, 5, 6, 8, 10, 12
ANY = "*"
ALLOW = 3

ADMIN, SHARED, NODE = "admin", "shared", "node"  # NODE: the server's own, towards itself
RESERVED = (ADMIN, SHARED, NODE, "default")
MARKET_TICKS = "market.ticks"
DEAD_LETTERS = tuple(f"{topic}.dlq" for topic in (
    "signals.raw", "signals.validated", "signals.rejected", "orders.submitted", "orders.updates", "orders.filled",
    "orders.failed", "pnl.snapshots"))


@dataclasses.dataclass(frozen=True)
class Acl:
    principal: str
    resource: int
    name: str
    pattern: int
    operation: int
    permission: int = ALLOW


def allow(user: str, resource: int, name: str, pattern: int, *operations: int) -> list[Acl]:
    return [Acl(f"User:{user}", resource, name, pattern, operation) for operation in operations]


def common(user: str, prefix: str) -> list[Acl]:
    """What every principal has under its own prefix, and in the services' groups."""
    return [
        *allow(user, TOPIC, prefix, PREFIXED, READ, WRITE, CREATE, DESCRIBE, DESCRIBE_CONFIGS),
        *allow(user, GROUP, "bulkhead.", PREFIXED, READ, DESCRIBE),
        *allow(user, GROUP, prefix, PREFIXED, READ, DESCRIBE, DELETE),
        *allow(user, TRANSACTIONAL_ID, prefix, PREFIXED, WRITE, DESCRIBE),
        *allow(user, CLUSTER, "kafka-cluster", LITERAL, IDEMPOTENT_WRITE),
    ]


def of_broker(broker: str) -> list[Acl]:
    return [
        *common(broker, f"{broker}."),
        *allow(broker, TOPIC, MARKET_TICKS, LITERAL, READ, DESCRIBE, DESCRIBE_CONFIGS),
        *(acl for topic in DEAD_LETTERS for acl in allow(broker, TOPIC, f"{broker}.{topic}", LITERAL, DELETE)),
    ]


def of_shared() -> list[Acl]:
    """The feed, the runner and `bulkhead topics`: market data for everybody to read, and of the brokers' topics the names,
    settings and committed offsets (lag) and the right to make them, but not one record."""
    return [
        *common(SHARED, "_shared."),
        *allow(SHARED, CLUSTER, "kafka-cluster", LITERAL, CREATE),
        *allow(SHARED, TOPIC, ANY, LITERAL, DESCRIBE, DESCRIBE_CONFIGS),
        *allow(SHARED, TOPIC, "market.", PREFIXED, READ, WRITE, CREATE, DESCRIBE, DESCRIBE_CONFIGS),
    ]


def of_all(brokers: list[str]) -> list[Acl]:
    return of_shared() + [acl for broker in brokers for acl in of_broker(broker)]
