"""What is done with definitions besides their versions: carried out for a unit, copied."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from dougong import Context, Invalid, RecordId, Refused, Unit, action
from dougong_flow.actions.time_and_checklists import start_checklist
from dougong_flow.choosing import version_for
from dougong_flow.entities import (
    Checklist,
    Definition,
    DefinitionVersion,
    ServedParty,
    VersionReading,
    WorkItem,
)
from dougong_flow.packages import unpacked
from dougong_flow.permissions import DESIGN, PERFORM, PROPOSE, RELEASE
from dougong_flow.reasons import given
from dougong_flow.shipped import is_known
from dougong_flow.workflows import start_trial


@action(needs=PERFORM)
def carry_out(
    definition: Definition,
    ctx: Context,
    *,
    about: str,
    unit: Unit | None = None,
    record: RecordId | None = None,
) -> Checklist:
    """Carry out a definition by the version that holds for a unit (S0-47).

    about: What it is carried out for.
    unit: For which unit; without one, for the first that the asker belongs to. What holds nearest
        above it is taken, else what holds everywhere; what holds before what is tried out.
    record: The record that it is carried out for, of whatever entity, which the asker may see.
    """
    version = version_for(definition, unit, ctx)
    return start_checklist(version, ctx, about=about, record=record)


@action(needs=DESIGN)
def import_definition(
    ctx: Context, *, package: str, key: str | None = None, name: str | None = None
) -> DefinitionVersion:
    """Bring in a package that `definitionPackage` has made, as a draft (S0-39).

    Where there is a definition of that key it gets a further draft.

    package: The package, as text.
    key: Another key than the package's.
    name: Another name than the package's.
    """
    found = unpacked(package)
    key = found.key if key is None else given(key, "key")
    there = ctx.find(Definition, Definition.key == key)
    if there:
        ctx.lock(there[0])
        if is_known(
            found.body, ctx.find(DefinitionVersion, DefinitionVersion.definition == there[0])
        ):
            raise Refused("package_is_known", at="package", key=key)
    whole = (
        there[0]
        if there
        else Definition(
            key=key,
            name=found.name if name is None else given(name, "name"),
            purpose=found.purpose,
            serves=found.serves,
            owner=ctx.me,
            needs_trial=found.needs_trial,
            **found.more,
        )
    )
    draft = DefinitionVersion(
        definition=whole if there else ctx.create(whole),
        body=found.body,
        change_reason="It was imported." if there else None,
        change_source=found.of,
    )
    return ctx.create(draft)


@dataclass(frozen=True)
class Released:
    """What was released."""

    versions: int
    """How many versions are tried out from now on."""
    tasks: int
    """How many tasks there are to roll them out."""


@action(needs=RELEASE)
def release_versions(
    ctx: Context, *, versions: list[DefinitionVersion], months: int, first_day: date | None = None
) -> Released:
    """Release approved versions together (颁布): each is tried out, and is to be rolled out (S4-62).

    versions: The versions.
    months: For how many months they are tried out: 6 to 12.
    first_day: The first day of that; today, unless said.
    """
    if not versions:
        raise Invalid("nothing_to_release", at="versions")
    chosen = list(dict.fromkeys(versions))
    for version in chosen:
        start_trial(version, ctx, months=months, first_day=first_day)
    tasks = WorkItem.definition_version.has(DefinitionVersion.id.in_([one.id for one in chosen]))
    return Released(len(chosen), len(ctx.find(WorkItem, tasks)))


@action(needs=DESIGN)
def copy_definition(
    version: DefinitionVersion, ctx: Context, *, key: str, name: str
) -> DefinitionVersion:
    """Make a definition of its own that says the same at first, as a draft (S0-39).

    key: A key that no other definition has.
    name: What people call it.
    """
    whole = version.definition
    copied = Definition(
        key=given(key, "key"),
        name=given(name, "name"),
        purpose=whole.purpose,
        serves=whole.serves,
        owner=ctx.me,
        goals=whole.goals,
        value_for=whole.value_for,
        success_metric=whole.success_metric,
        trigger=whole.trigger,
        needs_trial=whole.needs_trial,
        needs_reading=whole.needs_reading,
    )
    draft = DefinitionVersion(definition=ctx.create(copied), body=version.body)
    draft.change_source = f"{whole.key} {version.major}.{version.minor}"
    return ctx.create(draft)


@action(needs=PROPOSE)
def propose_definition(
    ctx: Context, *, key: str, name: str, purpose: str, serves: ServedParty, body: dict[str, Any]
) -> DefinitionVersion:
    """Propose how something one does is to be done: as a draft, for designers to go on with (S1-64).

    key: A key that no other definition has.
    name: What people call it.
    purpose: What it is for.
    serves: Whether it serves customers or colleagues.
    body: The steps, as far as they are known.
    """
    key = given(key, "key")
    if ctx.find(Definition, Definition.key == key):
        raise Invalid("definition_is_there", at="key", key=key)
    proposed = Definition(
        key=key, name=given(name, "name"), purpose=given(purpose, "purpose"), serves=serves
    )
    proposed.proposed_by = ctx.me
    return ctx.create(DefinitionVersion(definition=ctx.create(proposed), body=body))


@action(needs=PERFORM)
def confirm_reading(version: DefinitionVersion, ctx: Context) -> VersionReading:
    """Say that one has read and understood a version (S2-11)."""
    assert ctx.me is not None
    return ctx.create(VersionReading(definition_version=version, user=ctx.me, read_at=ctx.now))
