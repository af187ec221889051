"""Saved reports in the API: who sees and keeps them, what they may ask, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import aliased

from dougong.access.context import Context
from dougong.access.permissions import (
    SIGNED_IN,
    Operation,
    Role,
    all_rows,
    change,
    own,
    read,
    rows_where,
)
from dougong.access.reach import BoundMe, role_holder
from dougong.access.roles import ADMINISTRATOR
from dougong.access.users import User
from dougong.builtin.organisation.entities import CustomRole, Delegation
from dougong.builtin.saved_reports.entities import SavedReport
from dougong.builtin.saved_reports.question import LONGEST, Question
from dougong.entity.fields import Money
from dougong.errors import Forbidden, Invalid, Refused
from dougong.verbs.computed import computed
from dougong.verbs.query import query
from dougong.workflow.reactions import before

ASKED = {"entity", "where", "group_by", "measures", "order_by", "first"}


def shared(report: Any, me: Any) -> ColumnElement[bool]:
    """Whether a report is shared with everybody, or with a role that the asker holds or stands in for."""
    mine = select(role_holder.c.role).where(role_holder.c.user_id == me.id)
    delegator = aliased(User)
    theirs = (
        select(role_holder.c.role)
        .join(Delegation, Delegation.__table__.c.delegator_id == role_holder.c.user_id)
        .join(delegator, delegator.id == role_holder.c.user_id)
        .where(
            Delegation.__table__.c.delegate_id == me.id,
            delegator.active,
            role_holder.c.role != ADMINISTRATOR.name,  # it is not handed on
            func.current_date().between(Delegation.since, Delegation.until),
            or_(Delegation.role.is_(None), Delegation.role == role_holder.c.role),
        )
    )
    return or_(
        report.shared_with_all,
        report.shared_with_role.in_(mine),
        report.shared_with_role.in_(theirs),
    )


REPORTER = Role(
    "dougong.reporter",
    "Everybody who has signed in saves reports of their own, and shares them.",
    grants=change(SavedReport),
    rows=[own(SavedReport.owner)],
    implied=True,
)
REPORT_READER = Role(
    "dougong.report_reader",
    "Everybody who has signed in sees the reports that are shared with them.",
    grants=[read(SavedReport)],
    rows=[rows_where(SavedReport, shared, "shared")],
    implied=True,
)
REPORT_KEEPER = Role(
    "dougong.report_keeper",
    "Sees, changes and deletes everybody's saved reports.",
    grants=change(SavedReport),
    rows=[all_rows(SavedReport)],
)


@before(SavedReport.create)
def save_what_can_be_asked(report: SavedReport, ctx: Context) -> None:
    """It belongs to whoever saves it, and asks what the API answers."""
    report.owner = report.owner or ctx.me
    _check_owner(report.owner, Operation.CREATE, ctx)
    _check_name(report.name)
    Question.of(report).checked(ctx)
    _check_role(report.shared_with_role, ctx)


@before(SavedReport.update, form=True)
def keep_what_can_be_asked(report: SavedReport, ctx: Context, **form: Any) -> None:
    """A changed question is one that the API answers; a name can be changed whatever is installed."""
    if form.get("owner", report.owner) is not report.owner:
        _check_owner(form["owner"], Operation.UPDATE, ctx)
    if "name" in form:
        _check_name(form["name"])
    if any(form[name] != getattr(report, name) for name in ASKED & form.keys()):
        Question.of(report, **form).checked(ctx)
    if form.get("shared_with_role") != report.shared_with_role:
        _check_role(form.get("shared_with_role"), ctx)


def _check_owner(owner: User | None, operation: Operation, ctx: Context) -> None:
    """Raise Forbidden unless it is one's own, before a name that is taken tells of another's report."""
    me = BoundMe(ctx.principal.user_id)
    access = ctx.generation.access
    rule = access.predicate(ctx.principal, operation, SavedReport, SavedReport, me)
    if owner is not ctx.me and not rule.compare(true()):
        raise Forbidden("outside_rows", operation=str(operation), entity=SavedReport.__name__)


def _check_name(name: str) -> None:
    if not name.strip():
        raise Invalid("report_without_name", at="name")


def _check_role(name: str | None, ctx: Context) -> None:
    """Raise Invalid unless it is a role that some hold and others do not."""
    if name is None:
        return
    shipped = ctx.generation.access.roles.get(name)
    made = select(CustomRole.id).where(CustomRole.name == name)
    if shipped is None and ctx.session.scalar(made) is None:
        raise Invalid("no_such_role", at="shared_with_role", role=name[:LONGEST])
    if shipped is not None and shipped.implied:
        raise Invalid("role_of_everybody", at="shared_with_role", role=name)


@strawberry.type
class SavedReportCell:
    """What one group has in common in one respect, or one thing that was found out about it."""

    column: str
    """The field that was grouped by, or the name of the measure."""
    text: str | None
    """The value as the API writes it: a number, a day, a choice; of a record what people call it."""
    record: strawberry.ID | None
    """The id of the record, where it is one."""
    amounts: list[Money]
    """Where it is money: one amount for each currency."""


@strawberry.type
class SavedReportRow:
    """A group of records."""

    count: int
    """How many records there are in it."""
    cells: list[SavedReportCell]
    """What it has in common, and then what was found out, in the order of the columns."""


@strawberry.type
class SavedReportResult:
    """What a saved report says now, to whoever asked."""

    report: SavedReport | None
    """The report."""
    asked_at: datetime
    """When that was."""
    columns: list[str]
    """What each row tells besides its count: the fields that are grouped by, then the measures."""
    rows: list[SavedReportRow]
    """The groups, in their order."""


@query(needs=SIGNED_IN)
def saved_report_result(ctx: Context, *, report: SavedReport) -> SavedReportResult:
    """Ask a saved report again: it counts what you may see, whoever saved it.

    Raises Invalid (`no_such_entity`, `entity_is_away`, `report_does_not_fit`) where it does not fit
    what is installed now, or asks what you may not know.

    report: The report.
    """
    question = Question.of(report)
    groups, keys, measures = question.answered(ctx), question.keys, question.measures
    rows = [
        SavedReportRow(
            count=group["count"],
            cells=[
                *(_cell(name, group[name]) for name in keys),
                *(_cell(name, group["values"][name]) for name in measures),
            ],
        )
        for group in groups
    ]
    return SavedReportResult(report=report, asked_at=ctx.now, columns=[*keys, *measures], rows=rows)


def _cell(column: str, value: Any) -> SavedReportCell:
    """A value of the API's JSON: of money a list of amounts, of a record its id and another text."""
    if isinstance(value, dict) and "id" in value:
        text = next((one for name, one in value.items() if name != "id"), None)
        return SavedReportCell(column=column, text=text, record=value["id"], amounts=[])
    some = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
    amounts = [Money(Decimal(one["amount"]), one["currency"]) for one in some]
    return SavedReportCell(column=column, text=_text(value), record=None, amounts=amounts)


def _text(value: Any) -> str | None:
    match value:
        case None | dict() | list():
            return None
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


@computed(SavedReport.id)
def misfit(rows: Sequence[tuple[int]], ctx: Context) -> Sequence[str | None]:
    """Why you cannot ask it now, in a sentence: an add-on is away, or you may not; null where you can."""
    numbers = [number for (number,) in rows]
    known = {one.id: one for one in ctx.find(SavedReport, SavedReport.id.in_(numbers))}
    return [_misfit(known.get(number), ctx) for number in numbers]


def _misfit(report: SavedReport | None, ctx: Context) -> str | None:
    if report is None:
        return None
    try:
        Question.of(report).checked(ctx)
    except Refused as wrong:
        return ctx.generation.sentence(wrong, ctx.principal.language)
    return None
