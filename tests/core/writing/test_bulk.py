"""Many records at once: a result for each row, and what happens when one is refused."""

import itertools
import threading
from typing import Any

import pytest
from gardens import Api
from sqlalchemy import event

from dougong import Refused
from dougong_bees import Hive
from dougong_garden import Plant, journal, plugged

CREATE = """mutation ($rows: [BedCreate!]!, $on: OnError! = REJECT_ALL) %s {
    createBeds(inputs: $rows, onError: $on) {
        results { bed { id name version plants { nodes { name } } } userErrors { path code params } }
        userErrors { path code } } }"""
UPDATE = """mutation ($rows: [BedUpdate!]!, $on: OnError! = REJECT_ALL) {
    updateBeds(changes: $rows, onError: $on) {
        results { bed { name version } userErrors { path code } } userErrors { path code } } }"""
DELETE = """mutation ($rows: [RecordVersion!]!, $on: OnError! = REJECT_ALL) {
    deleteBeds(records: $rows, onError: $on) {
        results { deletedId userErrors { path code } } userErrors { path code } } }"""
BEDS = "select name from garden.bed order by id"
ROWS = [
    {"name": "A"},
    {"name": "B", "code": "taken"},
    {"name": "C", "plants": [{"name": "p"}, {"name": "q", "weight": None}]},
    {"name": "D"},
]


def codes(payload: Any) -> list[list[str]]:
    """The codes of each row's refusals."""
    return [[error["code"] for error in one["userErrors"]] for one in payload["results"]]


def changed(beds: list[str], **patch: Any) -> list[dict[str, Any]]:
    """Changes of beds as they were made."""
    return [{"id": bed, "version": 1, "patch": patch} for bed in beds]


# Create ---------------------------------------------------------------------------------------


def test_many_are_created_with_their_children_and_shown_in_order(api: Api) -> None:
    rows = [{"name": f"N{n}", "plants": [{"name": f"p{n}"}]} for n in range(20)]

    payload = api.do(CREATE % "", rows=rows)

    assert payload["userErrors"] == []
    assert [one["bed"]["name"] for one in payload["results"]] == [row["name"] for row in rows]
    assert payload["results"][7]["bed"]["plants"]["nodes"] == [{"name": "p7"}]
    assert api.rows("select count(*) from bees.hive") == [(20,)]


def test_no_rows_are_answered_with_no_results(api: Api) -> None:
    assert api.do(CREATE % "", rows=[]) == {"results": [], "userErrors": []}


def test_reject_all_does_nothing_and_says_everything_that_is_wrong(api: Api) -> None:
    api.bed(code="taken")

    payload = api.do(CREATE % "", rows=ROWS)

    assert codes(payload) == [["not_done"], ["taken"], ["missing_value"], ["not_done"]]
    assert payload["results"][0]["userErrors"][0]["params"] == {"because": "inputs.1"}
    assert all(one["bed"] is None for one in payload["results"])
    assert payload["userErrors"] == [
        {"path": ["inputs", "1", "code"], "code": "taken"},
        {"path": ["inputs", "2", "plants", "1", "weight"], "code": "missing_value"},
    ]
    assert api.rows(BEDS) == [("North",)]


def test_skip_failed_does_the_others(api: Api) -> None:
    api.bed(code="taken")

    payload = api.do(CREATE % "", rows=ROWS, on="SKIP_FAILED")

    assert codes(payload) == [[], ["taken"], ["missing_value"], []]
    assert [one["bed"] and one["bed"]["name"] for one in payload["results"]] == [
        "A",
        None,
        None,
        "D",
    ]
    assert len(payload["userErrors"]) == 2
    assert api.rows(BEDS) == [("North",), ("A",), ("D",)]


def test_stop_does_those_before(api: Api) -> None:
    api.bed(code="taken")

    payload = api.do(CREATE % "", rows=ROWS, on="STOP")

    assert codes(payload) == [[], ["taken"], ["not_done"], ["not_done"]]
    assert api.rows(BEDS) == [("North",), ("A",)]


