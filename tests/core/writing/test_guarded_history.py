"""Histories do not tell what is hidden: fields that only some may see, and that they changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from gardens import LiveGarden, make_tables
from sqlalchemy import text

from dougong.builtin.audit.entries import audit_changes
from dougong.testing.databases import Databases
from dougong.testing.worlds import Person

HISTORY = """{ deals { nodes { name history { totalCount
    edges { cursor } pageInfo { hasNextPage startCursor endCursor }
    nodes { at kind label verb addon changes { field from to } } } } } }"""
UPDATE = """mutation ($id: ID!, $version: Int!, $patch: DealPatch!) {
    updateDeal(id: $id, version: $version, patch: $patch) {
        deal { version } userErrors { code message } } }"""


@pytest.fixture
def vault(databases: Databases) -> Iterator[LiveGarden]:
    url = databases.clone()
    make_tables(url)
    live = LiveGarden(url, "vault", "appraisal")
    with live.engine.begin() as connection:
        for part in ("vault", "appraisal"):
            audit_changes(connection, part)
    yield live
    live.close()


@pytest.fixture
def boss(vault: LiveGarden) -> Person:
    """Who has made a deal with everything in it."""
    boss = vault.person("dougong.administrator", name="boss")
    made = vault.ask(
        """mutation ($input: DealCreate!) {
            createDeal(input: $input) { userErrors { code path } } }""",
        boss,
        input={
            "name": "first",
            "owner": f"User:{boss.principal.user_id}",
            "note": "noted",
            "price": {"amount": "10", "currency": "EUR"},
            "margin": "3.5",
            "code": "hush",
            "words": "said",
        },
    )
    assert made["createDeal"]["userErrors"] == []
    return boss


def change(vault: LiveGarden, who: Person, patch: dict[str, Any]) -> None:
    with vault.engine.connect() as connection:
        version = connection.execute(text("select version from vault.deal")).scalar_one()
    answer = vault.ask(UPDATE, who, id="Deal:1", version=version, patch=patch)
    assert answer["updateDeal"]["userErrors"] == []


def fields(vault: LiveGarden, who: Person) -> list[set[str]]:
    (deal,) = vault.ask(HISTORY, who)["deals"]["nodes"]
    return [{one["field"] for one in node["changes"]} for node in deal["history"]["nodes"]]


@pytest.mark.parametrize(
    "patch",
    [
        {"margin": "4.5"},
        {"note": "noted anew"},
        {"price": {"amount": "11", "currency": "USD"}},
        {"code": None},
        {"backer": "User:1"},
        {"words": "said anew"},
        {"margin": None, "note": None, "price": None},
    ],
)
def test_a_change_of_hidden_fields_changes_no_byte_of_the_history(
    vault: LiveGarden, boss: Person, patch: dict[str, Any]
) -> None:
    reader = vault.person("vault.reader")
    before = vault.post(HISTORY, reader).content

    change(vault, boss, patch)

    assert vault.post(HISTORY, reader).content == before
    assert len(fields(vault, boss)) > 1


def test_of_a_change_only_the_fields_are_told_that_one_may_see(
    vault: LiveGarden, boss: Person
) -> None:
    change(vault, boss, {"name": "renamed", "margin": "4", "note": "noted anew"})

    assert fields(vault, vault.person("vault.reader")) == [{"name"}, {"name", "state", "owner"}]
    assert fields(vault, boss)[0] == {"name", "margin", "note"}


def test_who_may_see_a_field_of_some_records_is_told_of_it_there(
    vault: LiveGarden, boss: Person
) -> None:
    both = vault.person("vault.reader", "vault.keeper")
    change(vault, boss, {"margin": "4"})
    assert fields(vault, both) == [{"name", "state", "owner"}]

    change(vault, boss, {"owner": f"User:{both.principal.user_id}"})

    assert fields(vault, both)[:2] == [{"owner"}, {"margin"}]
