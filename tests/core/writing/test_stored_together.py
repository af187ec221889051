"""Records that bring children, and to which others react, stored together."""

from typing import Any

import pytest
from gardens import CREATE as CREATE_ONE
from gardens import Api
from sqlalchemy import event

from dougong import Refused
from dougong_bees import Hive
from dougong_garden import Bed, Plant, plugged

CREATE = """mutation ($rows: [BedCreate!]!, $on: OnError! = SKIP_FAILED) {
    createBeds(inputs: $rows, onError: $on) {
        results { bed { name version weight plants { nodes { name strength } } }
                  userErrors { path code } } } }"""
PLANTS = "select p.name from garden.plant p join garden.bed b on b.id = bed_id order by b.id, p.id"


def beds(count: int, plants: int = 2) -> list[dict[str, Any]]:
    """Inputs of beds with plants."""
    return [
        {"name": f"b{n}", "plants": [{"name": f"p{n}.{m}"} for m in range(plants)]}
        for n in range(count)
    ]


def refusals(payload: Any) -> list[list[tuple[list[str], str]]]:
    return [[(one["path"], one["code"]) for one in row["userErrors"]] for row in payload["results"]]


@pytest.mark.parametrize("many", [2, 100])
def test_rows_with_children_and_reactions_are_written_by_as_many_statements_as_two(
    api: Api, many: int
) -> None:
    written: list[str] = []
    [(last,)] = api.rows("select coalesce(max(id), 0) from dougong.event")

    def remember(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE")) and "dougong.worker" not in statement:
            written.append(statement)

    event.listen(api.live.engine, "before_cursor_execute", remember)
    payload = api.do(CREATE, rows=beds(many))
    event.remove(api.live.engine, "before_cursor_execute", remember)

    # beds, hives; plants, scents; the events of all
    assert len(written) == 5
    assert [one["bed"]["version"] for one in payload["results"]] == [1] * many
    assert payload["results"][1]["bed"]["weight"] == "2.0000"
    assert api.rows(PLANTS) == [(f"p{n}.{m}",) for n in range(many) for m in (0, 1)]
    assert api.rows("select verb, count(*), count(distinct record_id) from dougong.event"
                    f" where entity like 'garden.%' and id > {last} group by verb order by verb") == [
        ("garden.bed.create", many, many), ("garden.plant.create", 2 * many, 2 * many),
    ]  # fmt: skip


def test_who_looks_before_a_row_finds_the_rows_before_it_with_their_children(api: Api) -> None:
    def five_plants_at_most(bed: Any, ctx: Any) -> None:
        there = sum(len(one.plants) for one in ctx.find(Bed))
        if there + len(bed.plants) > 5:
            raise Refused("too_crowded", at="plants")

    plugged["bees before create"] = five_plants_at_most

    payload = api.do(CREATE, rows=beds(4))

    assert refusals(payload) == [[], []] + [
        [(["inputs", n, "plants"], "too_crowded")] for n in "23"
    ]


def test_who_looks_before_a_row_finds_what_followed_from_the_rows_before_it(api: Api) -> None:
    found: list[int] = []

    def taste(_bed: Any, ctx: Any) -> None:
        found.append(sum(hive.honey for hive in ctx.find(Hive)))

    def collect(bed: Any, _ctx: Any) -> None:
        Hive.of(bed).honey += 1

    plugged["bees before create"] = taste
    plugged["bees after create"] = collect

    payload = api.do(CREATE, rows=beds(3, 0))

    assert refusals(payload) == [[]] * 3
    assert found == [0, 1, 2]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_row_that_a_reaction_refuses_is_named_and_the_others_are_done(
    api: Api, moment: str
) -> None:
    def refuse(bed: Any, _ctx: Any) -> None:
        if bed.name in ("b3", "b17"):
            raise Refused("too_wet", at="name")

    plugged[f"bees {moment} create"] = refuse

    payload = api.do(CREATE, rows=beds(30))

    said = refusals(payload)
    assert [said[3], said[17]] == [[(["inputs", n, "name"], "too_wet")] for n in ("3", "17")]
    assert sum(map(bool, said)) == 2
    assert api.rows("select count(*) from garden.bed") == [(28,)]
    assert api.rows("select count(*) from garden.plant") == [(56,)]


def test_a_child_that_cannot_be_stored_is_named_below_its_row(api: Api) -> None:
    def refuse(plant: Any, _ctx: Any) -> None:
        if plant.name == "p4.1":
            raise Refused("too_dry", at="name")

    plugged["bees before planting"] = refuse
    rows = beds(6)
    rows[1]["plants"][1]["label"] = rows[2]["plants"][0]["label"] = "same"
    rows[5]["plants"][0] |= {"strength": 3}

    payload = api.do(CREATE, rows=rows)

    assert refusals(payload) == [
        [], [], [(["inputs", "2", "plants", "0", "label"], "taken")],
        [], [(["inputs", "4", "plants", "1", "name"], "too_dry")], [],
    ]  # fmt: skip
    strong = payload["results"][5]["bed"]["plants"]["nodes"]
    assert [one["strength"] for one in strong] == [3, 0]


def test_one_of_many_children_of_one_record_that_cannot_be_stored_is_named(api: Api) -> None:
    [bed] = beds(1, plants=30)
    bed["plants"][20]["label"] = bed["plants"][25]["label"] = "same"

    assert api.refused(CREATE_ONE, input=bed) == [(["input", "plants", "25", "label"], "taken")]
    assert api.rows(PLANTS) == []


def test_many_children_of_one_record_are_written_by_a_few_statements(api: Api) -> None:
    inserted: list[str] = []

    def remember(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO garden.plant"):
            inserted.append(statement)

    event.listen(api.live.engine, "before_cursor_execute", remember)
    api.bed(plants=beds(1, plants=30)[0]["plants"])
    event.remove(api.live.engine, "before_cursor_execute", remember)

    assert len(inserted) == 1
    assert api.rows(PLANTS) == [(f"p0.{m}",) for m in range(30)]


def test_a_reaction_before_a_child_finds_its_parent_stored(api: Api) -> None:
    found: list[Any] = []

    def look(plant: Any, ctx: Any) -> None:
        ctx.lock(plant.bed)
        found.append((plant.bed.id is not None, plant.bed.name, len(ctx.find(Plant))))

    plugged["bees before planting"] = look

    payload = api.do(CREATE, rows=beds(2))

    assert refusals(payload) == [[], []]
    assert found == [(True, f"b{n // 2}", n) for n in range(4)]
