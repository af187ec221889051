"""Mutations that are only tried, and mutations that are done together or not at all."""

from collections.abc import Callable
from typing import Any

import pytest
from gardens import UPDATE, Api, LiveGarden
from sqlalchemy import text

from dougong import Refused
from dougong_garden import journal, plugged

EVERYTHING = """select (select count(*) from garden.bed), (select count(*) from garden.plant),
    (select count(*) from dougong.event), (select count(*) from bees.hive),
    (select count(*) from dougong.idempotency)"""
CREATE = """mutation Try($input: BedCreate!, $key: String) %s { createBed(input: $input, idempotencyKey: $key) {
    bed { version name area weight honey state owner { name } createdBy { name }
          plants { totalCount nodes { name weight } } }
    userErrors { path code message params } } }"""
TWO = """mutation ($a: BedCreate!, $b: BedCreate!) %s {
    a: createBed(input: $a) { bed { name } userErrors { path code message params } }
    b: createBed(input: $b) { bed { name } userErrors { path code message params } } }"""


def tried(document: str) -> str:
    """The document, only tried."""
    return document % "@dryRun"


def really(document: str) -> str:
    """The document as it stands."""
    return document % ""


# Tried only -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"name": "N", "length": "2", "plants": [{"name": "a"}, {"name": "b", "weight": "2.5"}]},
        {"name": "N", "code": "taken"},
        {"name": "N", "plants": [{"name": "a", "label": "x"}, {"name": "b", "label": "x"}]},
        {"name": "refused"},
    ],
    ids=str,
)
def test_what_is_tried_is_answered_as_if_it_were_done_and_leaves_nothing(
    api: Api, given: dict[str, Any]
) -> None:
    def refuse(bed: Any, _ctx: Any) -> None:
        if bed.name == "refused":
            raise Refused("too_wet")

    plugged["bees before create"] = refuse
    api.bed(code="taken")
    before = api.rows(EVERYTHING)

    as_if = api.live.ask(tried(CREATE), api.head, input=given)

    assert api.rows(EVERYTHING) == before
    assert as_if == api.live.ask(really(CREATE), api.head, input=given)


def test_what_is_tried_runs_the_reactions(api: Api) -> None:
    api.live.ask(tried(CREATE), api.head, input={"name": "N"})

    assert journal == ["bees before create", "bees after create"]


def test_what_is_only_found_at_the_commit_is_found_by_trying(
    live_garden: Callable[..., LiveGarden],
) -> None:
    api = Api(live_garden("garden", "bees"))
    with api.live.engine.begin() as connection:
        connection.execute(text("alter table garden.bed drop constraint uq_bed_code"))
        connection.execute(
            text(
                "alter table garden.bed add constraint uq_bed_code unique (code) "
                "deferrable initially deferred"
            )
        )
    api.bed(code="taken")

    said = [
        api.live.ask(mode(CREATE), api.head, input={"name": "N", "code": "taken"})
        for mode in (tried, really)
    ]

    assert said[0] == said[1]
    assert [one["code"] for one in said[0]["createBed"]["userErrors"]] == ["taken"]