def test_rows_of_one_call_may_not_take_the_same_key(api: Api) -> None:
    payload = api.do(CREATE % "", rows=[{"name": n, "code": "x"} for n in "AB"], on="SKIP_FAILED")

    assert codes(payload) == [[], ["taken"]]


def test_a_thousand_rows_are_the_most(api: Api) -> None:
    [error] = api.live.errors(CREATE % "", api.head, rows=[{"name": "x"}] * 1001)

    assert error["extensions"]["code"] == "TOO_COMPLEX"
    assert error["message"] == (
        "More than 1,000 rows, and children in them, are too many at once: send them in parts."
    )
    assert api.rows(BEDS) == []


def test_children_count_as_rows(api: Api) -> None:
    rows = [{"name": "x", "plants": [{"name": "p"}] * 500}] * 2

    [error] = api.live.errors(CREATE % "", api.head, rows=rows)

    assert error["extensions"]["code"] == "TOO_COMPLEX"
    assert api.rows(BEDS) == []


def test_reactions_run_for_every_row_and_may_refuse_one(api: Api) -> None:
    def refuse(bed: Any, _ctx: Any) -> None:
        if bed.name == "B":
            raise Refused("too_wet", at="name")

    rows = [{"name": name} for name in "ABC"]
    api.do(CREATE % "", rows=rows)
    ran = list(journal)
    plugged["bees before create"] = refuse

    payload = api.do(CREATE % "", rows=rows, on="SKIP_FAILED")

    assert ran == ["bees before create"] * 3 + ["bees after create"] * 3
    assert payload["userErrors"] == [{"path": ["inputs", "1", "name"], "code": "too_wet"}]
    assert api.rows(BEDS) == [(name,) for name in ("A", "B", "C", "A", "C")]


def test_a_bug_in_one_row_undoes_all(api: Api) -> None:
    counted = itertools.count()
    plugged["bees after create"] = lambda *_: 1 / (next(counted) - 1)

    [error] = api.live.errors(CREATE % "", api.head, rows=[{"name": n} for n in "AB"], on="STOP")

    assert error["extensions"]["code"] == "INTERNAL"
    assert api.rows(BEDS) == []


def test_what_is_refused_as_a_whole_counts_as_refused_among_others(api: Api) -> None:
    document = """mutation ($rows: [BedCreate!]!) @atomic {
        one: createBed(input: {name: "One"}) { userErrors { code } }
        all: createBeds(inputs: $rows) { results { userErrors { code } } userErrors { code } } }"""
    rows = [{"name": "A"}, {"name": "\x00"}]

    said = api.live.ask(document, api.head, rows=rows)

    assert said["one"]["userErrors"] == [{"code": "not_done"}]
    assert codes(said["all"]) == [["not_done"], ["bad_text"]]
    assert api.rows(BEDS) == []


def test_a_refused_bulk_leaves_its_key_free_and_a_done_one_does_not(api: Api) -> None:
    document = """mutation ($rows: [BedCreate!]!) {
        createBeds(inputs: $rows, onError: SKIP_FAILED, idempotencyKey: "k") {
            results { bed { id } userErrors { code } } } }"""
    api.bed(code="taken")
    bad = {"name": "B", "code": "taken"}

    refused = api.live.ask(document, api.head, rows=[bad])
    partly = api.live.ask(document, api.head, rows=[bad, {"name": "A"}])

    assert codes(refused["createBeds"]) == [["taken"]]
    assert api.live.ask(document, api.head, rows=[bad, {"name": "A"}]) == partly
    assert api.rows(BEDS) == [("North",), ("A",)]


def test_trying_shows_the_same_and_leaves_nothing(api: Api) -> None:
    as_if = api.do(CREATE % "@dryRun", rows=ROWS[:1])
    assert api.rows(BEDS) == []

    done = api.do(CREATE % "", rows=ROWS[:1])

    as_if["results"][0]["bed"]["id"] = done["results"][0]["bed"]["id"]
    assert as_if == done


