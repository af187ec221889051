"""How the columns of a file become fields: the mapping, and reading one row with it."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphql import GraphQLError

from dougong.entity.base import Entity
from dougong.entity.fields import Money
from dougong.entity.model import Field, Kind, ToOne, model_of
from dougong.errors import SetupError
from dougong.graphql.scalars import SCALARS

Row = Mapping[str, str]
Find = Callable[[ToOne, str, str], int]
"""(link, natural key's attribute, text) → the number of the record; raises ValueError."""


@dataclass(frozen=True)
class Source:
    """Where one field's value comes from."""

    column: str | None = None
    value: str | None = None
    """The same for every row."""
    by: str = ""
    """For a link: the attribute of the other record that the column holds."""
    currency: str = ""
    """For money: its currency; the column holds the amount."""
    when: str | None = None
    """A column that decides: `then` where it holds something, `otherwise` where it is empty."""
    then: str | None = None
    otherwise: str | None = None
    lookup: Mapping[str, str] = field(default_factory=dict)
    """Column's text → value, from another file."""

    def text(self, row: Row) -> str:
        """The text for a row; empty when there is none. Raises ValueError when it is unknown."""
        if self.value is not None:
            return self.value
        if self.when is not None:
            return (self.then if row[self.when].strip() else self.otherwise) or ""
        text = row[self.column or ""].strip()
        if self.lookup and text:
            if text not in self.lookup:
                raise ValueError(f"{self.column} “{text}” is not in the file that is looked up")
            return self.lookup[text]
        return text


@dataclass(frozen=True)
class Columns:
    """A mapping: the sources of an entity's fields, and which rows to leave out."""

    sources: Mapping[str, Source]
    skip: Mapping[str, str]

    def skips(self, row: Row) -> bool:
        """Whether the row is left out."""
        return any(row.get(column, "").strip() == text for column, text in self.skip.items())


def read_columns(path: Path | None, header: list[str], entity: type[Entity]) -> Columns:
    """The mapping in a TOML file, or, without one, the columns that are named like fields.

    Raises SetupError when a field or a column that it names does not exist.
    """
    if path is None:
        known = _fields(entity)
        return Columns({n: Source(n) for n in header if n in known}, {})
    try:
        read = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise SetupError(
            f"The mapping {path.name} cannot be read: {problem}.",
            fix="check the file's path and text.",
        ) from None
    sources = {
        name: _source(said, path.parent, name) for name, said in read.get("columns", {}).items()
    }
    _check(sources, entity, header, path.name)
    return Columns(sources, {k: str(v) for k, v in read.get("skip", {}).items()})


def _source(said: Any, folder: Path, name: str) -> Source:
    if isinstance(said, str):
        return Source(column=said)
    options = dict(said)
    if "lookup" in options:
        options["lookup"] = _lookup(options["lookup"], folder)
    try:
        return Source(**options)
    except TypeError as problem:
        raise SetupError(
            f"The mapping of {name} is not understood: {problem}.",
            fix="use column, value, by, currency, when/then/otherwise or lookup.",
        ) from None


def _lookup(said: Mapping[str, str], folder: Path) -> dict[str, str]:
    with (folder / said["file"]).open(encoding="utf-8", newline="") as file:
        return {row[said["key"]]: said["value"].format_map(row) for row in csv.DictReader(file)}


def _fields(entity: type[Entity]) -> dict[str, Field | ToOne]:
    model = model_of(entity)
    return {**model.fields, **model.links}


def _check(
    sources: Mapping[str, Source], entity: type[Entity], header: list[str], file: str
) -> None:
    known = _fields(entity)
    for name, source in sources.items():
        if name not in known:
            raise SetupError(
                f"{file} maps “{name}”, which is no field of {entity.__name__}.",
                fix=f"use one of {', '.join(sorted(known))}.",
            )
        for column in (source.column, source.when):
            if column is not None and column not in header:
                raise SetupError(
                    f"{file} takes {name} from the column “{column}”, which the file does not have.",
                    fix=f"use one of {', '.join(header)}.",
                )


def values_of(
    row: Row, columns: Columns, entity: type[Entity], find: Find
) -> tuple[dict[str, Any], list[str]]:
    """The attributes of a record from a row, links as their key columns; and what is wrong."""
    known = _fields(entity)
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for name, source in columns.sources.items():
        try:
            values.update(_value(known[name], source, row, find))
        except (ValueError, GraphQLError) as problem:
            wrong.append(f"{source.column or name}: {getattr(problem, 'message', problem)}")
    return values, wrong


def _value(target: Field | ToOne, source: Source, row: Row, find: Find) -> dict[str, Any]:
    text = source.text(row)
    name = target.key if isinstance(target, ToOne) else target.name
    if not text:
        if target.nullable:
            return {name: None}
        if target.has_default:
            return {}
        raise ValueError("is empty, but must have a value")
    if isinstance(target, ToOne):
        return {name: find(target, source.by, text)}
    return {name: _parsed(target, source, text)}


def _parsed(target: Field, source: Source, text: str) -> Any:
    if target.enum is not None:
        if text not in target.enum.__members__:
            raise ValueError(f"“{text}” is none of {', '.join(target.enum.__members__)}")
        return target.enum[text]
    if target.kind is Kind.MONEY:
        return Money(SCALARS[Kind.DECIMAL].coerce_input_value(text), source.currency)
    if target.kind is Kind.BOOLEAN:
        if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
            raise ValueError(f"“{text}” is neither true nor false")
        return text.lower() in ("true", "1", "yes")
    if target.kind is Kind.INT:
        return int(text)
    return SCALARS[target.kind].coerce_input_value(text)
