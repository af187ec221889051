"""How a programme goes: prepared → running → completed; its ten steps are a checklist of flow."""

from dougong import Context, Workflow
from dougong_ip_compliance.entities import ComplianceProgram, IpPolicy, PolicyState, ProgramState
from dougong_ip_compliance.permissions import DIRECT, MANAGE

program_workflow = Workflow(
    ComplianceProgram,
    ComplianceProgram.state,
    final=[ProgramState.COMPLETED, ProgramState.CANCELLED],
    running=[ProgramState.RUNNING],
)
policy_workflow = Workflow(IpPolicy, IpPolicy.state, final=[PolicyState.REPLACED])


@program_workflow.step(ProgramState.PREPARED, to=ProgramState.RUNNING, needs=MANAGE)
def start(program: ComplianceProgram, ctx: Context) -> None:
    """Begin with the ten steps: there is a checklist of them, and a list of clauses to assess."""


@program_workflow.step(ProgramState.RUNNING, to=ProgramState.COMPLETED, needs=MANAGE)
def finish(program: ComplianceProgram, ctx: Context) -> None:
    """The ten steps are over; done by itself."""


@program_workflow.step(
    *(ProgramState.PREPARED, ProgramState.RUNNING),
    to=ProgramState.CANCELLED,
    needs=MANAGE,
    reason=True,
)
def cancel(program: ComplianceProgram, ctx: Context, *, reason: str) -> None:
    """Give the programme up; say why."""
    program.cancel_reason = reason


@policy_workflow.step(PolicyState.DRAFT, to=PolicyState.ADOPTED, needs=DIRECT)
def adopt(policy: IpPolicy, ctx: Context) -> None:
    """Let the policy hold, as the top management; the one before is replaced."""
    policy.adopted_by, policy.adopted_on = ctx.me, ctx.now.date()


@policy_workflow.step(PolicyState.ADOPTED, to=PolicyState.REPLACED, needs=DIRECT)
def replace(policy: IpPolicy, ctx: Context) -> None:
    """Another policy holds now; done by itself."""
