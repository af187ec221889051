"""A query's answer, put together by graphql-core's own executor from a resolver for each field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    execute_sync,
    get_nullable_type,
    parse,
)
from sqlalchemy.orm import Session

from dougong.access.principal import Principal
from dougong.builtin.audit.history_types import HISTORY
from dougong.builtin.translations.types import TRANSLATIONS
from dougong.entity.base import Entity
from dougong.entity.fields import Money
from dougong.entity.model import Field, Kind, ToMany, ToOne
from dougong.generation import Generation
from dougong.graphql.action_types import ACTIONS
from dougong.graphql.ids import global_id, split_id
from dougong.graphql.limits import check
from dougong.graphql.schema import RootFields
from dougong.testing.plain.actions import actions_of
from dougong.testing.plain.conditions import holds
from dougong.testing.plain.histories import Logs, history_of
from dougong.testing.plain.orders import Cursors, Line, keys_of, page_of
from dougong.testing.plain.records import Records, Seen
from dougong.testing.plain.rehearsal import Info, Problem, Rehearsal
from dougong.testing.plain.reports import Ties, report_rows
from dougong.verbs.computed import Asking, Computed


@dataclass(frozen=True)
class Answered:
    """What the answer must be: data, or the problems any of which it may be refused for."""

    data: Any = None
    problems: tuple[Problem, ...] = ()
    ties: Ties = field(default_factory=dict)


class PlainAnswers:
    """Answers to queries about data that does not change meanwhile."""

    def __init__(self, generation: Generation, session: Session, met: Counter[str]) -> None:
        """`session` loads the records; nothing is written with it.

        `met` counts the fields and inputs that were resolved: `Lead.name`, `StringFilter.eq`.
        """
        self._generation = generation
        self._records = Records(generation, session)
        self._logs = Logs(self._records)
        self._cursors = Cursors()
        self._met = met

    def answer(self, who: Principal, query: str, variables: Mapping[str, Any]) -> Answered:
        """What somebody must be answered; cursors are this object's own, and only it reads them.

        Document and variables must be valid: that is for graphql-core to say, not for a planner.
        """
        try:
            document = parse(query)
            check(document, anonymous=who.user_id is None)
        except GraphQLError as error:
            return Answered(problems=(((error.extensions or {}).get("code", ""), ()),))
        problems = self._rehearse(who, document, variables)
        if problems:
            return Answered(problems=tuple(problems))
        resolvers = Resolvers(self._records, self._logs, self._cursors, who, self._met)
        data = self._run(document, variables, resolvers.resolve)
        return Answered(data, (), resolvers.ties)

    def _rehearse(
        self, who: Principal, document: DocumentNode, variables: Mapping[str, Any]
    ) -> list[Problem]:
        rehearsal = Rehearsal(self._generation, who, self._cursors)
        self._run(document, variables, rehearsal.resolve)
        return rehearsal.all_problems

    def _run(self, document: DocumentNode, variables: Mapping[str, Any], resolve: Any) -> Any:
        result = execute_sync(
            self._generation.schema,
            document,
            variable_values=dict(variables),
            field_resolver=resolve,
            type_resolver=_type_of,
        )
        for error in result.errors or ():
            raise error.original_error or error
        return result.data


class Resolvers:
    """A resolver for each kind of field; `ties` are those of the reports that were asked for."""

    def __init__(
        self,
        records: Records,
        logs: Logs,
        cursors: Cursors,
        who: Principal,
        met: Counter[str],
    ) -> None:
        self._met = met
        self._root: RootFields = records.generation.schema.extensions["root"]
        self._seen = Seen(records, who)
        self._logs = logs
        self._cursors = cursors
        self.ties: dict[str, list[int]] = {}

    def resolve(self, source: Any, info: Info, **arguments: Any) -> Any:
        """A field's value; what is below a list or an amount of money is in a mapping already."""
        field = info.parent_type.fields[info.field_name]
        self._met.update(met_by(f"{info.parent_type.name}.{info.field_name}", field, arguments))
        if isinstance(source, Mapping):
            value = source[info.field_name]
            return value() if callable(value) else value
        if isinstance(source, Entity):
            return self._of_record(source, info.field_name, arguments)
        return self._of_root(info, arguments)

    def _of_root(self, info: Info, arguments: Mapping[str, Any]) -> Any:
        name = info.field_name
        if name in self._root.reports:
            rows, ties = report_rows(self._seen, self._root.reports[name])
            self.ties[str(info.path.key)] = ties
            return rows
        if name in self._root.lists:
            return self._page(f"Query.{name}", self._seen.every(self._root.lists[name]), arguments)
        named, number = split_id(arguments["id"])
        entity = self._root.entities.get(named)
        return None if entity is None else self._seen.one(entity, number)

    def _of_record(self, record: Any, name: str, arguments: Mapping[str, Any]) -> Any:
        if name == "id":
            return global_id(type(record), record.id)
        if name == ACTIONS:
            return actions_of(self._seen, record, arguments.get("names"))
        if name == TRANSLATIONS:
            return self._seen.translations(record)
        if name == HISTORY:
            return history_of(self._logs, self._seen, record, arguments)
        match self._seen.member(type(record), name):
            case Field() as field:
                return _shown(field, self._seen.value(record, field))
            case ToOne() as link:
                return self._seen.linked(record, link)
            case Computed() as computed:
                return self._computed(record, computed)
            case ToMany() as many:
                of = f"{type(record).__name__}.{name}"
                return self._page(of, self._seen.listed(record, many), arguments)

    def _computed(self, record: Any, computed: Computed) -> Any:
        """What Python makes of this record's values alone."""
        values = [self._seen.value(record, field) for field in computed.takes]
        row = tuple(Money(**one) if isinstance(one, dict) else one for one in values)
        who = self._seen.who
        (value,) = computed([row], Asking(datetime.now(UTC), who.user_id, who.token_id))
        return value

    def _page(self, of: str, records: list[Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
        where = arguments.get("where") or {}
        matching = [record for record in records if holds(self._seen, record, where)]
        keys = keys_of(arguments.get("orderBy"))
        bounds = {
            name: self._cursors.place(arguments[name], of, keys) or ()
            for name in ("after", "before")
            if arguments.get(name) is not None
        }
        page = page_of(Line(self._seen, matching, keys), arguments, bounds)
        cursors = [self._cursors.text(of, keys, place) for place, _ in page.placed]
        nodes = [record for _, record in page.placed]
        return {
            "nodes": nodes,
            "edges": [
                {"cursor": cursor, "node": node}
                for cursor, node in zip(cursors, nodes, strict=True)
            ],
            "pageInfo": {
                "hasNextPage": page.has_next,
                "hasPreviousPage": page.has_previous,
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
            },
            "totalCount": len(matching),
        }


def _type_of(record: Any, *_: object) -> str:
    """The type of a record, or of what stands for one of an entity."""
    kind: type = type(record) if isinstance(record, Entity) else record.entity
    return kind.__name__


def met_by(coordinate: str, field: GraphQLField, arguments: Mapping[str, Any]) -> Iterator[str]:
    """The coordinates of a field, of its arguments, and of all that is given in them."""
    yield coordinate
    for name, value in arguments.items():
        yield f"{coordinate}({name}:)"
        yield from _met_in(field.args[name].type, value)


def _met_in(kind: Any, value: Any) -> Iterator[str]:
    kind = get_nullable_type(kind)
    if value is None:
        return
    if isinstance(kind, GraphQLList):
        for one in value if isinstance(value, list) else [value]:
            yield from _met_in(kind.of_type, one)
    elif isinstance(kind, GraphQLInputObjectType):
        for name, one in value.items():
            yield f"{kind.name}.{name}"
            yield from _met_in(kind.fields[name].type, one)
    elif isinstance(kind, GraphQLEnumType):
        yield f"{kind.name}.{value.name}"


def _shown(field: Field, value: Any) -> Any:
    """Decimals with all their digits and no exponent."""
    if field.kind is Kind.MONEY and value is not None:
        return {**value, "amount": f"{value['amount']:f}"}
    return f"{value:f}" if isinstance(value, Decimal) else value
