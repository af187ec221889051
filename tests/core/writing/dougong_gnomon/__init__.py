"""The gnomon of the sundial: what is done once others' verbs are committed."""

from sqlalchemy.orm import Mapped

from dougong import Context, Entity, after_commit, link
from dougong_garden import Bed, here, sow


class Shadow(Entity):
    """A shadow on a bed that was sown."""

    bed: Mapped[Bed] = link(on_delete="CASCADE")
    length: Mapped[int]


@after_commit(sow, form=True)
def note_the_seeds(bed: Bed, ctx: Context, *, seeds: int = 1) -> None:
    """Cast a shadow for each seed."""
    here("note_the_seeds", ctx, bed)
    ctx.create(Shadow(bed=bed, length=seeds))


@after_commit(Bed.create)
def look_at_new_beds(bed: Bed, ctx: Context) -> None:
    """Turn to a bed that is new."""
    here("look_at_new_beds", ctx, bed)
