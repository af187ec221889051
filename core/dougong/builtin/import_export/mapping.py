"""How the columns of a file become fields: the mapping, and reading one row with it."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphql import GraphQLError

from dougong.entity.base import Entity
from dougong.entity.fields import Money
from dougong.entity.model import Field, Kind, ToOne, model_of
from dougong.errors import SetupError
from dougong.graphql.scalars import SCALARS

CURRENCY = re.compile("[A-Z]{3}")
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
    """For a link: the attribute of the other record that the column holds; else its natural key."""
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


def read_columns(
    path: Path | None,
    header: list[str],
    entity: type[Entity],
    *,
    state: str | None = None,
    history: bool = False,
) -> Columns:
    """The mapping in a TOML file, or, without one, the columns that are named like fields.

    `state` is the field that only steps write; history brings in what people do not write, too.
    Raises SetupError when a field or a column that it names does not exist or may not be
    written, or when it says nothing of a field that must have a value.
    """
    mapped = _Mapped(entity, header, "The header" if path is None else path.name, state, history)
    if path is None:
        columns = Columns({n: Source(n) for n in header if n in mapped.known}, {})
    else:
        columns = _read_mapping(path)
    mapped.check(columns)
    return columns


def _read_mapping(path: Path) -> Columns:
    try:
        read = tomllib.loads(path.read_text("utf-8"))
        sources = {n: _source(said, path.parent, n) for n, said in read.get("columns", {}).items()}
        return Columns(sources, {k: str(v) for k, v in read.get("skip", {}).items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise SetupError(
            f"The mapping {path.name} cannot be read: {problem}.",
            fix="check the paths and the text of the file, and of those that it looks up.",
        ) from None


def _source(said: Any, folder: Path, name: str) -> Source:
    if isinstance(said, str):
        return Source(column=said)
    options = dict(said)
    origins = [options[origin] for origin in ("column", "value", "when") if origin in options]
    texts = all(isinstance(value, str) for key, value in options.items() if key != "lookup")
    if len(origins) != 1 or not texts or options.keys() - Source.__dataclass_fields__.keys():
        raise SetupError(
            f"The mapping of {name} is not understood: {said}.",
            fix="say one of column, value or when (with then and otherwise), as texts, and "
            "where needed by, currency or lookup.",
        )
    if "lookup" in options:
        options["lookup"] = _lookup(options["lookup"], folder)
    return Source(**options)


def _lookup(said: Mapping[str, str], folder: Path) -> dict[str, str]:
    with (folder / said["file"]).open(encoding="utf-8-sig", newline="") as file:
        return {row[said["key"]]: said["value"].format_map(row) for row in csv.DictReader(file)}


def _fields(entity: type[Entity]) -> dict[str, Field | ToOne]:
    model = model_of(entity)
    return {**model.fields, **model.links}


@dataclass(frozen=True)
class _Mapped:
    """What a mapping is checked against."""

    entity: type[Entity]
    header: list[str]
    file: str
    state: str | None
    history: bool

    @property
    def known(self) -> dict[str, Field | ToOne]:
        """The fields by their names."""
        return _fields(self.entity)

    def check(self, columns: Columns) -> None:
        """Raise SetupError for the first thing that is wrong."""
        known = self.known
        for name, source in columns.sources.items():
            if name not in known:
                raise SetupError(
                    f"{self.file} maps “{name}”, which is no field of {self.entity.__name__}.",
                    fix=f"use one of {', '.join(sorted(filter(self._is_written, known)))}.",
                )
            self._check_columns(name, (source.column, source.when))
            self._check_writable(name)
            self._check_kind(name, known[name], source)
        self._check_columns("what it skips", columns.skip)
        wanted = {name for name, field in known.items() if not field.has_default}
        missing = sorted(filter(self._is_written, wanted - columns.sources.keys()))
        if missing:
            raise SetupError(
                f"{self.file} says nothing of {', '.join(missing)}, without which there is no "
                f"{self.entity.__name__}.",
                fix="map it to a column, or give it the same value for every row.",
            )

    def _check_columns(self, name: str, columns: Iterable[str | None]) -> None:
        for column in columns:
            if column is not None and column not in self.header:
                raise SetupError(
                    f"{self.file} takes {name} from the column “{column}”, which the file does not have.",
                    fix=f"use one of {', '.join(self.header)}.",
                )

    def _is_written(self, name: str) -> bool:
        """Whether the import may write the field."""
        field = self.known[name]
        if not self.history:
            return not field.read_only and name != self.state
        column = self.entity.__table__.columns.get(field.key if isinstance(field, ToOne) else name)
        stored = isinstance(field, Field) and field.kind is Kind.MONEY
        stored = stored or (column is not None and column.computed is None)
        return stored and name not in ("version", "created_by", "updated_by")

    def _check_writable(self, name: str) -> None:
        if self._is_written(name):
            return
        if name == self.state:
            raise SetupError(
                f"{self.file} maps “{name}”, which only steps write.",
                fix="leave it out and run a step on each record with --then, or bring finished "
                "records in with --history.",
            )
        raise SetupError(
            f"{self.file} maps “{name}”, which nobody writes: it follows from other things.",
            fix="leave it out.",
        )

    def _check_kind(self, name: str, field: Field | ToOne, source: Source) -> None:
        if isinstance(field, ToOne):
            target = model_of(field.target)
            if (source.by or target.natural_key) not in target.fields:
                looked = f"looks {name} up by “{source.by}”, which is no field of {target.name}"
                unsaid = f"does not say by what to look {name} up: {target.name} has no natural key"
                raise SetupError(
                    f"{self.file} {looked if source.by else unsaid}.",
                    fix=f'say by which field: {name} = {{ column = "…", by = "name" }}.',
                )
        elif field.kind is Kind.MONEY and not CURRENCY.fullmatch(source.currency):
            raise SetupError(
                f"{self.file} does not say in which currency {name} is.",
                fix=f'write {name} = {{ column = "…", currency = "EUR" }}.',
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
    if "\x00" in text:
        raise ValueError("has a character (NUL) that cannot be stored")
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
        if not re.fullmatch(r"-?[0-9]{1,10}", text):
            raise ValueError(f"“{text}” is not a whole number")
        return SCALARS[Kind.INT].coerce_input_value(int(text))
    if target.kind is Kind.JSON:
        return json.loads(text)
    return SCALARS[target.kind].coerce_input_value(text)
