"""A cuckoo, whose code tries what a test wants it to, with the rights of its manifest."""

from sqlalchemy.orm import Mapped

from dougong import Context, Entity, Permission, Role, User, action, all_rows, change, link
from dougong_garden import Bed, here

CALL = Permission("cuckoo.call", "Call.")


class Egg(Entity):
    """What the cuckoo leaves in somebody's bed."""

    bed: Mapped[Bed] = link(on_delete="CASCADE")
    finder: Mapped[User | None] = link(default=None)


CUCKOO = Role("cuckoo.bird", "Calls.", grants=[CALL, *change(Egg)], rows=[all_rows(Egg)])


@action(needs=CALL)
def call(ctx: Context) -> None:
    """Do what the test wants."""
    here("cuckoo call", ctx)
