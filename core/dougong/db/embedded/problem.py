"""What can be wrong with the embedded server, in one sentence with its remedy."""

from pathlib import Path


class ServerProblem(Exception):
    """The embedded server cannot be used; the message says why and ends with "Fix: …"."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(f"{what.rstrip('.')}. Fix: {fix.rstrip('.')}.")


def last_lines(log: Path, since: int = 0, lines: int = 12) -> str:
    """The end of what `log` holds after byte `since`, indented, to be shown under a sentence."""
    try:
        with log.open("rb") as file:
            file.seek(max(since, log.stat().st_size - 8000))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join("    " + line for line in text.strip().splitlines()[-lines:])
