"""A garden: every kind of field, children, a workflow and actions, for tests of writing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Computed, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from dougong import (
    EVERYONE,
    Context,
    Email,
    Entity,
    Money,
    Permission,
    Quantity,
    Refused,
    Role,
    User,
    Workflow,
    action,
    all_rows,
    change,
    computed,
    create,
    link,
    money,
    own,
    owned,
    query,
    question,
    read,
    rows_where,
    sum_of,
    update,
)

journal: list[str] = []
"""What ran, in order; each test begins with an empty one."""

plugged: dict[str, Callable[..., Any]] = {}
"""What a test has a rule or a reaction do, by the place's name."""


def here(place: str, *given: Any) -> Any:
    """Write the place into the journal, and do what the test wants done there."""
    journal.append(place)
    return plugged[place](*given) if place in plugged else None


class Crop(StrEnum):
    """What grows in a bed; the name is not the value."""

    CARROT = "carrot"
    LEEK = "leek"


class BedState(StrEnum):
    """How far a bed has come."""

    EMPTY = "EMPTY"
    SOWN = "SOWN"
    CHECKED = "CHECKED"
    FALLOW = "FALLOW"


class Plant(Entity):
    """One plant in a bed."""

    bed: Mapped["Bed"] = link(default=None, on_delete="CASCADE")
    name: Mapped[str]
    label: Mapped[str | None] = mapped_column(default=None, unique=True)
    contact: Mapped[Email | None] = mapped_column(default=None)
    weight: Mapped[Quantity] = mapped_column(default=Decimal(1))


class Bed(Entity):
    """A bed in the garden."""

    name: Mapped[str]
    code: Mapped[str | None] = mapped_column(default=None, unique=True)
    crop: Mapped[Crop] = mapped_column(default=Crop.CARROT)
    length: Mapped[Decimal] = mapped_column(Numeric(6, 2), default=Decimal(1))
    width: Mapped[Decimal] = mapped_column(Numeric(6, 2), default=Decimal(1))
    area: Mapped[Decimal] = mapped_column(Numeric(12, 4), Computed("length * width"), init=False)
    rent: Mapped[Money | None] = money(default=None)
    rows: Mapped[int | None] = mapped_column(default=None)
    notes: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    owner: Mapped[User | None] = link(default=None)
    neighbour: Mapped["Bed | None"] = link(default=None, reverse="neighbours")
    state: Mapped[BedState] = mapped_column(default=BedState.EMPTY, init=False)
    remark: Mapped[str | None] = mapped_column(default=None, init=False)
    plants: Mapped[list[Plant]] = owned(default_factory=list)
    weight: Mapped[Decimal] = sum_of(Plant.weight)


GROW = Permission("garden.grow", "Sow and harvest.")

GARDENER = Role(
    "garden.gardener",
    "Works on own beds.",
    grants=[GROW, *change(Bed)],
    rows=[own(Bed.owner)],
)
HEAD = Role("garden.head", "Works on all beds.", grants=[GROW, *change(Bed)], rows=[all_rows(Bed)])
VISITOR = Role("garden.visitor", "Sees all beds.", grants=[read(Bed)], rows=[all_rows(Bed)])
NAMER = Role(
    "garden.namer",
    "Changes beds whose name begins with A, and adds any.",
    grants=[read(Bed), update(Bed), create(Bed)],
    rows=[rows_where(Bed, lambda bed, me: bed.name.startswith("A"))],
)
LEEKS = Role(
    "garden.leeks",
    "Sees the leeks.",
    grants=[read(Bed)],
    rows=[rows_where(Bed, lambda bed, me: bed.crop == Crop.LEEK)],
)
NEXT_TO_LEEKS = Role(
    "garden.next_to_leeks",
    "Sees the beds next to leeks, but not the leeks.",
    grants=[read(Bed)],
    rows=[rows_where(Bed, lambda bed, me: bed.neighbour.has(Bed.crop == Crop.LEEK))],
)

flow = Workflow(Bed, Bed.state, final=[BedState.FALLOW])


@flow.step(BedState.EMPTY, to=BedState.SOWN, needs=GROW)
def sow(bed: Bed, ctx: Context, *, seeds: int = 1) -> None:
    """Put seeds into the bed."""
    here("rule sow", bed, ctx)


@flow.step(BedState.SOWN, to=BedState.CHECKED, needs=GROW, not_by=(sow,))
def inspect(bed: Bed, ctx: Context) -> None:
    """See whether all is well."""


@flow.step(BedState.SOWN, BedState.CHECKED, to=BedState.FALLOW, needs=GROW)
def clear(bed: Bed, ctx: Context, *, remark: str) -> None:
    """Take everything out."""
    if not remark.strip():
        raise Refused("no_remark", at="remark")
    bed.remark = remark


@dataclass(frozen=True)
class Weighed:
    """What a weighing says."""

    total: Decimal
    day: date
    beds: int


@action(needs=GROW)
def weigh(ctx: Context, *, day: date, amounts: list[Decimal], crop: Crop | None = None) -> Weighed:
    """Add up what was weighed on a day."""
    beds = ctx.find(Bed) if crop is None else ctx.find(Bed, Bed.crop == crop)
    return Weighed(sum(amounts, Decimal(0)), day, len(beds))


@question(first=True)
def harvest(bed: Bed, ctx: Context, *, month: int) -> Decimal | None:
    """How much a bed gives in a month, in kilograms."""


@question(all=True)
def dangers(bed: Bed, ctx: Context) -> list[str]:
    """What threatens a bed."""
    return ["what a stub says is never said"]


@query(needs=EVERYONE)
def bed_dangers(ctx: Context, *, bed: Bed) -> list[str]:
    """What threatens a bed."""
    return dangers(bed, ctx)


@computed(Bed.id)
def forecast(rows: Sequence[tuple[int]], ctx: Context) -> Sequence[Decimal | None]:
    """What a bed gives in May."""
    beds = {bed.id: bed for bed in ctx.find(Bed, Bed.id.in_([number for (number,) in rows]))}
    return [harvest(beds[number], ctx, month=5) for (number,) in rows]


@action(needs=GROW)
def move_plants(bed: Bed, ctx: Context, *, to: Bed) -> Bed:
    """Bring all plants of a bed to another."""
    for plant in list(bed.plants):
        Plant.update(plant, ctx, bed=to)
    return to


@action(needs=GROW)
def water(bed: Bed, ctx: Context, *, litres: int) -> Bed:
    """Water a bed."""
    here("rule water", bed, litres)
    return bed


@action(needs=EVERYONE)
def stumble(ctx: Context, *, name: str) -> None:
    """Write a bed, and then do what the test wants."""
    ctx.create(Bed(name=name))
    with ctx.elevated(Bed, reason="the test writes SQL by hand"):
        here("rule stumble", ctx)
