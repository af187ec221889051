"""Mutations as a client sends them: payloads, refusals with their paths, races, and bugs."""

import secrets
import threading
from collections.abc import Callable
from typing import Any

import pytest
from gardens import CREATE, UPDATE, Api
from sqlalchemy import text

from dougong import Refused
from dougong_garden import journal, plugged

# Create, update, delete -----------------------------------------------------------------------


def test_a_record_is_created_with_its_children_and_shown_as_it_is_now(api: Api) -> None:
    payload = api.do(
        CREATE,
        input={
            "name": "North “斗拱” ü",
            "crop": "LEEK",
            "length": "2.5",
            "width": 3,
            "rent": {"amount": "12.5", "currency": "EUR"},
            "plants": [{"name": "a"}, {"name": "b", "weight": "0.25"}],
        },
    )

    assert payload["userErrors"] == []
    assert payload["bed"] | {"id": ""} == {
        "id": "",
        "version": 1,
        "name": "North “斗拱” ü",
        "code": None,
        "crop": "LEEK",
        "area": "7.5000",
        "weight": "1.2500",
        "state": "EMPTY",
        "rent": {"amount": "12.5000", "currency": "EUR"},
        "plants": {"nodes": [{"name": "a"}, {"name": "b"}]},
    }


def test_children_are_created_with_what_extensions_add_to_them(api: Api) -> None:
    """These values were once read and forgotten."""
    document = """mutation ($input: BedCreate!) { createBed(input: $input) {
        bed { honey plants { nodes { name strength } } } userErrors { path code } } }"""
    plants = [{"name": "a", "strength": 3}, {"name": "b"}, {"name": "c", "brand": "x"}]

    payload = api.do(document, input={"name": "N", "honey": 2, "plants": plants})
    refused = api.do(document, input={"name": "M", "plants": [{"name": "d"}, plants[2]]})

    assert payload["bed"] == {
        "honey": 2,
        "plants": {
            "nodes": [
                {"name": "a", "strength": 3},
                {"name": "b", "strength": 0},
                {"name": "c", "strength": 0},
            ]
        },
    }
    assert refused["userErrors"] == [{"path": ["input", "plants", "1", "brand"], "code": "taken"}]


def test_a_patch_leaves_what_it_does_not_say(api: Api) -> None:
    bed = api.bed(code="N", rows=3, rent={"amount": "1", "currency": "EUR"})

    payload = api.do(UPDATE, id=bed, version=1, patch={"name": "South", "rent": None})

    assert payload["bed"] == {
        "version": 2,
        "name": "South",
        "code": "N",
        "rent": None,
        "rows": 3,
        "neighbour": None,
        "notes": None,
    }


def test_an_empty_patch_changes_nothing(api: Api) -> None:
    assert api.do(UPDATE, id=api.bed(), version=1, patch={})["bed"]["version"] == 1


def test_json_comes_back_as_it_was_given(api: Api) -> None:
    notes = {"list": [1, None, {"ü": "斗"}], "text": "a\\u0000b"}

    assert api.do(UPDATE, id=api.bed(), version=1, patch={"notes": notes})["bed"]["notes"] == notes


def test_a_stale_version_is_refused_and_says_which_holds(api: Api) -> None:
    bed = api.bed()
    api.do(UPDATE, id=bed, version=1, patch={"name": "South"})

    payload = api.do(UPDATE, id=bed, version=1, patch={"name": "East"})

    assert payload["userErrors"] == [
        {
            "path": ["version"],
            "code": "stale_version",
            "message": "Somebody changed this Bed meanwhile: you saw version 1, it is now version 2. "
            "Load it again and repeat your change.",
            "params": {"entity": "Bed", "seen": 1, "current": 2},
        }
    ]
    assert api.rows("select name from garden.bed") == [("South",)]


