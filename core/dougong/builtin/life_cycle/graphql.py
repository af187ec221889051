"""What administrators ask about add-ons: which there are, and what a change would do."""

from __future__ import annotations

from graphql import print_schema
from sqlalchemy import Engine

from dougong.access.context import Context
from dougong.addons.archive import archive_named
from dougong.addons.coming import plan_install, plan_restore, plan_upgrade
from dougong.addons.leaving import plan_remove
from dougong.addons.orphans import Orphans
from dougong.addons.plans import Plan
from dougong.addons.sources import Wanted
from dougong.addons.state import Rows
from dougong.builtin.life_cycle.carrying_out import MANAGE_ADDONS, archives_folder
from dougong.builtin.life_cycle.listing import listing
from dougong.builtin.life_cycle.shown import AddOn, ChangePlan, PastRows, shown
from dougong.verbs.query import query


@query(needs=MANAGE_ADDONS)
def addons(ctx: Context) -> list[AddOn]:
    """The add-ons that are installed, those that could be, and those that were, by name."""
    return [
        AddOn(
            name=one.name,
            title=one.title,
            version=one.version,
            installed=one.installed,
            state=one.state,
            needs=list(one.needs),
            bridges=list(one.active_bridges),
            past=[
                PastRows(
                    archive=past.name or None,
                    since=past.since,
                    version=past.version,
                    rows=past.rows,
                )
                for past in one.past
            ],
        )
        for one in listing(_engine(ctx), archives_folder(), imports=False)
    ]


@query(needs=MANAGE_ADDONS)
def install_plan(ctx: Context, *, addons: list[str]) -> ChangePlan:
    """What installing add-ons, with all that they need, will do.

    addons: Their names.
    """
    return shown(lambda: plan_install(_engine(ctx), addons))


@query(needs=MANAGE_ADDONS)
def upgrade_plan(ctx: Context, *, addons: list[str] | None = None) -> ChangePlan:
    """What bringing add-ons up to the code that is on disk will do.

    addons: Their names; all that are installed unless said.
    """
    served = print_schema(ctx.generation.schema)
    return shown(lambda: plan_upgrade(_engine(ctx), addons or (), served=served))


@query(needs=MANAGE_ADDONS)
def remove_plan(ctx: Context, *, addons: list[str], rows: Rows = Rows.ARCHIVE) -> ChangePlan:
    """What removing add-ons will do.

    addons: Their names.
    rows: What becomes of their rows.
    """
    return shown(lambda: plan_remove(_engine(ctx), addons, rows=rows, apart=True))


@query(needs=MANAGE_ADDONS)
def restore_plan(
    ctx: Context,
    *,
    addons: list[str],
    archive: str | None = None,
    without: list[str] | None = None,
    orphans: Orphans = Orphans.REFUSE,
) -> ChangePlan:
    """What restoring add-ons will do, with what becomes of rows whose records are gone.

    addons: Their names.
    archive: The name of the archive to take; the newest, or what is kept, unless said.
    without: Bridges that begin empty.
    orphans: What to do about rows whose records are gone.
    """
    folder = archives_folder()

    def make() -> Plan:
        chosen = archive_named(folder, archive)
        wanted = Wanted(tuple(addons), folder, chosen, tuple(without or ()), orphans)
        return plan_restore(_engine(ctx), wanted)

    return shown(make)


def _engine(ctx: Context) -> Engine:
    return ctx.session.connection().engine
