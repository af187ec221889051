"""Permissions and roles that would give other rights than they say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import literal, select

from dougong.access.permissions import Grant, Permission, Role, RowRule
from dougong.access.reach import BoundMe
from dougong.access.users import User
from dougong.builtin.checking.finding import Finding
from dougong.builtin.checking.sources import Declared, Source
from dougong.builtin.organisation.entities import Unit
from dougong.db.naming import host_of
from dougong.generation import Generation

TARGETS: dict[str, type[Any]] = {"own": User, "team": User, "unit": Unit}
"""What the link of a row rule must lead to."""


def examine_access(sources: Sequence[Source], generation: Generation) -> Iterator[Finding]:
    """What is wrong with the permissions and roles of some modules."""
    declared = [one for source in sources for one in source.declared]
    permissions = [one for one in declared if isinstance(one.value, Permission)]
    names = Counter(one.value.name for one in permissions)
    for one in permissions:
        yield from _name(one)
        if names[one.value.name] > 1:
            what = f"There are {names[one.value.name]} permissions “{one.value.name}”."
            yield one.fault(what, "give each its own name.")
    for one in declared:
        if isinstance(one.value, Role):
            yield from _name(one)
            yield from _role(one, generation)


def _name(one: Declared) -> Iterator[Finding]:
    name, addon = one.value.name, host_of(one.source.part)
    if not name.startswith(f"{addon}."):
        what = f"{type(one.value).__name__} “{name}” has a name that is not the add-on's to give."
        yield one.fault(what, f"call it {addon}.{name.rpartition('.')[2]}.")


def _role(one: Declared, generation: Generation) -> Iterator[Finding]:
    for grant in one.value.grants:
        if not isinstance(grant, Permission | Grant):
            what = f"Role {one.value.name} grants {grant!r}, which is no right."
            yield one.fault(what, "name a Permission object, or write read(Lead) and the like.")
    for rule in one.value.rows:
        if isinstance(rule, RowRule):
            yield from _link(one, rule, generation)
            yield from _tables(one, rule)


def _link(one: Declared, rule: RowRule, generation: Generation) -> Iterator[Finding]:
    named = re.fullmatch(r"(own|team|unit)\((\w+)\)", rule.name)
    model = generation.models.get(rule.entity)
    link = model.links.get(named[2]) if named and model else None
    if named and link and link.target is not TARGETS[named[1]]:
        wanted = TARGETS[named[1]].__name__
        what = f"Role {one.value.name}: {rule.entity.__name__}.{named[2]} is no link to a {wanted}."
        yield one.fault(what, f"use {named[1]} with a link to a {wanted}.")


def _tables(one: Declared, rule: RowRule) -> Iterator[Finding]:
    rows = select(rule.entity.__table__.c.id).where(rule.build(rule.entity, BoundMe(literal(0))))
    for other in rows.get_final_froms():
        if other is not rule.entity.__table__:
            what = f"Role {one.value.name} has a row rule for {rule.entity.__name__} that is about {other}."
            yield one.fault(what, "use fields of the rule's own entity, or select(…).exists().")
