"""What is done with reminders."""

from dougong import Context, action
from dougong_ip_compliance.entities import ComplianceReminder
from dougong_ip_compliance.permissions import KEEP_ASSETS


@action(needs=KEEP_ASSETS)
def settle_reminder(reminder: ComplianceReminder, ctx: Context) -> ComplianceReminder:
    """Say that what somebody was reminded of is seen to."""
    reminder.settled_at, reminder.settled_by = ctx.now, ctx.me
    return reminder