@pytest.mark.parametrize("many", [1, 100])
def test_the_results_are_read_by_one_statement(api: Api, many: int) -> None:
    read: list[str] = []

    def remember(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "asked.number" in statement:
            read.append(statement)

    event.listen(api.live.engine, "before_cursor_execute", remember)
    api.do(CREATE % "", rows=[{"name": "x"}] * many)
    event.remove(api.live.engine, "before_cursor_execute", remember)

    assert len(read) == 1


def test_links_of_all_rows_are_looked_up_at_once(api: Api) -> None:
    beds = [api.bed() for _ in range(5)]
    looked: list[str] = []

    def remember(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "garden.bed.id IN (" in statement:
            looked.append(statement)

    event.listen(api.live.engine, "before_cursor_execute", remember)
    rows = [{"name": "x", "neighbour": bed} for bed in beds]
    payload = api.do(
        CREATE % "", rows=[*rows, {"name": "y", "neighbour": "Bed:0"}], on="SKIP_FAILED"
    )
    event.remove(api.live.engine, "before_cursor_execute", remember)

    assert codes(payload) == [[], [], [], [], [], ["not_found"]]
    assert payload["results"][5]["userErrors"][0]["path"] == ["inputs", "5", "neighbour"]
    assert len(looked) == 3  # all at once; and twice the one that was not among them


# Update and delete ----------------------------------------------------------------------------


def test_many_are_changed(api: Api) -> None:
    beds = [api.bed(), api.bed()]

    payload = api.do(UPDATE, rows=changed(beds, name="South"))

    assert [one["bed"] for one in payload["results"]] == [{"name": "South", "version": 2}] * 2


def test_each_row_that_cannot_be_changed_says_why(api: Api) -> None:
    beds = [api.bed(code="taken"), api.bed(), api.bed()]
    rows = [
        *changed(beds[1:2], code="taken"),
        *changed(["Bed:0", "Plant:1"], name="x"),
        {"id": beds[2], "version": 7, "patch": {}},
        *changed([beds[0], beds[0]], name="First"),
    ]

    payload = api.do(UPDATE, rows=rows, on="SKIP_FAILED")

    assert [one["userErrors"] for one in payload["results"]] == [
        [{"path": ["changes", "0", "patch", "code"], "code": "taken"}],
        [{"path": ["changes", "1"], "code": "not_found"}],
        [{"path": ["changes", "2"], "code": "bad_id"}],
        [{"path": ["changes", "3", "version"], "code": "stale_version"}],
        [],
        [{"path": ["changes", "5", "version"], "code": "stale_version"}],
    ]
    assert api.rows(BEDS) == [("First",), ("North",), ("North",)]


def test_rows_that_nobody_may_see_are_not_told_from_those_that_are_not_there(api: Api) -> None:
    carrot, leek = api.bed(), api.bed(crop="LEEK")
    namer = api.live.person("garden.leeks", "garden.gardener")

    said = api.live.ask(UPDATE, namer, rows=changed([carrot, leek, "Bed:0"], name="x"))

    assert codes(said["updateBeds"]) == [["not_found"], ["outside_rows"], ["not_found"]]


def test_who_may_do_so_with_no_row_at_all_is_refused_before_any_is_looked_at(api: Api) -> None:
    rows = changed([api.bed(), "Bed:0"], name="x")

    for who in (None, api.live.person("garden.visitor")):
        payload = api.live.ask(UPDATE, who, rows=rows)["updateBeds"]
        assert payload == {"results": [], "userErrors": [{"path": [], "code": "needs_grant"}]}


def test_many_are_deleted(api: Api) -> None:
    beds = [api.bed(plants=[{"name": "p"}]), api.bed()]

    payload = api.do(DELETE, rows=[{"id": bed, "version": 1} for bed in beds])

    assert [one["deletedId"] for one in payload["results"]] == beds
    assert api.rows("select count(*) from garden.plant") == [(0,)]


def test_what_is_still_used_or_gone_already_is_skipped(api: Api) -> None:
    used = api.bed()
    user = api.bed(neighbour=used)
    rows = [{"id": bed, "version": 1} for bed in (used, user, user)]

    payload = api.do(DELETE, rows=rows, on="SKIP_FAILED")

    assert codes(payload) == [["still_used"], [], ["not_found"]]
    assert [one["deletedId"] for one in payload["results"]] == [None, user, None]
    assert api.rows("select count(*) from garden.bed") == [(1,)]


def test_children_may_be_changed_many_at_once_and_raise_their_parents_version_once(
    api: Api,
) -> None:
    api.bed(plants=[{"name": "a"}, {"name": "b"}])
    document = """mutation ($rows: [PlantUpdate!]!) { updatePlants(changes: $rows) {
        results { plant { name bed { version } } userErrors { path code } } } }"""
    plants = [f"Plant:{number}" for (number,) in api.rows("select id from garden.plant")]

    payload = api.do(document, rows=changed(plants, name="c"))

    assert [one["plant"] for one in payload["results"]] == [
        {"name": "c", "bed": {"version": 2}}
    ] * 2


def test_two_who_change_the_same_records_in_opposite_order_do_not_deadlock(api: Api) -> None:
    beds = [api.bed() for _ in range(10)]
    said: list[Any] = []

    def change(order: list[str]) -> None:
        said.append(api.do(UPDATE, rows=changed(order, name="x")))

    for _ in range(3):
        threads = [threading.Thread(target=change, args=[some]) for some in (beds, beds[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    done = [payload for payload in said if not payload["userErrors"]]
    assert len(said) == 6
    assert len(done) == 1


# All by one statement ---------------------------------------------------------------------------

PLANTS = """mutation ($rows: [PlantCreate!]!, $on: OnError! = REJECT_ALL) {
    createPlants(inputs: $rows, onError: $on) {
        results { plant { id name strength } userErrors { path code } } userErrors { path code } } }"""


@pytest.mark.parametrize("many", [1, 100])
def test_where_nobody_reacts_after_all_rows_are_written_by_a_few_statements(
    api: Api, many: int
) -> None:
    bed = api.bed()
    plugged["bees before planting"] = lambda plant, _ctx: setattr(plant, "name", f"{plant.name}!")
    written: list[str] = []

    def remember(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE")) and "dougong.worker" not in statement:
            written.append(statement)

    event.listen(api.live.engine, "before_cursor_execute", remember)
    payload = api.do(PLANTS, rows=[{"name": f"p{n}", "bed": bed} for n in range(many)])
    event.remove(api.live.engine, "before_cursor_execute", remember)

    assert [one["plant"]["name"] for one in payload["results"]] == [f"p{n}!" for n in range(many)]
    assert len(written) == 4  # plants, what the bees smell of them, the bed's version, events
    assert api.rows("select version from garden.bed") == [(2,)]
    created = "select count(*) from dougong.event where verb = 'garden.plant.create'"
    assert api.rows(f"{created} and record_id in (select id from garden.plant)") == [(many,)]
    assert api.rows("select count(*) from bees.scent") == [(many,)]


def test_rows_written_at_once_are_refused_like_others(api: Api) -> None:
    bed = api.bed()
    rows = [
        {"name": "a", "bed": bed, "label": "x", "strength": 3},
        {"name": "b", "bed": bed, "label": "x"},
        {"name": "c", "bed": "Bed:0"},
        {"name": "d", "bed": bed, "brand": "y"},
        {"name": "e", "bed": bed, "brand": "y"},
    ]

    payload = api.do(PLANTS, rows=rows, on="SKIP_FAILED")

    assert codes(payload) == [[], ["taken"], ["not_found"], [], ["taken"]]
    assert payload["results"][0]["plant"]["strength"] == 3
    assert [one["path"] for one in payload["userErrors"]] == [
        ["inputs", "1", "label"],
        ["inputs", "2", "bed"],
        ["inputs", "4", "brand"],
    ]


def test_a_reaction_finds_the_rows_that_came_before_its_own(api: Api) -> None:
    def two_at_most(plant: Any, ctx: Any) -> None:
        if len(ctx.find(Plant, Plant.bed == plant.bed)) == 2:
            raise Refused("too_crowded", at="bed")

    plugged["bees before planting"] = two_at_most
    rows = [{"name": name, "bed": bed} for bed in (api.bed(), api.bed()) for name in "abcd"]

    payload = api.do(PLANTS, rows=rows, on="SKIP_FAILED")

    assert codes(payload) == [[], [], ["too_crowded"], ["too_crowded"]] * 2
    assert payload["userErrors"][0]["path"] == ["inputs", "2", "bed"]
    assert api.rows("select name from garden.plant order by id") == [(n,) for n in "abab"]


def test_the_parents_of_rows_written_at_once_are_locked_before_anybody_reacts(api: Api) -> None:
    free: list[int] = []

    def look(_plant: Any, _ctx: Any) -> None:
        free.append(len(api.rows("select id from garden.bed for update skip locked")))

    beds = [api.bed(), api.bed()]
    plugged["bees before planting"] = look

    payload = api.do(PLANTS, rows=[{"name": "p", "bed": bed} for bed in beds])

    assert payload["userErrors"] == []
    assert free == [0, 0]


def test_what_a_reaction_writes_of_its_own_is_written_beside_the_rows(api: Api) -> None:
    hives: list[Any] = []

    def collect(plant: Any, _ctx: Any) -> None:
        if not hives:
            hives.append(Hive.of(plant.bed))
        hives[0].honey += 1

    plugged["bees before planting"] = collect

    payload = api.do(PLANTS, rows=[{"name": n, "bed": bed} for bed in [api.bed()] for n in "abc"])

    assert payload["userErrors"] == []
    assert api.rows("select name from garden.plant order by id") == [("a",), ("b",), ("c",)]
    assert api.rows("select honey from bees.hive") == [(3,)]


def test_of_very_many_rows_the_refused_ones_are_found_in_order(api: Api) -> None:
    def refuse(plant: Any, _ctx: Any) -> None:
        if plant.name in ("p7", "p123", "p299"):
            raise Refused("too_wet", at="name")

    plugged["bees before planting"] = refuse
    rows = [{"name": f"p{n}", "bed": bed} for bed in [api.bed()] for n in range(300)]

    rejected, stopped, skipped = (
        api.do(PLANTS, rows=rows, on=on) for on in ("REJECT_ALL", "STOP", "SKIP_FAILED")
    )

    def places(payload: Any) -> list[list[str]]:
        return [error["path"] for error in payload["userErrors"]]

    assert places(rejected) == places(skipped)
    assert places(skipped) == [["inputs", n, "name"] for n in ("7", "123", "299")]
    assert [codes(payload)[:8] for payload in (rejected, stopped)] == [
        [["not_done"]] * 7 + [["too_wet"]],
        [[]] * 7 + [["too_wet"]],
    ]
    assert codes(stopped)[8:] == [["not_done"]] * 292
    assert api.rows("select count(*) from garden.plant") == [(7 + 297,)]


def test_rows_outside_the_askers_rows_are_refused(api: Api) -> None:
    gardener = api.live.person("garden.gardener")
    mine = api.bed(owner=f"User:{gardener.principal.user_id}")
    rows = [{"name": "a", "bed": mine}, {"name": "b", "bed": api.bed()}]

    said = api.live.ask(PLANTS, gardener, rows=rows, on="SKIP_FAILED")["createPlants"]

    assert codes(said) == [[], ["not_found"]]
    assert api.rows("select name from garden.plant") == [("a",)]
