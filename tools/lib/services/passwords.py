"""One random password for each user of a server, each in a file that nobody else may read."""
import pathlib
import secrets

from services import processes


def file_of(folder: pathlib.Path, user: str) -> pathlib.Path:
    return folder / f"{user}.password"


def ensure(folder: pathlib.Path, user: str) -> str:
    """The user's password; made at the first call. Hexadecimal, so that no config file needs an escape for it."""
    path = file_of(folder, user)
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = secrets.token_hex(24)
    processes.write_atomically(path, password + "\n", 0o600)
    return password


def described(folder: pathlib.Path, users: list[str]) -> dict[str, dict[str, str]]:
    """As services.json names them."""
    return {user: {"username": user, "password_file": str(file_of(folder, user))} for user in users}
