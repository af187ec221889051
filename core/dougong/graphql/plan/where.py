"""`where` as conditions that are true or false, never unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Numeric,
    Text,
    and_,
    any_,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from dougong.builtin.attached import ends
from dougong.entity.model import Field, Kind, ToMany, ToOne
from dougong.graphql.ids import number_of
from dougong.graphql.inputs import TEXT_MATCH
from dougong.graphql.plan.arguments import (
    Arguments,
    FromVariable,
    as_it_is,
    every,
    name_of,
    text,
    words_of,
)
from dougong.graphql.plan.source import Source
from dougong.graphql.problems import bad_input
from dougong.verbs.computed import Computed

MOST_CONDITIONS = 100
MOST_FOLLOWED = 6
"""Links and lists that a condition goes through."""
MOST_WORDS = 8

SQL_TYPES: Mapping[Kind, TypeEngine[Any]] = {
    Kind.TEXT: Text(),
    Kind.EMAIL: Text(),
    Kind.PHONE: Text(),
    Kind.ENUM: Text(),
    Kind.INT: Integer(),
    Kind.BIGINT: BigInteger(),
    Kind.DECIMAL: Numeric(),
    Kind.BOOLEAN: Boolean(),
    Kind.DATE: Date(),
    Kind.DATETIME: DateTime(timezone=True),
}
TEXTS = (Kind.TEXT, Kind.EMAIL, Kind.PHONE)
FOLLOWING = ("is", "some", "none", "every")
Condition = ColumnElement[bool]


def check_conditions(where: Mapping[str, Any]) -> None:
    """Raise GraphQLError (TOO_MANY_CONDITIONS) for a `where` that is too large or goes too far."""
    count = 0
    left: list[tuple[Mapping[str, Any], int]] = [(where, 0)]
    while left:
        one, followed = left.pop()
        count += len(one)
        if count > MOST_CONDITIONS:
            said = f"A `where` takes at most {MOST_CONDITIONS} conditions."
            raise bad_input("TOO_MANY_CONDITIONS", said)
        if followed > MOST_FOLLOWED:
            said = f"A `where` goes through at most {MOST_FOLLOWED} links and lists."
            raise bad_input("TOO_MANY_CONDITIONS", said)
        for key, asked in one.items():
            if key in ("and", "or"):
                left += [(each, followed) for each in asked or ()]
            elif key == "not":
                left += [(asked or {}, followed)]
            elif isinstance(asked, dict):
                left += [(asked[name], followed + 1) for name in FOLLOWING if asked.get(name)]


class Where:
    """The conditions of one `where`, which may go through links and lists."""

    def __init__(self) -> None:
        self._checked = False

    def conditions(self, source: Source, where: Mapping[str, Any]) -> list[Condition]:
        """All that must hold for a row of the source.

        Raises GraphQLError for an explicit null (NULL_OPERAND) and for too many conditions.
        """
        if not self._checked:
            check_conditions(where)
            self._checked = True
        return [self._condition(source, key, asked) for key, asked in where.items()]

    def _condition(self, source: Source, key: str, asked: Any) -> Condition:
        if asked is None:
            raise _null(key)
        match key:
            case "and":
                return and_(true(), *(self._all(source, one) for one in asked))
            case "or":
                return or_(false(), *(self._all(source, one) for one in asked))
            case "not":
                return _untrue(self._all(source, asked))
            case "id":
                return self._by_id(source, asked)
            case "search":
                return self._search(source, asked)
        member = source.build.types.members_of(source.entity)[key]
        if isinstance(member, Field | ToOne):
            source.usable(member)
        match member:
            case Field(kind=Kind.MONEY) as field:
                return self._money(source, field, asked)
            case Field() as field:
                column = source.column(field.owner, field.name)
                found = self._on_value(source, column, field.kind, asked)
                if not field.searchable:
                    return found
                parts = [asked[one] for one in TEXT_MATCH if one in asked]
                return and_(found, *(_candidates(source, column, one, text) for one in parts))
            case ToOne() as link:
                return self._on_link(source, link, asked)
            case ToMany() as many:
                return self._on_list(source, many, asked)
            case Computed():
                raise LookupError(f"no condition is offered on {key}")

    def _search(self, source: Source, asked: Any) -> Condition:
        """Every word is in one of the searchable texts, the entity's own or an extension's."""
        said = asked.value if isinstance(asked, FromVariable) else asked
        words = range(len(words_of(said)))
        if len(words) > MOST_WORDS:
            raise bad_input("TOO_MANY_WORDS", f"At most {MOST_WORDS} words are searched for.")
        members = source.build.types.members_of(source.entity).values()
        texts = [one for one in members if isinstance(one, Field) and one.searchable]
        fields = [one for one in texts if source.shows(one)]
        owners = list(dict.fromkeys(field.owner for field in fields))
        conditions: list[Condition] = []
        for i in words:
            if owners == [source.entity]:
                words_in = (_has_word(source, one, asked, i) for one in fields)
                conditions.append(or_(false(), *words_in))
                continue
            # Several tables are searched each by its own index; an OR over a join could use none.
            parts = []
            for owner in owners:
                part = Source(source.build, owner)
                own = [_has_word(part, one, asked, i) for one in fields if one.owner is owner]
                parts.append(part.select(part.alias.id).where(or_(*own)))
            conditions.append(source.alias.id.in_(union_all(*parts)))
        return and_(true(), *conditions)

    def _all(self, source: Source, where: Mapping[str, Any]) -> Condition:
        return and_(true(), *self.conditions(source, where))

    def _by_id(self, source: Source, asked: Mapping[str, Any]) -> Condition:
        def number(value: Any) -> int:
            return number_of(value, source.entity)

        conditions: list[Condition] = []
        for operator, operand in asked.items():
            if operand is None:
                raise _null(operator)
            bind = source.build.arguments.bind
            if operator == "in":
                conditions.append(
                    source.alias.id == any_(bind(operand, ARRAY(BigInteger()), every(number)))
                )
            else:
                conditions.append(source.alias.id == bind(operand, BigInteger(), number))
        return and_(true(), *conditions)

    def _money(self, source: Source, field: Field, asked: Mapping[str, Any]) -> Condition:
        conditions = []
        for key, operand in asked.items():
            if operand is None:
                raise _null(key)
            part = "amount" if key == "isNull" else key
            column = source.column(field.owner, f"{field.name}_{part}")
            kind = Kind.TEXT if key == "currency" else Kind.DECIMAL
            wanted = {"isNull": operand} if key == "isNull" else operand
            conditions.append(self._on_value(source, column, kind, wanted))
        return and_(true(), *conditions)

    def _on_value(
        self, source: Source, column: ColumnElement[Any], kind: Kind, asked: Mapping[str, Any]
    ) -> Condition:
        conditions: list[Condition] = []
        for operator, operand in asked.items():
            if operand is None:
                raise _null(operator)
            if operator == "isNull":
                conditions.append(column.is_(None) if operand else column.is_not(None))
            else:
                make = OPERATIONS[operator]
                conditions.append(make(source.build.arguments, column, kind, operand))
        return and_(true(), *conditions)

    def _on_link(self, source: Source, link: ToOne, asked: Mapping[str, Any]) -> Condition:
        conditions = []
        for operator, operand in asked.items():
            if operand is None:
                raise _null(operator)
            key = source.outside(link.owner, link.key)
            target = Source(source.build, link.target)
            found = self._exists(target, target.alias.id == key, operand, operator == "is")
            no = operator == "isNull" and operand
            conditions.append(not_(found) if no else found)
        return and_(true(), *conditions)

    def _on_list(self, source: Source, many: ToMany, asked: Mapping[str, Any]) -> Condition:
        conditions = []
        for operator, operand in asked.items():
            if operand is None:
                raise _null(operator)
            found: Condition
            target = Source(source.build, many.target)
            mine = ends(many, target.column, source.outside(source.entity, "id"))
            if operator == "every":
                wanted = _untrue(self._all(target, operand))
                found = exists(self._from(target, mine, wanted))
            else:
                found = self._exists(target, mine, operand, True)
            conditions.append(found if operator == "some" else not_(found))
        return and_(true(), *conditions)

    def _exists(self, target: Source, on: Condition, where: Any, filtered: bool) -> Condition:
        wanted = self.conditions(target, where) if filtered else []
        return exists(self._from(target, on, *wanted))

    @staticmethod
    def _from(target: Source, *conditions: Condition) -> Any:
        return target.select(literal_column("1")).where(*conditions, *target.readable())


def _null(key: str) -> Exception:
    return bad_input(
        "NULL_OPERAND",
        f"`{key}` cannot be null: leave it out, or ask for empty fields with isNull: true.",
    )


def _untrue(condition: Condition) -> Condition:
    return condition.is_not(true())


def _ready(kind: Kind) -> Callable[[Any], Any]:
    if kind is Kind.ENUM:
        return name_of
    return text if kind in TEXTS else as_it_is


def _one(arguments: Arguments, kind: Kind, operand: Any) -> ColumnElement[Any]:
    return arguments.bind(operand, SQL_TYPES[kind], _ready(kind))


def _among(arguments: Arguments, column: Any, kind: Kind, operand: Any) -> Condition:
    several = arguments.bind(operand, ARRAY(SQL_TYPES[kind]), every(_ready(kind)))
    return column == any_(several)  # type: ignore[no-any-return]


def _pattern(value: Any, before: str = "%", after: str = "%") -> str:
    said = text(value).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{before}{said}{after}"


def _like(before: str, after: str) -> Any:
    return lambda arguments, column, kind, operand: column.ilike(
        arguments.bind(operand, Text(), lambda value: _pattern(value, before, after))
    )


def _candidates(source: Source, column: Any, part: Any, ready: Callable[[Any], str]) -> Condition:
    """The rows whose text can have this part in it, by the index of a searchable field.

    It comes after the comparison of the text itself, which decides: where there is no index scan,
    pairs of characters are then made of what has been found only.
    """
    wanted = func.dougong.bigram_query(source.build.arguments.bind(part, Text(), ready))
    found: Condition = func.dougong.bigrams(column).op("@@", is_comparison=True)(wanted)
    return found


def _has_word(source: Source, field: Field, asked: Any, i: int) -> Condition:
    """Whether a searchable text has the word at place `i` in it."""

    def word(said: Any) -> str:
        return text(words_of(said)[i])

    column = source.column(field.owner, field.name)
    pattern = source.build.arguments.bind(asked, Text(), lambda said: _pattern(word(said)))
    return and_(column.ilike(pattern), _candidates(source, column, asked, word))


OPERATIONS: Mapping[str, Callable[[Arguments, Any, Kind, Any], Condition]] = {
    "eq": lambda a, column, kind, x: column == _one(a, kind, x),
    "ne": lambda a, column, kind, x: column.is_distinct_from(_one(a, kind, x)),
    "lt": lambda a, column, kind, x: column < _one(a, kind, x),
    "lte": lambda a, column, kind, x: column <= _one(a, kind, x),
    "gt": lambda a, column, kind, x: column > _one(a, kind, x),
    "gte": lambda a, column, kind, x: column >= _one(a, kind, x),
    "in": _among,
    "notIn": lambda a, column, kind, x: _untrue(_among(a, column, kind, x)),
    "contains": _like("%", "%"),
    "startsWith": _like("", "%"),
    "endsWith": _like("%", ""),
}
