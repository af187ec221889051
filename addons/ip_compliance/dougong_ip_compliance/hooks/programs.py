"""What a programme must have before it starts, and what stays as it was then."""

from typing import Any

from dougong import Context, Invalid, Refused, WrongState, after, before, guard
from dougong_flow import ChecklistState, Definition, carry_out
from dougong_flow import cancel as cancel_checklist
from dougong_ip_compliance.actions.programs import write_diagnosis
from dougong_ip_compliance.actions.standards import change_edition
from dougong_ip_compliance.clauses import lay_out
from dougong_ip_compliance.entities import (
    Advisor,
    Clause,
    ComplianceProgram,
    IpPolicy,
    PolicyState,
    ProgramState,
    StandardEdition,
)
from dougong_ip_compliance.people import advises
from dougong_ip_compliance.presence import is_there
from dougong_ip_compliance.ten_steps import DEFINITION, unlike_the_ten, unprovided
from dougong_ip_compliance.workflows.programs import adopt, cancel, finish, replace, start

FIXED = (
    *("edition", "run_months", "trained_percent", "scope_restarts"),
    *("needs_asset", "needs_clean_record", "needs_trained_manager"),
)
"""What is not changed any more once a programme is under way; the edition by changeEdition."""


def open_program(program: ComplianceProgram) -> Refused | None:
    """Why nothing is written in a programme any more; a certified system lives on."""
    if program.state is not ProgramState.CANCELLED:
        return None
    return WrongState("program_is_over", state=program.state)


def check_part(program: ComplianceProgram, clause: Clause | None, ctx: Context) -> None:
    """Raise what keeps something from becoming a part of a programme, which is locked from then on."""
    ctx.lock(program)
    if over := open_program(program):
        raise over
    if clause is not None and clause.edition is not program.edition:
        raise Invalid("clause_of_another_edition", at="clause", edition=program.edition.code)


def stays(record: Any, form: dict[str, Any], *names: str) -> None:
    """Raise Invalid where a form would move a record to something else."""
    for name in names:
        if form.get(name, getattr(record, name)) is not getattr(record, name):
            raise Invalid("part_stays", at=name)


@before(ComplianceProgram.create)
def run_what_you_enter(program: ComplianceProgram, ctx: Context) -> None:
    """Whoever enters a programme runs it, unless somebody else is named."""
    program.manager = program.manager or ctx.me


@before(ComplianceProgram.update, form=True)
def keep_what_it_is_measured_by(program: ComplianceProgram, ctx: Context, **form: Any) -> None:
    """Once it is under way, nobody makes it easier."""
    if program.state is ProgramState.PREPARED:
        return
    if over := open_program(program):
        raise over
    for name in FIXED:
        if form.get(name, getattr(program, name)) != getattr(program, name):
            raise Invalid("fixed_once_started", at=name)


@guard(ComplianceProgram.delete)
def delete_what_was_not_started(program: ComplianceProgram, ctx: Context) -> Refused | None:
    """What was begun is given up, not deleted."""
    if program.state is ProgramState.PREPARED:
        return None
    return WrongState("program_was_started", state=program.state)


@guard(start)
def start_with_resources(program: ComplianceProgram, ctx: Context) -> Refused | None:
    """All four respects are provided for (S4-105), and the ten steps are known."""
    faults = list(unprovided(program, ctx))
    if not is_there(ctx, Definition, Definition.key == DEFINITION):
        faults.append(Refused("no_definition", key=DEFINITION))
    return Refused.all(faults) if faults else None


@after(start)
def lay_out_what_is_to_be_done(program: ComplianceProgram, ctx: Context) -> None:
    """There is a checklist of the ten steps, and an empty assessment for each clause."""
    (definition,) = ctx.find(Definition, Definition.key == DEFINITION)
    checklist = carry_out(definition, ctx, about=program.name)
    if fault := unlike_the_ten(checklist.definition_version.body["steps"]):
        raise fault
    program.checklist = checklist
    lay_out(program, ctx)


@guard(finish)
def finish_by_the_last_step(program: ComplianceProgram, ctx: Context) -> Refused | None:
    """Nobody finishes a programme by hand: its last step does."""
    checklist = program.checklist
    if checklist is not None and checklist.state is ChecklistState.COMPLETED:
        return None
    return Refused("steps_are_left", name=program.name)


@after(cancel, form=True)
def give_up_its_steps(program: ComplianceProgram, ctx: Context, *, reason: str) -> None:
    """Its checklist goes with it."""
    checklist = program.checklist
    if checklist is not None and checklist.state is ChecklistState.RUNNING:
        cancel_checklist(checklist, ctx, reason=reason)


@guard(write_diagnosis)
def diagnose_what_goes_on(program: ComplianceProgram, ctx: Context) -> Refused | None:
    """What is over stays as it was."""
    return open_program(program)