def test_trying_uses_no_key_up_and_says_what_the_key_would_be_answered_with(api: Api) -> None:
    given = {"input": {"name": "N"}, "key": "k"}
    api.live.ask(tried(CREATE), api.head, **given | {"input": {"name": "Other"}})
    api.live.ask(really(CREATE), api.head, **given)

    [error] = api.live.errors(tried(CREATE), api.head, **given | {"input": {"name": "Other"}})

    assert error["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert api.rows("select name from garden.bed") == [("N",)]


def test_each_of_several_that_are_tried_is_tried_alone(api: Api) -> None:
    same = {"name": "N", "code": "same"}
    one_by_one = api.live.ask(tried(TWO), api.head, a=same, b=same)
    together = api.live.ask(TWO % "@dryRun @atomic", api.head, a=same, b=same)

    assert [one["userErrors"] for one in one_by_one.values()] == [[], []]
    assert [one["userErrors"][0]["code"] for one in together.values()] == ["not_done", "taken"]
    assert api.rows("select count(*) from garden.bed") == [(0,)]


# Together -------------------------------------------------------------------------------------


def test_mutations_that_belong_together_are_all_done(api: Api) -> None:
    said = api.live.ask(TWO % "@atomic", api.head, a={"name": "A"}, b={"name": "B"})

    assert [one["bed"]["name"] for one in said.values()] == ["A", "B"]
    assert api.rows("select name from garden.bed order by id") == [("A",), ("B",)]
    assert api.rows("select count(distinct xmin::text) from garden.bed") == [(1,)]


@pytest.mark.parametrize("wrong", ["a", "b"])
def test_where_one_is_refused_none_is_done_and_it_says_which(api: Api, wrong: str) -> None:
    api.bed(code="taken")
    right = "b" if wrong == "a" else "a"
    given = {right: {"name": "N"}, wrong: {"name": "N", "code": "taken"}}

    said = api.live.ask(TWO % "@atomic", api.head, **given)

    assert said[wrong]["bed"] is said[right]["bed"] is None
    assert [one["code"] for one in said[wrong]["userErrors"]] == ["taken"]
    assert said[right]["userErrors"] == [
        {
            "path": [],
            "code": "not_done",
            "message": f"Not done, because “{wrong}” could not be done.",
            "params": {"because": wrong},
        }
    ]
    assert api.rows("select count(*) from garden.bed") == [(1,)]


def test_where_one_has_a_bug_none_is_done(api: Api) -> None:
    plugged["rule stumble"] = lambda *_: 1 / 0
    document = """mutation @atomic { stumble(name: "x") { userErrors { code } }
        createBed(input: {name: "N"}) { bed { name } userErrors { code params } } }"""

    answer = api.live.post(document, api.head).json()

    assert [one["path"] for one in answer["errors"]] == [["stumble"]]
    assert answer["data"] == {
        "stumble": None,
        "createBed": {
            "bed": None,
            "userErrors": [{"code": "not_done", "params": {"because": "stumble"}}],
        },
    }
    assert api.rows("select count(*) from garden.bed") == [(0,)]


def test_where_one_cannot_be_answered_none_is_begun(api: Api) -> None:
    document = """mutation @atomic { a: createBed(input: {name: "A"}) { userErrors { code } }
        b: createBed(input: {name: "B"}) { bed { plants(first: -1) { totalCount } } } }"""

    answer = api.live.post(document, api.head).json()

    assert [one["path"][0] for one in answer["errors"]] == ["b"]
    assert answer["data"]["a"] == {"userErrors": [{"code": "not_done"}]}
    assert journal == []


def test_versions_count_as_if_each_were_a_transaction_of_its_own(api: Api) -> None:
    document = """mutation ($id: ID!) %s {
        u: updateBed(id: $id, version: 1, patch: {rows: 1}) { bed { version } }
        s: sowBed(id: $id, version: 2) { bed { version state } userErrors { code } } }"""

    said = [api.live.ask(document % mode, api.head, id=api.bed()) for mode in ("", "@atomic")]

    assert said[0] == said[1]
    assert said[0]["s"] == {"bed": {"version": 3, "state": "SOWN"}, "userErrors": []}


def test_keys_of_mutations_that_belong_together_are_kept_together(api: Api) -> None:
    document = """mutation ($code: String) @atomic {
        a: createBed(input: {name: "A"}, idempotencyKey: "a") { bed { id } }
        b: createBed(input: {name: "B", code: $code}, idempotencyKey: "b") { bed { id } } }"""
    api.bed(code="taken")
    refused = api.live.ask(document, api.head, code="taken")
    done = api.live.ask(document, api.head, code="free")

    assert refused == {"a": {"bed": None}, "b": {"bed": None}}
    assert api.live.ask(document, api.head, code="free") == done
    assert api.rows("select count(*) from garden.bed") == [(3,)]


def test_the_directives_are_described_in_the_schema(api: Api) -> None:
    asked = "{ __schema { directives { name locations description } } }"
    found = {one["name"]: one for one in api.live.ask(asked, api.head)["__schema"]["directives"]}

    for name in ("dryRun", "atomic"):
        assert found[name]["locations"] == ["MUTATION"]
        assert found[name]["description"]
    assert {"include", "skip"} <= found.keys()


def test_an_update_sees_what_the_one_before_it_did(api: Api) -> None:
    bed = api.bed()
    api.do(UPDATE, id=bed, version=1, patch={"name": "South"})
    document = f"""mutation @atomic {{
        a: updateBed(id: "{bed}", version: 2, patch: {{rows: 4}}) {{ bed {{ version }} }}
        b: updateBed(id: "{bed}", version: 2, patch: {{rows: 5}}) {{ userErrors {{ code }} }} }}"""

    assert api.live.ask(document, api.head)["b"]["userErrors"] == [{"code": "stale_version"}]
    assert api.rows("select rows, version from garden.bed") == [(None, 2)]
