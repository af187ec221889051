"""The contract that add-ons inherit finds what it is there to find: one planted fault at a time."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
from tests.core.lifecycle.conftest import ThrowAway

from dougong.db.engine import open_database
from dougong.testing.contract import AddOnContract
from dougong.testing.databases import Databases
from dougong.testing.round_trip import round_trip

FILES = {
    "pyproject.toml": '[project]\nname = "x"\ndependencies = ["dougong", "dougong-party"]\n',
    "README.md": "# Things\n\n`{Name}`; `finish`, `lose`, `count{Name}`\n",
    "CHANGELOG.md": "# Changelog\n",
}
MODULES = {
    "permissions": """
        from dougong import Permission
        WORK = Permission("{name}.work", "Work on things.")
        """,
    "entities": """
        from enum import StrEnum
        from dougong import Entity, link
        from dougong_party import Party
        from sqlalchemy.orm import Mapped, mapped_column

        class {Name}State(StrEnum):
            '''How far a thing has come.'''
            NEW = "NEW"
            DONE = "DONE"
            LOST = "LOST"

        class {Name}(Entity):
            '''A thing.'''
            note: Mapped[str]
            '''What there is to say.'''
            state: Mapped[{Name}State] = mapped_column(default={Name}State.NEW, init=False)
            '''How far it has come.'''
            party: Mapped[Party | None] = link(default=None)
            '''Whose it is.'''
        """,
    "workflows": """
        from dougong import Context, Workflow
        from dougong_{name}.entities import {Name}, {Name}State as S
        from dougong_{name}.permissions import WORK
        flow = Workflow({Name}, {Name}.state, final=[S.DONE, S.LOST])

        @flow.step(S.NEW, to=S.DONE, needs=WORK)
        def finish(thing: {Name}, ctx: Context) -> None:
            '''It is done.'''

        @flow.step(S.NEW, to=S.LOST, needs=WORK)
        def lose(thing: {Name}, ctx: Context) -> None:
            '''It is lost.'''
        """,
    "actions": """
        from dougong import Context, Refused, action
        from dougong_{name}.entities import {Name}
        from dougong_{name}.permissions import WORK

        @action(needs=WORK)
        def count_{name}(thing: {Name}, ctx: Context) -> {Name}:
            '''Count it.'''
            raise Refused("wrong_state")
        """,
    "roles": """
        from dougong import Role, all_rows, read
        from dougong_{name}.entities import {Name}
        from dougong_{name}.permissions import WORK
        WORKER = Role("{name}.worker", "Works.", grants=[WORK, read({Name})], rows=[all_rows({Name})])
        """,
}
FAULTS: list[tuple[str, str, str, str, str]] = [
    ("dead_end", "workflows", "final=[S.DONE, S.LOST]", "final=[S.DONE]", "LOST has no way out"),
    ("reached", "entities", 'LOST = "LOST"', 'LOST = "LOST"\n    ODD = "ODD"', "leads to ODD"),
    ("permission", "permissions", "WORK =", 'IDLE = Permission("{name}.idle", "x")\nWORK =', "needs"),
    ("permission", "roles", "grants=[WORK, ", "grants=[", "no role grants {name}.work"),
    ("depends", "pyproject.toml", ', "dougong-party"', "", "needs party, pyproject.toml does not"),
    ("depends", "pyproject.toml", "-party", '-party", "dougong-crm', "depends on crm, the manif"),
    ("depends", "actions", "from dougong import", "import dougong_product\nfrom dougong import", "not needed"),
    ("readme", "README.md", "`{Name}`; ", "", "does not name {Name}"),
    ("readme", "README.md", "`lose`", "lose", "does not name lose"),
    ("readme", "README.md", "`count{Name}`", "count", "does not name count{Name}"),
    ("sentence", "actions", '"wrong_state"', '"what_is_this"', "no sentence for what_is_this"),
    ("described", "entities", "'''What there is to say.'''", "", "{Name}.note"),
    ("readable", "roles", "read({Name})", "", "nobody may read {Name}"),
]  # fmt: skip
TESTS = {
    "dead_end": "test_every_state_is_reached_and_every_dead_end_is_final",
    "reached": "test_every_state_is_reached_and_every_dead_end_is_final",
    "permission": "test_every_permission_is_asked_for_and_granted",
    "depends": "test_it_depends_on_what_it_imports",
    "readme": "test_it_has_a_changelog_and_a_readme_that_names_what_there_is",
    "sentence": "test_every_refusal_has_a_sentence",
    "described": "test_everything_that_it_brings_is_described",
    "readable": "test_every_entity_is_readable_in_some_role",
    "lists": "test_every_list_can_be_filtered_ordered_and_paged_through",
}


def planted(throw_away: ThrowAway, place: str = "", old: str = "", new: str = "") -> AddOnContract:
    """The contract of an add-on with one fault; without a place it has none."""
    name = throw_away.name("thing")

    def text(key: str, source: str) -> str:
        source = textwrap.dedent(source)
        if key == place:
            assert old in source
            source = source.replace(old, new)
        return source.replace("{name}", name).replace("{Name}", name.title())

    throw_away.write(name, needs="party", **{k: text(k, source) for k, source in MODULES.items()})
    for file, source in FILES.items():
        (throw_away.folder / file).write_text(text(file, source), "utf-8")
    made: Any = type("Planted", (AddOnContract,), {"addon": name, "folder": throw_away.folder})
    return made()  # type: ignore[no-any-return]


def test_an_add_on_without_a_fault_keeps_the_contract(throw_away: ThrowAway) -> None:
    contract = planted(throw_away)

    for test in set(TESTS.values()):
        getattr(contract, test)()


@pytest.mark.parametrize(("kind", "place", "old", "new", "says"), FAULTS)
def test_a_planted_fault_is_found(
    throw_away: ThrowAway, kind: str, place: str, old: str, new: str, says: str
) -> None:
    contract = planted(throw_away, place, old, new)
    name = contract.addon

    with pytest.raises(AssertionError) as found:
        getattr(contract, TESTS[kind])()

    assert says.replace("{name}", name).replace("{Name}", name.title()) in str(found.value)


def test_a_list_that_cannot_be_paged_through_is_found(
    throw_away: ThrowAway, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = planted(throw_away)
    root = contract._whole.schema.query_type
    assert root is not None
    monkeypatch.delitem(root.fields[f"{contract.addon}s"].args, "after")

    with pytest.raises(AssertionError, match=f"{contract.addon}s has no after"):
        getattr(contract, TESTS["lists"])()


LEFT_BEHIND = """do $do$ begin execute 'create function ' ||
    'party.left_behind() returns int language sql as $$ select 1 $$'; end $do$"""
"""A revision that says so plainly is refused when it is run."""


def test_what_does_not_leave_whole_is_found(
    databases: Databases, throw_away: ThrowAway, tmp_path: Path
) -> None:
    name = planted(throw_away).addon
    engine = open_database(databases.shared("party"), pool_size=None)
    revision = throw_away.write_revision(engine, name)
    engine.dispose()
    assert revision is not None
    revision.write_text(f"{revision.read_text('utf-8')}    op.execute({LEFT_BEHIND!r})\n", "utf-8")

    with pytest.raises(AssertionError) as found:
        round_trip(databases, name, tmp_path / "archives")

    said = "after the removal: missing [], not expected ['party: function party.left_behind()"
    assert said in str(found.value)
