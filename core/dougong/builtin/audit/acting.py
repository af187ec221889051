"""Who writes: the transaction is told before its statements, so that the audit can name them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import TextClause, event, text
from sqlalchemy.orm import ORMExecuteState, Session

from dougong.db.naming import CORE
from dougong.db.session.kinds import WriteSession

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.access.principal import Principal

TELL = text("select set_config('dougong.by', :by, true)")
AUDITED = frozenset(
    (
        *("user", "unit", "membership", "role_assignment", "delegation", "custom_role"),
        *("role_change", "step_setting", "token", "addon", "credential", "second_factor"),
        *("second_factor_role", "identity"),
    )
)
"""The core's own tables that are audited; of add-ons all are."""
TOLD = "told who acts"


def first_said(session: Session, who: Principal) -> str:
    """Who acts as entries keep it, where a transaction begins; it is told with other settings."""
    session.info[TOLD] = now = (who, (CORE, None), None)
    return _said(*now)


def _said(who: Principal, doing: tuple[str, str | None], elevation: str | None) -> str:
    said = {
        "user": who.user_id,
        "label": who.label,
        "addon": doing[0],
        "verb": doing[1],
        "elevation": elevation,
    }
    return json.dumps({name: value for name, value in said.items() if value is not None})


def tell(session: Session) -> None:
    """Say who acts, unless the transaction has been told already.

    To be called by who writes past the session: by COPY, for example.
    """
    context: Context | None = session.info.get("context")
    if context is None:
        return
    now = (context.principal, context.doing, context.elevation)
    if session.info.get(TOLD) != now:
        session.info[TOLD] = now
        Session.connection(session).execute(TELL, {"by": _said(*now)})


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