@guard(Advisor.delete)
def keep_advisors(advisor: Advisor, ctx: Context) -> Refused | None:
    """Once it is under way an advisor is set inactive: who advised it approves nothing in it (S4-106)."""
    if advisor.program.state is ProgramState.PREPARED:
        return None
    return Refused("advisor_stays")


@before(Advisor.update, form=True)
def keep_who_advises(advisor: Advisor, ctx: Context, **form: Any) -> None:
    """For the same reason it stays the same person, of the same programme."""
    stays(advisor, form, "program")
    if advisor.program.state is not ProgramState.PREPARED:
        stays(advisor, form, "user")


@guard(change_edition)
def change_the_edition_of_what_goes_on(program: ComplianceProgram, ctx: Context) -> Refused | None:
    """What is over stays as it was."""
    return open_program(program)


# Standards and policy -----------------------------------------------------------------------


@guard(StandardEdition.delete)
def keep_editions_in_use(edition: StandardEdition, ctx: Context) -> Refused | None:
    """An edition stays while a programme goes by it."""
    if is_there(ctx, ComplianceProgram, ComplianceProgram.edition == edition):
        return Refused("edition_in_use", edition=edition.code)
    return None


@before(StandardEdition.update, form=True)
def keep_the_days_of_editions_in_use(edition: StandardEdition, ctx: Context, **form: Any) -> None:
    """Nobody lets a programme apply longer or earlier: a last day is only set, or brought forward."""
    if not _goes_on_by(edition, ctx):
        return
    for name in ("code", "valid_from", "apply_from", "apply_until"):
        before, after_ = getattr(edition, name), form.get(name, getattr(edition, name))
        brought_forward = name == "apply_until" and after_ and (before is None or after_ < before)
        if after_ != before and not brought_forward:
            raise Invalid("edition_is_fixed", at=name, edition=edition.code)


@before(Clause.update, form=True)
def keep_the_clauses_of_editions_in_use(clause: Clause, ctx: Context, **form: Any) -> None:
    """A clause goes on asking for the same; its title can be corrected."""
    stays(clause, form, "edition")
    if not _goes_on_by(clause.edition, ctx):
        return
    for name in ("number", "is_heading"):
        if form.get(name, getattr(clause, name)) != getattr(clause, name):
            raise Invalid("edition_is_fixed", at=name, edition=clause.edition.code)


@guard(Clause.delete)
def keep_clauses_in_use(clause: Clause, ctx: Context) -> Refused | None:
    """And it stays."""
    if _goes_on_by(clause.edition, ctx):
        return Refused("edition_is_fixed", edition=clause.edition.code)
    return None


def _goes_on_by(edition: StandardEdition, ctx: Context) -> bool:
    begun = ComplianceProgram.state.in_((ProgramState.RUNNING, ProgramState.COMPLETED))
    return is_there(ctx, ComplianceProgram, ComplianceProgram.edition == edition, begun)


@before(IpPolicy.create)
def draft_a_policy(policy: IpPolicy, ctx: Context) -> None:
    """A policy is that of a programme that goes on."""
    check_part(policy.program, None, ctx)


@guard(IpPolicy.update)
def change_drafts_of_a_policy(policy: IpPolicy, ctx: Context) -> Refused | None:
    """What was adopted stays; draft another one."""
    return _adopted(policy)


@guard(IpPolicy.delete)
def delete_drafts_of_a_policy(policy: IpPolicy, ctx: Context) -> Refused | None:
    """What was adopted stays."""
    return _adopted(policy)


@before(IpPolicy.update, form=True)
def keep_a_policy_where_it_is(policy: IpPolicy, ctx: Context, **form: Any) -> None:
    """A policy stays with its programme."""
    stays(policy, form, "program")


@guard(adopt)
def adopt_no_advice(policy: IpPolicy, ctx: Context) -> Refused | None:
    """An advisor never approves (S4-106)."""
    return open_program(policy.program) or advises(policy.program, adopt, policy, ctx)


@before(adopt)
def replace_the_policy_before(policy: IpPolicy, ctx: Context) -> None:
    """One policy holds at a time."""
    adopted = (IpPolicy.program == policy.program, IpPolicy.state == PolicyState.ADOPTED)
    for one in ctx.hold(IpPolicy, *adopted):
        one.replaced_on = ctx.now.date()
        replace(one, ctx)


@guard(replace)
def replace_by_another(policy: IpPolicy, ctx: Context) -> Refused | None:
    """Nobody replaces a policy by hand: adopting another one does."""
    return None if policy.replaced_on is not None else Refused("replaced_by_another")


def _adopted(policy: IpPolicy) -> Refused | None:
    if policy.state is PolicyState.DRAFT:
        return None
    return WrongState("policy_is_fixed", state=policy.state)
