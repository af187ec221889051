"""Fields that only some may see: null to others, and no way to learn of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from gardens import LiveGarden, make_tables
from sqlalchemy import text

from dougong import Role, SetupError, all_rows, read
from dougong.access.permissions import Operation
from dougong.access.rules import Access
from dougong.testing.databases import Databases
from dougong.testing.worlds import Person
from dougong_vault import SEE_COST, Deal

FIELDS = """name note price { amount currency } margin cost worth code backer { name }
    worthToUs words pieces { nodes { name cost } }"""
HIDDEN = {
    "note": None,
    "price": None,
    "margin": None,
    "cost": None,
    "worth": None,
    "code": None,
    "backer": None,
    "worthToUs": None,
    "words": None,
}


@pytest.fixture(scope="module")
def vault(databases: Databases) -> Iterator[LiveGarden]:
    url = databases.clone()
    make_tables(url)
    live = LiveGarden(url, "vault", "appraisal")
    yield live
    live.close()


@pytest.fixture(scope="module")
def people(vault: LiveGarden) -> dict[str, Person]:
    """One person for each role, and one who reads all deals and keeps the own ones."""
    named = {
        name: vault.person(f"vault.{name}", name=name)
        for name in ("boss", "reader", "seller", "keeper", "outsider")
    }
    named["both"] = vault.person("vault.reader", "vault.keeper", name="both")
    named["appraiser"] = vault.person("vault.reader", "appraisal.appraiser", name="appraiser")
    named["administrator"] = vault.person("dougong.administrator", name="administrator")
    return named


@pytest.fixture(scope="module", autouse=True)
def _deals(vault: LiveGarden, people: dict[str, Person]) -> None:
    for name, owner in (("first", "both"), ("second", "boss")):
        made = vault.ask(
            """mutation ($input: DealCreate!) {
                createDeal(input: $input) { deal { id } userErrors { code path } } }""",
            people["administrator"],
            input={
                "name": name,
                "owner": user(people[owner]),
                "note": f"noted of the {name}",
                "price": {"amount": "10", "currency": "EUR"},
                "margin": "3.5",
                "code": f"code {name}",
                "backer": user(people["boss"]),
                "pieces": [{"name": "wood", "cost": "2"}, {"name": "nails", "cost": "1.5"}],
                "worthToUs": "99",
                "words": f"said of the {name}",
            },
        )
        assert made["createDeal"]["userErrors"] == []


def user(who: Person) -> str:
    return f"User:{who.principal.user_id}"


def deals(vault: LiveGarden, who: Person, arguments: str = "", fields: str = FIELDS) -> Any:
    found = vault.ask(f"{{ deals{arguments} {{ nodes {{ {fields} }} }} }}", who)
    return found["deals"]["nodes"]


def full(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "note": f"noted of the {name}",
        "price": {"amount": "10.0000", "currency": "EUR"},
        "margin": "3.50",
        "cost": "3.50",
        "worth": f"{name}: yes",
        "code": f"code {name}",
        "backer": {"name": "boss"},
        "worthToUs": "99.00",
        "words": f"said of the {name}",
        "pieces": {"nodes": [{"name": "wood", "cost": "2.00"}, {"name": "nails", "cost": "1.50"}]},
    }


def bare(name: str) -> dict[str, Any]:
    pieces = {"nodes": [{"name": "wood", "cost": None}, {"name": "nails", "cost": None}]}
    return {"name": name, **HIDDEN, "pieces": pieces}


def test_to_whom_the_permission_is_missing_the_fields_are_null(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    assert deals(vault, people["reader"]) == [bare("first"), bare("second")]
    assert deals(vault, people["administrator"]) == [full("first"), full("second")]


def test_a_permission_counts_for_the_records_that_its_role_covers(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    without_appraisal = {"worthToUs": None, "words": None}

    assert deals(vault, people["both"]) == [full("first") | without_appraisal, bare("second")]
    assert deals(vault, people["boss"])[1] == full("second") | without_appraisal
    assert [one["worthToUs"] for one in deals(vault, people["appraiser"])] == ["99.00", "99.00"]
    assert [one["margin"] for one in deals(vault, people["appraiser"])] == [None, None]


def test_the_fields_are_hidden_at_every_depth(vault: LiveGarden, people: dict[str, Person]) -> None:
    fields = f"deals {{ nodes {{ {FIELDS} }} }}"
    found = vault.ask(
        f'{{ users(where: {{name: {{eq: "both"}}}}) {{ nodes {{ {fields} }} }} }}', people["reader"]
    )
    assert found["users"]["nodes"] == [{"deals": {"nodes": [bare("first")]}}]
    pieces = vault.ask(
        "{ pieces { nodes { cost deal { margin price { amount } } } } }", people["reader"]
    )
    assert (
        pieces["pieces"]["nodes"] == [{"cost": None, "deal": {"margin": None, "price": None}}] * 4
    )
    mixed = vault.ask("{ pieces { nodes { cost deal { name margin } } } }", people["both"])
    assert [(one["cost"], one["deal"]["margin"]) for one in mixed["pieces"]["nodes"]] == [
        ("2.00", "3.50"),
        ("1.50", "3.50"),
        (None, None),
        (None, None),
    ]


def test_a_guarded_link_is_hidden_from_its_other_end_too(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    asked = '{ users(where: {name: {eq: "boss"}}) { nodes { backedDeals { totalCount } } } }'

    counts = [
        vault.ask(asked, people[name])["users"]["nodes"][0]["backedDeals"]["totalCount"]
        for name in ("administrator", "both", "reader")
    ]

    assert counts == [2, 1, 0]


@pytest.mark.parametrize(
    "arguments",
    [
        '(where: {note: {contains: "noted"}})',
        '(where: {price: {amount: {gt: "1"}}})',
        "(where: {margin: {isNull: true}})",
        '(where: {cost: {gt: "1"}})',
        '(where: {code: {eq: "x"}})',
        "(where: {backer: {isNull: false}})",
        '(where: {not: {margin: {eq: "1"}}})',
        '(where: {pieces: {some: {cost: {gt: "1"}}}})',
        '(where: {worthToUs: {gt: "1"}})',
        "(orderBy: [{margin: ASC}])",
        "(orderBy: [{price: {amount: DESC}}])",
        "(orderBy: [{backer: {name: ASC}}])",
    ],
)
def test_nothing_is_filtered_or_ordered_by_what_one_may_not_see(
    vault: LiveGarden, people: dict[str, Person], arguments: str
) -> None:
    (error,) = vault.errors(f"{{ deals{arguments} {{ totalCount }} }}", people["reader"])

    assert error["extensions"]["code"] == "FORBIDDEN_FIELD"
    assert vault.ask(f"{{ deals{arguments} {{ totalCount }} }}", people["administrator"])


def test_what_is_hidden_in_some_rows_counts_as_null_there(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    def found(arguments: str) -> list[str]:
        return [one["name"] for one in deals(vault, people["both"], arguments, "name")]

    assert found('(where: {margin: {gt: "1"}})') == ["first"]
    assert found("(where: {margin: {isNull: true}})") == ["second"]
    assert found('(where: {note: {contains: "noted"}})') == ["first"]
    assert found("(orderBy: [{margin: ASC_NULLS_FIRST}])") == ["second", "first"]
    assert found("(where: {backer: {isNull: true}})") == ["second"]
    assert found('(where: {pieces: {some: {cost: {gt: "1"}}}})') == ["first"]


def test_search_does_not_look_into_hidden_texts(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    def found(who: str, words: str) -> list[str]:
        return [
            one["name"]
            for one in deals(vault, people[who], f'(where: {{search: "{words}"}})', "name")
        ]

    assert found("administrator", "noted") == ["first", "second"]
    assert found("reader", "noted") == []
    assert found("reader", "first") == ["first"]
    assert found("both", "noted") == ["first"]
    assert found("administrator", "said") == ["first", "second"]
    assert found("reader", "said") == []
    assert found("appraiser", "said") == ["first", "second"]


def test_statistics_do_not_measure_what_is_hidden(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    asked = '{ dealStats(measures: [{as: "all", sum: margin}, {as: "cost", sum: cost}, '
    asked += '{as: "backers", count: backer}]) { values } }'

    (error,) = vault.errors(asked, people["reader"])
    mine = vault.ask(asked, people["both"])["dealStats"][0]["values"]
    every = vault.ask(asked, people["administrator"])["dealStats"][0]["values"]

    assert error["extensions"]["code"] == "FORBIDDEN_FIELD"
    assert mine == {"all": "3.50", "cost": "3.50", "backers": 1}
    assert every == {"all": "7.00", "cost": "7.00", "backers": 2}


def test_reports_see_null_where_the_asker_may_see_nothing(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    rows = {
        name: vault.ask("{ margins { deals margin } }", people[name])["margins"]
        for name in ("reader", "both", "administrator")
    }

    assert rows == {
        "reader": [{"deals": 2, "margin": None}],
        "both": [{"deals": 2, "margin": "3.50"}],
        "administrator": [{"deals": 2, "margin": "7.00"}],
    }


UPDATE = """mutation ($id: ID!, $version: Int!, $patch: DealPatch!) @dryRun {
    updateDeal(id: $id, version: $version, patch: $patch) {
        deal { name note } userErrors { code path params } } }"""


def tried(vault: LiveGarden, who: Person, name: str, **patch: Any) -> list[Any]:
    (one,) = vault.ask(
        f'{{ deals(where: {{name: {{eq: "{name}"}}}}) {{ nodes {{ id version }} }} }}', who
    )["deals"]["nodes"]
    done = vault.ask(UPDATE, who, **one, patch=patch)["updateDeal"]
    return [(error["code"], error["path"]) for error in done["userErrors"]]


def test_who_may_not_write_a_field_is_refused_at_that_field(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    boss, both = people["boss"], people["both"]
    price = {"amount": "1", "currency": "EUR"}

    assert tried(vault, both, "first", price=price, note="x", margin="1") == []
    assert tried(vault, boss, "second", pieces=[{"name": "glue", "cost": "1"}]) == []
    assert tried(vault, boss, "second", worthToUs="1") == [
        ("guarded_field", ["patch", "worthToUs"])
    ]
    seller = people["seller"]
    made = {
        key: vault.ask(
            """mutation ($input: DealCreate!) @dryRun {
                createDeal(input: $input) { deal { note } userErrors { code path } } }""",
            seller,
            input={"name": "x", "owner": user(seller), **given},
        )["createDeal"]
        for key, given in {
            "plain": {},
            "note": {"note": "x"},
            "child": {"pieces": [{"name": "a"}, {"name": "b", "cost": "1"}]},
            "backer": {"backer": user(seller)},
        }.items()
    }
    assert {
        key: [(error["code"], error["path"]) for error in one["userErrors"]]
        for key, one in made.items()
    } == {
        "plain": [],
        "note": [("guarded_field", ["input", "note"])],
        "child": [("guarded_field", ["input", "pieces", "1", "cost"])],
        "backer": [("guarded_field", ["input", "backer"])],
    }


def test_many_at_once_are_refused_where_one_may_not_write(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    seller = people["seller"]
    mine = {"owner": user(seller)}
    done = vault.ask(
        """mutation ($rows: [DealCreate!]!) @dryRun { createDeals(inputs: $rows) {
            results { userErrors { code path } } userErrors { code path } } }""",
        seller,
        rows=[{"name": "p", **mine}, {"name": "q", "note": "x", **mine}],
    )["createDeals"]

    assert {(one["code"], *one["path"]) for one in done["userErrors"]} == {
        ("guarded_field", "inputs", "1", "note")
    }


def test_a_key_that_one_may_not_see_finds_nothing(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    asked = """mutation ($input: DealCreate!) @dryRun {
        upsertDeal(key: CODE, input: $input) { deal { name } userErrors { code path } } }"""

    def errors(who: str, code: str) -> list[Any]:
        given = {"name": "z", "code": code, "owner": user(people[who])}
        done = vault.ask(asked, people[who], input=given)["upsertDeal"]
        return [error["code"] for error in done["userErrors"]]

    assert errors("seller", "code first") == errors("seller", "none such") == ["guarded_field"]
    assert errors("both", "code first") == []
    assert errors("both", "code second") == ["taken"]


def test_a_key_that_one_may_not_write_is_not_guessed_by_writing_it(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    """Whether a code is taken is not told to those who may not use codes at all."""
    documents = {
        "createDeal": "createDeal(input: $input) { userErrors { code path } }",
        "createDeals": "createDeals(inputs: [$input]) { userErrors { code path } }",
        "upsertDeal": "upsertDeal(key: NAME, input: $input) { userErrors { code path } }",
    }
    seller = people["seller"]
    for field, text_ in documents.items():
        said = [
            vault.ask(
                f"mutation ($input: DealCreate!) @dryRun {{ {text_} }}",
                seller,
                input={"name": "guess", "code": code, "owner": user(seller)},
            )[field]["userErrors"]
            for code in ("code first", "none such")
        ]
        assert said[0] == said[1]
        assert {error["code"] for error in said[0]} == {"guarded_field"}


def test_what_was_written_is_shown_only_to_who_may_see_it(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    with vault.engine.begin() as connection:
        connection.execute(
            text("update vault.deal set owner_id = :me where name = 'second'"),
            {"me": people["seller"].principal.user_id},
        )
    (one,) = deals(vault, people["seller"], fields="id version note")

    shown = vault.ask(
        UPDATE, people["seller"], id=one["id"], version=one["version"], patch={"name": "third"}
    )["updateDeal"]

    assert shown == {"deal": {"name": "third", "note": None}, "userErrors": []}
    assert one["note"] is None


def test_a_role_that_may_see_a_field_must_say_in_which_records() -> None:
    with pytest.raises(SetupError, match=r"grants vault\.see_cost, but no row rule"):
        Access([Role("vault.x", "X.", grants=[SEE_COST])], {}, [Deal], [SEE_COST])
    Access([Role("vault.x", "X.", grants=[SEE_COST], rows=[all_rows(Deal)])], {}, [Deal], [])
    assert read(Deal).operation is Operation.READ


# What can be changed ----------------------------------------------------------------------------


def test_the_form_to_change_a_record_leaves_out_what_one_may_write_nowhere(
    vault: LiveGarden, people: dict[str, Person]
) -> None:
    document = """query ($id: ID!) { deal(id: $id) { actions(names: ["updateDeal"]) {
        form { fields { name fields { name } } } } } }"""

    def form(who: str) -> tuple[set[str], set[str]]:
        id_ = vault.ask("{ deals { nodes { id } } }", people["boss"])["deals"]["nodes"][0]["id"]
        (action,) = vault.ask(document, people[who], id=id_)["deal"]["actions"]
        fields = {one["name"]: one["fields"] for one in action["form"][0]["fields"]}
        return set(fields), {one["name"] for one in fields["pieces"]}

    everything, pieces = form("administrator")
    guarded = {"note", "price", "margin", "code", "backer"}
    beside = {"worthToUs", "words"}
    assert {*guarded, *beside} < everything
    assert form("both") == (everything - beside, pieces)
    assert form("reader") == (everything - guarded - beside, pieces - {"cost"})


def test_who_has_lost_a_right_is_not_told_that_a_hidden_sum_was_too_large(
    vault: LiveGarden,
) -> None:
    """Nor anything else of a statement that failed: it was made for the rights of before."""
    asked = "{ deals { nodes { cost } } }"
    enormous = text(
        "insert into vault.piece (deal_id, name, cost, version, created_at, updated_at) "
        "select min(id), 'x', 1e35, 1, now(), now() from vault.deal"
    )
    column = "alter table vault.piece alter column cost type numeric"
    with vault.engine.begin() as connection:
        connection.execute(text(column))
        connection.execute(enormous)
    loser = vault.person("vault.boss")
    assert [one["extensions"]["code"] for one in vault.errors(asked, loser)] == ["BAD_NUMBER"]

    with vault.engine.begin() as connection:
        connection.execute(
            text("delete from dougong.role_assignment where user_id = :me"),
            {"me": loser.principal.user_id},
        )

    assert vault.ask(asked, loser) == {"deals": {"nodes": []}}
    with vault.engine.begin() as connection:
        connection.execute(text("delete from vault.piece where name = 'x'"))
        connection.execute(text(f"{column}(18, 2)"))
