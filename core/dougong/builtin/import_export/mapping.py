"""How the columns of a file become fields: by their headers, or by a mapping in a file of its own."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dougong.builtin.import_export.guarding import meant
from dougong.builtin.import_export.labels import Words, nearest, plain
from dougong.entity.base import Entity, Extension
from dougong.entity.model import Field, Kind, ToOne, model_of
from dougong.errors import SetupError

if TYPE_CHECKING:
    from dougong.generation import Generation

CURRENCY = re.compile("[A-Z]{3}")
ID = "id"
STAMPS = ("version", "created_by", "updated_by")
Row = Mapping[str, str]
Known = Mapping[str, Field | ToOne]


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
    currency_column: str | None = None
    """For money: the column that holds its currency."""
    when: str | None = None
    """A column that decides: `then` where it holds something, `otherwise` where it is empty."""
    then: str | None = None
    otherwise: str | None = None
    lookup: Mapping[str, str] = field(default_factory=dict)
    """Column's text → value, from another file."""

    def text(self, row: Row) -> str | None:
        """The text for a row; None when there is none. Raises ValueError when it is unknown."""
        if self.value is not None:
            return self.value
        if self.when is not None:
            return (self.then if meant(row[self.when]) else self.otherwise) or None
        text = meant(row[self.column or ""])
        if self.lookup and text:
            if text not in self.lookup:
                raise ValueError(f"{self.column} “{text}” is not in the file that is looked up")
            return self.lookup[text] or None
        return text

    @property
    def columns(self) -> list[str]:
        """The columns that it reads."""
        return [one for one in (self.column, self.when, self.currency_column) if one is not None]


