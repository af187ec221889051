"""What the code of an add-on may read and write, whoever asks, and how it says that it needs more."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.orm import Session

from dougong.access.asker import Asker
from dougong.access.permissions import Grant, Operation
from dougong.access.principal import Principal
from dougong.addons.manifest import Run
from dougong.builtin.audit.elevating import log_elevation
from dougong.db.naming import CORE, host_of
from dougong.entity.base import Entity
from dougong.errors import Forbidden, Refused, SetupError

if TYPE_CHECKING:
    from dougong.access.permissions import Permission
    from dougong.generation import Generation
    from dougong.verbs.verb import Verb

E = TypeVar("E", bound=Entity)


def caller() -> str:
    """The module whose code called the function that asks."""
    name: str = sys._getframe(2).f_globals.get("__name__", "")
    return name


class ActingCode(Asker):
    """The code that runs now (`acting`), and its rights.

    What is kept: statements through the session find what the code may read and change what it
    may write, whichever way they are spelled; SQL by hand, the connection and the database are to
    be had only in `elevated`, and `as_core` and `acting_as` only by the core. What is not kept:
    Python hides nothing, so code that sets our attributes, looks for a connection in SQLAlchemy's
    private parts, brings its own driver, or reads a record of others' that is handed to it or
    loaded already, is not stopped. `dougong doctor` names what can be seen of it; install only
    add-ons that you would also give the database's password.
    """

    def __init__(
        self,
        generation: Generation,
        session: Session,
        principal: Principal,
        now: datetime | None = None,
    ) -> None:
        super().__init__(generation, session, principal, now)
        self.acting = CORE
        self.doing: tuple[str, str | None] = (CORE, None)
        """The add-on whose code runs and the verb that it belongs to: for the audit."""
        self.elevation: str | None = None
        self.asks = False
        self._elevated: frozenset[type[Entity]] = frozenset()
        self._borrowed: list[Entity] = []

    def acting_as(self, addon: str, verb: str | None = None) -> AbstractContextManager[None]:
        """Run what follows with the rights of an add-on; what it wrote is checked at the end.

        Raises SetupError for the code of an add-on.
        """
        self._check_core("acting_as", caller())
        return self._acting_as(addon, verb)

    @contextmanager
    def _acting_as(self, addon: str, verb: str | None = None) -> Iterator[None]:
        before, doing = (self.acting, self.doing), (addon, verb or self.doing[1])
        if (addon, doing) == before:  # what is written before, within and after is the same's
            yield
            return
        self.session.flush()
        self.acting, self.doing = addon, doing
        try:
            yield
            self.session.flush()
        except Refused as refusal:
            raise refusal.said_by(addon) from None
        finally:
            self.acting, self.doing = before

    def as_core(self) -> AbstractContextManager[None]:
        """Run statements of the core's own in between.

        Raises SetupError for the code of an add-on.
        """
        self._check_core("as_core", caller())
        return self._as_core()

    def _check_core(self, word: str, module: str) -> None:
        if self.acting != CORE and not module.startswith("dougong."):
            raise SetupError(
                f"The code of {self.acting} calls ctx.{word}, which is the core's alone.",
                fix='write `with ctx.elevated(Order, reason="…"):` for what it must read.',
            )

    @contextmanager
    def _as_core(self) -> Iterator[None]:
        before, self.acting = self.acting, CORE
        try:
            yield
        finally:
            self.acting = before

    @contextmanager
    def elevated(self, *entities: type[Entity], reason: str) -> Iterator[Session]:
        """Read entities that the add-on may not read otherwise, or write SQL by hand, for a reason.

        `entities` are those that are read, by records or by SQL. Records of others' that are
        loaded in the block are of no use after it. The event log keeps who did it and why, and
        `dougong doctor` lists every place. Rights to write do not grow: those stand in `may=`.
        """
        if self.asks:
            raise SetupError(
                f"{self.acting} elevates its rights to answer a question.",
                fix="ask for what the asker may see; elsewhere an answer would tell what is hidden.",
            )
        if not entities or not reason.strip():
            raise SetupError(
                f"{self.acting} elevates its rights without saying for what.",
                fix='write ctx.elevated(Order, reason="…"), with the entities that are read.',
            )
        self.session.flush()
        addon = self.acting
        with self._as_core():
            log_elevation(self, addon, entities, reason)
        before, self._elevated = self._elevated, self._elevated | set(entities)
        kept, self._borrowed = self._borrowed, []
        why, self.elevation = self.elevation, reason
        try:
            yield self.session
            self.session.flush()
        finally:
            for record in self._borrowed:
                if record in self.session:
                    self.session.expire(record)
                    self.session.expunge(record)
            self._elevated, self._borrowed, self.elevation = before, kept, why

    def allows_all(
        self, right: Operation | Permission, entity: type[E], records: Sequence[E]
    ) -> bool:
        self.session.flush()  # with the rights of the code
        with self._as_core():  # row rules read views of the core's
            return super().allows_all(right, entity, records)

    def stood_in_for(self, verb: Verb[Any, Any, Any], record: Entity | None) -> int | None:
        self.session.flush()
        with self._as_core():
            return super().stood_in_for(verb, record)

    def borrow(self, record: Entity) -> None:
        """Note a record that was loaded: one that only an elevation lets the code read."""
        if self._elevated and not self._in_scope(type(record)):
            self._borrowed.append(record)

    def check_raw(self) -> None:
        """Raise SetupError unless the code that runs now may write SQL by hand."""
        if self.acting != CORE and not self._elevated:
            raise SetupError(
                f"The code of {self.acting} runs SQL that no access rule can be applied to.",
                fix='select entities, or write it in `with ctx.elevated(Order, reason="…"):`.',
            )

    @contextmanager
    def asking(self, addon: str) -> Iterator[None]:
        """Run code of an add-on that answers the asker: it finds what the asker may see."""
        _ = self.me  # found before, for who may see no users
        before, whose, self.asks = self.asks, self.session.info["context"], True
        self.session.info["context"] = self
        try:
            with self._acting_as(addon):
                yield
        finally:
            self.asks, self.session.info["context"] = before, whose

    def reads(self, entity: type[Entity]) -> bool:
        """Whether the code that runs now may read the entity's records."""
        return self._in_scope(entity) or entity in self._elevated

    def _in_scope(self, entity: type[Entity]) -> bool:
        return self.acting == CORE or entity.__addon__ in self.generation.scope_of(self.acting)

    def check_write(self, operation: Operation, entity: type[Entity]) -> None:
        """Raise SetupError unless the code that runs now may write such records."""
        if self.acting == CORE or host_of(entity.__addon__) == host_of(self.acting):
            return
        grant = Grant(operation, entity)
        if grant not in self._may():
            raise SetupError(
                f"The code of {self.acting} may not {grant}.",
                fix=f"add {operation}({entity.__name__}) to may= in the manifest of {self.acting}.",
            )

    def check_run(self, verb: Verb[Any, Any, Any], record: Entity | None = None) -> None:
        """Raise unless the person, or the add-on whose code runs now, may use a verb.

        A person needs a role that grants the permission and whose row rules cover the record.
        """
        if self.acting == CORE:
            if verb.needs is not None:
                self.require(verb.needs)
                if record is not None and not self.allows(verb.needs, record):
                    entity = type(record).__name__
                    raise Forbidden("outside_rows", operation=verb, entity=entity)
            return
        if host_of(verb.addon) == host_of(self.acting) or Run(verb) in self._may():
            return
        raise SetupError(
            f"The code of {self.acting} may not run {verb.key}.",
            fix=f"add run({verb.name}) to may= in the manifest of {self.acting}.",
        )

    def _may(self) -> Sequence[Grant | Run]:
        part = self.generation.parts.get(self.acting)
        return part.may if part else ()
