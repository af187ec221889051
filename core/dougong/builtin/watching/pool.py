"""The database's side of watching: statements, those who read and those who write."""

from __future__ import annotations

from contextlib import AbstractContextManager
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event

from dougong.builtin.watching.measures import statements
from dougong.builtin.watching.planned_once import PlanningPool
from dougong.builtin.watching.spans import statement, traces


class WatchedPool(PlanningPool):
    """The read pool; it counts statements, and how long each took, waiting included."""

    async def fetchrow(self, sql: str, *arguments: Any) -> tuple[Any, ...]:
        """The first row of a statement; see ReadPool."""
        began = perf_counter()
        try:
            if not traces():
                return await super().fetchrow(sql, *arguments)
            with statement(sql):
                return await super().fetchrow(sql, *arguments)
        finally:
            statements[("read",)].took(perf_counter() - began)

    @property
    def places(self) -> dict[str, int]:
        """How many connections there may be, are open, are in use; how many statements wait."""
        return {
            "most": self._size,
            "open": self._open,
            "used": self._open - len(self._free),
            "waiting": len(self._waiting),
        }


def watch_writes(engine: Engine) -> None:
    """Count an engine's statements."""
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    event.listen(engine, "handle_error", _failed)


def _begin(
    _connection: Any, _cursor: Any, sql: str, _parameters: Any, context: Any, _many: bool
) -> None:
    around: AbstractContextManager[Any] | None = None
    if traces():
        around = statement(sql)
        around.__enter__()
    if context is not None:
        context.dougong_began = (perf_counter(), around)


def _end(
    _connection: Any, _cursor: Any, _sql: str, _parameters: Any, context: Any, _many: bool
) -> None:
    began, around = context.dougong_began if context is not None else (perf_counter(), None)
    statements[("write",)].took(perf_counter() - began)
    if around is not None:
        around.__exit__(None, None, None)


def _failed(failure: Any) -> None:
    """A statement that the database refused."""
    known = getattr(failure.execution_context, "dougong_began", None)
    if known is None:
        return
    del failure.execution_context.dougong_began
    began, around = known
    statements[("write",)].took(perf_counter() - began)
    if around is not None:
        problem = failure.original_exception
        around.__exit__(type(problem), problem, problem.__traceback__)
