"""Rows brought in, in one transaction: through the create and update verbs, or, history, as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ARRAY, any_, bindparam, text

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.access.reach import BoundMe
from dougong.access.roles import IMPORT_HISTORY
from dougong.builtin.import_export.copying import (
    append_events,
    copy_rows,
    create_by_copy,
    next_ids,
    one_by_one,
    quick_maker,
)
from dougong.builtin.import_export.keys import NaturalKeys
from dougong.builtin.import_export.mapping import ID, Columns, Taken
from dougong.builtin.import_export.values import Problem, Reader, Record
from dougong.db.constraints import as_refusals
from dougong.entity.base import Entity
from dougong.entity.model import Field, ToOne, key_of, model_of
from dougong.errors import Refused, SetupError
from dougong.graphql.mutations.records import hold, require_field, require_rows
from dougong.verbs.together import create_all
from dougong.workflow.workflow import Step

PARTS = 10
"""In how many parts rows are tried again when one of them is refused."""


@dataclass
class Brought:
    """What came of some rows."""

    created: list[int] = field(default_factory=list)
    """The numbers of the records that are new."""
    updated: int = 0
    skipped: int = 0
    bad: set[int] = field(default_factory=set)
    """The lines that were not taken."""
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Note what is wrong with rows."""
        for one in problems:
            self.bad.add(one.line)
            self.problems.append(one)


