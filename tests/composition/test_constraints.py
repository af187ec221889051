"""Every constraint of every add-on's tables, violated: what comes back names fields, not tables."""

import itertools
import re
from collections.abc import Callable, Container, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    UniqueConstraint,
    delete,
    insert,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from dougong import Entity, Extension, File, Refused
from dougong.db.constraints import as_refusals
from dougong.entity.enums import EnumText
from dougong.entity.model import ToOne, model_of
from dougong.generation import Generation
from dougong.testing import LiveWorld, World

EVERYTHING = ("crm", "inventory", "party", "product", "sales_order")
NOBODY = 10**15
"""A number that no record has."""
WRONG = (Decimal(-1), Decimal(2), "nonsense", "", None)
"""Values that a CHECK may not accept."""

Row = dict[str, Any]
CURRENCIES = {("currency", "code"), ("exchange_rate", "base"), ("exchange_rate", "quote")}
"""Columns that are a currency's three letters, and differ from row to row."""
AGREED: dict[str, Callable[[int], Row]] = {
    "price": lambda _: {"percent_off": Decimal("0.5")},
    "discount_policy": lambda number: {"role": SELLER, "since": day(number), "until": day(number)},
    "step_rating": lambda _: {"score": 3},
}
"""What a table wants besides: one of several columns that could each be null, or days of its own."""
AGREED_IN_THE_API: dict[str, Callable[[int], Row]] = {
    "Price": lambda _: {"percentOff": "0.5"},
    "UnitOfMeasure": lambda _: {"digits": 4},
    "Transfer": lambda _: {"kind": "INTERNAL"},
    "DiscountPolicy": lambda number: {
        "role": SELLER,
        "since": str(day(number)),
        "until": str(day(number)),
    },
}
SELLER = "sales_order.seller"
LATER = {
    "Amendment",
    "AmendmentLine",
    "Delivery",
    "DeliveryLine",
    "ReplenishmentOrder",
    "ReplenishmentLine",
    "GiftQuota",
}
"""What is written about records alone that have gone some steps, of stores with an account, or of users."""


def day(number: int) -> date:
    """A day of its own for each number."""
    return date(2027, 1, 1) + timedelta(number)


