"""The portions of a large import, done one after the other or side by side.

Each portion is one transaction: its records, its events and the word that it is done are written
together, so whoever goes on after a kill neither leaves one out nor does one twice. Where all or
nothing is asked for, every portion is first done and undone again; only when none is refused are
they written, and if one is refused even then, those before it are removed by their delete verbs.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
from sqlalchemy import Row, func, select, text, update

from dougong.access.context import Context
from dougong.access.lookup import ABOUT, principal_of
from dougong.builtin.import_export.bringing import Bringing, Brought
from dougong.builtin.import_export.mapping import Columns, Taken
from dougong.builtin.import_export.run import log_run
from dougong.builtin.import_export.staging import Plan, lines_of, those_of
from dougong.builtin.import_export.tables import (
    CALLED_OFF,
    GOES_ON,
    ImportState,
    PortionState,
    import_portion,
    import_run,
)
from dougong.builtin.import_export.undoing import take_out
from dougong.errors import DougongError, Forbidden, Refused

SHARED = (ImportState.CHECKING, ImportState.WRITING)
"""Where portions may be done side by side; they are taken out again one after the other."""
MOST_BAD = 10_000
"""So many rows that cannot be taken end an import: the file is not what it should be."""


class _Undone(Exception):
    """Ends a portion of which nothing is to be kept."""


class _NoneFree(Exception):
    """Ends the search for a portion that nobody else has under way."""


def advance(ctx: Context, run: int) -> bool:
    """Do the next portion of an import, in the context's transaction; whether there is more to do.

    Whoever's transaction it is: the rights are those of who has begun the import, as they are now.
    """
    with ctx.as_core():
        found = ctx.session.execute(select(import_run).where(import_run.c.id == run)).one_or_none()
    if found is None:
        return False
    if found.how.get("side_by_side") and found.state in SHARED:
        with suppress(_NoneFree), ctx.attempt():  # what is locked in vain is let go again
            return _advance(ctx, run, shared=True)
    return _advance(ctx, run)


def _advance(ctx: Context, run: int, *, shared: bool = False) -> bool:
    """Do the next portion: the only one under way, or one of several."""
    with ctx.as_core():
        locked = select(import_run).where(import_run.c.id == run).with_for_update(read=shared)
        found = ctx.session.execute(locked).one()
    if found.state not in GOES_ON:
        return False
    if shared and found.state not in SHARED:
        raise _NoneFree
    try:
        with ctx.attempt():
            return _Run(ctx, found, shared=shared).advance()
    except DougongError as problem:
        said = ctx.generation.sentence(problem) if isinstance(problem, Refused) else str(problem)
        whole = not (found.how["skip_bad"] or found.how["dry_run"])
        if found.state == ImportState.WRITING and whole:  # what is in is taken out again
            undone = update(import_run).where(import_run.c.id == run)
            with ctx.as_core():
                ctx.session.execute(undone.values(state=ImportState.UNDOING, said=said))
            return True
        _end(ctx, run, ImportState.FAILED, said)
        return False


def _end(ctx: Context, run: int, state: ImportState, said: str | None = None) -> None:
    ended = update(import_run).where(import_run.c.id == run)
    with ctx.as_core():
        ctx.session.execute(ended.values(state=state, said=said, ended_at=func.now()))
        if state is ImportState.DONE:  # what is kept of bad rows is theirs alone
            gone = update(import_portion).where(import_portion.c.run == run)
            ctx.session.execute(gone.values(lines=None))


class _Run:
    """One import, in the transaction of one of its portions."""

    def __init__(self, ctx: Context, run: Row[Any], *, shared: bool = False) -> None:
        """`shared`: others may have portions of it under way at the same time."""
        self._shared = shared
        self._plan = msgspec.convert(run.how, Plan)
        self._run = run
        self._outer = ctx
        self._entity = ctx.generation.entity_named(run.entity)

    def _asker(self) -> Context:
        """The context of who has begun it; raises Forbidden where that one is gone."""
        about = text(f'select {ABOUT} from dougong."user" u where u.id = :id and u.active')
        with self._outer.as_core():
            said = self._outer.session.scalar(about, {"id": self._run.user_id})
        who = principal_of(said)
        if who is None:
            raise Forbidden("not_signed_in")
        return Context(self._outer.generation, self._outer.session, who, self._outer.now)

    def advance(self) -> bool:
        """Do the next portion; whether there is more to do."""
        state = ImportState(self._run.state)
        if state is ImportState.UNDOING:
            return self._undo()
        waits = PortionState.WAITING
        if state is ImportState.WRITING and not self._plan.skip_bad:
            waits = PortionState.CHECKED
        portion = self._next(waits)
        if portion is None and self._shared:
            raise _NoneFree
        if portion is None:
            return self._over(state)
        if state is ImportState.WRITING:  # what a crash of the server loses is simply done again
            self._outer.session.execute(text("set local synchronous_commit = off"))
        before = self._outer.session.info["context"]
        try:
            brought = self._bring(self._asker(), portion, keep=state is ImportState.WRITING)
        finally:
            self._outer.session.info["context"] = before
        return self._note(state, portion, brought)

    def _next(self, state: PortionState, *, last: bool = False) -> Row[Any] | None:
        number = import_portion.c.number
        found = select(import_portion).where(
            import_portion.c.run == self._run.id, import_portion.c.state == state
        )
        with self._outer.as_core():
            ordered = found.order_by(number.desc() if last else number).limit(1)
            if self._shared:
                ordered = ordered.with_for_update(skip_locked=True)
            return self._outer.session.execute(ordered).one_or_none()

    def _bring(self, ctx: Context, portion: Row[Any], *, keep: bool) -> Brought:
        plan = self._plan
        taken = Taken(ctx.generation, self._entity, plan.history, plan.update)
        columns = Columns.of_kept(plan.columns)
        lines = lines_of(portion)
        numbers = {line: n for (line, _), n in zip(lines.rows, lines.numbers, strict=False)}
        brought = Brought()
        with suppress(_Undone), ctx.attempt():
            bringing = Bringing(ctx, taken, columns, plan.header, plan.then, numbers)
            brought = bringing.rows(lines.rows)
            if not keep or (brought.problems and not plan.skip_bad):
                ctx.session.execute(text("set constraints all immediate"))
                raise _Undone
        return brought

    def _note(self, state: ImportState, portion: Row[Any], brought: Brought) -> bool:
        """Write down what came of a portion, together with it."""
        writes = state is ImportState.WRITING
        refused = writes and brought.problems and not self._plan.skip_bad
        done = PortionState.DONE if writes and not refused else PortionState.CHECKED
        problems = [one.kept() for one in brought.problems]
        self._save(
            portion.number,
            state=done,
            records=brought.created if done is PortionState.DONE else None,
            updated=brought.updated,
            skipped=brought.skipped,
            bad=len(brought.bad),
            problems=problems or None,
            refused=those_of(portion, brought.bad) if brought.bad else None,
        )
        if refused:
            self._become(ImportState.UNDOING, problems[0]["message"])
        elif brought.bad and self._bad() > MOST_BAD:
            return self._over(state)
        return True

    def _save(self, number: int, **values: Any) -> None:
        which = (import_portion.c.run == self._run.id) & (import_portion.c.number == number)
        with self._outer.as_core():
            self._outer.session.execute(update(import_portion).where(which).values(**values))

    def _become(self, state: ImportState, said: str | None = None) -> None:
        with self._outer.as_core():
            this = update(import_run).where(import_run.c.id == self._run.id)
            self._outer.session.execute(this.values(state=state, said=said))

    def _bad(self) -> int:
        return int(self._sums().bad)

    def _sums(self) -> Row[Any]:
        with self._outer.as_core():
            return self._outer.session.execute(_SUMS, {"run": self._run.id}).one()

    def _over(self, state: ImportState) -> bool:
        """All portions have been looked at; whether there is more to do."""
        if self._shared:  # what others have under way counts too
            with self._outer.as_core():
                mine = select(import_run.c.id).where(import_run.c.id == self._run.id)
                self._outer.session.execute(mine.with_for_update())
        sums, plan = self._sums(), self._plan
        if state is ImportState.CHECKING:
            if sums.bad or plan.dry_run:
                ended = ImportState.REFUSED if sums.bad else ImportState.CANCELLED
                _end(self._outer, self._run.id, ended, None)
                return False
            self._become(ImportState.WRITING)
            return True
        _end(self._outer, self._run.id, ImportState.DONE)
        before = self._outer.session.info["context"]
        ctx = self._asker()
        log_run(
            ctx,
            self._entity,
            self._run.file,
            self._run.sha256,
            sums.created,
            sums.updated,
            plan.history,
        )
        self._outer.session.info["context"] = before
        return False

    def _undo(self) -> bool:
        """Take out what the last portion that is left has brought in; whether there is more."""
        portion = self._next(PortionState.DONE, last=True)
        if portion is None:
            stopped = self._run.said == CALLED_OFF
            ended = ImportState.CANCELLED if stopped else ImportState.REFUSED
            _end(self._outer, self._run.id, ended, self._run.said)
            return False
        take_out(self._outer, self._entity, portion.records or [])
        self._save(portion.number, state=PortionState.UNDONE)
        return True


_SUMS = text(
    "select coalesce(sum(bad), 0) as bad, coalesce(sum(updated), 0) as updated, "
    "coalesce(sum(cardinality(records)), 0) as created, coalesce(sum(skipped), 0) as skipped, "
    "coalesce(sum(count) filter (where state = 'DONE'), 0) as done, "
    "coalesce(sum(count) filter (where state <> 'WAITING'), 0) as seen "
    "from dougong.import_portion where run = :run"
)
