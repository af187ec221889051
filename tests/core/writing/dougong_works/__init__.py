"""Works that cost something: steps with reasons, limits and separate duties, for tests of them."""

from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column, object_session

from dougong import (
    Context,
    Entity,
    Limit,
    Money,
    Permission,
    Role,
    User,
    Workflow,
    all_rows,
    change,
    guarded,
    link,
    money,
    own,
    read,
)

SIGN = Permission("works.sign", "Ask for works, and sign those of others.")
SIGN_MORE = Permission("works.sign_more", "Sign works that cost more.")
SEE_PHASE = Permission("works.see_phase", "See how far works have come.")


class Phase(StrEnum):
    """How far works have come."""

    PLANNED = "PLANNED"
    SIGNED = "SIGNED"
    CHECKED = "CHECKED"
    FUNDED = "FUNDED"
    STOPPED = "STOPPED"


class Work(Entity):
    """Something that is to be built."""

    name: Mapped[str]
    cost: Mapped[Money | None] = money(default=None)
    owner: Mapped[User | None] = link(default=None)
    phase: Mapped[Phase] = mapped_column(default=Phase.PLANNED, init=False)


class Secret(Entity):
    """Something of which not everybody knows how far it has come."""

    name: Mapped[str]
    phase: Mapped[Phase | None] = mapped_column(
        default=Phase.PLANNED, init=False, info=guarded(read=SEE_PHASE)
    )


secret_workflow = Workflow(  # a state that not everybody sees is nullable
    Secret,
    Secret.phase,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - see above
    final=[Phase.STOPPED],
)


@secret_workflow.step(Phase.PLANNED, to=Phase.STOPPED, needs=SIGN)
def hush(secret: Secret, ctx: Context) -> None:
    """Stop it."""


acting: list[str] = []
"""As whom the limit's function ran."""


def cost_of(work: Work) -> Money | None:
    acting.append(object_session(work).info["context"].acting)  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess] - it is in one
    return work.cost


LIMITS = [Money(Decimal(1000), "EUR"), Money(Decimal(1200), "USD")]
work_workflow = Workflow(Work, Work.phase, final=[Phase.STOPPED])


@work_workflow.step(
    Phase.PLANNED,
    to=Phase.SIGNED,
    needs=SIGN,
    not_by=(Work.create,),
    limit=Limit(cost_of, up_to=LIMITS, above=SIGN_MORE),
)
def sign(work: Work, ctx: Context) -> None:
    """Say that it shall be built."""


@work_workflow.step(Phase.SIGNED, to=Phase.CHECKED, needs=SIGN, optional=True)
def check(work: Work, ctx: Context) -> None:
    """Say that it can be built."""


@work_workflow.step(Phase.CHECKED, to=Phase.FUNDED, needs=SIGN, optional=True)
def fund(work: Work, ctx: Context) -> None:
    """Say that there is money for it."""


@work_workflow.step(
    Phase.PLANNED,
    Phase.SIGNED,
    Phase.CHECKED,
    Phase.FUNDED,
    to=Phase.STOPPED,
    needs=SIGN,
    reason=True,
)
def stop(work: Work, ctx: Context, *, reason: str, days: int = 0) -> None:
    """Say that it shall not be built."""


CLERK = Role("works.clerk", "Signs.", grants=[SIGN, *change(Work)], rows=[all_rows(Work)])
OWNER = Role("works.owner", "Signs own works.", grants=[SIGN, read(Work)], rows=[own(Work.owner)])
HEAD = Role("works.head", "Signs more.", grants=[SIGN_MORE], rows=[all_rows(Work)])
HEAD_OF_OWN = Role(
    "works.head_of_own", "Signs more of own works.", grants=[SIGN_MORE], rows=[own(Work.owner)]
)
READER = Role("works.reader", "Sees secrets.", grants=[read(Secret)], rows=[all_rows(Secret)])
KNOWS = Role(
    "works.knows", "Sees how far.", grants=[SEE_PHASE, SIGN, read(Secret)], rows=[all_rows(Secret)]
)
