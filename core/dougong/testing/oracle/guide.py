"""The way to what of a schema was never met: drawn rather more often than the rest."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from graphql import GraphQLSchema, get_named_type

FAR = 1_000


class Guide:
    """How far each field and each type is from the nearest thing that was never met."""

    def __init__(self, schema: GraphQLSchema, unmet: Collection[str]) -> None:
        self._unmet = {name.partition("(")[0] for name in unmet}
        self._arguments = set(unmet)
        self._far = dict.fromkeys(schema.type_map, FAR)
        kinds: list[Any] = [one for one in schema.type_map.values() if hasattr(one, "fields")]
        changed = bool(unmet)
        while changed:
            changed = False
            for kind in kinds:
                nearest = min((self.of(kind, name) for name in kind.fields), default=FAR)
                if nearest < self._far[kind.name]:
                    self._far[kind.name] = nearest
                    changed = True

    def of(self, kind: Any, name: str) -> int:
        """How far it is from a field."""
        if f"{kind.name}.{name}" in self._unmet:
            return 0
        one = kind.fields[name]
        below = [one.type, *(argument.type for argument in getattr(one, "args", {}).values())]
        return 1 + min(self._far.get(get_named_type(kind).name, FAR) for kind in below)

    def nearest(self, kind: Any, names: list[str]) -> list[str]:
        """Those fields of a type that lead there on the shortest way; all, when nothing is left."""
        far = {name: self.of(kind, name) for name in names}
        return [name for name in names if far[name] == min(far.values())]

    def leads(self, kind: Any, name: str, argument: str) -> bool:
        """Whether an argument of a field should be given for that."""
        if f"{kind.name}.{name}({argument}:)" in self._arguments:
            return True
        one = kind.fields[name]
        given = self._far.get(get_named_type(one.args[argument].type).name, FAR)
        return given < min(FAR, self._far.get(get_named_type(one.type).name, FAR))