@pytest.mark.parametrize(
    ("bed", "code"),
    [
        ("Bed:999999", "not_found"),
        ("Bed:0", "not_found"),
        ("Plant:1", "bad_id"),
        ("Bed:", "bad_id"),
        ("Bed:-1", "bad_id"),
        ("Bed:1.0", "bad_id"),
        ("Bed:１", "bad_id"),
        ("Bed:99999999999999999999", "bad_id"),
        ("1", "bad_id"),
        ("", "bad_id"),
        ("Bed:1' or 1=1", "bad_id"),
        ("\x00", "bad_id"),
    ],
)
def test_an_id_of_nothing_is_refused(api: Api, bed: str, code: str) -> None:
    delete = "mutation ($id: ID!) { deleteBed(id: $id, version: 1) { deletedId userErrors { path code message } } }"

    assert api.refused(UPDATE, id=bed, version=1, patch={"name": "x"}) == [([], code)] or (
        api.refused(UPDATE, id=bed, version=1, patch={"name": "x"}) == [(["id"], code)]
    )
    assert api.refused(delete, id=bed)[0][1] == code
    assert api.refused(CREATE, input={"name": "x", "neighbour": bed}) == [
        (["input", "neighbour"], code)
    ]


def test_a_deleted_record_is_gone_with_its_children(api: Api) -> None:
    bed = api.bed(plants=[{"name": "a"}])

    payload = api.do(
        "mutation ($id: ID!) { deleteBed(id: $id, version: 1) { deletedId userErrors { code } } }",
        id=bed,
    )

    assert payload == {"deletedId": bed, "userErrors": []}
    assert api.rows("select count(*) from garden.plant") == [(0,)]
    assert api.rows("select count(*) from bees.hive") == [(0,)]


def test_what_is_still_used_is_not_deleted(api: Api) -> None:
    bed = api.bed()
    api.bed(neighbour=bed)

    assert api.refused(
        "mutation ($id: ID!) { deleteBed(id: $id, version: 1) { deletedId userErrors { path code message } } }",
        id=bed,
    ) == [([], "still_used")]


# Values that are not acceptable ---------------------------------------------------------------


