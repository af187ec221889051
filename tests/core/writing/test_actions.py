"""What can be done with a record, and why not: said before anybody tries, as the verbs would say it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from gardens import Api
from sqlalchemy import event, text

from dougong import Context, Refused
from dougong.builtin.workflows.possible import Possible
from dougong.graphql import marks
from dougong.testing.worlds import Person
from dougong_bees import Hive
from dougong_garden import Bed, inspect, journal, plugged, sow

REASONS = "name enabled reasons { path code message params }"
PAGE = "{ beds(first: 100) { nodes { id actions { name enabled reasons { code } } } } }"
SOW = """mutation ($id: ID!, $version: Int!) { sowBed(id: $id, version: $version) {
    bed { version actions { name enabled reasons { code } } } userErrors { code } } }"""


def actions(api: Api, bed: str, who: Person | None = None, asked: str = f"{{ {REASONS} }}") -> Any:
    document = f"query ($id: ID!) {{ bed(id: $id) {{ actions{asked} }} }}"
    return api.live.ask(document, who or api.head, id=bed)["bed"]["actions"]


def reasons(api: Api, bed: str, who: Person | None = None, asked: str = "") -> dict[str, list[str]]:
    """The codes of the reasons, by action."""
    found = actions(api, bed, who, f"{asked} {{ {REASONS} }}")
    assert all(one["enabled"] == (not one["reasons"]) for one in found)
    return {one["name"]: [why["code"] for why in one["reasons"]] for one in found}


@contextmanager
def statements(api: Api) -> Iterator[list[str]]:
    """The statements beside the one of the page."""
    seen: list[str] = []

    def see(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.current_thread().name.startswith("mutation"):
            seen.append(statement)

    event.listen(api.live.engine, "before_cursor_execute", see)
    yield seen
    event.remove(api.live.engine, "before_cursor_execute", see)


# What is said ----------------------------------------------------------------------------------


def test_everything_that_can_be_done_is_listed_steps_first(api: Api) -> None:
    shown = actions(api, api.bed(), asked="{ name label description kind arguments }")

    assert [(one["name"], one["label"], one["kind"]) for one in shown] == [
        ("sowBed", "Sow", "STEP"),
        ("inspectBed", "Inspect", "STEP"),
        ("clearBed", "Clear", "STEP"),
        ("movePlants", "Move plants", "ACTION"),
        ("water", "Water", "ACTION"),
        ("updateBed", "Update", "UPDATE"),
        ("deleteBed", "Delete", "DELETE"),
    ]
    assert shown[0]["description"] == "Put seeds into the bed."
    bed = shown[0]["arguments"]["id"]
    assert [one["arguments"] for one in shown[2:4]] == [{"id": bed, "version": 1}, {"bed": bed}]


def test_the_form_says_what_to_fill_in(api: Api) -> None:
    form = (
        "form { name type required default secret entity options fields { name options entity } }"
    )
    shown = actions(api, api.bed(), asked=f"{{ name {form} }}")
    forms = {one["name"]: one["form"] for one in shown}
    plain = {"entity": None, "options": None, "fields": None, "secret": False}

    assert forms["sowBed"] == [
        {**plain, "name": "seeds", "type": "Int", "required": False, "default": 1}
    ]
    assert forms["clearBed"] == [
        {**plain, "name": "remark", "type": "String!", "required": True, "default": None}
    ]
    assert [(one["name"], one["entity"]) for one in forms["movePlants"]] == [("to", "Bed")]
    assert forms["deleteBed"] == []
    (patch,) = forms["updateBed"]
    fields = {one["name"]: one for one in patch["fields"]}
    assert (patch["type"], patch["required"]) == ("BedPatch!", True)
    assert fields["crop"]["options"] == ["CARROT", "LEEK"]
    assert fields["owner"]["entity"] == "User"
    assert "state" not in fields


def test_aliases_and_fragments_are_answered_as_anywhere(api: Api) -> None:
    asked = """(names: ["sowBed"]) { __typename x: name ... on RecordAction { y: enabled }
        form { __typename n: name } reasons { __typename } }"""

    assert actions(api, api.bed(), asked=asked) == [
        {
            "__typename": "RecordAction",
            "x": "sowBed",
            "y": True,
            "form": [{"__typename": "RecordActionField", "n": "seeds"}],
            "reasons": [],
        }
    ]


# Why not ---------------------------------------------------------------------------------------


def test_what_there_is_no_permission_for_is_left_out_unless_it_is_named(api: Api) -> None:
    bed, visitor = api.bed(), api.live.person("garden.visitor")

    assert reasons(api, bed, visitor) == {}
    assert reasons(api, bed, visitor, '(names: ["deleteBed", "sowBed", "sowBed"])') == {
        "deleteBed": ["needs_grant"],
        "sowBed": ["needs_permission"],
    }


def test_a_name_that_is_none_is_an_error_that_says_which_there_are(api: Api) -> None:
    document = "query ($names: [String!]) { beds { nodes { actions(names: $names) { name } } } }"

    (error,) = api.live.errors(document, api.head, names=["sow"])

    assert error["extensions"]["code"] == "UNKNOWN_ACTION"
    assert "it has sowBed, inspectBed" in error["message"]
    assert api.live.ask(document, api.head, names="sowBed") == {"beds": {"nodes": []}}


def test_row_rules_are_said_of_each_record(api: Api) -> None:
    gardener = api.live.person("garden.gardener", "garden.visitor")
    mine = api.bed(owner=f"User:{gardener.principal.user_id}")
    other = api.bed()

    assert reasons(api, mine, gardener)["sowBed"] == []
    assert reasons(api, mine, gardener)["updateBed"] == []
    assert set(map(tuple, reasons(api, other, gardener).values())) == {("outside_rows",)}


def test_in_another_state_the_step_says_so_and_no_guard_is_asked(api: Api) -> None:
    bed = api.bed()
    api.do(SOW, id=bed, version=1)
    journal.clear()

    found = reasons(api, bed)

    assert found["sowBed"] == ["wrong_state"]
    assert found["clearBed"] == []
    assert journal == []


def test_whoever_did_one_step_is_told_not_to_do_the_other(api: Api) -> None:
    bed, other = api.bed(), api.live.person("garden.head")
    api.do(SOW, id=bed, version=1)

    assert reasons(api, bed)["inspectBed"] == ["same_person"]
    assert reasons(api, bed, other)["inspectBed"] == []


def test_all_guards_of_all_add_ons_are_heard_at_once_in_their_own_words(api: Api) -> None:
    bed = api.bed()
    plugged["bees guard sow"] = lambda bed, ctx: Refused("too_wet", at="seeds")
    plugged["bees guard sow again"] = lambda bed, ctx: Refused("no_bees", count=3)

    (shown,) = actions(api, bed, asked=f'(names: ["sowBed"]) {{ {REASONS} }}')
    refused = api.do(
        SOW.replace("{ code } } }", "{ path code message params } } }"), id=bed, version=1
    )

    assert shown["reasons"][0]["message"] == "The bees do not fly in the rain."
    assert shown["reasons"] == refused["userErrors"]
    assert len(shown["reasons"]) == 2


def test_what_goes_with_a_record_is_asked_before_it_is_deleted(api: Api) -> None:
    bed = api.bed(plants=[{"name": "a"}, {"name": "b", "strength": 9}])
    delete = "mutation ($id: ID!) { deleteBed(id: $id, version: 1) { deletedId userErrors { path code message params } } }"

    (shown,) = actions(api, bed, asked=f'(names: ["deleteBed"]) {{ {REASONS} }}')

    assert [one["path"] for one in shown["reasons"]] == [["plants", "1"]]
    assert api.do(delete, id=bed)["userErrors"] == shown["reasons"]


def test_a_record_that_changed_meanwhile_is_stale_and_one_that_is_gone_is_not_found(
    garden: Any,
) -> None:
    world = garden("garden")
    bed = world.ctx().create(Bed(name="North"))
    ctx = world.ctx()
    possible = Possible(ctx, Bed, [sow, Bed.update], [bed.id, 999_999])

    def codes(number: int, version: int | None) -> list[str]:
        return [one.code for one in possible.refusals(sow, number, version)]

    assert codes(bed.id, bed.version) == []
    assert codes(bed.id, bed.version - 1) == ["stale_version"]
    assert codes(bed.id, None) == []
    assert codes(999_999, 1) == ["not_found"]


# How it is found -------------------------------------------------------------------------------


def test_one_record_and_a_hundred_take_the_same_statements(api: Api) -> None:
    counts = []
    for rows in (1, 99):
        for number in range(rows):
            api.bed(name=f"B{number}", honey=number, plants=[{"name": "a"}, {"name": "b"}])
        with statements(api) as seen:
            page = api.live.ask(PAGE, api.head)["beds"]["nodes"]
        counts.append(len(seen))
        assert {len(one["actions"]) for one in page} == {7}

    assert len(page) == 100
    # to begin, the beds, the hives that a guard looks into, the plants (two) and their scents
    assert counts == [6, 6]


def test_all_lists_and_depths_of_a_document_share_one_statement_for_each_entity(api: Api) -> None:
    first = api.bed(name="A")
    for name in "BC":
        api.bed(name=name, neighbour=first, plants=[{"name": "a"}])
    some = 'actions(names: ["sowBed", "inspectBed"]) { name enabled }'
    document = f"""{{ beds {{ nodes {{ {some} neighbour {{ {some} }} neighbours {{ nodes {{ {some} }} }}
        plants {{ nodes {{ actions(names: ["updatePlant"]) {{ name }} }} }} }} }}
        again: beds(first: 1) {{ nodes {{ other: {some} }} }} }}"""

    with statements(api) as seen:
        data = api.live.ask(document, api.head)

    (_, second, _), (again,) = data["beds"]["nodes"], data["again"]["nodes"]
    can = [{"name": "sowBed", "enabled": True}, {"name": "inspectBed", "enabled": False}]
    assert [second["actions"], second["neighbour"]["actions"], again["other"]] == [can, can, can]
    assert second["plants"]["nodes"] == [{"actions": [{"name": "updatePlant"}]}]
    assert [statement.count("FROM garden.bed") > 0 for statement in seen].count(True) == 1
    assert len(seen) == 2


def test_nothing_is_loaded_for_what_is_the_same_for_all(api: Api) -> None:
    bed = api.bed()

    with statements(api) as seen:
        actions(api, bed, asked="{ name label kind arguments form { name } }")
        api.live.ask(
            '{ beds(where: {name: {eq: "none"}}) { nodes { actions { enabled } } } }', api.head
        )

    assert seen == []


def test_it_counts_as_ten_records_for_each_record(api: Api) -> None:
    answer = api.live.post("{ beds(first: 10) { nodes { actions { name } } } }", api.head).json()

    assert answer["extensions"]["cost"]["records"] == 110


def test_a_payload_shows_what_can_be_done_now(api: Api) -> None:
    payload = api.do(SOW, id=api.bed(), version=1)

    found = {
        one["name"]: [why["code"] for why in one["reasons"]] for one in payload["bed"]["actions"]
    }
    assert found["sowBed"] == ["wrong_state"]
    assert found["inspectBed"] == ["same_person"]
    assert found["clearBed"] == []


def test_what_follows_in_the_transaction_is_written_as_ever(api: Api) -> None:
    document = """mutation ($a: ID!, $b: ID!) @atomic {
        a: sowBed(id: $a, version: 1, idempotencyKey: "k1") { bed { actions { enabled } } }
        b: sowBed(id: $b, version: 1) { bed { actions { enabled } } } }"""
    given = {"a": api.bed(), "b": api.bed()}

    first, again = (api.live.post(document, api.head, **given).json() for _ in range(2))

    assert len(first["data"]["b"]["bed"]["actions"]) == 7
    assert again["data"] == {"a": {"bed": None}, "b": {"bed": None}}
    assert api.rows("select state from garden.bed") == [("SOWN",), ("SOWN",)]


def test_a_dry_run_shows_what_could_be_done_then(api: Api) -> None:
    bed = api.bed()

    payload = api.do(SOW.replace("{ sowBed", "@dryRun { sowBed"), id=bed, version=1)

    assert "clearBed" in [one["name"] for one in payload["bed"]["actions"] if one["enabled"]]
    assert reasons(api, bed)["clearBed"] == ["wrong_state"]


# Guards that are wrong -------------------------------------------------------------------------


def fail(bed: Bed, ctx: Context) -> None:
    if bed.name == "bad":
        raise ZeroDivisionError("a secret")


def write(bed: Bed, ctx: Context) -> None:
    if bed.name == "bad":
        bed.name = "worse"


def write_beside(bed: Bed, ctx: Context) -> None:
    if bed.name == "bad":
        ctx.session.connection().execute(text("update garden.bed set name = 'worse'"))


@pytest.mark.parametrize("guard", [fail, write, write_beside])
def test_a_guard_that_fails_or_writes_spoils_its_own_record_only(
    api: Api, caplog: pytest.LogCaptureFixture, guard: Callable[..., None]
) -> None:
    for name in ("good", "bad", "better"):
        api.bed(name=name)
    plugged["bees guard sow"] = guard

    answer = api.live.post(
        "{ beds { nodes { name x: actions { name enabled } } } }", api.head
    ).json()

    (error,) = answer["errors"]
    assert error["path"] == ["beds", "nodes", 1, "x"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in error["message"]
    assert error["extensions"]["id"] in caplog.text
    shown = [(one["name"], one["x"] and len(one["x"])) for one in answer["data"]["beds"]["nodes"]]
    assert shown == [("good", 7), ("bad", None), ("better", 7)]


@pytest.mark.parametrize("guard", [fail, write, write_beside])
def test_in_a_payload_neither_undoes_what_was_done_nor_writes(
    api: Api, guard: Callable[..., None]
) -> None:
    bed = api.bed(name="bad")
    plugged["bees guard sow"] = guard
    document = """mutation ($id: ID!) { updateBed(id: $id, version: 1, patch: {rows: 3}) {
        bed { rows actions { name enabled } } userErrors { code } } }"""

    answer = api.live.post(document, api.head, id=bed).json()

    assert answer["data"]["updateBed"] == {"bed": {"rows": 3, "actions": None}, "userErrors": []}
    assert [one["path"] for one in answer["errors"]] == [["updateBed", "bed", "actions"]]
    assert api.rows("select name, rows from garden.bed") == [("bad", 3)]


def test_guards_that_take_too_long_together_are_given_up(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "LONGEST_SECONDS", -1)
    api.bed()

    (error,) = api.live.errors(PAGE, api.head)

    assert error["extensions"]["code"] == "TIMEOUT"


def test_a_guard_may_lock_what_it_relies_on(api: Api) -> None:
    """Before anybody tries it looks only."""
    bed, other = api.bed(), api.bed()

    def look(found: Bed, ctx: Context) -> Refused | None:
        ctx.lock(*ctx.find(Bed))
        return None if Hive.of(found).honey else Refused("too_wet")

    plugged["bees guard sow"] = look
    assert reasons(api, bed)["sowBed"] == ["too_wet"]
    assert reasons(api, other)["sowBed"] == ["too_wet"]
    assert api.do(SOW, id=bed, version=1)["userErrors"] == [{"code": "too_wet"}]


def test_texts_that_look_like_faults_are_left_alone() -> None:
    data = b'{"a":"\\u0001!ab\\u0002"}'

    assert marks.told(data) == (data, [])
    assert inspect.not_by == (sow,)
