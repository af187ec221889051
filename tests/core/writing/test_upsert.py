"""A record with a natural key is changed where it is there, and made where it is not."""

import threading
from typing import Any

import pytest
from gardens import Api

from dougong import Refused
from dougong.access.users import User
from dougong.entity.model import model_of
from dougong_garden import Bed, Plant, journal, plugged

UPSERT = """mutation ($input: BedCreate!, $key: String) {
    upsertBed(input: $input, idempotencyKey: $key) {
        bed { id name code version rows honey plants { totalCount } } created
        userErrors { path code message } } }"""


def upsert(api: Api, who: Any = None, **given: Any) -> Any:
    """The payload of one upsert by the code N."""
    answer = api.live.ask(UPSERT, who or api.head, input={"name": "N", "code": "N", **given})
    return answer["upsertBed"]


def test_the_natural_keys_of_an_entity_are_its_unique_fields() -> None:
    assert [[one.name for one in key] for key in model_of(Bed).natural_keys] == [["code"]]
    assert model_of(Plant).natural_key == "label"
    assert model_of(User).natural_key == "email"


def test_what_is_not_there_is_made(api: Api) -> None:
    payload = upsert(api, honey=2, plants=[{"name": "p"}])

    assert payload["created"] is True
    assert payload["bed"] | {"id": ""} == {
        "id": "",
        "name": "N",
        "code": "N",
        "version": 1,
        "rows": None,
        "honey": 2,
        "plants": {"totalCount": 1},
    }


def test_what_is_there_is_changed_and_what_is_not_said_stays(api: Api) -> None:
    bed = api.bed(code="N", rows=3)

    payload = upsert(api, name="South", honey=2)

    assert payload["created"] is False
    assert (payload["bed"]["id"], payload["bed"]["name"]) == (bed, "South")
    assert (payload["bed"]["rows"], payload["bed"]["honey"], payload["bed"]["version"]) == (3, 2, 2)


def test_what_is_there_as_it_should_be_is_not_changed(api: Api) -> None:
    upsert(api)

    assert upsert(api)["bed"]["version"] == 1


def test_the_verbs_reactions_run(api: Api) -> None:
    upsert(api)
    upsert(api, name="South")

    assert journal == ["bees before create", "bees after create", "bees after update"]


@pytest.mark.parametrize("given", [{}, {"code": None}], ids=str)
def test_without_the_key_nothing_is_done(api: Api, given: dict[str, Any]) -> None:
    payload = api.live.ask(UPSERT, api.head, input={"name": "N", **given})["upsertBed"]

    assert [(one["path"], one["code"]) for one in payload["userErrors"]] == [
        (["input", "code"], "missing_value")
    ]
    assert payload["created"] is None


def test_children_are_only_taken_for_a_new_record(api: Api) -> None:
    upsert(api, plants=[{"name": "p"}])

    payload = upsert(api, plants=[{"name": "p"}])

    assert [(one["path"], one["code"]) for one in payload["userErrors"]] == [
        (["input", "plants"], "there_already")
    ]
    assert upsert(api, plants=[])["userErrors"] == []


def test_a_record_that_the_asker_may_not_see_is_only_a_taken_key(api: Api) -> None:
    gardener, visitor = api.live.person("garden.gardener"), api.live.person("garden.leeks")
    api.bed(code="N", rows=7)

    refused = upsert(api, gardener)
    forbidden = upsert(api, visitor)

    assert [(one["path"], one["code"]) for one in refused["userErrors"]] == [
        (["input", "code"], "taken")
    ]
    assert [one["code"] for one in forbidden["userErrors"]] == ["needs_grant"]
    assert upsert(api, visitor, code="free")["userErrors"] == forbidden["userErrors"]
    assert api.rows("select rows, version from garden.bed") == [(7, 1)]


def test_who_may_create_none_is_not_told_which_keys_are_taken(api: Api) -> None:
    visitor, wrong = api.live.person("garden.leeks"), [{"name": "p", "weight": None}]
    before = upsert(api, visitor, plants=wrong)
    api.bed(code="N", rows=7)

    after = upsert(api, visitor, plants=wrong)

    assert after == before


def test_making_and_changing_need_their_own_rights(api: Api) -> None:
    namer = api.live.person("garden.namer")

    outside = upsert(api, namer, name="B")
    made = upsert(api, namer, name="A")
    renamed = upsert(api, namer, name="B")

    assert [one["code"] for one in outside["userErrors"]] == ["outside_rows"]
    assert made["created"] is True
    assert [one["code"] for one in renamed["userErrors"]] == ["outside_rows"]
    assert api.rows("select name from garden.bed") == [("A",)]


def test_another_unique_field_that_is_taken_is_refused(api: Api) -> None:
    api.bed(mood="happy")

    payload = upsert(api, mood="happy")

    assert [(one["path"], one["code"]) for one in payload["userErrors"]] == [
        (["input", "mood"], "taken")
    ]
    assert api.rows("select count(*) from garden.bed") == [(1,)]


def test_of_several_at_once_one_makes_it_and_the_others_change_it(api: Api) -> None:
    together = threading.Barrier(4)

    def meet(*_: Any) -> None:
        if journal.count("bees before create") <= 4:
            together.wait(10)

    plugged["bees before create"] = meet
    said: list[Any] = []
    threads = [
        threading.Thread(target=lambda n=n: said.append(upsert(api, rows=n))) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [one["userErrors"] for one in said] == [[]] * 4
    assert sorted(one["created"] for one in said) == [False, False, False, True]
    assert len({one["bed"]["id"] for one in said}) == 1
    assert api.rows("select count(*), max(version) from garden.bed") == [(1, 4)]
    assert api.rows("select count(*) from garden.bed join bees.hive using (id)") == [(1,)]


def test_a_refusal_in_the_making_is_told(api: Api) -> None:
    def refuse(*_: Any) -> None:
        raise Refused("too_wet", at="name")

    plugged["bees before create"] = refuse

    assert [one["code"] for one in upsert(api)["userErrors"]] == ["too_wet"]


def test_children_have_their_own_upsert(api: Api) -> None:
    bed = api.bed(plants=[{"name": "a", "label": "x"}])
    document = """mutation ($input: PlantCreate!) { upsertPlant(input: $input, key: LABEL) {
        plant { name bed { version } } created userErrors { code } } }"""

    payload = api.do(document, input={"bed": bed, "name": "b", "label": "x"})

    assert payload == {
        "plant": {"name": "b", "bed": {"version": 2}},
        "created": False,
        "userErrors": [],
    }
