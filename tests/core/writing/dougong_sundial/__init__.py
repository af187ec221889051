"""A sundial in the garden: what is done later, and by the clock."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Mapped

from dougong import Context, Entity, action, every, job, link
from dougong_garden import GROW, Bed, Crop, here


class Watering(Entity):
    """A time that a bed was watered."""

    bed: Mapped[Bed] = link(on_delete="CASCADE")
    litres: Mapped[int]


@job
def water(ctx: Context, *, bed: Bed, litres: Decimal, on: date, crops: list[Crop]) -> None:
    """Water a bed, and write it down."""
    ctx.create(Watering(bed=bed, litres=int(litres)))
    here("water", ctx, bed, litres, on, crops)


@job(retries=1)
def prune(ctx: Context, *, bed: Bed | None = None) -> None:
    """Cut back."""
    here("prune", ctx, bed)


@every("0 2 * * *")
def strike(ctx: Context) -> None:
    """Strike two."""
    here("strike", ctx)


@action(needs=GROW)
def water_later(bed: Bed, ctx: Context, *, litres: Decimal) -> Bed:
    """Have a bed watered soon."""
    ctx.later(water, bed=bed, litres=litres, on=ctx.now.date(), crops=[Crop.LEEK])
    here("water_later")
    return bed
