"""What every add-on promises, as tests that it inherits in three lines.

class TestContract(AddOnContract):
    addon = "crm"
    folder = Path(__file__).parent.parent
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from graphql import GraphQLObjectType, GraphQLSchema

from dougong.access.permissions import Grant, Operation
from dougong.addons.collect import Contents
from dougong.addons.discovery import manifest_of, parts_of
from dougong.addons.rehearsal import with_needs
from dougong.cli.schema import sdl_added_by
from dougong.generation import Generation
from dougong.testing import promises
from dougong.testing.databases import Databases
from dougong.testing.lists import ListField, check_lists
from dougong.testing.round_trip import round_trip
from dougong.testing.worlds import LiveWorld, World


class AddOnContract:
    """Inherit it, say which add-on it is about, and where its folder is."""

    addon: ClassVar[str]
    folder: ClassVar[Path]

    @property
    def _whole(self) -> Generation:
        """The add-on with all that it needs, and with the other sides of its bridges."""
        return _generation(self.addon, *manifest_of(self.addon)[0].bridges)

    @property
    def _contents(self) -> list[Contents]:
        return promises.contents_for(self._whole, self.addon)

    def test_it_can_be_installed_with_nothing_but_what_it_needs(
        self, world: Callable[..., World]
    ) -> None:
        """Tables are made from its migrations, and its entities agree with them."""
        parts = world(self.addon).generation.parts
        assert self.addon in parts
        assert not any(part.is_bridge for part in parts.values() if self.addon in part.needs)

    def test_with_its_bridges_it_leaves_nothing_when_removed_and_comes_back_row_for_row(
        self, databases: Databases, tmp_path: Path
    ) -> None:
        """Installed beside what it joins, filled, removed, restored; the others never notice."""
        round_trip(databases, self.addon, tmp_path)

    def test_everything_that_it_brings_is_described(self) -> None:
        """Types, fields, steps, actions and reports have a sentence for people to read."""
        schema = self._whole.schema
        assert [name for name in self._added(schema) if not self._describes(schema, name)] == []

    def test_every_refusal_has_a_sentence(self) -> None:
        """No code of a refusal is shown bare."""
        said = promises.silent_refusals(self._whole, self._contents)
        assert said == [], "write them in locale/en.toml"

    def test_every_text_is_said_in_every_language(self) -> None:
        """Labels, explanations and refusals of the add-on and its bridges."""
        wanting = promises.untranslated(self._contents)
        assert wanting == [], f"run `dougong translate {self.addon}`, and fill in its locale/*.po"

    def test_every_state_is_reached_and_every_dead_end_is_final(self) -> None:
        """Records neither get stuck nor have states that they never come to."""
        assert promises.dead_ends(self._whole, self._contents) == []

    def test_every_permission_is_asked_for_and_granted(self) -> None:
        """A permission that nothing needs promises what is not there."""
        assert promises.idle_permissions(self._whole, self._contents) == []

    def test_it_depends_on_what_it_imports(self) -> None:
        """Imports, pyproject.toml and manifest name the same add-ons."""
        manifest, _point = manifest_of(self.addon)
        assert promises.undeclared_dependencies(self.folder, manifest) == []

    def test_every_list_can_be_filtered_ordered_and_paged_through(self) -> None:
        """Of the root and of records."""
        assert promises.short_lists(self._whole, self.addon) == []

    def test_every_entity_is_readable_in_some_role(self) -> None:
        """An entity that only administrators see was forgotten."""
        generation = self._whole
        grants = {
            (grant.operation, grant.entity)
            for role in generation.access.roles.values()
            for grant in role.grants
            if isinstance(grant, Grant)
        }
        for entity in (one for found in self._contents for one in found.entities):
            seen = entity
            while parent := generation.owned.get(seen):  # children of children, too
                seen = parent.link.target
            assert (Operation.READ, seen) in grants, f"nobody may read {entity.__name__}"

    def test_nobody_who_has_not_signed_in_sees_a_record(
        self, live_world: Callable[..., LiveWorld]
    ) -> None:
        """Every list of the add-on is empty for the anonymous, and nothing is counted."""
        served = live_world(self.addon)
        generation = served.runtime.generation
        models = [model for model in generation.models.values() if model.addon == self.addon]
        for first in range(0, len(models), 20):  # a document asks for 50 fields of the root at most
            some = models[first : first + 20]
            lists = {m.api_plural: {"totalCount": 0, "nodes": []} for m in some}
            stats = {f"{m.api_name}Stats": [{"count": 0}] for m in some}
            asked = [*(f"{name} {{ totalCount nodes {{ id }} }}" for name in lists)]
            asked += [f"{name} {{ count }}" for name in stats]
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

    def test_what_it_adds_to_the_api_is_named_as_everything_there(self) -> None:
        """Fields and arguments `likeThis`, types `LikeThis`."""
        assert promises.oddly_named((self.folder / "schema.graphql").read_text("utf-8")) == []

    def test_it_has_a_changelog_and_a_readme_that_names_what_there_is(self) -> None:
        """A stranger finds out what it is for: every entity, step and action."""
        readme = (self.folder / "README.md").read_text("utf-8")
        assert readme.startswith("# ")
        assert promises.unnamed_in(readme, self._contents) == []
        assert (self.folder / "CHANGELOG.md").is_file()

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


@cache
def _generation(*addons: str) -> Generation:
    return Generation(0, parts_of(with_needs(addons)))
