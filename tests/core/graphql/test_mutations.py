"""Mutations answer with what is selected of their payload, through the same planner."""

from typing import Any

import pytest

CREATE = """mutation ($name: String!, $first: Int, $email: Email) {
  createLead(input: {name: $name, email: $email}) {
    lead { id name version stage owner { name } ...P }
    userErrors { code path message }
  } }
  fragment P on Lead { party { contacts(first: $first) { totalCount nodes { name } } } }"""


@pytest.fixture
def crm(live_world: Any) -> Any:
    return live_world("crm")


def test_a_payload_shows_the_record_and_what_is_below_it(crm: Any) -> None:
    seller = crm.person("crm.seller", name="Sepp")
    made = crm.ask(CREATE, seller, name='Zoë "斗拱"', email="z@example.com", first=1)["createLead"]
    assert made["userErrors"] == []
    lead = made["lead"]
    assert {key: lead[key] for key in ("name", "version", "stage", "owner", "party")} == {
        "name": 'Zoë "斗拱"',
        "version": 1,
        "stage": "NEW",
        "owner": {"name": "Sepp"},
        "party": None,
    }
    document = """mutation ($id: ID!) {
      q: qualifyLead(id: $id, version: 1) { lead { version stage } userErrors { code } }
      w: winLead(id: $id, version: 2) { __typename lead { party { name } } userErrors { code } }
      again: winLead(id: $id, version: 3) { lead { id } userErrors { code path __typename } } }"""
    done = crm.ask(document, seller, id=lead["id"])
    assert done["q"] == {"lead": {"version": 2, "stage": "QUALIFIED"}, "userErrors": []}
    assert done["w"]["__typename"] == "LeadPayload"
    assert done["w"]["lead"]["party"]["name"] == 'Zoë "斗拱"'
    assert done["again"]["lead"] is None
    assert done["again"]["userErrors"][0]["__typename"] == "UserError"


def test_a_payload_that_cannot_be_read_undoes_the_mutation(crm: Any) -> None:
    seller = crm.person("crm.seller")
    (error,) = crm.errors(CREATE, seller, name="gone", first=1000)
    assert error["extensions"]["code"] == "BAD_PAGE_SIZE"
    assert error["path"] == ["createLead", "lead", "party", "contacts"]
    assert crm.ask("{ leads { totalCount } }", seller)["leads"]["totalCount"] == 0


def test_a_bad_argument_leaves_the_others_alone(crm: Any) -> None:
    seller = crm.person("crm.seller")
    document = """mutation { a: createLead(input: {name: "a"}) { lead { name } }
      b: createLead(input: {name: "b"}) { lead { party { contacts(first: -1) { totalCount } } } }
      c: createLead(input: {name: "c"}) { lead { name } } __typename }"""
    answer = crm.post(document, seller).json()
    assert answer["data"] == {
        "a": {"lead": {"name": "a"}},
        "b": None,
        "c": {"lead": {"name": "c"}},
        "__typename": "Mutation",
    }
    assert [error["path"][0] for error in answer["errors"]] == ["b"]
