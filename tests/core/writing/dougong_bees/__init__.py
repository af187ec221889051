"""Bees, who depend on the garden: an extension of its beds, and reactions to its verbs."""

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy.orm import Mapped, mapped_column

from dougong import (
    Context,
    Extension,
    Permission,
    Refused,
    Role,
    after,
    answers,
    before,
    guard,
    instead_of,
    read,
    update,
    wrap,
)
from dougong_garden import (
    Bed,
    Plant,
    clear,
    dangers,
    harvest,
    here,
    move_plants,
    plugged,
    sow,
    water,
)


class Hive(Extension[Bed]):
    """What the bees make of a bed."""

    honey: Mapped[int] = mapped_column(default=0, server_default="0")
    mood: Mapped[str | None] = mapped_column(default=None, unique=True)


class Scent(Extension[Plant]):
    """What the bees smell."""

    strength: Mapped[int] = mapped_column(default=0, server_default="0")
    brand: Mapped[str | None] = mapped_column(default=None, unique=True)


FLY = Permission("bees.fly", "Fly.")
KEEPER = Role(
    "bees.keeper", "Looks after the hives.", grants=[FLY, read(Hive), update(Hive), update(Scent)]
)


@guard(sow)
def bees_are_awake(bed: Bed, ctx: Context) -> Refused | None:
    return here("bees guard sow", bed, ctx)


@guard(sow)
def bees_are_fed(bed: Bed, ctx: Context) -> Refused | None:
    return here("bees guard sow again", bed, ctx)


@guard(move_plants, loads=(Hive,))
def leave_the_honey(bed: Bed, ctx: Context) -> Refused | None:
    return Refused("honey_left", honey=Hive.of(bed).honey) if Hive.of(bed).honey else None


@guard(Plant.delete, loads=(Scent,))
def keep_what_smells(plant: Plant, ctx: Context) -> Refused | None:
    return Refused("smells", name=plant.name) if Scent.of(plant).strength > 8 else None


@before(sow)
def wake(bed: Bed, ctx: Context) -> None:
    here("bees before sow", bed, ctx)


@wrap(sow, form=True, name="hum")
def hum(bed: Bed, ctx: Context, *, seeds: int = 1) -> Iterator[None]:
    here("bees around sow", bed, ctx)
    try:
        yield
    finally:
        here("bees behind sow", bed, ctx)


@instead_of(water, form=True)
def water_with_honey(bed: Bed, ctx: Context, *, litres: int) -> Bed:
    here("bees instead of water", bed, ctx)
    Hive.of(bed).honey += litres
    return bed


@answers(harvest)
def honey_of(bed: Bed, ctx: Context, *, month: int) -> Decimal | None:
    here("bees answer harvest", bed, ctx)
    return Decimal(Hive.of(bed).honey * month) if Hive.of(bed).honey else None


@answers(dangers)
def bears(bed: Bed, ctx: Context) -> list[str]:
    return ["bears"] if Hive.of(bed).honey else []


@after(sow)
def swarm(bed: Bed, ctx: Context) -> None:
    here("bees after sow", bed, ctx)


@before(clear, form=True)
def listen(bed: Bed, ctx: Context, *, remark: str) -> None:
    here("bees before clear", remark)


@before(Bed.create)
def look_at_new_bed(bed: Bed, ctx: Context) -> None:
    here("bees before create", bed, ctx)


@before(Plant.create)
def smell(plant: Plant, ctx: Context) -> None:
    if "bees before planting" in plugged:
        plugged["bees before planting"](plant, ctx)


@after(Bed.create)
def settle(bed: Bed, ctx: Context) -> None:
    here("bees after create", bed, ctx)


@after(Bed.update)
def notice(bed: Bed, ctx: Context) -> None:
    here("bees after update", bed, ctx)


@before(Bed.delete)
def leave(bed: Bed, ctx: Context) -> None:
    here("bees before delete", bed, ctx)
