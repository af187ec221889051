"""What an administrator says of how long the audit is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from dougong.access.context import Context
from dougong.access.permissions import Permission
from dougong.builtin.audit.entries import retention
from dougong.errors import Invalid
from dougong.verbs.action import action

KEEP_AUDIT = Permission("dougong.keep_audit", "See and say how long the audit is kept.")
ENTITY = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
KINDS = ("CREATED", "UPDATED", "DELETED")
MOST_YEARS = 100


@dataclass(frozen=True)
class AuditRetentionSet:
    """What holds from now on."""

    entity: str
    """Whose changes."""
    kind: str
    """Which sort of changes."""
    years: int | None
    """For how many years; 0: for ever; null: as is said of more than these."""


@action(needs=KEEP_AUDIT)
def set_audit_retention(
    ctx: Context, *, entity: str = "", kind: str = "", years: int | None = None
) -> AuditRetentionSet:
    """Say for how many years entries of the audit are kept; older ones are removed every night.

    What is said of an entity comes before what is said of a kind, and of both before either.

    entity: Whose changes: `crm.lead`; empty: of all that nothing else is said of.
    kind: Which sort of changes: an AuditKind; empty: all that nothing else is said of.
    years: For how many years after they were sealed, 1 to 100; 0: for ever; null: nothing is said.
    """
    if entity and not ENTITY.fullmatch(entity):
        raise Invalid("no_audited", at="entity", entity=entity[:80])
    if kind and kind not in KINDS:
        raise Invalid("no_audit_kind", at="kind", kind=kind[:40], known=", ".join(KINDS))
    if years is not None and not 0 <= years <= MOST_YEARS:
        raise Invalid("out_of_range", at="years", least=0, most=MOST_YEARS)
    if years is None:
        these = (retention.c.entity == entity) & (retention.c.kind == kind)
        ctx.session.execute(delete(retention).where(these))
    else:
        row = insert(retention).values(entity=entity, kind=kind, years=years)
        again = {"years": years}
        ctx.session.execute(
            row.on_conflict_do_update(index_elements=["entity", "kind"], set_=again)
        )
    return AuditRetentionSet(entity, kind, years)
