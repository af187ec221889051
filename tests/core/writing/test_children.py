"""Children written with their parent: added, changed and removed by its patch."""

from typing import Any

import pytest
from gardens import Api

PATCH = """mutation ($id: ID!, $patch: BedPatch!, $version: Int! = 1) {
    updateBed(id: $id, version: $version, patch: $patch) {
        bed { version name weight plants { nodes { id name weight strength } } }
        userErrors { path code message } } }"""
SHOWN = "select name, weight::text from garden.plant order by id"


def bed_with(api: Api, *names: str) -> tuple[str, list[str]]:
    """A new bed's id, and those of its plants."""
    bed = api.bed(plants=[{"name": name} for name in names])
    number = bed.partition(":")[2]
    found = api.rows(f"select id from garden.plant where bed_id = {number} order by id")
    return bed, [f"Plant:{plant}" for (plant,) in found]


def patched(api: Api, bed: str, *plants: dict[str, Any], **more: Any) -> Any:
    """The payload of a patch of a bed's plants."""
    return api.do(PATCH, id=bed, patch={"plants": list(plants), **more})


def test_a_patch_adds_changes_and_removes_and_leaves_the_others(api: Api) -> None:
    bed, (first, second, third) = bed_with(api, "a", "b", "c")

    payload = patched(
        api,
        bed,
        {"id": second, "weight": "2.5", "strength": 4},
        {"id": first, "remove": True},
        {"name": "d", "strength": 2},
        name="South",
    )

    assert payload["userErrors"] == []
    assert payload["bed"]["version"] == 2
    assert payload["bed"]["name"] == "South"
    assert payload["bed"]["weight"] == "4.5000"
    plants = payload["bed"]["plants"]["nodes"]
    assert [plant["id"] for plant in plants[:2]] == [second, third]
    assert [(plant["name"], plant["strength"]) for plant in plants] == [
        ("b", 4),
        ("c", 0),
        ("d", 2),
    ]


def test_children_go_through_their_own_verbs(api: Api) -> None:
    bed, (first, second) = bed_with(api, "a", "b")

    patched(api, bed, {"id": first, "name": "x"}, {"id": second, "remove": True}, {"name": "y"})

    done = (
        "select verb from dougong.event where at = (select max(at) from dougong.event) order by id"
    )
    assert [verb for (verb,) in api.rows(done)] == [
        "garden.bed.update",
        "garden.plant.update",
        "garden.plant.delete",
        "garden.plant.create",
    ]


@pytest.mark.parametrize("plants", [[], None], ids=str)
def test_no_children_change_nothing(api: Api, plants: Any) -> None:
    bed, _ = bed_with(api, "a")

    payload = api.do(PATCH, id=bed, patch={"plants": plants})

    assert payload["bed"]["version"] == 1


@pytest.mark.parametrize(
    ("plant", "path", "code"),
    [
        ({"weight": "2"}, ["name"], "missing_value"),
        ({"name": None}, ["name"], "missing_value"),
        ({"name": "\x00"}, ["name"], "bad_text"),
        ({"name": "n", "label": "taken"}, ["label"], "taken"),
        ({"name": "n", "brand": "taken"}, ["brand"], "taken"),
        ({"remove": True}, ["id"], "missing_value"),
        ({"id": "Plant:0", "name": "n"}, [], "not_found"),
        ({"id": "Bed:1", "name": "n"}, [], "bad_id"),
    ],
    ids=str,
)
def test_a_child_that_cannot_be_written_is_named_by_its_place(
    api: Api, plant: dict[str, Any], path: list[str], code: str
) -> None:
    api.bed(plants=[{"name": "x", "label": "taken", "brand": "taken"}])
    bed, _ = bed_with(api, "a")
    before = api.rows(SHOWN)

    payload = patched(api, bed, {"name": "first"}, plant)

    assert [(one["path"], one["code"]) for one in payload["userErrors"]] == [
        (["patch", "plants", "1", *path], code)
    ]
    assert payload["bed"] is None
    assert api.rows(SHOWN) == before


def test_a_child_of_another_parent_is_not_found(api: Api) -> None:
    _, (other,) = bed_with(api, "other")
    bed, (mine,) = bed_with(api, "mine")

    for plant in ({"id": other, "name": "x"}, {"id": other, "remove": True}):
        payload = patched(api, bed, {"id": mine, "name": "x"}, plant)
        assert [(one["path"], one["code"]) for one in payload["userErrors"]] == [
            (["patch", "plants", "1"], "not_found")
        ]
    assert api.rows("select name from garden.plant order by name") == [("mine",), ("other",)]


def test_a_child_is_either_removed_or_changed_and_only_once(api: Api) -> None:
    bed, (plant,) = bed_with(api, "a")

    both = patched(api, bed, {"id": plant, "remove": True, "name": "x"})
    twice = patched(api, bed, {"id": plant, "remove": True}, {"id": plant, "name": "x"})

    assert [one["code"] for one in both["userErrors"]] == ["removed_and_changed"]
    assert [one["path"] for one in twice["userErrors"]] == [["patch", "plants", "1"]]
    assert api.rows("select name from garden.plant") == [("a",)]


def test_whoever_saw_other_children_is_told(api: Api) -> None:
    bed, (plant,) = bed_with(api, "a")
    patched(api, bed, {"name": "b"})

    payload = patched(api, bed, {"id": plant, "name": "x"})

    assert [one["code"] for one in payload["userErrors"]] == ["stale_version"]


def test_who_may_not_change_the_parent_does_not_change_its_children(api: Api) -> None:
    visitor = api.live.person("garden.visitor")
    bed, (plant,) = bed_with(api, "a")

    for one in ({"id": plant, "name": "x"}, {"name": "x"}, {"id": plant, "remove": True}):
        said = api.live.ask(PATCH, visitor, id=bed, patch={"plants": [one]})["updateBed"]
        assert [error["code"] for error in said["userErrors"]] == ["needs_grant"]
    assert api.rows("select name from garden.plant") == [("a",)]


def test_children_of_many_are_patched_at_once(api: Api) -> None:
    document = """mutation ($rows: [BedUpdate!]!) { updateBeds(changes: $rows) {
        results { bed { version plants { nodes { name } } } userErrors { path code } } } }"""
    bed, (plant,) = bed_with(api, "a")
    patch = {"plants": [{"id": plant, "name": "x"}, {"name": "y", "label": "l"}]}
    again = {"plants": [{"name": "z", "label": "l"}]}
    other, _ = bed_with(api)

    done = api.do(document, rows=[{"id": bed, "version": 1, "patch": patch}])
    refused = api.do(document, rows=[{"id": other, "version": 1, "patch": again}])

    assert done["results"][0]["bed"]["plants"]["nodes"] == [{"name": "x"}, {"name": "y"}]
    assert refused["results"][0]["userErrors"] == [
        {"path": ["changes", "0", "patch", "plants", "0", "label"], "code": "taken"}
    ]
