"""For how long the system has been in operation (S4-112): since when it counts, until when at least."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import select

from dougong import Context, Refused
from dougong_flow import add_months
from dougong_ip_compliance.entities import ComplianceProgram, IssueOrder


def began(orders: Iterable[tuple[date, str]], restarts: bool) -> date | None:
    """Since when operation counts, of the days and scopes of orders by their age; None without any.

    What is issued anew does not begin it anew, unless it is for another scope and that `restarts` it.
    """
    first: date | None = None
    before: str | None = None
    for issued_on, scope in orders:
        if first is None or (restarts and scope != before):
            first = issued_on
        before = scope
    return first


def began_for(program: ComplianceProgram, ctx: Context) -> date | None:
    """Since when the operation of a programme's system counts."""
    columns = select(IssueOrder.issued_on, IssueOrder.scope)
    orders = columns.where(IssueOrder.program == program).order_by(IssueOrder.id)
    rows = ctx.session.execute(orders)
    return began(((one.issued_on, one.scope) for one in rows), program.scope_restarts)


def too_short(program: ComplianceProgram, ctx: Context) -> Iterator[Refused]:
    """Why nobody can apply today: the months of operation are not over."""
    first = began_for(program, ctx)
    if first is None:
        yield Refused("nothing_issued")
    elif program.scope_restarts and program.scope != _last_scope(program, ctx):
        yield Refused("scope_not_issued")
    elif ctx.now.date() < (last := add_months(first, program.run_months)):
        yield Refused("run_period", months=program.run_months, first=first, until=last)


def _last_scope(program: ComplianceProgram, ctx: Context) -> str | None:
    """For which scope documents were last issued."""
    last = select(IssueOrder.scope).where(IssueOrder.program == program)
    return ctx.session.scalar(last.order_by(IssueOrder.id.desc()).limit(1))
