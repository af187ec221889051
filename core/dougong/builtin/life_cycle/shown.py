"""Add-ons and plans as administrators see them in the API."""

from __future__ import annotations

from collections.abc import Callable

import strawberry

from dougong.addons.plans import Change, Plan, PlannedPart, in_words
from dougong.errors import Refused, SetupError


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
    files: int
    """How many files hang on its records."""
    file_bytes: str
    """How many bytes those have."""


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
class WaitingJobs:
    """Jobs that are not done yet."""

    name: str
    """`crm.recycle`."""
    number: int
    """How many."""


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
    jobs: list[WaitingJobs]
    """Jobs of what goes that are not done yet."""
    waiting: list[WaitingRecords]
    """Records that wait for steps of what goes."""
    orphans: list[OrphanedRows]
    """Rows that refer to what is gone, and what becomes of them."""
    in_words: list[str]
    """All of it as lines to read."""


def shown(make: Callable[[], Plan]) -> ChangePlan:
    """A plan as the API has it. Raises Refused when none can be made."""
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
        jobs=[WaitingJobs(name=key, number=number) for key, number in plan.jobs.items()],
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
        files=part.files[0],
        file_bytes=str(part.files[1]),
    )
