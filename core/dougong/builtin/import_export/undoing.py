"""Records of an import taken out again, by the delete verb, or where nobody reacts, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, exists, select

from dougong.access.context import Context
from dougong.builtin.import_export.copying import alone, append_events
from dougong.db.constraints import as_refusals
from dougong.entity.base import Entity
from dougong.verbs.crud import DeleteVerb, crud_verb


def take_out(ctx: Context, entity: type[Entity], ids: Sequence[int]) -> None:
    """Remove records, as the entity's own add-on; raises Refused where one is needed meanwhile."""
    verb = crud_verb(DeleteVerb, entity)
    if ids and not alone(ctx, verb) and _stand_alone(ctx, entity, ids):
        with as_refusals(ctx.generation), ctx.as_core():
            ctx.session.execute(delete(entity.__table__).where(entity.__table__.c.id.in_(ids)))
            append_events(ctx, entity, ids, verb.key, (None,))
        return
    with ctx.acting_as(entity.__addon__):
        for record in reversed(ctx.find(entity, entity.id.in_(ids))):
            entity.delete(record, ctx)


def _stand_alone(ctx: Context, entity: type[Entity], ids: Sequence[int]) -> bool:
    """Whether no other record is changed by it: no parent, and no child."""
    if entity in ctx.generation.owned:
        return False
    for one in entity.__owned__.values():
        child: Any = one.child
        key = getattr(child, child.__links__[one.by].key)
        with ctx.as_core():
            if ctx.session.scalar(select(exists().where(key.in_(ids)))):
                return False
    return True
