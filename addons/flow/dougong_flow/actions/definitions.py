"""What is done with definitions besides their versions: carried out for a unit, copied."""

from dougong import Context, Unit, action
from dougong_flow.actions.time_and_checklists import start_checklist
from dougong_flow.choosing import version_for
from dougong_flow.entities import Checklist, Definition, DefinitionVersion
from dougong_flow.permissions import DESIGN, PERFORM
from dougong_flow.reasons import given


@action(needs=PERFORM)
def carry_out(
    definition: Definition, ctx: Context, *, about: str, unit: Unit | None = None
) -> Checklist:
    """Carry out a definition by the version that holds for a unit (S0-47).

    about: What it is carried out for.
    unit: For which unit; without one, for the first that the asker belongs to. What holds nearest
        above it is taken, else what holds everywhere; what holds before what is tried out.
    """
    return start_checklist(version_for(definition, unit, ctx), ctx, about=about)


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
        needs_trial=whole.needs_trial,
    )
    draft = DefinitionVersion(definition=ctx.create(copied), body=version.body)
    draft.change_source = f"{whole.key} {version.major}.{version.minor}"
    return ctx.create(draft)
