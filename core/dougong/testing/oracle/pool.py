"""The values that records hold, as the API shows them: what conditions are drawn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import is_leaf_type

from dougong.builtin.language.languages import LANGUAGES
from dougong.builtin.translations.columns import translatable_fields
from dougong.builtin.workflows.possible import verbs_about
from dougong.generation import Generation
from dougong.graphql.action_types import ACTIONS, mutation_name
from dougong.graphql.schema import RootFields

Pool = Mapping[tuple[str, str], list[Any]]
"""Values by entity and field; the parts of money are `price.amount` and `price.currency`.

Under ("version of", "Lead:42") stands the version of that record, under ("Lead", "actions") the
mutations that `actions` names.
"""

TRANSLATED = "translated"
"""Under this stands what can be translated: ids, fields and languages; no entity is called so."""


def pool_of(generation: Generation, answer: Callable[[str], Any]) -> Pool:
    """What the first hundred records of each entity hold; `answer` gives a document's data."""
    pool: dict[tuple[str, str], list[Any]] = defaultdict(list)
    root: RootFields = generation.schema.extensions["root"]
    for plural, one in root.lists.items():
        document = f"{{ {plural}(first: 100) {{ nodes {{ {_values(generation, one)} }} }} }}"
        for record in answer(document)[plural]["nodes"]:
            pool["version of", record["id"]].append(record["version"])
            for field, value in _parts(record):
                if value is not None and value not in pool[one.__name__, field]:
                    pool[one.__name__, field].append(value)
    for entity in root.lists.values():
        offered = [mutation_name(verb) for verb in verbs_about(generation, entity)]
        pool[entity.__name__, ACTIONS].extend(offered)
        if names := [one.api_name for one in translatable_fields(generation, entity)]:
            pool[TRANSLATED, "id"] += pool[entity.__name__, "id"]
            pool[TRANSLATED, "field"] += names
    pool[TRANSLATED, "language"] += LANGUAGES
    return dict(pool)


def _values(generation: Generation, entity: type) -> str:
    kind: Any = generation.schema.type_map[entity.__name__]
    fields = {name: one for name, one in kind.fields.items() if one.resolve is None}  # none by hand
    types = {name: _plain(one.type) for name, one in fields.items()}
    leaves = [name for name, one in types.items() if is_leaf_type(one)]
    money = [f"{name} {{ amount currency }}" for name, one in types.items() if one.name == "Money"]
    return " ".join([*leaves, *money])


def _plain(kind: Any) -> Any:
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    return kind


def _parts(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict) and value.keys() == {"amount", "currency"}:
            yield from ((f"{name}.{part}", one) for part, one in value.items())
        else:
            yield name, value
