"""What every add-on promises, as tests that it inherits in three lines.

class TestContract(AddOnContract):
    addon = "crm"
    folder = Path(__file__).parent.parent
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from graphql import GraphQLObjectType, GraphQLSchema

from dougong.access.permissions import Grant, Operation
from dougong.addons.collect import Contents, modules_of
from dougong.cli.schema import sdl_added_by
from dougong.generation import Generation
from dougong.testing.lists import ListField, check_lists
from dougong.testing.worlds import LiveWorld, World

REFUSALS = ("Refused", "Forbidden", "WrongState", "Invalid", "Conflict")


class AddOnContract:
    """Inherit it, say which add-on it is about, and where its folder is."""

    addon: ClassVar[str]
    folder: ClassVar[Path]

    def test_it_can_be_installed_with_nothing_but_what_it_needs(
        self, world: Callable[..., World]
    ) -> None:
        """Tables are made from its migrations, and its entities agree with them."""
        assert self.addon in world(self.addon).generation.parts

    def test_everything_that_it_brings_is_described(self, world: Callable[..., World]) -> None:
        """Types, fields, steps, actions and reports have a sentence for people to read."""
        schema = world(self.addon).generation.schema
        silent = [name for name in self._added(schema) if not self._describes(schema, name)]
        assert silent == []

    def test_every_refusal_has_a_sentence(self, world: Callable[..., World]) -> None:
        """No code of a refusal is shown bare."""
        for contents in self._contents(world):
            codes = {code for module in modules_of(contents.part) for code in _codes(module)}
            known = {
                code for found in world(self.addon).generation.contents for code in found.sentences
            } | set(contents.sentences)
            assert codes - known == set(), f"{contents.part.name} lacks sentences in locale/en.toml"

    def test_every_entity_is_readable_in_some_role(self, world: Callable[..., World]) -> None:
        """An entity that only administrators see was forgotten."""
        generation = world(self.addon).generation
        for contents in self._contents(world):
            for entity in contents.entities:
                grants = {
                    (grant.operation, grant.entity)
                    for role in generation.access.roles.values()
                    for grant in role.grants
                    if isinstance(grant, Grant)
                }
                parent = generation.owned.get(entity)
                seen = parent.link.target if parent else entity
                assert (Operation.READ, seen) in grants, f"nobody may read {entity.__name__}"

    def test_nobody_who_has_not_signed_in_sees_a_record(
        self, live_world: Callable[..., LiveWorld]
    ) -> None:
        """Every list of the add-on is empty for the anonymous, and nothing is counted."""
        served = live_world(self.addon)
        generation = served.runtime.generation
        models = [model for model in generation.models.values() if model.addon == self.addon]
        lists = {m.api_plural: {"totalCount": 0, "nodes": []} for m in models}
        stats = {f"{m.api_name}Stats": [{"count": 0}] for m in models}
        asked = [*(f"{name} {{ totalCount nodes {{ id }} }}" for name in lists)]
        asked += [f"{name} {{ count }}" for name in stats]
        if asked:
            assert served.ask(f"{{ {' '.join(asked)} }}") == {**lists, **stats}

    def test_every_list_takes_one_statement_however_long_it_is(
        self, live_world: Callable[..., LiveWorld]
    ) -> None:
        """With 1 row and with 1,000, and every value of each record of a page asked for."""
        check_lists(live_world(self.addon), self._concerns)

    def _concerns(self, generation: Generation, some: ListField) -> bool:
        extensions = generation.extensions.get(some.entity, ())
        parts = [some.entity, *([some.owner] if some.owner else []), *extensions]
        return any(part.__addon__.split("__")[0] == self.addon for part in parts)

    def test_its_golden_schema_says_what_it_adds_to_the_api(self) -> None:
        """`dougong schema --addon NAME > schema.graphql` writes it anew."""
        golden = (self.folder / "schema.graphql").read_text("utf-8")
        assert golden == sdl_added_by(self.addon)

    def test_it_has_a_readme_and_a_changelog(self) -> None:
        """A stranger finds out what it is for."""
        assert (self.folder / "README.md").read_text("utf-8").startswith("# ")
        assert (self.folder / "CHANGELOG.md").is_file()

    def _contents(self, world: Callable[..., World]) -> Iterator[Contents]:
        for contents in world(self.addon).generation.contents:
            if contents.part.name.split("__")[0] == self.addon:
                yield contents

    def _added(self, schema: GraphQLSchema) -> list[str]:
        """`Lead`, `Lead.name`, `Mutation.qualifyLead`: what the composed schema has of it."""
        return [
            name
            for kind in schema.type_map.values()
            if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
            for name in (kind.name, *(f"{kind.name}.{field}" for field in kind.fields))
        ]

    @staticmethod
    def _describes(schema: GraphQLSchema, name: str) -> bool:
        type_name, _, field = name.partition(".")
        kind: Any = schema.type_map[type_name]
        if type_name.endswith("Payload"):
            return True
        return bool(kind.fields[field].description if field else kind.description)


def _codes(module: Any) -> Iterator[str]:
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in REFUSALS
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)