def letters(number: int) -> str:
    """Three capital letters, others for each number."""
    return "".join(chr(65 + number // 26**place % 26) for place in (2, 1, 0))


def entities(generation: Generation) -> list[type[Entity]]:
    """Everything that has a table, the extensions included, but for files: they need contents."""
    found = [*generation.models, *itertools.chain(*generation.extensions.values())]
    return [one for one in found if one is not File]


def target_of(generation: Generation, column: Column[Any]) -> type[Entity] | None:
    """What a key column points to."""
    for key in column.foreign_keys:
        return next(one for one in entities(generation) if one.__table__ is key.column.table)
    return None


class Rows:
    """Rows that the database accepts, made from nothing but the tables."""

    def __init__(self, world: World) -> None:
        self.session = world.session
        self.generation = world.generation
        self._numbers = itertools.count(1)

    def values(self, entity: type[Entity], given: Container[str] = ()) -> Row:
        """An acceptable value for each column that must have one, and for those that are unique."""
        table = entity.__table__
        unique = {
            column.key
            for one in table.constraints
            if isinstance(one, UniqueConstraint)
            for column in one.columns
        }
        needed = {
            column.key: self._value(column)
            for column in table.columns
            if column.computed is None
            and column.key not in given
            and (column.identity is None)
            and (not column.nullable or column.key in unique)
            and target_of(self.generation, column) is not entity  # a row of its own kind before it
            and (column.server_default is None or column.key in unique)
        }
        agreed = AGREED.get(table.name)
        return needed | agreed(next(self._numbers)) if agreed else needed

    def _day(self) -> date:
        """Another one each time."""
        return date(2026, 1, 31) + timedelta(days=next(self._numbers))

    def _value(self, column: Column[Any]) -> Any:
        target = target_of(self.generation, column)
        if target is not None:
            another = target.__table__ is column.table and column.nullable
            return self.insert(target, **({column.key: None} if another else {}))
        match column.type:
            case EnumText() as enum:
                return next(iter(enum.enum_class))
            case Numeric():
                return Decimal("0.5")
            case Boolean():
                return True
            case BigInteger() | Integer():
                return 2 if column.key == "digits" else next(self._numbers)
            case Date():
                return self._day() if column.unique else date(2026, 1, 31)
            case DateTime():
                return datetime(2026, 1, 31, tzinfo=UTC)
            case JSONB():
                return {}
            case _ if (column.table.name, column.key) in CURRENCIES:
                return letters(next(self._numbers))
            case _ if column.table.name == "custom_role":
                return f"company.v{next(self._numbers)}"
            case _:
                return "EUR" if "currency" in column.key else f"v{next(self._numbers)}"

    def insert(self, entity: type[Entity], /, **changes: Any) -> int:
        """A new row's number."""
        values = {**self.values(entity, changes), **changes}
        if entity.__table__.name == "discount_policy" and changes.get("user_id"):
            values["role"] = None  # it is for a role or a person
        statement = insert(entity.__table__).values(values).returning(entity.__table__.c.id)
        return int(self.session.execute(statement).scalar_one())

    def refusal(self, do: Callable[[], Any]) -> tuple[Refused | None, str | None]:
        """What the database's refusal is turned into, and which constraint it was."""
        try:
            with self.session.begin_nested(), as_refusals(self.generation):
                do()
        except Refused as refusal:
            cause: Any = refusal.__cause__
            return refusal, cause.orig.diag.constraint_name
        return None, None


# What violates a constraint -------------------------------------------------------------------


def nulls(entity: type[Entity]) -> Iterator[tuple[str, Row]]:
    """Null for each column that must have a value."""
    for column in entity.__table__.columns:
        if not column.nullable and column.computed is None and column.identity is None:
            yield column.key, {column.key: None}


def too_large(entity: type[Entity]) -> Iterator[tuple[str, Row]]:
    """A number that is too large, for each that people write."""
    for column in entity.__table__.columns:
        if column.computed is not None or column.foreign_keys or column.primary_key:
            continue
        if isinstance(column.type, Numeric):
            precision, scale = column.type.precision, column.type.scale
            assert precision is not None
            assert scale is not None
            yield column.key, {column.key: Decimal(10) ** (precision - scale)}
        elif isinstance(column.type, Integer):
            yield column.key, {column.key: 2**70}


def strangers(entity: type[Entity]) -> Iterator[tuple[str, Row]]:
    """The key of nothing, for each key."""
    for column in entity.__table__.columns:
        if column.foreign_keys:
            yield column.key, {column.key: NOBODY}


def wrong_values(rows: Rows, entity: type[Entity], check: CheckConstraint) -> Row:
    """Values that this CHECK does not accept, found by trying."""
    columns = [
        column
        for column in entity.__table__.columns
        if column.computed is None and re.search(rf"\b{column.key}\b", str(check.sqltext))
    ]
    for row in _guesses(rows, columns):
        row = _amount_of(entity, row) | row
        refusal, violated = rows.refusal(lambda row=row: rows.insert(entity, **row))
        if refusal is not None and violated == str(check.name):
            return row
    raise AssertionError(f"found nothing that violates {check.name}")


def _amount_of(entity: type[Entity], row: Row) -> Row:
    """An amount for a currency that is given, a currency for an amount below nothing."""
    alone = entity.__money__ if len(row) == 1 else ()
    below = [name for name in alone if (row.get(f"{name}_amount") or 0) < 0]
    return {f"{name}_amount": Decimal(1) for name in alone if row.get(f"{name}_currency")} | {
        f"{name}_currency": "EUR" for name in below
    }


def _guesses(rows: Rows, columns: list[Column[Any]]) -> Iterator[Row]:
    flags = [column.key for column in columns if isinstance(column.type, Boolean)]
    for column in columns:
        if flags:
            yield {**dict.fromkeys(flags, True), **({} if column.key in flags else {column.key: 2})}
            continue
        if isinstance(column.type, EnumText):
            yield {column.key: literal_column("'NONSENSE'")}
        kinds: Any = (
            (Decimal, type(None)) if isinstance(column.type, Numeric) else (str, type(None))
        )
        yield from ({column.key: wrong} for wrong in WRONG if isinstance(wrong, kinds))
        if isinstance(column.type, Integer) and not column.foreign_keys:
            yield from ({column.key: wrong} for wrong in (-1, 99))
        if column.nullable and isinstance(column.type, Numeric):
            yield {column.key: rows._value(column)}
    keys = [column for column in columns if column.foreign_keys]
    if len(keys) == 1 and any(column.primary_key for column in columns):
        yield {"id": NOBODY, keys[0].key: NOBODY}
    days = [column.key for column in columns if isinstance(column.type, Date)]
    if len(days) == 2:
        for some in (days, days[::-1]):
            yield dict(zip(some, (date(2026, 1, 2), date(2026, 1, 1)), strict=True))
    if len(keys) == 2:
        yield dict.fromkeys((column.key for column in keys), rows._value(keys[0]))


def checks(entity: type[Entity]) -> list[CheckConstraint]:
    """The CHECKs of an entity's table."""
    return [one for one in entity.__table__.constraints if isinstance(one, CheckConstraint)]


# What may be said of it -----------------------------------------------------------------------


def complaints(
    generation: Generation, entity: type[Entity], refusal: Refused | None, code: str, *, path: bool
) -> list[str]:
    """What is wrong with a refusal; none is what one hopes for."""
    if refusal is None:
        return ["the database accepted it"]
    shown = entity.__extends__ if issubclass(entity, Extension) else entity
    kind: Any = generation.schema.type_map[shown.__name__]
    known = {"id", *kind.fields}
    said = generation.sentence(refusal)
    everything = [said, *map(str, refusal.params.values()), *map(str, refusal.at)]
    return [
        *(["no sentence"] if said == str(refusal) or "{" in said else []),
        *([f"{refusal.code}, not {code}"] if refusal.code != code else []),
        *([f"says {one}" for one in everything if re.search(r"[a-z]_[a-z]", one)]),
        *([f"blames {refusal.at}"] if not set(refusal.at) <= known else []),
        *(["blames nothing"] if path and not refusal.at else []),
    ]


@pytest.fixture
def rows(world: Callable[..., World]) -> Rows:
    return Rows(world(*EVERYTHING))


def violations(
    rows: Rows, entity: type[Entity]
) -> Iterator[tuple[str, str, bool, Callable[[], Any]]]:
    """Constraint, expected code, whether a field must be blamed, and what violates it."""

    def adding(row: Row) -> Callable[[], Any]:
        return lambda: rows.insert(entity, **row)

    table = entity.__table__
    for name, row in nulls(entity):
        yield f"not null {name}", "missing_value", True, adding(row)
    for name, row in too_large(entity):
        yield f"too large {name}", "bad_number", False, adding(row)
    for name, row in strangers(entity):
        yield f"stranger {name}", "not_found", True, adding(row)
    for one in table.constraints:
        if isinstance(one, UniqueConstraint | PrimaryKeyConstraint):
            keys = {column.key for column in one.columns}
            own = (key for key in keys if target_of(rows.generation, table.c[key]) is entity)
            first = rows.insert(entity, **{key: rows.insert(entity, **{key: None}) for key in own})
            where = table.c.id == first
            found = rows.session.execute(table.select().where(where)).mappings().one()
            yield str(one.name), "taken", True, adding({key: found[key] for key in keys})
    for one in table.constraints:
        if isinstance(one, ExcludeConstraint):
            where = table.c.id == rows.insert(entity)
            found = rows.session.execute(table.select().where(where)).mappings().one()
            again = {name: value for name, value in found.items() if name != "id"}
            yield str(one.name), "overlaps", False, adding(again)
    for check in checks(entity):
        alone = len(_mentioned(entity, check)) == 1
        yield str(check.name), "bad_value", alone, adding(wrong_values(rows, entity, check))
    for key in table.foreign_keys:
        if key.ondelete in (None, "RESTRICT", "NO ACTION"):
            target = target_of(rows.generation, key.parent)
            assert target is not None
            kept = rows.insert(target)
            rows.insert(entity, **{key.parent.key: kept})
            gone = delete(target.__table__).where(target.__table__.c.id == kept)
            name = f"still used {key.parent.key}"
            yield name, "still_used", False, lambda gone=gone: rows.session.execute(gone)


def _mentioned(entity: type[Entity], check: CheckConstraint) -> list[str]:
    said = str(check.sqltext)
    return [one.key for one in entity.__table__.columns if re.search(rf"\b{one.key}\b", said)]


def test_every_constraint_comes_back_as_fields_and_a_sentence(rows: Rows) -> None:
    wrong: dict[str, list[str]] = {}
    violated: set[str] = set()
    for entity in entities(rows.generation):
        for name, code, path, violate in violations(rows, entity):
            refusal, constraint = rows.refusal(violate)
            violated.add(str(constraint))
            found = complaints(rows.generation, entity, refusal, code, path=path)
            if found:
                wrong[f"{entity.__name__}: {name}"] = found

    assert wrong == {}
    assert rows_of_constraints(rows) <= violated


def rows_of_constraints(rows: Rows) -> set[str]:
    """What PostgreSQL itself says that there is to violate."""
    cascading = "contype <> 'f' or confdeltype in ('a', 'r')"
    found: set[str] = set()
    for entity in entities(rows.generation):
        table = entity.__table__
        said = f"select conname from pg_constraint where conrelid = '{table.fullname}'::regclass"
        if table.name == "user":
            said = said.replace("dougong.user", 'dougong."user"')
        asked = text(f"{said} and contype in ('p', 'u', 'c', 'f', 'x') and ({cascading})")
        found |= set(rows.session.scalars(asked))
    assert len(found) > 50
    return found


# The same through the API ---------------------------------------------------------------------


class Api:
    """Everything installed, and an administrator who creates records with the same few values."""

    def __init__(self, served: LiveWorld) -> None:
        self.served = served
        self.generation = served.runtime.generation
        self.who = served.person("dougong.administrator")
        self._numbers = itertools.count(1)

    def needed(self, entity: type[Entity]) -> Row:
        """An input with a value for each field that must or should have one."""
        schema: Any = self.generation.schema
        kind = schema.type_map[f"{entity.__name__}Create"]
        unique = {one.api_name for key in model_of(entity).natural_keys for one in key}
        found = {}
        for name, field in kind.fields.items():
            if str(field.type).endswith("!") or name in {*unique, "currency"}:
                found[name] = self._value(entity, name)
        if entity.__name__ == "Product":  # or it could have no packings
            found["measuredIn"] = self._value(entity, "measuredIn")
        agreed = AGREED_IN_THE_API.get(entity.__name__)
        return found | agreed(next(self._numbers)) if agreed else found

    def _value(self, entity: type[Entity], name: str) -> Any:
        for link in model_of(entity).links.values():
            if link.api_name == name:
                return self.made(link.target)
        member = next(one for one in model_of(entity).fields.values() if one.api_name == name)
        match str(member.kind):
            case "Enum":
                assert member.enum is not None
                return next(iter(member.enum)).name
            case "Money":
                return {"amount": "1", "currency": "EUR"}
            case "Decimal":
                return "0.5"
            case "Email":
                return f"a{next(self._numbers)}@b.example"
            case "Date":
                unique = entity.__table__.c[member.name].unique
                days = next(self._numbers) if unique else 0
                return str(date(2026, 1, 31) + timedelta(days=days))
            case "Int":
                return next(self._numbers)
            case _ if (entity.__table__.name, member.name) in CURRENCIES:
                return letters(next(self._numbers))
            case _:
                return "EUR" if name == "currency" else f"v{next(self._numbers)}"

    def made(self, entity: type[Entity], **changes: Any) -> str:
        """A new record's id."""
        payload = self.create(entity, {**self.needed(entity), **changes})
        assert payload["userErrors"] == [], (entity, payload)
        made: str = payload["record"]["id"]
        return made

    def create(self, entity: type[Entity], given: Row) -> Any:
        """The payload of a creation."""
        model = model_of(entity)
        document = f"""mutation ($input: {model.name}Create!) {{ create{model.name}(input: $input) {{
            record: {model.api_name} {{ id }} userErrors {{ path code message params }} }} }}"""
        return self.served.ask(document, self.who, input=given)[f"create{model.name}"]


def as_input(entity: type[Entity], row: Row, valid: Row) -> Row | None:
    """A row that violates a constraint as an input, where people write those columns."""
    given: Row = {}
    model = model_of(entity)
    for column, value in row.items():
        link = next((one for one in model.links.values() if one.key == column), None)
        money = next((one for one in entity.__money__ if column == f"{one}_amount"), None)
        member: Any = link or model.fields.get(money or column)
        if member is None or member.read_only or hasattr(value, "compile"):
            return None
        if isinstance(member, ToOne):
            given[member.api_name] = value and f"{member.target.__name__}:{value}"
        elif money is not None:
            given[member.api_name] = {"amount": str(value), "currency": "EUR"}
        else:
            given[member.api_name] = str(value) if isinstance(value, Decimal | date) else value
    return {**valid, **given}


def is_about_halves(entity: type[Entity], check: CheckConstraint) -> bool:
    """Whether a CHECK keeps amount and currency together, which an input cannot take apart."""
    mentioned = {one.rpartition("_")[0] for one in _mentioned(entity, check)}
    return len(_mentioned(entity, check)) == 2 and bool(mentioned & {*entity.__money__})


def test_what_people_write_is_refused_with_the_path_of_the_input(
    live_world: Callable[..., LiveWorld], world: Callable[..., World]
) -> None:
    api, rows = Api(live_world(*EVERYTHING)), Rows(world(*EVERYTHING))
    tried, wrong = 0, {}
    for entity, model in api.generation.models.items():
        if not api.generation.by_hand(entity) or model.addon == "dougong" or model.name in LATER:
            continue
        valid = api.needed(entity)
        assert api.create(entity, valid)["userErrors"] == []
        bad = [*(row for _, row in too_large(entity)), *(row for _, row in strangers(entity))]
        reachable = [check for check in checks(entity) if not is_about_halves(entity, check)]
        bad += [wrong_values(rows, entity, check) for check in reachable]
        given_keys = (all(not one.read_only for one in key) for key in model.natural_keys)
        bad += [{}] if any(given_keys) else []
        for row in bad:
            given = as_input(entity, row, valid if not row else api.needed(entity))
            if given is None or (
                any(isinstance(value, int) for value in row.values())
                and not any(column.endswith("_id") for column in row)
            ):
                continue
            tried += 1
            payload = api.create(entity, given)
            paths = [error["path"] for error in payload["userErrors"]]
            if not paths or any(path[:1] != ["input"] or len(path) < 2 for path in paths):
                wrong[f"{entity.__name__} {row}"] = payload

    assert wrong == {}
    assert tried >= 30
