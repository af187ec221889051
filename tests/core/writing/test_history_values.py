"""Histories tell values as the fields themselves do."""

from collections.abc import Callable
from typing import Any

from gardens import LiveGarden

from dougong.builtin.audit.entries import audit_changes

FIELDS = ("name", "code", "crop", "length", "width", "rent", "rows", "notes", "state")
BEDS = """{ beds { nodes { name code crop length width rent { amount currency } rows notes state
    history { nodes { kind changes { field label from to } } } } } }"""
CREATE = """mutation ($input: BedCreate!) { createBed(input: $input) {
    bed { id } userErrors { code path } } }"""
UPDATE = """mutation ($patch: BedPatch!) { updateBed(id: "Bed:1", version: 1, patch: $patch) {
    bed { id } userErrors { code path } } }"""


def test_values_of_every_kind_are_told_as_the_record_shows_them(
    live_garden: Callable[..., LiveGarden],
) -> None:
    garden = live_garden("garden")
    with garden.engine.begin() as connection:
        audit_changes(connection, "garden")
    head = garden.person("garden.head")
    given: dict[str, Any] = {
        "name": "North",
        "code": "N",
        "crop": "LEEK",
        "length": "2.50",
        "rent": {"amount": "10.10", "currency": "EUR"},
        "rows": 7,
        "notes": {"depth": 1.25, "empty": None, "list": [1, "斗"]},
    }
    garden.ask(CREATE, head, input=given)
    (before,) = garden.ask(BEDS, head)["beds"]["nodes"]
    patch = {"crop": "CARROT", "length": "3", "rows": None, "notes": None}

    done = garden.ask(UPDATE, head, patch=patch)

    assert done["updateBed"]["userErrors"] == []
    (after,) = garden.ask(BEDS, head)["beds"]["nodes"]
    updated, created = after["history"]["nodes"]
    told = {one["field"]: one["to"] for one in created["changes"]}
    assert told == {name: before[name] for name in FIELDS}
    changes = {one["field"]: (one["from"], one["to"]) for one in updated["changes"]}
    names = ("crop", "length", "rows", "notes")
    assert changes == {name: (before[name], after[name]) for name in names}
