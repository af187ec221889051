"""What is done with calendars, deadlines, clocks, definitions and approvals beyond their steps."""

from dougong_flow.actions.approvals import (
    add_signer,
    claim,
    delegate_task,
    open_approval,
    override_separation,
    release,
    request_approval,
    send_copy,
    urge,
)
from dougong_flow.actions.definitions import carry_out, copy_definition
from dougong_flow.actions.migration import migrate_checklist
from dougong_flow.actions.rounds import (
    begin_step,
    interrupt_step,
    override_duties,
    rate_step,
    redo_what_follows,
    take_up_step,
)
from dougong_flow.actions.time_and_checklists import (
    apply_calendar,
    assign,
    bring_calendars,
    bring_definitions,
    escalate_clocks,
    execute_control,
    override_deadline,
    return_to_rule,
    revise,
    start_checklist,
    start_clock,
)

__all__ = [
    "add_signer",
    "apply_calendar",
    "assign",
    "begin_step",
    "bring_calendars",
    "bring_definitions",
    "carry_out",
    "claim",
    "copy_definition",
    "delegate_task",
    "escalate_clocks",
    "execute_control",
    "interrupt_step",
    "migrate_checklist",
    "open_approval",
    "override_deadline",
    "override_duties",
    "override_separation",
    "rate_step",
    "redo_what_follows",
    "release",
    "request_approval",
    "return_to_rule",
    "revise",
    "send_copy",
    "start_checklist",
    "start_clock",
    "take_up_step",
    "urge",
]
