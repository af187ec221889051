"""What a revision may not do: it changes nothing but its own add-on's tables, in one transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from dougong.errors import SetupError

NOT_ALLOWED = re.compile(
    r"^\s*(commit|rollback|begin|end|abort|start transaction|alter system|set role|"
    r"(?:create|drop|alter)\s+(?:role|user|group|schema|database|extension|tablespace))\b"
    r"|\b(concurrently)\b",
    re.IGNORECASE,
)
CHANGES = re.compile(
    r"\b(?:(?:create|alter|drop|truncate)\s+(?:table|view|index|sequence|trigger|function|type)"
    r"(?:\s+if\s+(?:not\s+)?exists)?(?:\s+\S+\s+on)?|truncate|insert\s+into|delete\s+from|"
    r"^\s*update)\s+(?:only\s+)?\"?(\w+)\"?\.",
    re.IGNORECASE | re.MULTILINE,
)


def check_statement(statement: str, schema: str) -> None:
    """Raise SetupError for a statement that is not to be run by a revision of this schema."""
    forbidden = NOT_ALLOWED.search(statement)
    if forbidden:
        word = (forbidden[1] or forbidden[2]).upper()
        raise SetupError(f"It runs {word}.", fix="take that out of the revision.")
    for other in CHANGES.findall(statement):
        if other != schema:
            what = f"It changes {other}, which is not the schema of {schema}."
            raise SetupError(what, fix="change only tables of its own.")


@contextmanager
def kept_to_its_own(connection: Connection, schema: str) -> Iterator[None]:
    """Raise SetupError, before it is run, for a statement that is not a revision's to run."""

    def look(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        check_statement(statement, schema)

    event.listen(connection, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", look)
