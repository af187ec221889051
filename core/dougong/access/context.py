"""Context: who is asking, what is installed, and the transaction that they ask in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy import inspect as object_state
from sqlalchemy.orm import Session

from dougong.access.acting_code import ActingCode
from dougong.access.principal import Principal
from dougong.builtin.jobs.queue import enqueue
from dougong.builtin.siblings import let_go_of_rows
from dougong.entity.base import Entity
from dougong.entity.model import key_of
from dougong.errors import Refused, SetupError

if TYPE_CHECKING:
    from dougong.builtin.jobs.job import Job
    from dougong.builtin.workflows.settings import Settings
    from dougong.generation import Generation

E = TypeVar("E", bound=Entity)


class Context(ActingCode):
    """What every verb and reaction is given.

    `now` is the only clock: the moment at which the transaction began, with time zone.
    Inside a verb's rule or a reaction the code acts as its add-on (`acting`): it reads its own
    records and those of the add-ons it needs, and writes its own and what its manifest's `may=`
    names; while it answers a query (`asks`) it reads only what the asker may see.
    Outside (`acting` is the core) the core's own code checks the asker's rights.
    """

    def __init__(
        self,
        generation: Generation,
        session: Session,
        principal: Principal,
        now: datetime | None = None,
    ) -> None:
        super().__init__(generation, session, principal, now)
        self.seen: dict[tuple[type[Entity], int], Entity] = {}
        """Records that the asker named and may see."""
        self.found: Any = None
        """What the verb's `first` brought from before the transaction."""
        self.step_settings: Settings | None = None
        """What the organisation has set for steps, once that has been read."""
        self.locked: set[tuple[type[Entity], int]] = set()
        """Records that nobody else can lock before the transaction ends."""
        self._moving: set[int] = set()
        self._counted: set[tuple[type[Entity], int]] = set()
        self.only_reads = bool(session.info.get("only_reads"))
        """Whether nothing can be written or locked: somebody only looks what would be possible."""
        self._store: Callable[[], None] = lambda: None
        session.info["context"] = self

    # Records -------------------------------------------------------------------------------

    def get(self, entity: type[E], record_id: int) -> E:
        """One record by its number; raises Refused (`not_found`) when there is none."""
        found = self.session.scalar(select(entity).where(entity.id == record_id))
        if found is None:
            raise Refused("not_found", id=f"{entity.__name__}:{record_id}")
        return found

    def find(self, entity: type[E], *where: ColumnElement[bool]) -> list[E]:
        """All records for which the conditions hold, oldest first."""
        return list(self.session.scalars(select(entity).where(*where).order_by(entity.id)))

    def create(self, record: E) -> E:
        """Add a record by its create verb, so that others can react; returns it stored."""
        return type(record).create(record, self)

    def create_all(self, records: Sequence[E]) -> Sequence[E]:
        """Add records of one entity by its create verb, all together; returns them stored."""
        from dougong.verbs.together import create_all

        if records:
            create_all(type(records[0]), records, self)
        return records

    def delete(self, record: Entity) -> None:
        """Remove a record by its delete verb."""
        type(record).delete(record, self)

    def later(self, job: Job, /, *, at: datetime | None = None, **form: Any) -> int:
        """Have a job done once this transaction is committed, or at a moment; the job's number.

        Where the transaction is rolled back nothing was asked for. Raises SetupError for a form
        that does not fit the job, for a moment without time zone, and in code that only reads.
        """
        if self.only_reads or (at is not None and at.tzinfo is None):
            wrong = "cannot ask for a job: it only reads" if self.only_reads else "names no zone"
            raise SetupError(
                f"The code of {self.acting} that asks for {job.key} {wrong}.",
                fix="ask in a verb or a reaction, for ctx.now + timedelta(…).",
            )
        kept = job.kept(form)
        self.session.flush()
        with self._as_core():
            return enqueue(self.session, job.addon, job.name, kept, at)

    def lock(self, *records: Entity) -> None:
        """Lock records until the transaction ends, in (entity, number) order, and read them anew.

        What a rule relies on must be locked before it is looked at. A guard that is asked of a
        page of records, before anybody tries, locks nothing.
        """
        if self.only_reads:
            return
        parents = [parent for parent in map(self._parent, records) if parent is not None]
        if parents:
            self.lock(*parents)
        stored = [record for record in records if object_state(record).persistent]
        wanted = {(type(record), record.id) for record in stored} - self.locked
        for entity in sorted({entity for entity, _ in wanted}, key=key_of):
            self.session.flush()
            numbers = {number for other, number in wanted if other is entity}
            found = self.hold(entity, entity.id.in_(numbers))
            for number in sorted(numbers - {record.id for record in found}):
                raise Refused("not_found", id=f"{entity.__name__}:{number}")

    def hold(self, entity: type[E], *where: ColumnElement[bool]) -> list[E]:
        """Lock all records for which the conditions hold, in the order of their numbers."""
        statement = select(entity).where(*where).order_by(entity.id)
        if not self.only_reads:
            statement = statement.with_for_update(of=entity.__table__)
            statement = statement.execution_options(populate_existing=True)
        records = list(self.session.scalars(statement))
        if not self.only_reads:
            let_go_of_rows(records, self.session)
        self.locked.update((entity, record.id) for record in records)
        return records

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What follows is undone by itself where it raises; the transaction goes on."""
        before = set(self.locked), set(self._counted)
        try:
            with self.session.begin_nested():
                yield
        except BaseException:
            self.locked, self._counted = before
            raise

    @contextmanager
    def storing_together(self, store: Callable[[], None]) -> Iterator[None]:
        """Have `store` called at the end, and before as soon as somebody may look for records."""
        before, self._store = self._store, store
        try:
            yield
            store()
        finally:
            self._store = before

    def store(self) -> None:
        """Store what waits for being stored together."""
        self._store()

    def _parent(self, record: Entity) -> Entity | None:
        """Everybody locks a parent before its children, whose changes raise its version."""
        owned = self.generation.owned.get(type(record))
        above = owned.link.name if owned else type(record).__held_by__
        return getattr(record, above) if above else None

    # States ----------------------------------------------------------------------------------

    @contextmanager
    def moving(self, record: Entity) -> Iterator[None]:
        """Let a step write the record's state; nothing else may."""
        self._moving.add(id(record))
        try:
            yield
        finally:
            self._moving.discard(id(record))

    def is_moving(self, record: Entity) -> bool:
        """Whether a step is writing this record's state now."""
        return id(record) in self._moving

    def first_change(self, record: Entity) -> bool:
        """Whether this transaction changes the record for the first time; its version rises once."""
        key = (type(record), record.id)
        first = key not in self._counted
        self._counted.add(key)
        return first