@pytest.mark.parametrize("field", ["name", "crop", "length"])
def test_null_for_a_mandatory_field_is_refused_with_its_path(api: Api, field: str) -> None:
    bed = api.bed()

    assert api.refused(UPDATE, id=bed, version=1, patch={field: None}) == [
        (["patch", field], "missing_value")
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"crop": "carrot"}, "Crop"),
        ({"crop": "WEED"}, "Crop"),
        ({"length": 1.5}, "exact number"),
        ({"length": "NaN"}, "exact number"),
        ({"rows": 2**31}, "32-bit"),
        ({"rows": "3"}, "Int"),
        ({"nmae": "x"}, "nmae"),
        ({"state": "SOWN"}, "state"),
        ({"version": 7}, "version"),
        ({"area": "1"}, "area"),
        ({"weight": "1"}, "weight"),
        ({"remark": "x"}, "remark"),
        ({"plants": [{"name": "a", "contact": "nobody"}]}, "e-mail"),
        ({"plants": [{}]}, "name"),
        ({"rent": {"amount": "1"}}, "currency"),
        ({"rent": {"currency": "EUR"}}, "amount"),
        ({"id": "Bed:7"}, "id"),
        ({"createdBy": None}, "createdBy"),
    ],
    ids=str,
)
def test_what_does_not_fit_the_schema_is_an_error_of_the_request(
    api: Api, given: dict[str, Any], words: str
) -> None:
    answer = api.live.post(CREATE, api.head, input={"name": "x", **given})

    assert answer.status_code == 400
    assert words in answer.json()["errors"][0]["message"]
    assert api.rows("select count(*) from garden.bed") == [(0,)]


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({"length": "9999.995"}, ["length"], "number_too_large"),
        ({"length": "-1000000"}, ["length"], "number_too_large"),
        ({"name": "a\x00b"}, ["name"], "bad_text"),
        ({"notes": {"a": ["b\x00"]}}, ["notes"], "bad_text"),
        ({"rent": {"amount": "1", "currency": "EURO"}}, ["rent", "currency"], "bad_currency"),
        ({"rent": {"amount": "1", "currency": "eur"}}, ["rent", "currency"], "bad_currency"),
        ({"rent": {"amount": "1", "currency": "\x00"}}, ["rent", "currency"], "bad_currency"),
        ({"rent": {"amount": "1" * 20, "currency": "EUR"}}, ["rent", "amount"], "number_too_large"),
        ({"code": "taken"}, ["code"], "taken"),
        ({"plants": [{"name": "a"}, {"name": "b", "label": "taken"}]}, ["plants", "1", "label"], "taken"),
        ({"plants": [{"name": "a"}, {"name": "\x00"}]}, ["plants", "1", "name"], "bad_text"),
        ({"plants": [{"name": "a", "weight": None}]}, ["plants", "0", "weight"], "missing_value"),
        ({"mood": "taken"}, ["mood"], "taken"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_stored_is_refused_with_its_path(
    api: Api, given: dict[str, Any], path: list[str], code: str
) -> None:
    api.bed(code="taken", mood="taken", plants=[{"name": "x", "label": "taken"}])

    assert api.refused(CREATE, input={"name": "x", **given}) == [(["input", *path], code)]
    assert api.rows("select count(*) from garden.bed") == [(1,)]


def test_several_wrong_children_are_told_at_once(api: Api) -> None:
    plants = [{"name": "\x00"}, {"name": "b"}, {"name": "c", "weight": None}]

    assert api.refused(CREATE, input={"name": "x", "plants": plants}) == [
        (["input", "plants", "0", "name"], "bad_text"),
        (["input", "plants", "2", "weight"], "missing_value"),
    ]


def test_a_patch_that_breaks_a_constraint_names_the_field(api: Api) -> None:
    api.bed(code="taken")
    bed = api.bed()

    assert api.refused(UPDATE, id=bed, version=1, patch={"code": "taken"}) == [
        (["patch", "code"], "taken")
    ]


# Steps and actions ----------------------------------------------------------------------------

SOW = """mutation ($id: ID!, $version: Int!) { sowBed(id: $id, version: $version, seeds: 2) {
    bed { state version } userErrors { path code message params } } }"""


def test_a_step_moves_the_record(api: Api) -> None:
    assert api.do(SOW, id=api.bed(), version=1) == {
        "bed": {"state": "SOWN", "version": 2},
        "userErrors": [],
    }


def test_a_step_in_the_wrong_state_says_from_where_it_starts(api: Api) -> None:
    bed = api.bed()
    api.do(SOW, id=bed, version=1)

    payload = api.do(SOW, id=bed, version=2)

    assert [(one["code"], one["message"]) for one in payload["userErrors"]] == [
        ("wrong_state", "“sow” is not possible: this Bed is SOWN, and the step starts from EMPTY.")
    ]


def test_all_reasons_of_all_guards_come_back_with_their_sentences(api: Api) -> None:
    plugged["bees guard sow"] = lambda *_: Refused("too_wet")
    plugged["bees guard sow again"] = lambda *_: Refused("no_bees", at=("bees", 0), count=3)

    payload = api.do(SOW, id=api.bed(), version=1)

    assert payload["userErrors"] == [
        {
            "path": [],
            "code": "too_wet",
            "message": "The bees do not fly in the rain.",
            "params": {},
        },
        {
            "path": ["bees", "0"],
            "code": "no_bees",
            "message": "There are 3 bees, and more are needed.",
            "params": {"count": 3},
        },
    ]


def test_a_refusal_of_a_form_names_its_field(api: Api) -> None:
    bed = api.bed()
    api.do(SOW, id=bed, version=1)
    clear = """mutation ($id: ID!, $remark: String!) { clearBed(id: $id, version: 2, remark: $remark) {
        bed { id } userErrors { path code message } } }"""

    assert api.refused(clear, id=bed, remark=" ") == [(["remark"], "no_remark")]
    assert api.refused(clear, id=bed, remark="a\x00") == [(["remark"], "bad_text")]


def test_an_action_without_a_record_answers_with_its_values(api: Api) -> None:
    api.bed(crop="LEEK")

    payload = api.do(
        """mutation ($amounts: [Decimal!]!) { weigh(day: "2026-01-31", amounts: $amounts, crop: LEEK) {
            total day beds userErrors { code } } }""",
        amounts=["1.25", 2],
    )

    assert payload == {"total": "3.25", "day": "2026-01-31", "beds": 1, "userErrors": []}


def test_an_action_about_records_answers_with_the_one_it_returns(api: Api) -> None:
    one, two = api.bed(plants=[{"name": "a"}]), api.bed()

    payload = api.do(
        """mutation ($bed: ID!, $to: ID!) { movePlants(bed: $bed, to: $to) {
            bed { id plants { totalCount } } userErrors { path code } } }""",
        bed=one,
        to=two,
    )

    assert payload == {"bed": {"id": two, "plants": {"totalCount": 1}}, "userErrors": []}


def test_an_action_without_permission_is_refused_before_it_looks_for_records(api: Api) -> None:
    visitor = api.live.person("garden.visitor")
    document = (
        """mutation { movePlants(bed: "Bed:1", to: "Bed:2") { userErrors { code message } } }"""
    )

    errors = api.live.ask(document, visitor)["movePlants"]["userErrors"]

    assert [error["code"] for error in errors] == ["needs_permission"]
    assert "garden.grow" in errors[0]["message"]


def test_nobody_who_has_not_signed_in_changes_anything(api: Api) -> None:
    bed = api.bed()

    done = [
        api.live.ask(CREATE, input={"name": "x"}),
        api.live.ask(UPDATE, id=bed, version=1, patch={"name": "x"}),
        api.live.ask(SOW, id=bed, version=1),
    ]

    assert [next(iter(one.values()))["userErrors"][0]["code"] for one in done] == [
        "needs_grant",
        "not_found",
        "not_found",
    ]
    assert api.rows("select name, version from garden.bed") == [("North", 1)]


# Transactions ---------------------------------------------------------------------------------


def test_each_mutation_of_a_document_is_a_transaction_of_its_own(api: Api) -> None:
    document = """mutation {
        one: createBed(input: {name: "One", code: "C"}) { bed { name } userErrors { code } }
        two: createBed(input: {name: "Two", code: "C"}) { bed { name } userErrors { code } }
        three: createBed(input: {name: "Three"}) { bed { name } userErrors { code } }
    }"""

    assert api.live.ask(document, api.head) == {
        "one": {"bed": {"name": "One"}, "userErrors": []},
        "two": {"bed": None, "userErrors": [{"code": "taken"}]},
        "three": {"bed": {"name": "Three"}, "userErrors": []},
    }
    assert api.rows("select name from garden.bed order by id") == [("One",), ("Three",)]


def test_of_twenty_updates_of_one_version_one_wins(api: Api) -> None:
    bed = api.bed()
    codes: list[str] = []

    def change(number: int) -> None:
        payload = api.do(UPDATE, id=bed, version=1, patch={"rows": number})
        codes.append(payload["userErrors"][0]["code"] if payload["userErrors"] else "done")

    threads = [threading.Thread(target=change, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(codes) == ["done"] + ["stale_version"] * 19
    assert api.rows("select version from garden.bed") == [(2,)]


def test_a_bug_is_masked_with_an_id_and_leaves_nothing(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    def divide(*_: Any) -> None:
        raise ZeroDivisionError("the secret of the house")

    plugged["rule stumble"] = divide
    document = """mutation {
        stumble(name: "x") { userErrors { code } }
        weigh(day: "2026-01-31", amounts: []) { total }
    }"""

    answer = api.live.post(document, api.head)

    [error] = answer.json()["errors"]
    assert answer.json()["data"] == {"stumble": None, "weigh": {"total": "0"}}
    assert error["path"] == ["stumble"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["id"] in error["message"]
    assert error["extensions"]["id"] in caplog.text
    assert "secret" not in answer.text
    assert "the secret of the house" in caplog.text
    assert api.rows("select count(*) from garden.bed") == [(0,)]


def test_a_right_that_an_add_on_lacks_is_a_bug_of_the_add_on(api: Api) -> None:
    plugged["bees before sow"] = lambda bed, _ctx: setattr(bed, "name", "Bees")
    bed = api.bed()

    [error] = api.live.errors(SOW, api.head, id=bed, version=1)

    assert error["extensions"]["code"] == "INTERNAL"
    assert "bees" not in error["message"]
    assert api.rows("select name, state from garden.bed") == [("North", "EMPTY")]


def test_a_mutation_in_a_generation_that_no_longer_holds_is_done_in_the_next(api: Api) -> None:
    before = api.live.runtime.generation
    with api.live.engine.begin() as connection:
        connection.execute(text("update dougong.generation set number = number + 1"))
    journal.clear()

    bed = api.bed()

    assert bed
    assert api.live.runtime.generation.number == before.number + 1
    assert journal.count("bees after create") == 1


def test_a_generation_that_changes_between_two_mutations_does_not_repeat_the_first(
    api: Api,
) -> None:
    def change(_ctx: Any) -> None:
        plugged["after"] = lambda: None
        threading.Thread(target=raise_generation).start()

    def raise_generation() -> None:
        with api.live.engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(4611000001)"))
            connection.execute(text("update dougong.generation set number = number + 1"))

    plugged["rule stumble"] = change
    many = " ".join(f'm{n}: weigh(day: "2026-01-31", amounts: []) {{ total }}' for n in range(30))
    answer = api.live.post(
        f'mutation {{ first: stumble(name: "x") {{ userErrors {{ code }} }} {many} }}', api.head
    )

    said = answer.json()
    assert said["data"]["first"] == {"userErrors": []}
    assert {error["extensions"]["code"] for error in said.get("errors", [])} <= {"TRY_AGAIN"}
    assert api.rows("select name from garden.bed") == [("x",)]


def test_a_row_that_a_role_covers_no_longer_after_the_change_is_not_changed(api: Api) -> None:
    namer = api.live.person("garden.namer")
    bed = api.bed(name="A")

    said = api.live.ask(UPDATE, namer, id=bed, version=1, patch={"name": "B"})

    assert said["updateBed"]["userErrors"][0]["code"] == "outside_rows"
    assert api.rows("select name from garden.bed") == [("A",)]


@pytest.mark.parametrize(
    "make",
    [
        lambda bed: f'mutation {{ a: sowBed(id: "{bed}", version: 1) {{ bed {{ state }} }} }}',
        lambda bed: (
            f'mutation {{ ...F }} fragment F on Mutation {{ a: sowBed(id: "{bed}", version: 1) {{ bed {{ state }} }} }}'
        ),
    ],
)
def test_mutations_may_stand_in_fragments_and_under_other_names(
    api: Api, make: Callable[[str], str]
) -> None:
    assert api.live.ask(make(api.bed()), api.head) == {"a": {"bed": {"state": "SOWN"}}}


def test_the_largest_number_that_fits_is_stored(api: Api) -> None:
    api.bed(length="9999.994")

    assert api.rows("select length::text from garden.bed") == [("9999.99",)]


def test_a_text_that_is_too_long_for_an_index_is_refused(api: Api) -> None:
    """PostgreSQL says so with neither table nor column."""
    code = secrets.token_hex(20_000)

    assert api.refused(CREATE, input={"name": "x", "code": code}) == [(["input"], "text_too_long")]
    assert api.rows("select count(*) from garden.bed") == [(0,)]
