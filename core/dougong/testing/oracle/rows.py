"""Random records for every entity: what its columns accept, with nulls, ties and odd values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    Integer,
    Numeric,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import DBAPIError

from dougong.builtin.files.entities import content
from dougong.builtin.language.languages import LANGUAGES
from dougong.db.naming import CORE
from dougong.entity.base import Entity
from dougong.entity.enums import EnumText
from dougong.entity.model import key_of, model_of
from dougong.generation import Generation
from dougong.testing.oracle.refusals import Refusals

TRIES = 60
SIZES = (0, 1, 3, 6, 6, 10, 10, 15, 25)
LARGE = 110
TEXTS = (
    "EUR", "USD", "CHF", "tea", "Tea", "TEA", "green tea", "斗拱", "斗拱 有限公司", "北京市", "",
    " ", " both ends ", 'quote " here', "back\\slash", "\\", "it's", "'; drop table x; --", "a,b",
    "tab\there", "line\nbreak", "\r\n", "\x01\x1f control", "\x7f", "\u2028\u2029", "per%cent",
    "under_score", "100%", "_", "%s", "%(a1)s", "$1", ":me", "{}", "[null]", "null", "<b>&amp;",
    "emoji 🏯", "👨‍👩‍👧", "Ärger & Söhne", "äRGER", "Zoë", "Zoe\u0308", "İstanbul", "ΣΊΣΥΦΟΣ", "ß",
    "\ufeff", "\ue000", "\U0010ffff", "ÿ", "x" * 300,
)  # fmt: skip
SHAPED = ("08:00", "12:30", "17:00", "24:00", "00:00", "EUR", "USD", "CHF", "a" * 64, "b" * 64)
"""Texts that checks with a pattern accept."""
EMAILS = ("ann@example.com", "Ann@Example.COM", "bob@example.com", "zoë@example.org", "a_b%c@x.y")
PHONES = ("+43 1 234-56", "(0) 12/34.5", "112", "0043 1 23456")
DAYS = (date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29), date(2024, 1, 1), date(2024, 1, 2))
MOMENTS = (
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2024, 3, 31, 1, 30, tzinfo=UTC),
    datetime(2024, 3, 31, 1, 30, 0, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
)


def fill(
    engine: Engine,
    generation: Generation,
    seed: int,
    sizes: Sequence[int] = SIZES,
    large: int | None = LARGE,
) -> None:
    """Replace all records, save those of the core, by random ones; the same for the same seed.

    Each entity gets as many as one of `sizes` says, and perhaps one of them `large`.
    """
    with engine.begin() as connection:
        tables = [
            f'{entity.__table__.schema}."{entity.__table__.name}"'
            for entity in generation.models
            if entity.__addon__ != CORE
        ]
        connection.execute(text(f"truncate {', '.join(tables)} restart identity cascade"))
        connection.execute(text("delete from dougong.file"))
        filling = Filling(connection, generation, Random(seed), sizes)  # noqa: S311 - not for secrets
        if large is not None:
            filling.make_one_large(large)
        for entity in sorted(generation.models, key=lambda one: one.__attached__ is not None):
            filling.fill(entity)
        connection.execute(text("analyze"))


class Filling:
    """Makes random rows that the tables accept; `numbers` are those that links may point to."""

    def __init__(
        self,
        connection: Connection,
        generation: Generation,
        random: Random,
        sizes: Sequence[int] = SIZES,
    ) -> None:
        self._connection = connection
        self._generation = generation
        self._random = random
        self._sizes = sizes
        self._refusals = Refusals(connection)
        self._large: tuple[type[Entity] | None, int] = (None, 0)
        self.numbers: dict[Any, list[int]] = {}
        self._tame = False

    def make_one_large(self, size: int) -> None:
        """Perhaps one entity gets so many rows."""
        self._large = (self._random.choice([*self._generation.models, None, None]), size)

    def fill(self, entity: type[Entity]) -> None:
        """Fill an entity's table, after those that its links point to."""
        if entity in self.numbers:
            return
        self.numbers[entity] = []
        for link in model_of(entity).links.values():
            self.fill(link.target)
        for extension in self._generation.extensions.get(entity, ()):
            for link in model_of(extension).links.values():
                self.fill(link.target)
        if entity.__addon__ == CORE and entity.__attached__ is None:
            key = entity.__table__.c.id
            found = self._connection.scalars(key.table.select().with_only_columns(key))
            self.numbers[entity] = sorted(found)
            return
        large, most = self._large
        size = most if entity is large else self._random.choice(self._sizes)
        for _ in range(size):
            made = self.insert(entity, {})
            if not made:
                break
            self.numbers[entity] += made
        for extension in self._generation.extensions.get(entity, ()):
            for number in self.numbers[entity]:
                self.insert(extension, {"id": number})

    def insert(self, entity: type[Entity], fixed: dict[str, Any]) -> list[int]:
        """The new row's number; nothing where no values were found that the table accepts."""
        links = model_of(entity).links.values()
        if any(not (one.nullable or self.numbers[one.target]) for one in links):
            return []
        self._tame = False
        values = dict(self.values(entity)) | fixed
        for _ in range(TRIES):
            try:
                with self._connection.begin_nested():
                    made = insert(entity.__table__).values(values).returning(entity.__table__.c.id)
                    return [self._connection.scalar(made) or 0]
            except DBAPIError as refused:
                self._tame = True
                again = dict(self.values(entity)) | fixed
                wrong = self._refusals.columns(refused)
                values |= {name: again[name] for name in wrong if name in again} or again
        return []

    def values(self, entity: type[Entity]) -> Iterator[tuple[str, Any]]:
        """A value for every column that is written."""
        links = {link.key: link.target for link in model_of(entity).links.values()}
        money = model_of(entity).entity.__money__
        none = {name for name in money if self._random.random() < 0.3}
        for attribute in entity.__mapper__.column_attrs:
            column: Any = attribute.columns[0]
            key = attribute.key
            if not isinstance(column, Column) or column.primary_key or column.computed is not None:
                continue
            part = key.rpartition("_")[0]
            if part in money and column.nullable:
                yield column.name, None if part in none else self._value(column, key)
            elif column.nullable and self._random.random() < 0.3:
                yield column.name, None
            elif key in links:
                yield column.name, self._pick(self.numbers[links[key]])
            else:
                yield column.name, self._value(column, key)
        if entity.__attached__ is not None:
            yield from self._hung()

    def _hung(self) -> Iterator[tuple[str, Any]]:
        """On which record a file hangs, and which bytes it has."""
        there = (one for one, numbers in self.numbers.items() if numbers and one.__addon__ != CORE)
        owner = self._pick(sorted(there, key=key_of))
        sha256 = self._random.choice(("a", "b")) * 64
        kept = insert(content).values(sha256=sha256, size=1)
        self._connection.execute(kept.on_conflict_do_nothing())
        yield "sha256", sha256
        if owner is not None:
            number = self._pick(self.numbers[owner])
            yield from (("entity", key_of(owner)), ("number", number))
            yield "record", f"{owner.__name__}:{number}"

    def _pick(self, some: Sequence[Any]) -> Any:
        return self._random.choice(some) if some else None

    def _value(self, column: Column[Any], key: str) -> Any:
        random = self._random
        numbers = self._refusals.numbers(column) if self._tame else []
        match column.type:
            case Integer() | Numeric() if numbers and random.random() < 0.5:
                return random.choice(numbers)
            case EnumText() as kind:
                return random.choice(list(kind.enum_class))
            case Boolean():
                return random.random() < 0.5
            case BigInteger():
                return random.choice([0, 1, -1, 2**63 - 1, -(2**63), 2**53 + 1])
            case Integer():
                return random.choice([0, 1, 1, 2, 3, -1, 2**31 - 1, -(2**31)])
            case Numeric() as kind:
                return self._number(kind)
            case DateTime():
                near = MOMENTS[2] + timedelta(minutes=random.randrange(5))
                return random.choice([near, near, *MOMENTS])
            case Date():
                near_day = date(2024, 1, 1) + timedelta(days=random.randrange(9))
                later = near_day + timedelta(days=random.choice((30, 200, 300)))
                return random.choice([near_day, near_day, later, *DAYS])
            case JSONB() if "translates" in column.info:
                return self._translations()
            case JSONB():
                return random.choice([None, {}, [], {"斗": [1, None, "\x01"]}, "text", 5, True])
            case _:
                return self._text(column, key)

    def _text(self, column: Column[Any], key: str) -> str:
        random = self._random
        kind = column.info.get("kind")
        if kind in ("email", "phone"):
            return random.choice(EMAILS if kind == "email" else PHONES)
        if key.endswith("currency"):
            return random.choice(TEXTS[:3])
        if (shaped := self._refusals.matching(column, SHAPED)) and random.random() < 0.9:
            return random.choice(shaped)
        said = random.choice(TEXTS)
        return f"{said}{random.randrange(100)}" if column.unique else said

    def _translations(self) -> Any:
        random = self._random
        if random.random() < 0.05:
            return random.choice([{}, {"zh-CN": {}}, {"fr": {"text": "thé", "of": "tea"}}])
        said = {
            one: {"text": random.choice(TEXTS), "of": random.choice(TEXTS)} for one in LANGUAGES
        }
        return {one: said[one] for one in LANGUAGES if random.random() < 0.7}

    def _number(self, kind: Numeric[Any]) -> Decimal:
        random = self._random
        if self._tame and random.random() < 0.7:
            return random.choice([Decimal(1), Decimal("0.5"), Decimal("0.25"), Decimal(0)])
        scale, precision = kind.scale or 0, kind.precision or 18
        smallest = Decimal(1).scaleb(-scale)
        largest = Decimal(10) ** (precision - scale) - smallest
        some = Decimal(random.randrange(-200, 2_000)).scaleb(-min(scale, 2))
        fine = Decimal(random.randrange(10**scale)).scaleb(-scale)
        small = [Decimal(0), Decimal(1), Decimal("0.5"), Decimal(2), smallest]
        return random.choice([*small, some, some, fine, fine, -fine, largest, -largest])
