"""Random mutations, drawn by the types of the schema, with a document that shows what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import GraphQLInputObjectType, get_named_type, is_leaf_type

from dougong.db.naming import camel, upper_first
from dougong.entity.base import Entity
from dougong.entity.model import ToOne
from dougong.generation import Generation
from dougong.graphql.mutations.idempotency import ARGUMENT
from dougong.graphql.mutations.inputs import without_none
from dougong.graphql.types import Types
from dougong.testing.oracle.dice import Dice
from dougong.testing.oracle.documents import Documents
from dougong.testing.oracle.examples import World
from dougong.testing.oracle.inputs import Place, Values, settled
from dougong.testing.oracle.pool import TRANSLATED
from dougong.workflow.workflow import Step

ERRORS = "userErrors { path code message params }"
SAID = "field language text outdated"
"""All that is said of a translation."""
NOT_ASKED = (
    *("signOut", "signOutEverywhere", "revokeSession"),
    *("installAddons", "upgradeAddons", "removeAddons", "restoreAddons"),
)
"""What would end the asker's own token, or change what is installed; what takes or gives secrets is
not asked either."""
Drawn = tuple[str, dict[str, Any]]
Places = Mapping[tuple[str, str], Place]


class Writes:
    """Draws mutations of a generation."""

    def __init__(self, generation: Generation) -> None:
        self._schema = generation.schema
        self._places = dict(_places(generation))
        root: Any = generation.schema.mutation_type
        self.fields: Mapping[str, Any] = {
            name: field
            for name, field in root.fields.items()
            if name not in NOT_ASKED and ARGUMENT in field.args
        }

        self._about = {
            name: {field for (field, _), about in _entities(generation) if about == name}
            for name in (model.name for model in generation.models.values())
        }

    def about(self, entities: Iterable[type[Entity]]) -> list[str]:
        """The mutations of records of some entities."""
        found = {name for one in entities for name in self._about.get(one.__name__, ())}
        return [name for name in self.fields if name in found]

    def draw(self, dice: Dice, world: World, name: str | None = None) -> Drawn:
        """A document, and its variables; the same mutation has mostly the same document.

        Without a name it is any mutation, and sometimes two.
        """
        values = Values(dice, world.pool, world.entities, world.guide, self._places)
        names = [name] if name else [dice.one(list(self.fields))]
        if name is None and dice.chance(15):
            names.append(dice.one(list(self.fields)))
        documents = None
        if dice.chance(15):
            documents = Documents(self._schema, dice, values, world.cursors, everything=True)
        heads: list[str] = []
        parts: list[str] = []
        given: dict[str, Any] = {}
        for place, one in enumerate(names):
            arguments = self.fields[one].args
            given |= {f"{key}{place}": v for key, v in self._given(one, arguments, values)}
            heads += [f"${key}{place}: {some.type}" for key, some in arguments.items()]
            said = ", ".join(f"{key}: ${key}{place}" for key in arguments)
            shown = self._shown(get_named_type(self.fields[one].type), documents)
            parts.append(f"m{place}: {one}{f'({said})' if said else ''} {shown}")
        if documents is not None and values.variables:
            documents = None  # what is selected takes variables too
            return self.draw(dice, world, name)
        head = f"mutation M({', '.join(heads)})" if heads else "mutation M"
        text = "{ " + " ".join(parts) + " }"
        return documents.written(head, text) if documents else head + text, given

    def _given(
        self, name: str, arguments: Mapping[str, Any], values: Values
    ) -> Iterator[tuple[str, Any]]:
        given = {}
        for key, argument in arguments.items():
            if str(argument.type).endswith("!") or values.wanted():
                at = self._places.get((name, key), Place("", key))
                given[key] = settled(values.draw(argument.type, at))
        if "version" in given:
            given["version"] = values.version_of(given.get("id", ""))
        yield from given.items()

    def _shown(self, payload: Any, documents: Documents | None) -> str:
        """What the payload shows: all its own values, its record, and the errors."""
        parts = [ERRORS]
        for name, field in payload.fields.items():
            kind: Any = get_named_type(field.type)
            if name == "results":
                parts.append(f"results {self._shown(kind, documents)}")
            elif not hasattr(kind, "fields"):
                parts.append(name)
            elif name != "userErrors":
                below = documents.selection(kind) if documents else f"{{ {values_of(kind)} }}"
                parts.append(f"{name} {below}")
        return "{ " + " ".join(parts) + " }"


def around(kind: Any) -> str:
    """What a record shows by itself, of what it links to, and how many link to it."""
    parts = [values_of(kind)]
    for name, field in kind.fields.items():
        found: Any = get_named_type(field.type)
        if "first" in field.args:
            below: Any = get_named_type(found.fields["nodes"].type)
            nodes = "nodes { id }" if "id" in below.fields else ""
            parts.append(f"{name}(first: 3) {{ totalCount {nodes} }}")
        elif "id" in getattr(found, "fields", {}):
            parts.append(f"{name} {{ {values_of(found)} }}")
    return " ".join(parts)


def values_of(kind: Any) -> str:
    """What a record shows by itself."""
    found = {name: get_named_type(field.type) for name, field in kind.fields.items()}
    leaves = [name for name, one in found.items() if is_leaf_type(one)]
    money = [f"{name} {{ amount currency }}" for name, one in found.items() if one.name == "Money"]
    said = [f"{name} {{ {SAID} }}" for name, one in found.items() if one.name == "Translation"]
    return " ".join([*leaves, *money, *said])


def _places(generation: Generation) -> Iterator[tuple[tuple[str, str], Place]]:
    """Where the fields of inputs and the arguments of mutations go."""
    types: Types = generation.schema.extensions["types"]
    kinds = generation.schema.type_map
    for entity in generation.models:
        parent = generation.owned.get(entity)
        inside = [f"{entity.__name__}In{parent.link.target.__name__}"] if parent else []
        names = [f"{entity.__name__}Create", f"{entity.__name__}Patch", *inside]
        for name in (*names, *(f"{one}Patch" for one in inside)):
            kind = kinds.get(name)
            if isinstance(kind, GraphQLInputObjectType):
                for field in kind.fields:
                    member = types.members_of(entity).get(field)
                    target = member.target if isinstance(member, ToOne) else entity
                    yield (name, field), Place(target.__name__, field)
    root: Any = generation.schema.mutation_type
    about = dict(_entities(generation))
    for name, field in root.fields.items():
        for key in field.args:
            if name.endswith("Translation") and key in ("record", "field", "language"):
                yield (name, key), Place(TRANSLATED, "id" if key == "record" else key)
                continue
            yield (name, key), Place(about.get((name, key)) or about.get((name, ""), ""), key)


def _entities(generation: Generation) -> Iterator[tuple[tuple[str, str], str]]:
    """Of which entity the ids in an argument of a mutation are; without an argument: in all."""
    for model in generation.models.values():
        for noun in (model.name, upper_first(model.api_plural)):
            for operation in ("create", "update", "delete", "upsert"):
                yield (f"{operation}{noun}", ""), model.name
    for verb in generation.verbs:
        name = camel(verb.name)
        first = camel(verb.record_name)
        if isinstance(verb, Step):
            name, first = f"{name}{verb.workflow.entity.__name__}", "id"
        if verb.record_entity is not None:
            yield (name, first), verb.record_entity.__name__
        for field in verb.form.values():
            kind, _ = without_none(field.annotation)
            if isinstance(kind, type) and issubclass(kind, Entity):
                yield (name, camel(field.name)), kind.__name__
