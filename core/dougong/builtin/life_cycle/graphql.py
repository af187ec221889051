"""What administrators ask about add-ons: which there are, and what a change would do."""

from __future__ import annotations

from collections.abc import Callable

import strawberry
from graphql import print_schema
from sqlalchemy import Engine

from dougong.access.context import Context
from dougong.addons.archive import archive_named
from dougong.addons.coming import plan_install, plan_restore, plan_upgrade
from dougong.addons.leaving import plan_remove
from dougong.addons.orphans import Orphans
from dougong.addons.plans import Change, Plan, PlannedPart, in_words
from dougong.addons.restore import Wanted
from dougong.addons.state import Rows
from dougong.builtin.life_cycle.carrying_out import MANAGE_ADDONS, archives_folder
from dougong.builtin.life_cycle.listing import listing
from dougong.errors import Refused, SetupError
from dougong.verbs.query import query


@strawberry.type
class PastRows:
    """Rows of a removed add-on that can be restored."""

    archive: str | None
    """The archive's name; null for rows that are kept in the database."""
    since: str
    """When they were put away."""
    version: str
    """The add-on's version then."""
    rows: int | None
    """How many there are; null where it is not counted."""


@strawberry.type
class AddOn:
    """An add-on that is installed, could be, or once was."""

    name: str
    """`sales_order`."""
    title: str
    """What people call it."""
    version: str
    """The version of its code; `gone` without code."""
    installed: str | None
    """The version that is installed."""
    state: str
    """`INSTALLED`, `REMOVING`, `KEPT`, `ARCHIVED` or `AVAILABLE`."""
    needs: list[str]
    """The add-ons that it cannot do without; known of installed ones."""
    bridges: list[str]
    """The bridges of it that are active."""
    past: list[PastRows]
    """What could be restored, the newest first."""


@strawberry.type
class TableRows:
    """A table and how many rows it has."""

    name: str
    """The table."""
    rows: int
    """How many rows are in it."""


@strawberry.type
class ChangedPart:
    """An add-on or bridge that comes, goes, or is brought up to its code."""

    name: str
    """`inventory__sales_order`."""
    version: str
    """The version that comes, or goes."""
    title: str
    """What people call it."""
    why: str
    """Why it is part of the change."""
    tables: list[TableRows]
    """Its tables, with the rows that go or come back."""
    extends: list[TableRows]
    """Entities of others that get fields of it, with how many records there are of each."""
    rights: list[str]
    """What its code may do with what belongs to others."""
    revisions: list[str]
    """The revisions of its tables that will be run."""
    source: str | None
    """Where its rows come from."""


@strawberry.type
class VanishingName:
    """A type or field that the API loses."""

    name: str
    """`Lead.score`."""
    addon: str
    """The add-on that brought it."""


@strawberry.type
class BrokenDocument:
    """A registered document that can no longer be run."""

    id: str
    """By which clients ask for it."""
    faults: str
    """What is wrong with it then."""


@strawberry.type
class WaitingRecords:
    """Records in a state from which steps of what goes lead on."""

    entity: str
    """Of which entity."""
    state: str
    """In which state."""
    records: int
    """How many."""
    steps: list[str]
    """The steps that go."""
    others: list[str]
    """The steps that stay and start there too."""


@strawberry.type
class OrphanedRows:
    """Rows that come back and refer to records that are gone."""

    table: str
    """The table that they are in."""
    columns: str
    """By what they refer."""
    target: str
    """The table in which the records were."""
    rows: int
    """How many."""
    becomes: str
    """`left out`, `emptied` (only the reference), or `refused`: then nothing is restored."""


@strawberry.type
class ChangePlan:
    """What a change of the installed add-ons will do."""

    change: Change
    """What is done."""
    hash: str
    """Names the plan: to be given when it is carried out."""
    asked: list[str]
    """The add-ons that it was asked for."""
    generation: int
    """The generation that holds now."""
    parts: list[ChangedPart]
    """What is touched, what is depended on first."""
    api_is_known: bool
    """Whether what the API loses can be said."""
    added: list[str]
    """Types and fields that the API gets."""
    vanishing: list[VanishingName]
    """Types and fields that it loses."""
    breaking: list[str]
    """What clients will miss."""
    dangerous: list[str]
    """What may surprise clients."""
    documents: list[BrokenDocument]
    """Registered documents that can no longer be run: it must be accepted that they break."""
    waiting: list[WaitingRecords]
    """Records that wait for steps of what goes."""
    orphans: list[OrphanedRows]
    """Rows that refer to what is gone, and what becomes of them."""
    in_words: list[str]
    """All of it as lines to read."""


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
    return _shown(lambda: plan_install(_engine(ctx), addons))


@query(needs=MANAGE_ADDONS)
def upgrade_plan(ctx: Context, *, addons: list[str] | None = None) -> ChangePlan:
    """What bringing add-ons up to the code that is on disk will do.

    addons: Their names; all that are installed unless said.
    """
    served = print_schema(ctx.generation.schema)
    return _shown(lambda: plan_upgrade(_engine(ctx), addons or (), served=served))


@query(needs=MANAGE_ADDONS)
def remove_plan(ctx: Context, *, addons: list[str], rows: Rows = Rows.ARCHIVE) -> ChangePlan:
    """What removing add-ons will do.

    addons: Their names.
    rows: What becomes of their rows.
    """
    return _shown(lambda: plan_remove(_engine(ctx), addons, rows=rows, apart=True))


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

    return _shown(make)


def _engine(ctx: Context) -> Engine:
    return ctx.session.connection().engine


def _shown(make: Callable[[], Plan]) -> ChangePlan:
    try:
        plan = make()
    except SetupError as problem:
        raise Refused("cannot_be_done", reason=str(problem)) from problem
    return ChangePlan(
        change=plan.change,
        hash=plan.hash,
        asked=list(plan.asked),
        generation=plan.generation,
        parts=[_part(one) for one in plan.parts],
        api_is_known=plan.api_is_known,
        added=list(plan.added),
        vanishing=[VanishingName(name=n, addon=whose) for n, whose in plan.vanishing.items()],
        breaking=list(plan.breaking),
        dangerous=list(plan.dangerous),
        documents=[BrokenDocument(id=key, faults=why) for key, why in plan.documents.items()],
        waiting=[
            WaitingRecords(
                entity=one.entity,
                state=one.state,
                records=one.records,
                steps=list(one.steps),
                others=list(one.others),
            )
            for one in plan.waiting
        ],
        orphans=[
            OrphanedRows(
                table=one.table,
                columns=one.columns,
                target=one.target,
                rows=one.rows,
                becomes=one.what,
            )
            for one in plan.orphans
        ],
        in_words=list(in_words(plan)),
    )


def _part(part: PlannedPart) -> ChangedPart:
    return ChangedPart(
        name=part.name,
        version=part.version,
        title=part.title,
        why=part.why,
        tables=[TableRows(name=name, rows=rows) for name, rows in part.tables.items()],
        extends=[TableRows(name=name, rows=rows) for name, rows in part.extends.items()],
        rights=list(part.rights),
        revisions=list(part.revisions),
        source=part.source,
    )
