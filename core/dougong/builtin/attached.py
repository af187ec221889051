"""Records that hang on records of any entity, as files do: in a list of each, under its rules.

Such an entity names the list in `__attached__`, and has the columns `entity` (`crm.lead`) and `number`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import aliased

from dougong.entity.base import Entity
from dougong.entity.model import EntityModel, ToMany, ToOne, key_of

if TYPE_CHECKING:
    from dougong.access.reach import BoundMe
    from dougong.access.rules import Access, Right


def lists_of(
    model: EntityModel, models: Iterable[EntityModel]
) -> Iterator[tuple[EntityModel, ToMany]]:
    """The list that each record has of an attached entity; none where it is not attached."""
    name, entity = model.entity.__attached__, model.entity
    for owner in models:
        if name is not None and owner.entity.__attached__ is None:
            link = ToOne(
                entity, "record", "record", "number", owner.entity, False, False, True, "-"
            )
            said = model.description
            yield owner, ToMany(name, entity, link, False, None, said, of=key_of(owner.entity))


def ends(
    many: ToMany, column: Callable[[type[Entity], str], ColumnElement[Any]], number: Any
) -> ColumnElement[bool]:
    """That a record is in the list of the one with this number; `column` gives what it has."""
    mine: ColumnElement[bool] = column(many.link.owner, many.key) == number
    return mine if many.of is None else and_(column(many.target, "entity") == many.of, mine)


def covered(access: Access, who: Any, right: Right, alias: Any, me: BoundMe) -> ColumnElement[bool]:
    """The rows of an attached entity whose records the asker may so treat."""
    every: list[str] = []
    some: list[ColumnElement[bool]] = []
    for entity in access.records:
        above = aliased(entity)
        rule = access.predicate(who, right, entity, above, me)
        if rule.compare(true()):
            every.append(key_of(entity))
        elif not rule.compare(false()):
            record = exists(select(above.id).where(above.id == alias.number, rule))
            some.append(and_(alias.entity == key_of(entity), record))
    if every:
        some.insert(0, alias.entity.in_(every))
    return or_(*some) if some else false()
