"""What a new generation does before it serves: it maps what is new, and plans what was asked last."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from graphql import GraphQLError, OperationType

from dougong.entity.model import check_mapping
from dougong.graphql.document import RequestErrors
from dougong.graphql.mutation_document import MutationDocument
from dougong.graphql.reading import Remembered, read_request

if TYPE_CHECKING:
    from dougong.addons.collect import Contents
    from dougong.generation import Generation

MOST_SECONDS = 2.0


def map_entities(of: Contents) -> None:
    """Have SQLAlchemy configure the entities of a part, which it does anyway when one is used.

    Raises SetupError for one that cannot be mapped.
    """
    for entity in (*of.entities, *of.extensions):
        check_mapping(entity)


def warm(coming: Generation, present: Generation) -> None:
    """Map what is new, then read and plan again what was asked last, newest first; nothing is run.

    The first who ask a new generation would wait for it, all at once. Who asked, and with what,
    is as it was then: only plans come of it. What does not fit any more is passed over. Raises
    SetupError for an entity that cannot be mapped.
    """
    for new in (one for one in coming.contents if one.part.name not in present.parts):
        map_entities(new)
    until = time.monotonic() + MOST_SECONDS
    for who, request in reversed(Remembered.of(present).samples.values()):
        if time.monotonic() > until:
            return
        with contextlib.suppress(GraphQLError, RequestErrors):
            known, requested = read_request(coming, who, request)
            if requested.kind is OperationType.QUERY:
                known.plans.of_query(who, requested)
            elif requested.kind is OperationType.MUTATION:
                MutationDocument(coming, known.plans, who, 0, requested)
