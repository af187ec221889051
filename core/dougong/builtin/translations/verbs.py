"""What people do with translations: say what something is called in another language, or take it back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint, Table, Text, literal, literal_column, select

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN, Operation
from dougong.builtin.files.verbs import record_of
from dougong.builtin.language.languages import LANGUAGES, nearest
from dougong.builtin.translations.columns import kept_in, translatable_fields
from dougong.db.constraints import as_refusals
from dougong.entity.base import Entity, Extension
from dougong.entity.fields import RecordId
from dougong.entity.model import Field
from dougong.errors import Forbidden, Invalid, Refused
from dougong.graphql.mutations.records import locked, require_field, require_row
from dougong.graphql.mutations.values import check_storable
from dougong.verbs.action import action

LONGEST = 10_000
"""Characters of a translation, where the field itself sets no limit."""
Kept = Mapping[str, Mapping[str, str]]
"""What is kept of a field's translations, by language."""


@dataclass(frozen=True)
class TranslatedRecord:
    """The record that was translated."""

    record: RecordId
    """Its id."""
    version: int
    """Its version now: a translation is a change of the record."""


@action(needs=SIGNED_IN)
def set_translation(
    ctx: Context, *, record: RecordId, field: str, language: str, text: str
) -> TranslatedRecord:
    """Say what was entered in a field of a record in another language; what was entered stays.

    record: The record, which the asker may change.
    field: The field, as the API calls it: `name`.
    language: Into which language: `zh-CN`.
    text: What it says there.
    """
    target, found = _written(ctx, record, field)
    tag = _language(language)
    part = _part(ctx, target, found)
    entered = getattr(part, found.name)
    if entered is None:
        raise Invalid("nothing_to_translate", at="field", field=found.api_name)
    _check(ctx, found, text)
    _keep(ctx, target, found, {**_kept(part, found), tag: {"text": text, "of": entered}})
    return TranslatedRecord(_id(target), target.version)


@action(needs=SIGNED_IN)
def remove_translation(
    ctx: Context, *, record: RecordId, field: str, language: str
) -> TranslatedRecord:
    """Take a translation back: then people who read that language see what was entered.

    record: The record, which the asker may change.
    field: The field, as the API calls it: `name`.
    language: The language of the translation: `zh-CN`.
    """
    target, found = _written(ctx, record, field)
    tag = _language(language)
    kept = dict(_kept(_part(ctx, target, found), found))
    if kept.pop(tag, None) is None:
        raise Refused("no_translation", at="language", field=found.api_name, language=tag)
    _keep(ctx, target, found, kept)
    return TranslatedRecord(_id(target), target.version)


def _written(ctx: Context, given: str, name: str) -> tuple[Entity, Field]:
    """The record, locked, and the field of it, if the asker may see and write both.

    Raises Refused (`not_found`), Forbidden, and Invalid (`bad_id`, `not_translatable`).
    """
    target = record_of(ctx, given)
    target = locked(ctx, type(target), given)
    require_row(ctx, Operation.UPDATE, target)
    known = {one.api_name: one for one in translatable_fields(ctx.generation, type(target))}
    field = known.get(name)
    if field is None:
        fields, entity = tuple(known), type(target).__name__
        code = "not_translatable" if fields else "nothing_translatable"
        raise Invalid(code, at="field", field=name[:80], entity=entity, fields=fields)
    access, owner = ctx.generation.access, field.owner
    if issubclass(owner, Extension) and not access.may(ctx.principal, Operation.UPDATE, owner):
        raise Forbidden("needs_grant", **access.why_not(Operation.UPDATE, owner))
    if field.guard is not None:
        require_field(ctx, field, [target])
        if not ctx.allows(field.guard.read, target):  # what is hidden is not told by refusing it
            permission = field.guard.read.name
            raise Forbidden("guarded_field", at="field", field=name, permission=permission)
    return target, field


def _language(tag: str) -> str:
    found = nearest(tag)
    if found is None:
        raise Invalid("no_language", at="language", language=tag[:40], known=", ".join(LANGUAGES))
    return found


def _part(ctx: Context, record: Entity, field: Field) -> Any:
    """The record itself, or its row of an extension."""
    if issubclass(field.owner, Extension):
        with ctx.as_core():
            return field.owner.of(record)
    return record


def _kept(part: Any, field: Field) -> Kept:
    return getattr(part, kept_in(field.name)) or {}


def _keep(ctx: Context, record: Entity, field: Field, kept: Kept) -> None:
    """Store translations by the record's own update, so that whoever reacts to that does."""
    new = {kept_in(field.name): dict(kept) or None}
    own = not issubclass(field.owner, Extension)
    type(record).update(record, ctx, **(new if own else {}))
    if not own:
        with as_refusals(ctx.generation):
            for name, value in new.items():
                setattr(_part(ctx, record, field), name, value)
            ctx.session.flush()
    require_row(ctx, Operation.UPDATE, record)


def _id(record: Entity) -> RecordId:
    return RecordId(f"{type(record).__name__}:{record.id}")


# What may be said --------------------------------------------------------------------------------


def _check(ctx: Context, field: Field, said: str) -> None:
    """Raise Invalid for a text that the field itself would not take."""
    check_storable(said)
    if not said.strip():
        raise Invalid("missing_value", at="text", field="text")
    if len(said) > LONGEST:
        raise Invalid("translation_too_long", at="text", most=LONGEST)
    rules = list(_rules(field.owner.__table__, field.name))
    if not rules:
        return
    tried = select(literal(said, Text()).label(field.name)).subquery("tried")
    with ctx.as_core():
        held = [ctx.session.scalar(select(literal_column(one)).select_from(tried)) for one in rules]
    if False in held:
        raise Invalid("bad_value", at="text", field=field.api_name)


def _rules(table: Table, name: str) -> list[str]:
    """What the database checks of a column by itself: how long it may be, for instance."""
    checks = [one for one in table.constraints if isinstance(one, CheckConstraint)]
    named = [str(one.sqltext) for one in checks if one.name in (name, f"ck_{table.name}_{name}")]
    others = {column.name for column in table.columns} - {name}
    return [one for one in named if others.isdisjoint(re.findall(r"\w+", one))]
