"""The plan of a subscription: one statement that reads the records of a batch of changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from graphql import GraphQLSchema, get_argument_values
from sqlalchemy import BigInteger, Text, any_, cast, func
from sqlalchemy.dialects.postgresql import ARRAY

from dougong.access.principal import Principal
from dougong.entity.base import Entity
from dougong.graphql.changes import ENTITY, ChangeKind, record_name
from dougong.graphql.computed_values import Use
from dougong.graphql.document import Requested
from dougong.graphql.ids import number_of
from dougong.graphql.limits import check_records
from dougong.graphql.marks import told
from dougong.graphql.plan.arguments import Given, records_in
from dougong.graphql.plan.build import Selected
from dougong.graphql.plan.dependence import Dependence, PathKey
from dougong.graphql.plan.plans import EPOCH, Plans
from dougong.graphql.plan.records import record
from dougong.graphql.plan.source import OneRow, Source
from dougong.graphql.plan.sql import Compiled, Statement, compile_piece, statement_of
from dougong.graphql.plan.texts import Joined, assemble, quote, selections
from dougong.graphql.plan.where import Where
from dougong.graphql.problems import bad_input, errors_of, located

BATCH = 50
"""How many records one statement reads."""
MOST_CLAIMED = 1_000
Texts = Sequence[bytes]
"""What is selected of a record, once for each field of the event that stands for it."""


@dataclass(frozen=True)
class ChangePlan:
    """What a subscription asks for, ready to be read and written."""

    entity: type[Entity]
    since: str | None
    shown: tuple[int, ...]
    """The records that the client says it shows."""
    statement: Statement
    _key: str
    _fields: tuple[tuple[str, str], ...]
    """Response key and name of what is selected of an event."""
    _who: Principal
    requested: Requested
    uses: tuple[Use, ...]
    """What Python adds to the records."""
    affected: Mapping[PathKey, Statement]
    """Which records may come or go as records of other entities change."""
    on_units: bool
    """Whether it depends on who is a member of which units what is seen."""

    def given(self, numbers: Sequence[int], now: datetime) -> Given:
        """What a statement is given to read these records."""
        return Given.by(self._who, self.requested.variables.coerced, now, records=numbers)

    def found(self, text: bytes) -> dict[int, Texts]:
        """The records that the asker sees and asked for, from the text with what Python adds."""
        parts = [one.split(b"\n") for one in text.split(b"\n\n")] if text else []
        return {int(number): texts for number, *texts in parts}

    def event(
        self, what: ChangeKind, number: int | None, position: str, texts: Texts = ()
    ) -> bytes:
        """A response that tells of one change."""
        name = self.entity.__name__
        known = {
            "what": what.name,
            "id": None if number is None else f"{name}:{number}",
            "position": position,
            "__typename": f"{name}Change",
        }
        records = iter(texts)
        members = [
            b'"%b":%b'
            % (
                key.encode(),
                orjson.dumps(known[asked]) if asked in known else next(records, b"null"),
            )
            for key, asked in self._fields
        ]
        data, errors = told(b'{"%b":{%b}}' % (self._key.encode(), b",".join(members)))
        return b'{%b"data":%b}' % (errors_of(errors), data)


def plan_changes(
    schema: GraphQLSchema, plans: Plans, who: Principal, requested: Requested
) -> ChangePlan:
    """Plan a subscription.

    Raises GraphQLError, located, for arguments that are not acceptable.
    """
    build = plans.build(who, requested)
    root: Any = schema.subscription_type
    selected = build.collect([requested.operation.selection_set], root)
    if len(selected) != 1:
        raise bad_input("ONE_FIELD", "A subscription asks for exactly one field of the root.")
    [(key, nodes)] = selected.items()
    field = root.fields[nodes[0].name.value]
    entity: type[Entity] = field.extensions[ENTITY]
    with build.at(key, nodes):
        given = get_argument_values(field, nodes[0], requested.variables)
        shown = _claimed(entity, given.get("shown") or ())
        below: Selected = build.collect(selections(nodes), field.type.of_type)
        source = Source(build, entity)
        asked = Where().conditions(source, build.values(field, nodes[0]).get("where") or {})
        which = [*source.readable(), *asked]
        dependence = Dependence(build, entity, source.select(source.alias.id).where(*which))
        pieces: list[Any] = [cast(source.alias.id, Text)]
        with build.arguments.page(BATCH, 1):
            for name, some in below.items():
                if some[0].name.value == record_name(entity):
                    with build.at(name, some):
                        text = record(OneRow(source), entity, selections(some))
                        pieces += [quote("\n"), assemble(text)]
        numbers = build.arguments.run("records", ARRAY(BigInteger()))
        texts = func.string_agg(Joined(*pieces), quote("\n\n"))
        found = source.select(texts).where(source.alias.id == any_(numbers), *which)
        column = compile_piece(found, build.arguments)
        check_records(records_in(build.arguments.lists, requested.variables.coerced))
        for use in filter(lambda use: use.at, build.computed):
            message = f"{use.of.api_name} is not told by a subscription: query it when told."
            raise located(bad_input("NOT_LIVE", message), use.nodes, use.at)
    return ChangePlan(
        entity,
        given.get("since"),
        shown,
        statement_of([EPOCH, Compiled(f"({column.template})", column.values)], build.arguments),
        key,
        tuple((name, some[0].name.value) for name, some in below.items()),
        who,
        requested,
        tuple(build.computed),
        dict(map(dependence.affected, dependence.paths())),
        dependence.on_units,
    )


def _claimed(entity: type[Entity], ids: Sequence[str]) -> tuple[int, ...]:
    if len(ids) > MOST_CLAIMED:
        raise bad_input("TOO_MANY_SHOWN", f"`shown` takes at most {MOST_CLAIMED} ids.")
    return tuple(dict.fromkeys(number_of(one, entity) for one in ids))
