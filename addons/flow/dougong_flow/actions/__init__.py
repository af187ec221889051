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
    "bring_calendars",
    "bring_definitions",
    "claim",
    "delegate_task",
    "escalate_clocks",
    "execute_control",
    "open_approval",
    "override_deadline",
    "override_separation",
    "release",
    "request_approval",
    "return_to_rule",
    "revise",
    "send_copy",
    "start_checklist",
    "start_clock",
    "urge",
]
