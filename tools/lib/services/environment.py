"""The environment variables that make `bulkhead run` use the servers of a folder. Pure text."""
import shlex

from services import kafka_access, redis_access


def login(prefix: str, user: dict[str, str]) -> list[tuple[str, str]]:
    return [(f"{prefix}__USERNAME", user["username"]), (f"{prefix}__PASSWORD_FILE", user["password_file"])]


def variables(config: dict) -> list[tuple[str, str]]:
    """`config`: the text of services.json."""
    out: list[tuple[str, str]] = []
    kafka, redis = config.get("kafka"), config.get("redis")
    if kafka:
        out += [("JOURNAL__BACKEND", "kafka"), ("KAFKA__BOOTSTRAP_SERVERS", kafka["bootstrap_servers"]),
                ("KAFKA__SECURITY", kafka["security"])]
        out += login("KAFKA", kafka["users"][kafka_access.SHARED])
        for broker in sorted(set(kafka["users"]) - set(kafka_access.RESERVED)):
            out += login(f"TRADING__{broker.upper()}__KAFKA", kafka["users"][broker])
    if redis:
        out += [("STORE__BACKEND", "redis"), ("REDIS__ADDRESS", f"unix:{redis['socket']}")]
        for broker in sorted(set(redis["users"]) - {redis_access.ADMIN}):
            out += login(f"TRADING__{broker.upper()}__REDIS", redis["users"][broker])
    return out


def exports(config: dict) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables(config))
