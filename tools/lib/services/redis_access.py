"""Who may do what at Redis: one user for each broker, confined to the keys under its own prefix. Pure text."""
import hashlib

ADMIN = "admin"

# A broker's views are strings, hashes, sets, sorted sets and lists, written in pipelines and transactions.
GRANTED = ("@read", "@write", "@string", "@hash", "@set", "@sortedset", "@list", "@transaction")
# Taken away again. A pattern of keys does not confine what looks at, counts or empties the whole key space, what runs
# code on the server, or what blocks or leaves it; the categories hold such commands.
DENIED = ("@dangerous", "@admin", "@scripting", "@blocking", "@pubsub", "keys", "scan", "randomkey", "dbsize", "select",
          "flushall", "flushdb", "swapdb", "migrate", "move", "copy", "config")
# Of the connection's commands only these: CLIENT KILL and CLIENT PAUSE would reach the other brokers.
CONNECTION = ("auth", "hello", "ping", "echo", "quit", "client|setname", "client|getname", "client|id")


def hashed(password: str) -> str:
    return "#" + hashlib.sha256(password.encode()).hexdigest()


def broker_rules(broker: str) -> str:
    words = [f"~{broker}:*", "resetchannels", "-@all", *(f"+{name}" for name in GRANTED),
             *(f"-{name}" for name in DENIED), *(f"+{name}" for name in CONNECTION)]
    return " ".join(words)


def acl_file(passwords: dict[str, str]) -> str:
    """`passwords` of admin and of every broker. Nobody enters without one: the default user is off."""
    lines = ["user default off resetpass resetkeys resetchannels -@all"]
    for user, password in passwords.items():
        rules = "~* &* +@all" if user == ADMIN else broker_rules(user)
        lines.append(f"user {user} on {hashed(password)} {rules}")
    return "\n".join(lines) + "\n"
