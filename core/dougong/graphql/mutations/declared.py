"""What a field of Mutation carries."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import DirectiveLocation, GraphQLDirective, GraphQLID, GraphQLInt, GraphQLNonNull

from dougong.access.context import Context
from dougong.access.permissions import Permission
from dougong.entity.base import Entity
from dougong.errors import Refused
from dougong.graphql.described import Said
from dougong.verbs.verb import First

MUTATION = "dougong.mutation"
"""The key in a field's `extensions` under which its Mutation stands."""

SEEN: Said = {
    "id": (GraphQLNonNull(GraphQLID), None),
    "version": (GraphQLNonNull(GraphQLInt), "The version that you saw."),
}
"""What says which record is meant, and that nobody else has changed it."""


@dataclass(frozen=True)
class Outcome:
    """What a mutation did: the record to show, or the plain values of its payload."""

    record: int | None = None
    """Its number."""
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    refusals: Sequence[Refused] = ()
    """Why it was not done."""
    rows: Sequence[Outcome] = ()
    """What came of each row, where there are many."""


class RowsRefused(Refused):
    """Of many rows none was done; `rows` says why each was not."""

    def __init__(self, rows: Sequence[Outcome], refusals: Sequence[Refused]) -> None:
        super().__init__(refusals[0].code, at=refusals[0].at, **refusals[0].params)
        self.several = tuple(refusals)
        self.rows = rows


@dataclass(frozen=True)
class Mutation:
    """One field of Mutation, ready to be done in a transaction."""

    addon: str
    entity: type[Entity] | None
    """The entity of the payload's record, where it has one."""
    act: Callable[[Context, Mapping[str, Any]], Outcome]
    verb: str | None = None
    """The key of the verb that it does first, where that is known."""
    rows: str | None = None
    """The argument that holds the rows, where there are many; then the payload has `results`."""
    first: First | None = None
    """What is done before the transaction."""
    lasting: Permission | None = None
    """What the asker must hold for `first` to be done, where what it does stays."""
    secret: bool = False
    """Whether it is given a secret, so that nothing of it may be kept under an idempotency key."""


DRY_RUN = GraphQLDirective(
    "dryRun",
    [DirectiveLocation.MUTATION],
    description="Do everything, checks and reactions included, answer as if it had been done, "
    "and undo it: nothing stays, and no idempotency key is used up.",
)
ATOMIC = GraphQLDirective(
    "atomic",
    [DirectiveLocation.MUTATION],
    description="Do all mutations of the operation, in order, or none of them: where one is "
    "refused, the others have the error `not_done`.",
)
