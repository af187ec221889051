"""What people may do with time and with definitions, beyond reading and writing the records."""

from dougong import Permission

KEEP_CALENDARS = Permission(
    "flow.keep_calendars", "Bring in calendars, and let a change of one count."
)
SET_DEADLINES = Permission("flow.set_deadlines", "Override deadlines, meet them and waive them.")
RUN_CLOCKS = Permission("flow.run_clocks", "Start service clocks, pause them and stop them.")
ESCALATE = Permission("flow.escalate", "Raise the alarms of all service clocks that are due.")
AUDIT_CLOCKS = Permission("flow.audit_clocks", "See which alarms and deadlines are due.")
DESIGN = Permission("flow.design", "Draft versions of definitions and hand them in for review.")
REVIEW = Permission("flow.review", "Approve what others have drafted, or send it back.")
RELEASE = Permission(
    "flow.release", "Decide which version is tried out, holds, or holds no longer."
)
PERFORM = Permission("flow.perform", "Start checklists, and do the steps that are assigned to one.")
APPROVE = Permission("flow.approve", "Decide what one is asked to approve.")
OVERRIDE = Permission(
    "flow.override",
    "Let somebody decide, or do a step, whose duties should be separate, saying why; it is logged as a deviation.",
)
RAISE_ISSUES = Permission(
    "flow.raise_issues", "Raise issues at steps that one sees, and say who sees to them."
)
INVITE = Permission(
    "flow.invite", "Let a partner outside do a step by a link, and take the link back."
)
MIGRATE = Permission(
    "flow.migrate", "Move running checklists to another version of their definition, saying why."
)
PROPOSE = Permission(
    "flow.propose", "Propose a definition, as a draft for designers to go on with."
)
