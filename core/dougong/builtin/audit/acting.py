"""Who writes: the transaction is told before its statements, so that the audit can name them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.orm import Session

from dougong.builtin.watching.noted import noted
from dougong.db.naming import CORE

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.access.principal import Principal

TELL = text("select set_config('dougong.by', :by, true)")
TOLD = "told who acts"
Doing = tuple[str, str | None]
"""An add-on, and by which verb it writes."""
BY_CORE: Doing = (CORE, None)


def first_said(session: Session, who: Principal, doing: Doing) -> str:
    """Who acts as entries keep it, where a transaction begins; it is told with other settings."""
    session.info[TOLD] = now = (who, doing, None)
    return _said(*now)


def _said(who: Principal, doing: Doing, elevation: str | None) -> str:
    said = {
        "user": who.user_id,
        "label": who.label,
        "addon": doing[0],
        "verb": doing[1],
        "elevation": elevation,
        "request": noted().id or None,
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
