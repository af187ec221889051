"""Which tables and columns statements make, as far as that can be read off them."""

from __future__ import annotations

import re
from collections.abc import Iterator

NAME = r'"?(\w+)"?'
CREATED = re.compile(
    rf"create table (?:if not exists )?{NAME}\.{NAME} ?\((.*)\) ?;?", re.IGNORECASE
)
ALTERED = re.compile(rf"alter table (?:if exists )?(?:only )?{NAME}\.{NAME} (.*?);?", re.IGNORECASE)
DROPPED = re.compile(rf"drop table (?:if exists )?{NAME}\.{NAME}(?: cascade)? ?;?", re.IGNORECASE)
HOMELESS = re.compile(rf"create table (?:if not exists )?{NAME} ?\(", re.IGNORECASE)
OTHERS = re.compile(
    r"\b(create|alter|drop)\s+(unlogged\s+)?table\b|\bexecute\b|\bcall\b", re.IGNORECASE
)
ACTION = re.compile(
    rf"(?P<add>add (?:column )?(?:if not exists )?(?!constraint\b|primary\b|foreign\b|unique\b|check\b)"
    rf"{NAME} .*)|(?P<drop>drop (?:column )?(?:if exists )?(?!constraint\b){NAME}(?: cascade)?)"
    rf"|(?P<rename>rename (?:column )?(?!to\b|constraint\b){NAME} to {NAME})|(?P<call>rename to {NAME})"
    r"|(?:add|drop|alter|rename|validate|owner) .*",
    re.IGNORECASE,
)
NO_COLUMN = ("constraint", "primary", "foreign", "unique", "check", "exclude", "like")


class TablesMade:
    """The tables of one schema after some statements."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self.columns: dict[str, set[str]] = {}
        """By table."""
        self.certain = True
        """False once something was said that is not understood here."""

    def hear(self, statement: str) -> None:
        """Go on with the next statement."""
        said = " ".join(re.sub(r"^--.*$", "", statement, flags=re.MULTILINE).split())
        if made := CREATED.fullmatch(said):
            names = (re.match(NAME, part) for part in parts_of(made[3]))
            columns = {one[1] for one in names if one and one[1].lower() not in NO_COLUMN}
            self._of(made[1])[made[2]] = columns
        elif changed := ALTERED.fullmatch(said):
            for action in parts_of(changed[3]):
                self._alter(self._of(changed[1]), changed[2], action)
        elif dropped := DROPPED.fullmatch(said):
            self._of(dropped[1]).pop(dropped[2], None)
        elif OTHERS.search(said):
            self.certain = False

    def _of(self, schema: str) -> dict[str, set[str]]:
        return self.columns if schema == self._schema else {}

    def _alter(self, tables: dict[str, set[str]], table: str, action: str) -> None:
        columns = tables.setdefault(table, set())
        match = ACTION.fullmatch(action)
        if match is None:
            self.certain = False
            return
        names = [one for one in match.groups()[1:] if one and " " not in one]
        if match["add"]:
            columns.add(names[-1])
        elif match["drop"]:
            columns.discard(names[-1])
        elif match["rename"]:
            columns.discard(names[-2])
            columns.add(names[-1])
        elif match["call"]:
            tables[names[-1]] = tables.pop(table)


def parts_of(text: str) -> Iterator[str]:
    """What stands between the commas that are in no parentheses and no quotes."""
    depth, quoted, begin = 0, "", 0
    for place, letter in enumerate(text):
        if quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "'\"":
            quoted = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "," and not depth:
            yield text[begin:place].strip()
            begin = place + 1
    yield text[begin:].strip()
