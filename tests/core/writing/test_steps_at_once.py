"""A record that is created and taken through its first steps by one mutation (`then`)."""

from typing import Any

import pytest
from gardens import Api

from dougong import Refused
from dougong_garden import plugged

CREATE = """mutation Make($input: BedCreate!, $then: [BedStepAtOnce!]%s) %s {
  createBed(input: $input, then: $then%s) {
    bed { name state version } userErrors { path code message } } }"""
PLAIN = CREATE % ("", "", "")
STEPS = """{ __type(name: "BedStepAtOnce") { enumValues { name description } } }"""
LEFT = "select (select count(*) from garden.bed), (select count(*) from dougong.event)"


def test_a_record_takes_its_steps_as_soon_as_it_is_there(api: Api) -> None:
    [(last,)] = api.rows("select coalesce(max(id), 0) from dougong.event")

    payload = api.do(PLAIN, input={"name": "North"}, then=["SOW"])

    assert payload == {"bed": {"name": "North", "state": "SOWN", "version": 1}, "userErrors": []}
    events = "select verb, from_state, to_state from dougong.event"
    assert api.rows(f"{events} where id > {last} and entity = 'garden.bed' order by id") == [
        ("garden.bed.create", None, None),
        ("garden.sow", "EMPTY", "SOWN"),
    ]


@pytest.mark.parametrize("then", [None, []])
def test_without_steps_it_stays_where_records_begin(api: Api, then: Any) -> None:
    assert api.do(PLAIN, input={"name": "North"}, then=then)["bed"]["state"] == "EMPTY"


@pytest.mark.parametrize(
    ("then", "refused"),
    [
        (["SOW", "INSPECT"], (["then", "1"], "same_person")),
        (["INSPECT"], (["then", "0"], "wrong_state")),
        (["SOW", "SOW"], (["then", "1"], "wrong_state")),
    ],
)
def test_where_a_step_is_refused_there_is_no_record_either(
    api: Api, then: list[str], refused: tuple[list[str], str]
) -> None:
    before = api.rows(LEFT)

    assert api.refused(PLAIN, input={"name": "North"}, then=then) == [refused]
    assert api.rows(LEFT) == before


def test_what_others_have_against_a_step_is_told_at_the_step(api: Api) -> None:
    def refuse(bed: Any, _ctx: Any) -> None:
        raise Refused("too_wet", at="length")

    plugged["bees guard sow"] = refuse

    assert api.refused(PLAIN, input={"name": "N"}, then=["SOW"]) == [
        (["then", "0", "length"], "too_wet")
    ]
    assert api.rows("select count(*) from garden.bed") == [(0,)]


def test_whoever_may_create_but_not_take_a_step_is_refused_both(api: Api) -> None:
    namer = api.live.person("garden.namer")

    answer = api.live.ask(PLAIN, namer, input={"name": "Asters"}, then=["SOW"])

    assert answer["createBed"]["bed"] is None
    assert [one["path"] for one in answer["createBed"]["userErrors"]] == [["then", "0"]]
    assert api.rows("select count(*) from garden.bed") == [(0,)]


def test_what_is_only_tried_leaves_nothing(api: Api) -> None:
    before = api.rows(LEFT)

    payload = api.do(CREATE % ("", "@dryRun", ""), input={"name": "North"}, then=["SOW"])

    assert payload["bed"]["state"] == "SOWN"
    assert api.rows(LEFT) == before


def test_sent_again_with_its_key_it_is_answered_as_before(api: Api) -> None:
    document = CREATE % (", $key: String", "", ", idempotencyKey: $key")
    first = api.do(document, input={"name": "North"}, then=["SOW"], key="k")

    assert api.do(document, input={"name": "North"}, then=["SOW"], key="k") == first
    assert api.rows("select count(*) from garden.bed") == [(1,)]

    other = api.live.post(document, api.head, input={"name": "North"}, then=[], key="k").json()
    assert other["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_only_steps_that_ask_for_nothing_are_offered(api: Api) -> None:
    steps = api.live.ask(STEPS, api.head)["__type"]["enumValues"]

    assert {one["name"]: one["description"] for one in steps} == {
        "SOW": "Put seeds into the bed.",
        "INSPECT": "See whether all is well.",
    }
