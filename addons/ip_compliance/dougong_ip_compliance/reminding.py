"""Raising reminders: each once, however often a job finds the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from dougong import Context, User
from dougong_ip_compliance.entities import ComplianceReminder, ReminderKind

Due = tuple[str, str, date, User | None]
"""The key that no other reminder has, what it is about, by when, and whose it is."""


def remind(kind: ReminderKind, due: Iterable[Due], ctx: Context) -> int:
    """Raise what was not raised yet; how many that were."""
    wanted = {one[0]: one for one in due}
    known = ctx.find(ComplianceReminder, ComplianceReminder.key.in_(wanted))
    new = wanted.keys() - {one.key for one in known}
    for key, about, on, whose in (wanted[one] for one in sorted(new)):
        ctx.create(
            ComplianceReminder(
                key=key, kind=kind, about=about, due_on=on, assignee=whose, raised_at=ctx.now
            )
        )
    return len(new)
