"""Where translations are kept: beside the text, in the row of its record, by language.

`class Tax(Entity, translatable=("name",))` has a column `name_translations`, which is of no type of
the API: `{"zh-CN": {"text": "增值税", "of": "VAT"}}`. `of` is what was translated. What is read is
`name_translated`, which is no column (planned.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from dougong.errors import SetupError

if TYPE_CHECKING:
    from dougong.entity.base import Entity
    from dougong.entity.model import Field
    from dougong.generation import Generation

SAYS = "The same in the language of whoever asks; as it was entered where nobody has translated it."


def kept_in(name: str) -> str:
    """The column with the translations of a text."""
    return f"{name}_translations"


def shown_as(name: str) -> str:
    """The field that shows a text in the language of whoever asks."""
    return f"{name}_translated"


def translation_columns(entity: Any) -> dict[str, Any]:
    """The columns for the texts that an entity, or an extension, has translated."""
    names = entity.__translatable__
    if isinstance(names, str):
        raise SetupError(
            f"{entity.__name__} is translatable={names!r}, which is no tuple.",
            fix=f"write translatable=({names!r},).",
        )
    entity.__translated__ = {shown_as(name): name for name in names}
    return {
        kept_in(name): Column(JSONB(none_as_null=True), info={"translates": name}) for name in names
    }


def check_translatable(entity: Any, table: Table) -> None:
    """Raise SetupError for what is no text that people enter; who may not see it sees no translation."""
    for name in entity.__translatable__:
        column, kept = table.columns.get(name), table.columns[kept_in(name)]
        plain = column is not None and isinstance(column.type, Text) and "kind" not in column.info
        if column is None or not plain or column.computed is not None:
            raise SetupError(
                f"{entity.__name__} has “{name}” translated, which is no text of its own.",
                fix="name fields that are Mapped[str] or Mapped[str | None].",
            )
        if hasattr(entity, shown_as(name)) or kept.info.get("translates") != name:
            raise SetupError(
                f"{entity.__name__} has a field “{shown_as(name)}” or “{kept_in(name)}” of its own, "
                f"and has “{name}” translated.",
                fix="rename the field.",
            )
        if "guard" in column.info:
            kept.info["guard"] = column.info["guard"]


def with_companions(entity: type[Entity], fields: Mapping[str, Field]) -> dict[str, Field]:
    """The fields of an entity; behind each that is translated the one that shows it so."""
    found: dict[str, Field] = {}
    kept = {kept_in(name) for name in entity.__translatable__}
    for name, field in fields.items():
        if name not in kept:
            found[name] = field
        if name in entity.__translatable__:
            found[shown_as(name)] = replace(
                field,
                name=shown_as(name),
                api_name=f"{field.api_name}Translated",
                has_default=True,
                read_only=True,
                says=SAYS,
                searchable=False,
            )
    return found


def translatable_fields(generation: Generation, entity: type[Entity]) -> Iterator[Field]:
    """The texts of an entity's records that are translated, those of extensions included."""
    from dougong.entity.model import model_of

    for part in (entity, *generation.extensions.get(entity, ())):
        yield from (model_of(part).fields[name] for name in part.__translatable__)
