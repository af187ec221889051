"""How a version comes to hold: draft → review → approved → trial → effective, and out again."""

from datetime import date

from dougong import Context, Invalid, Workflow
from dougong_flow.deadline_rule import add_months
from dougong_flow.definition_body import hash_of
from dougong_flow.entities import DefinitionVersion, VersionState
from dougong_flow.permissions import DESIGN, RELEASE, REVIEW
from dougong_flow.reasons import given

SHORTEST_TRIAL, LONGEST_TRIAL = 6, 12
"""For how many months a version is tried out (S4-63)."""
version_workflow = Workflow(
    DefinitionVersion,
    DefinitionVersion.state,
    final=[VersionState.SUPERSEDED, VersionState.RETIRED],
)


@version_workflow.step(VersionState.DRAFT, to=VersionState.IN_REVIEW, needs=DESIGN)
def submit(version: DefinitionVersion, ctx: Context) -> None:
    """Hand the draft in for review; from now on it does not change."""
    version.content_hash = hash_of(version.body)


@version_workflow.step(VersionState.IN_REVIEW, to=VersionState.DRAFT, needs=REVIEW)
def send_back(version: DefinitionVersion, ctx: Context, *, reason: str) -> None:
    """It is not right yet; say why."""
    version.send_back_reason = given(reason)


@version_workflow.step(
    VersionState.IN_REVIEW, to=VersionState.APPROVED, needs=REVIEW, not_by=(submit,)
)
def approve(version: DefinitionVersion, ctx: Context) -> None:
    """It is right, says somebody other than the author."""
    version.reviewer = ctx.me


@version_workflow.step(VersionState.APPROVED, to=VersionState.TRIAL, needs=RELEASE)
def start_trial(
    version: DefinitionVersion, ctx: Context, *, months: int, first_day: date | None = None
) -> None:
    """Try it out for 6 to 12 months (S4-63); a version that is being tried out gives way."""
    today = ctx.now.date()
    if not SHORTEST_TRIAL <= months <= LONGEST_TRIAL:
        raise Invalid(
            "length_of_trial", at="months", shortest=SHORTEST_TRIAL, longest=LONGEST_TRIAL
        )
    first_day = first_day or today
    if first_day < today or first_day.year > 2999:
        raise Invalid("trial_in_the_past", at="firstDay", today=today)
    give_way(version, VersionState.TRIAL, ctx)
    version.trial_from, version.trial_until = first_day, add_months(first_day, months)


@version_workflow.step(VersionState.DRAFT, to=VersionState.TRIAL, needs=RELEASE)
def continue_trial(version: DefinitionVersion, ctx: Context) -> None:
    """Go on trying out what was changed because of a problem or the business (S4-64)."""
    tried = version.follows
    assert tried is not None
    version.content_hash = hash_of(version.body)
    version.trial_from, version.trial_until = tried.trial_from, tried.trial_until
    give_way(version, VersionState.TRIAL, ctx)


@version_workflow.step(
    VersionState.TRIAL, VersionState.APPROVED, to=VersionState.EFFECTIVE, needs=RELEASE
)
def make_effective(version: DefinitionVersion, ctx: Context, *, reason: str) -> None:
    """It holds from now on; the version that held till now is superseded at the same moment."""
    version.decision_reason = given(reason)
    give_way(version, VersionState.EFFECTIVE, ctx)
    version.effective_from = ctx.now


@version_workflow.step(
    VersionState.TRIAL, VersionState.EFFECTIVE, to=VersionState.SUPERSEDED, needs=RELEASE
)
def supersede(version: DefinitionVersion, ctx: Context) -> None:
    """Another version takes its place; done by the step of that version."""
    if version.effective_from is not None:
        version.effective_until = ctx.now


@version_workflow.step(
    VersionState.TRIAL, VersionState.EFFECTIVE, to=VersionState.RETIRED, needs=RELEASE
)
def retire(version: DefinitionVersion, ctx: Context, *, reason: str) -> None:
    """It is not done any more; say why."""
    version.decision_reason = given(reason)
    if version.effective_from is not None:
        version.effective_until = ctx.now


def give_way(version: DefinitionVersion, state: VersionState, ctx: Context) -> None:
    """Supersede the version of the same scope that is in a state now, if there is one."""
    for other in of_same_scope(version, ctx):
        if other.state is state and other is not version:
            other.superseded_by = version
            supersede(other, ctx)


def of_same_scope(version: DefinitionVersion, ctx: Context) -> list[DefinitionVersion]:
    """The versions of the same definition for the same unit, or for everywhere."""
    return ctx.find(
        DefinitionVersion,
        DefinitionVersion.definition == version.definition,
        DefinitionVersion.unit == version.unit,
    )
