"""When the transaction is told who writes: before records are written, and before statements."""

from __future__ import annotations

from typing import Any

from sqlalchemy import TextClause, event
from sqlalchemy.orm import ORMExecuteState, Session

from dougong.builtin.audit.acting import TOLD, tell
from dougong.db.naming import CORE
from dougong.db.session.kinds import WriteSession

AUDITED = frozenset(
    (
        *("user", "unit", "membership", "role_assignment", "delegation", "custom_role"),
        *("role_change", "step_setting", "token", "addon", "credential", "second_factor"),
        *("second_factor_role", "identity"),
    )
)
"""The core's own tables that are audited; of add-ons all are."""


@event.listens_for(WriteSession, "before_flush")
def _before_records_are_written(session: Session, *_: Any) -> None:
    tell(session)


@event.listens_for(WriteSession, "do_orm_execute")
def _before_a_statement(state: ORMExecuteState) -> None:
    if not state.is_select and _writes(state.statement):
        tell(state.session)


def _writes(statement: Any) -> bool:
    """Whether a statement may write what is audited."""
    if isinstance(statement, TextClause):
        return not statement.text.lstrip().lower().startswith("select")
    table = getattr(statement, "table", None)
    return table is None or table.schema != CORE or table.name in AUDITED


@event.listens_for(WriteSession, "after_soft_rollback")
def _what_was_told_is_undone(session: Session, *_: Any) -> None:
    session.info.pop(TOLD, None)