class Bringing:
    """Brings rows of one file in, for the asker of a context, in its transaction."""

    def __init__(
        self,
        ctx: Context,
        taken: Taken,
        columns: Columns,
        header: Sequence[str],
        then: str | None = None,
        numbers: Mapping[int, int] | None = None,
    ) -> None:
        """`then` names a step that is run on each new record.

        `numbers` has those of new records, by the line, where they were drawn before.

        Raises Refused where the asker may not do that at all.
        """
        self.ctx = ctx
        self.taken = taken
        self.entity = taken.entity
        self._members = [taken.known[name] for name in columns.sources]
        self._sources = columns.sources
        self._reader = Reader(taken, columns, header)
        self._keys = NaturalKeys(ctx, taken, columns, whole=not taken.history)
        self._numbers = numbers or {}
        self._then = _step(ctx, taken.entity, then) if then else None
        self._check_rights()

    def _check_rights(self) -> None:
        ctx, entity = self.ctx, self.entity
        if self.taken.history:
            ctx.require(IMPORT_HISTORY)
            return
        if not ctx.generation.by_hand(entity):
            raise Refused("not_by_hand", entity=entity.__name__)
        require_rows(ctx, Operation.CREATE, entity, [])
        if self.taken.update:
            require_rows(ctx, Operation.UPDATE, entity, [])
            guard = self.taken.known[self.taken.update].guard
            if guard is not None:
                ctx.require(guard.read)
        for member in self._members:
            require_field(ctx, member, [])
            if member.owner is not entity:
                require_rows(ctx, Operation.UPDATE, member.owner, [])

    @property
    def slow(self) -> list[str]:
        """The reactions for whose sake records are created one by one."""
        return [] if self.taken.history else one_by_one(self.ctx, self.entity)

    @property
    def in_any_order(self) -> bool:
        """Whether it is the same in which order rows come in, once their records have numbers."""
        numbered = ID in self._sources or self.taken.update or self._then is not None or self.slow
        linked = any(isinstance(one, ToOne) and one.target is self.entity for one in self._members)
        return not (numbered or linked)

    def rows(self, rows: Iterable[tuple[int, list[str]]]) -> Brought:
        """Bring some rows in: those that are good; what is wrong with the others is said."""
        brought = Brought()
        records: list[Record] = []
        for line, cells in rows:
            record, wrong = self._reader.read(line, cells)
            if record is None:
                brought.skipped += 1
            elif wrong:
                brought.refuse(wrong)
            else:
                records.append(record)
        self._resolved(records, brought)
        return brought

    def _resolved(self, records: list[Record], brought: Brought) -> None:
        """Rows may link to others of the same file that come before them, or beside them."""
        while records:
            wrong = self._keys.resolve(records)
            done = len(brought.created)
            self._some([one for at, one in enumerate(records) if at not in wrong], brought)
            again = len(brought.created) > done and any(
                link.target is self.entity for at in wrong for link, _, _ in records[at].links
            )
            if not again:
                for problems in wrong.values():
                    brought.refuse(problems)
                return
            records = [records[at] for at in wrong]

    def _some(self, records: Sequence[Record], brought: Brought) -> None:
        """Write records, all at once, or where one is refused, smaller and smaller parts of them."""
        if not records:
            return
        try:
            with self.ctx.attempt():
                created, updated = self._write(records)
        except Refused as refusal:
            if len(records) == 1:
                brought.refuse(self._problem(records[0].line, one) for one in refusal.several)
                return
            step = -(-len(records) // PARTS)
            for start in range(0, len(records), step):
                self._some(records[start : start + step], brought)
            return
        brought.created += created
        brought.updated += updated

    def _problem(self, line: int, refusal: Refused) -> Problem:
        names = {member.api_name: member.name for member in self._members}
        name = next((names[str(one)] for one in refusal.at if str(one) in names), "")
        column = (self._sources[name].column or name) if name else ""
        said = self.ctx.generation.sentence(refusal)
        return Problem(line, said, column, because=refusal)

    def _write(self, records: Sequence[Record]) -> tuple[list[int], int]:
        if self.taken.history:
            return self._as_they_are(records), 0
        there = self._there(records) if self.taken.update else {}
        known = [(one, there.get(one.values.get(self.taken.update))) for one in records]
        changed = [(one, record) for one, record in known if record is not None]
        self._update(changed)
        new = [one for one, record in known if record is None]
        return self._create(new) if new else [], len(changed)

    # New ones ----------------------------------------------------------------------------------

    def _create(self, rows: Sequence[Record]) -> list[int]:
        ctx, entity = self.ctx, self.entity
        if self.taken.update == ID:
            raise Refused("no_such_id", entity=entity.__name__)
        together = len(rows) > 1 and self._then is None and not one_by_one(ctx, entity)
        make: Any = quick_maker(entity) if together else lambda values: entity(**values)
        made: list[Any] = [make(one.values) for one in rows]
        for one, record in zip(rows, made, strict=True) if self._numbers else ():
            record.id = self._numbers[one.line]
        if len(made) == 1:
            entity.create(made[0], ctx)
        elif not together:
            create_all(entity, made, ctx)
        else:
            added = {e: [one.added.get(e, {}) for one in rows] for one in rows for e in one.added}
            ids = create_by_copy(ctx, entity, made, added, numbered=bool(self._numbers))
            self._check_fields(made)
            require_rows(ctx, Operation.CREATE, entity, made)
            return ids
        self._extend(zip(rows, made, strict=True))
        self._check_fields(made)
        require_rows(ctx, Operation.CREATE, entity, made)
        for record in made if self._then is not None else ():
            assert self._then is not None
            self._then(record, ctx)
        return [record.id for record in made]

    def _check_fields(self, records: Sequence[Entity]) -> None:
        """Guarded fields need their permission, for these records."""
        for member in self._members:
            require_field(self.ctx, member, records)

    def _extend(self, rows: Iterable[tuple[Record, Any]]) -> None:
        with as_refusals(self.ctx.generation):
            for row, record in rows:
                for extension, values in row.added.items():
                    extended = extension.of(record)
                    for name, value in values.items():
                        setattr(extended, name, value)
            self.ctx.session.flush()

    # Those that are there ----------------------------------------------------------------------

    def _there(self, records: Sequence[Record]) -> dict[Any, Any]:
        """The records with the keys of some rows, locked, as far as the asker may see them."""
        column: Any = getattr(self.entity, self.taken.update)
        values = [
            one.values[self.taken.update] for one in records if self.taken.update in one.values
        ]
        access, who = self.ctx.generation.access, self.ctx.principal
        me = BoundMe(who.user_id)
        seen = access.predicate(who, Operation.READ, self.entity, self.entity, me)
        asked = column == any_(bindparam(None, values, type_=ARRAY(column.type), unique=True))
        return {
            getattr(one, self.taken.update): one for one in hold(self.ctx, self.entity, asked, seen)
        }

    def _update(self, changed: Sequence[tuple[Record, Any]]) -> None:
        records = [record for _, record in changed]
        if not records:
            return
        self._check_update(records)
        for row, record in changed:
            values = {name: value for name, value in row.values.items() if name != ID}
            self.entity.update(record, self.ctx, **values)
        self._extend(changed)
        self._check_update(records)

    def _check_update(self, records: Sequence[Any]) -> None:
        require_rows(self.ctx, Operation.UPDATE, self.entity, records)
        self._check_fields(records)

    # History -----------------------------------------------------------------------------------

    def _as_they_are(self, records: Sequence[Record]) -> list[int]:
        """Finished records: no verbs, no reactions; one event for each."""
        ctx, table = self.ctx, self.entity.__table__
        given = [self._numbers.get(one.line, one.values.get(ID)) for one in records]
        with as_refusals(ctx.generation):
            missing = sum(one is None for one in given)
            drawn = iter(next_ids(ctx, table, missing))
            ids = [next(drawn) if one is None else one for one in given]
            if len(given) > missing and not self._numbers:
                _never_give_again(ctx, self.entity, ids)
            me = ctx.principal.user_id
            stamp = {"created_by_id": me, "updated_by_id": me}
            flat = [self._flat(one.values) for one in records]
            copy_rows(
                ctx, table, [{**row, **stamp, ID: n} for n, row in zip(ids, flat, strict=True)]
            )
            for extension in ctx.generation.extensions.get(self.entity, ()):
                added = [self._flat(one.added.get(extension, {})) for one in records]
                rows = [{**row, ID: n} for n, row in zip(ids, added, strict=True)]
                copy_rows(ctx, extension.__table__, rows)
            append_events(ctx, self.entity, ids, "dougong.imported")
        return ids

    def _flat(self, values: dict[str, Any]) -> dict[str, Any]:
        """Attributes as columns: money in two, links as keys."""
        flat: dict[str, Any] = {}
        for name, value in values.items():
            member = self.taken.known[name]
            if name in member.owner.__money__:
                flat[f"{name}_amount"] = value and value.amount
                flat[f"{name}_currency"] = value and value.currency
            else:
                flat[member.key if isinstance(member, ToOne) else name] = value
        return flat


def _never_give_again(ctx: Context, entity: type[Entity], ids: Sequence[int]) -> None:
    """Have the numbers that a file brings, and those below them, given to nobody else."""
    table = entity.__table__
    said = text(
        "select setval(s.name, greatest(:highest, nextval(s.name))) "
        "from (select pg_get_serial_sequence(:table, 'id') as name) s"
    )
    with ctx.as_core():
        given = {"table": f'{table.schema}."{table.name}"', "highest": max(ids)}
        ctx.session.execute(said, given)


def _step(ctx: Context, entity: type[Entity], name: str) -> Step[Any, Any]:
    for step in ctx.generation.steps_of(entity):
        if step.name == name:
            return step
    steps = ", ".join(step.name for step in ctx.generation.steps_of(entity)) or "none"
    raise Refused("no_such_step", step=name, entity=entity.__name__, steps=steps)


def update_key(entity: type[Entity], name: str) -> str:
    """The field by which records are found that an import changes.

    Raises SetupError where no two records must have a different one.
    """
    model = model_of(entity)
    single = [k[0].name for k in model.natural_keys if len(k) == 1 and isinstance(k[0], Field)]
    found = name or next(iter(single), ID)
    if found not in (ID, *single):
        raise SetupError(
            f"{key_of(entity)} has several records with the same {found}.",
            fix=f"update by one of {', '.join((*single, ID))}.",
        )
    return found
