"""How deadlines, clocks and versions of definitions move."""

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
    "clock_workflow",
    "continue_trial",
    "deadline_workflow",
    "make_effective",
    "meet",
    "pause",
    "resume",
    "retire",
    "send_back",
    "start_trial",
    "stop",
    "submit",
    "supersede",
    "version_workflow",
    "waive",
]