@dataclass(frozen=True)
class Columns:
    """A mapping: the sources of an entity's fields, and which rows to leave out."""

    sources: Mapping[str, Source]
    skip: Mapping[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    """Columns that nothing is taken from, each with the field that may be meant."""

    def skips(self, row: Row) -> bool:
        """Whether the row is left out."""
        return any((meant(row.get(one, "")) or "") == text for one, text in self.skip.items())

    def kept(self) -> dict[str, Any]:
        """As JSON, for whoever goes on with the import."""
        return asdict(self)

    @classmethod
    def of_kept(cls, kept: Mapping[str, Any]) -> Columns:
        """What was kept."""
        return cls({n: Source(**one) for n, one in kept["sources"].items()}, kept["skip"])


@dataclass(frozen=True)
class Taken:
    """What an import may write: the entity, how, and by which field records are recognised."""

    generation: Generation
    entity: type[Entity]
    history: bool = False
    update: str = ""
    """The field by which a record that is there is found, to be changed."""

    @cached_property
    def words(self) -> Words:
        """What headers and choices may be called."""
        return Words(self.generation)

    @cached_property
    def known(self) -> Known:
        """The fields by their names, those of extensions included, the entity's own first."""
        known: dict[str, Field | ToOne] = {}
        for part in (*self.generation.extensions.get(self.entity, ()), self.entity):
            model = model_of(part)
            known |= {**model.fields, **model.links}
        known[ID] = Field(self.entity, ID, ID, Kind.BIGINT, False, True, True)
        return known

    @cached_property
    def state(self) -> str | None:
        """The field that only steps write."""
        flow = self.generation.workflows.get(self.entity)
        return flow.state_name if flow else None

    def is_written(self, name: str) -> bool:
        """Whether the import may write the field."""
        member = self.known[name]
        if name == ID:
            return self.history or self.update == ID
        if not self.history:
            return not member.read_only and name != self.state
        table = member.owner.__table__
        column = table.columns.get(member.key if isinstance(member, ToOne) else name)
        stored = isinstance(member, Field) and member.kind is Kind.MONEY
        stored = stored or (column is not None and column.computed is None)
        return stored and name not in STAMPS


def read_columns(path: Path | None, header: list[str], taken: Taken) -> Columns:
    """The mapping in a TOML file, or, without one, the columns that are called like fields.

    A header may be a field's name, its label in English or Chinese, and for a link the other
    record's field too: `customer.code`. Raises SetupError when a field or a column that it names
    does not exist or may not be written, or when it says nothing of a field that must have a value.
    """
    columns = _by_header(header, taken) if path is None else _read_mapping(path)
    _Check(taken, header, "The header" if path is None else path.name, columns).all()
    return columns


def given_columns(
    said: Mapping[str, Any], skip: Mapping[str, Any], header: list[str], taken: Taken
) -> Columns:
    """The mapping that is said as JSON, in the words of the file; raises SetupError.

    Without one, the columns that are called like fields.
    """
    columns = _by_header(header, taken)
    if said:
        columns = Columns({name: _source(one, None, name) for name, one in said.items()})
    skipped = {column: str(text) for column, text in skip.items()}
    columns = Columns(columns.sources, skipped, columns.left)
    _Check(taken, header, "What columns says" if said else "The header", columns).all()
    return columns


def _by_header(header: list[str], taken: Taken) -> Columns:
    called: dict[str, str] = {}
    for known, member in taken.known.items():
        for word in taken.words.of_attribute(member.owner, known):
            called.setdefault(word, known)
    sources: dict[str, Source] = {}
    currencies: dict[str, str] = {}
    left: list[str] = []
    for column in filter(None, header):
        first, _, rest = column.partition(".")
        name = column if column in taken.known else called.get(plain(first))
        by: str | None = ""
        if name is not None and name != column and rest:
            by = _by(taken, name, rest)
        if name and by == "currency":
            currencies[name] = column
        elif name is None or by is None or name in sources:
            left.append(column)
        elif name != ID or taken.is_written(ID):
            sources[name] = Source(column, by=by)
    for money, column in currencies.items():
        if money in sources:
            sources[money] = Source(sources[money].column, currency_column=column)
    return Columns(sources, left=tuple(_said(one, taken, sources) for one in left))


def _said(column: str, taken: Taken, sources: Mapping[str, Source]) -> str:
    free = [name for name in taken.known if name not in sources and taken.is_written(name)]
    near = nearest(column.casefold(), free)
    return f"{column} ({near}?)" if near else column


def _by(taken: Taken, name: str, rest: str) -> str | None:
    """What comes after the point: a field of the linked record, or money's currency."""
    member = taken.known[name]
    if isinstance(member, Field):
        words = {
            plain("currency"),
            *(one.named(taken.entity, "currency") for one in taken.words.labels.values()),
        }
        return "currency" if member.kind is Kind.MONEY and plain(rest) in words else None
    target = model_of(member.target)
    for field_name in (ID, *target.fields):
        if field_name in target.entity.__translated__:
            continue  # by what it is called elsewhere nothing is found
        if plain(rest) in taken.words.of_attribute(member.target, field_name):
            return field_name
    return None


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


def _source(said: Any, folder: Path | None, name: str) -> Source:
    """`folder` is where files are that are looked up; None: it is said what they would say."""
    if isinstance(said, str):
        return Source(column=said)
    options = dict(said) if isinstance(said, Mapping) else {}
    origins = [options[origin] for origin in ("column", "value", "when") if origin in options]
    texts = all(isinstance(value, str) for key, value in options.items() if key != "lookup")
    texts = texts and isinstance(options.get("lookup", {}), Mapping)
    if len(origins) != 1 or not texts or options.keys() - Source.__dataclass_fields__.keys():
        raise SetupError(
            f"The mapping of {name} is not understood: {said}.",
            fix="say one of column, value or when (with then and otherwise), as texts, and "
            "where needed by, currency, currency_column or lookup.",
        )
    if "lookup" in options and folder is None:
        options["lookup"] = {str(text): str(one) for text, one in options["lookup"].items()}
    elif "lookup" in options:
        assert folder is not None
        options["lookup"] = _lookup(options["lookup"], folder)
    return Source(**options)


def _lookup(said: Mapping[str, str], folder: Path) -> dict[str, str]:
    with (folder / said["file"]).open(encoding="utf-8-sig", newline="") as file:
        return {row[said["key"]]: said["value"].format_map(row) for row in csv.DictReader(file)}


@dataclass(frozen=True)
class _Check:
    """What a mapping is checked against."""

    taken: Taken
    header: list[str]
    file: str
    columns: Columns

    def all(self) -> None:
        """Raise SetupError for the first thing that is wrong."""
        known, name_of = self.taken.known, self.taken.entity.__name__
        for name, source in self.columns.sources.items():
            if name not in known:
                near = nearest(name, known)
                raise SetupError(
                    f"{self.file} maps “{name}”, which is no field of {name_of}.",
                    fix=f"{'did you mean ' + near + '? ' if near else ''}use one of "
                    f"{', '.join(sorted(filter(self.taken.is_written, known)))}.",
                )
            self._check_columns(name, source.columns)
            self._check_writable(name)
            self._check_kind(name, known[name], source)
        self._check_columns("what it skips", self.columns.skip)
        self._check_needed(known, name_of)

    def _check_needed(self, known: Known, name_of: str) -> None:
        update, sources = self.taken.update, self.columns.sources
        if update and update not in sources:
            raise SetupError(
                f"{self.file} says nothing of {update}, by which records are to be found.",
                fix="add that column, or say another field after --update.",
            )
        own = {n for n, one in known.items() if not issubclass(one.owner, Extension)}
        wanted = {n for n in own if not known[n].has_default}
        missing = sorted(filter(self.taken.is_written, wanted - sources.keys()))
        if missing and update != ID:
            left = (
                f" Nothing is taken from {', '.join(self.columns.left)}."
                if self.columns.left
                else ""
            )
            raise SetupError(
                f"{self.file} says nothing of {', '.join(missing)}, without which there is no "
                f"{name_of}.{left}",
                fix="map it to a column, or give it the same value for every row.",
            )

    def _check_columns(self, name: str, columns: Iterable[str]) -> None:
        for column in columns:
            if column not in self.header:
                near = nearest(column, self.header)
                raise SetupError(
                    f"{self.file} takes {name} from the column “{column}”, which the file does not have.",
                    fix=f"{'did you mean ' + near + '? ' if near else ''}use one of "
                    f"{', '.join(self.header)}.",
                )

    def _check_writable(self, name: str) -> None:
        if self.taken.is_written(name):
            return
        if name == self.taken.state:
            raise SetupError(
                f"{self.file} maps “{name}”, which only steps write.",
                fix="leave it out and run a step on each record with --then, or bring finished "
                "records in with --history.",
            )
        raise SetupError(
            f"{self.file} maps “{name}”, which nobody writes: it follows from other things.",
            fix="leave it out.",
        )

    def _check_kind(self, name: str, member: Field | ToOne, source: Source) -> None:
        if isinstance(member, ToOne):
            target = model_of(member.target)
            if source.by != ID and (source.by or target.natural_key) not in target.fields:
                looked = f"looks {name} up by “{source.by}”, which is no field of {target.name}"
                unsaid = f"does not say by what to look {name} up: {target.name} has no natural key"
                raise SetupError(
                    f"{self.file} {looked if source.by else unsaid}.",
                    fix=f'say by which field: {name} = {{ column = "…", by = "name" }}.',
                )
        elif member.kind is Kind.MONEY and not (
            CURRENCY.fullmatch(source.currency) or source.currency_column
        ):
            raise SetupError(
                f"{self.file} does not say in which currency {name} is.",
                fix=f'write {name} = {{ column = "…", currency = "EUR" }}, or add a column '
                f"{name}.currency.",
            )
