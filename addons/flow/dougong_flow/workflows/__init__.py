"""How deadlines, clocks, versions of definitions and checklists move."""

from dougong_flow.workflows.checklists import (
    cancel,
    checklist_workflow,
    complete,
    finish,
    make_ready,
    pass_over,
    skip,
    step_workflow,
)
from dougong_flow.workflows.clocks import clock_workflow, pause, resume, stop
from dougong_flow.workflows.deadlines import deadline_workflow, meet, waive
from dougong_flow.workflows.versions import (
    approve,
    continue_trial,
    make_effective,
    retire,
    send_back,
    start_trial,
    submit,
    supersede,
    version_workflow,
)

__all__ = [
    "approve",
    "cancel",
    "checklist_workflow",
    "clock_workflow",
    "complete",
    "continue_trial",
    "deadline_workflow",
    "finish",
    "make_effective",
    "make_ready",
    "meet",
    "pass_over",
    "pause",
    "resume",
    "retire",
    "send_back",
    "skip",
    "start_trial",
    "step_workflow",
    "stop",
    "submit",
    "supersede",
    "version_workflow",
    "waive",
]
