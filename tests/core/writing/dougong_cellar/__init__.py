"""A cellar: what is kept in it is made of what a garden gives, where somebody knows how much."""

from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from dougong import (
    EVERYONE,
    Context,
    Entity,
    Role,
    Workflow,
    action,
    all_rows,
    change,
    link,
    owned,
    read,
)
from dougong_garden import harvest


class JarState(StrEnum):
    """Whether a jar was opened."""

    FULL = "FULL"
    EMPTY = "EMPTY"


class Spoon(Entity):
    """What was taken out of a jar."""

    jar: Mapped["Jar"] = link(default=None, on_delete="CASCADE")


class Jar(Entity, needs_answer=harvest):
    """A jar of what a bed gave."""

    label: Mapped[str]
    state: Mapped[JarState] = mapped_column(default=JarState.FULL, init=False)
    spoons: Mapped[list[Spoon]] = owned(default_factory=list)


class Shelf(Entity):
    """Where jars stand."""

    name: Mapped[str]


jar_workflow = Workflow(Jar, Jar.state, final=[JarState.EMPTY])


@jar_workflow.step(JarState.FULL, to=JarState.EMPTY, needs=EVERYONE, many=True)
def empty(jar: Jar, ctx: Context) -> None:
    """Eat it up."""


@action(needs=EVERYONE)
def shake(jar: Jar, ctx: Context) -> None:
    """Shake a jar."""


@action(needs=EVERYONE)
def dust(shelf: Shelf, ctx: Context) -> None:
    """Clean a shelf."""


COOK = Role(
    "cellar.cook",
    "Looks after the cellar.",
    grants=[*change(Jar), *change(Shelf), read(Jar)],
    rows=[all_rows(Jar), all_rows(Shelf)],
)
