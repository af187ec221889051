"""Requirement rows that the core itself meets, each as its user would see it, on the shipped add-ons."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from dougong.builtin.sign_in.passwords import set_password
from dougong.db.session import WriteSession
from dougong.testing import LiveWorld
from dougong.testing.databases import Databases
from dougong.testing.worlds import Person

CREATE_LEAD = """mutation ($input: LeadCreate!) { createLead(input: $input) {
    lead { id version stage } userErrors { code path message } } }"""


@pytest.fixture(scope="module")
def live(databases: Databases) -> Iterator[LiveWorld]:
    opened = LiveWorld(databases.clone("crm", "sales_order"))
    yield opened
    opened.client.__exit__(None, None, None)
    opened.engine.dispose()


@pytest.fixture(scope="module")
def seller(live: LiveWorld) -> Person:
    return live.person("crm.seller", "sales_order.seller")


def lead(live: LiveWorld, who: Person, **given: Any) -> Any:
    """A new lead."""
    made = live.ask(CREATE_LEAD, who, input={"name": "Ada", **given})["createLead"]
    assert made["userErrors"] == []
    return made["lead"]


def test_X01_a_client_reads_who_may_move_what_from_where_to_where(
    live: LiveWorld, seller: Person
) -> None:
    asked = """{ workflows(names: ["sales_order.sales_order"]) {
        steps { name needs startsFrom leadsTo needsReason } } }"""

    (flow,) = live.ask(asked, seller)["workflows"]

    steps = {one["name"]: one for one in flow["steps"]}
    assert steps["sales_order.approve"] == {
        "name": "sales_order.approve",
        "needs": "sales_order.approve",
        "startsFrom": ["VERIFIED"],
        "leadsTo": "APPROVED",
        "needsReason": False,
    }
    assert all(one["needs"] for one in steps.values())
    assert steps["sales_order.cancel"]["needsReason"] is True


def test_X02_a_step_has_a_form_and_says_which_field_is_missing(
    live: LiveWorld, seller: Person
) -> None:
    made = lead(live, seller)
    asked = """query ($id: ID!) { lead(id: $id) { actions(names: ["loseLead"]) {
        form { name type required } } } }"""

    (action,) = live.ask(asked, seller, id=made["id"])["lead"]["actions"]

    assert {"name": "reason", "type": "String!", "required": True} in action["form"]
    lose = """mutation ($id: ID!, $reason: String!) {
        loseLead(id: $id, version: 1, reason: $reason) { userErrors { code path } } }"""
    (error,) = live.ask(lose, seller, id=made["id"], reason=" ")["loseLead"]["userErrors"]
    assert error == {"code": "reason_missing", "path": ["reason"]}


def test_X09_who_belongs_to_a_store_sees_its_records_in_lists_counts_and_sums_alone(
    live: LiveWorld,
) -> None:
    admin = live.person("dougong.administrator")
    live.ask(
        """mutation { createCustomRole(input: {name: "company.store", description: "A store."}) {
            userErrors { message } } }""",
        admin,
    )
    for item in ("read crm.lead", "rows crm.lead team(owner)"):
        give = """mutation ($item: String!) {
            giveToRole(role: "company.store", item: $item) { userErrors { message } } }"""
        assert live.ask(give, admin, item=item)["giveToRole"]["userErrors"] == []
    stores = [_store(live, admin, code) for code in ("NORTH", "SOUTH")]

    for place, (clerk, leads) in enumerate(stores):
        seen = live.ask(
            """{ leads { totalCount nodes { id } }
                 leadStats { count } }""",
            clerk,
        )
        assert [one["id"] for one in seen["leads"]["nodes"]] == leads
        assert seen["leads"]["totalCount"] == 2
        assert seen["leadStats"] == [{"count": 2}]
        (other, *_) = stores[1 - place][1]
        assert live.ask("query ($id: ID!) { node(id: $id) { id } }", clerk, id=other) == {
            "node": None
        }


def _store(live: LiveWorld, admin: Person, code: str) -> tuple[Person, list[str]]:
    """Somebody who belongs to a new store, and the leads of a colleague there."""
    made = live.ask(
        """mutation ($code: String!) { createUnit(input: {code: $code, name: $code, kind: STORE}) {
            unit { id } } }""",
        admin,
        code=code,
    )
    unit = made["createUnit"]["unit"]["id"]
    clerk, colleague = live.person("company.store"), live.person("crm.seller")
    for one in (clerk, colleague):
        joined = live.ask(
            """mutation ($user: ID!, $unit: ID!) {
                createMembership(input: {user: $user, unit: $unit}) { userErrors { message } } }""",
            admin,
            user=f"User:{one.principal.user_id}",
            unit=unit,
        )
        assert joined["createMembership"]["userErrors"] == []
    return clerk, sorted(str(lead(live, colleague)["id"]) for _ in range(2))


def test_X11_every_list_filters_orders_pages_and_counts_in_the_same_words(live: LiveWorld) -> None:
    query: Any = live.runtime.generation.schema.query_type
    lists = {
        name: field
        for name, field in query.fields.items()
        if get_named_type(field.type).name.endswith("Connection")
    }

    assert len(lists) > 20
    for name, field in lists.items():
        assert {"first", "after", "last", "before", "where", "orderBy"} <= set(field.args), name
        where: Any = field.args["where"].type
        assert {"and", "or", "not"} <= set(where.fields), name
        page = get_named_type(field.type)
        assert isinstance(page, GraphQLObjectType)
        assert {"nodes", "edges", "pageInfo", "totalCount"} <= set(page.fields), name
        entity = get_named_type(page.fields["nodes"].type).name
        stats = f"{entity[0].lower()}{entity[1:]}Stats"
        assert {"where", "groupBy", "measures"} <= set(query.fields[stats].args), stats


def test_S1_50_one_field_asked_is_one_field_answered(live: LiveWorld, seller: Person) -> None:
    made = lead(live, seller)

    answer = live.post("query ($id: ID!) { lead(id: $id) { name } }", seller, id=made["id"])

    assert answer.json()["data"] == {"lead": {"name": "Ada"}}


def test_S1_72_a_lead_is_made_of_a_name_and_a_telephone_number_alone(
    live: LiveWorld, seller: Person
) -> None:
    made = lead(live, seller, name="Grace", phone="+1 202 555 0143")

    assert made["stage"] == "NEW"


def test_S2_25_a_state_is_written_by_steps_alone(live: LiveWorld, seller: Person) -> None:
    made = lead(live, seller)
    written = """mutation ($id: ID!) {
        updateLead(id: $id, version: 1, patch: {stage: WON}) { userErrors { code } } }"""

    (error,) = live.errors(written, seller, id=made["id"])

    assert error["extensions"]["code"] == "INVALID_DOCUMENT"
    assert "'stage'" in error["message"]


def test_S4_118_who_guesses_a_password_is_locked_out_whatever_they_type_then(
    live: LiveWorld,
) -> None:
    person = live.person("crm.seller")
    with WriteSession(live.engine) as session, session.begin():
        assert person.principal.user_id is not None
        set_password(session, person.principal.user_id, "four words nobody guesses")
    email = live.ask("{ users { nodes { id email } } }", live.person("dougong.administrator"))
    address = next(
        one["email"]
        for one in email["users"]["nodes"]
        if one["id"] == f"User:{person.principal.user_id}"
    )
    sign_in = """mutation ($email: String!, $password: String!) {
        signIn(email: $email, password: $password) { token userErrors { code } } }"""

    def tried(password: str) -> Any:
        return live.ask(sign_in, email=address, password=password)["signIn"]

    assert tried("four words nobody guesses")["token"]
    for guess in range(12):
        assert tried(f"guess {guess}")["userErrors"] == [{"code": "wrong_credentials"}]
    assert tried("four words nobody guesses")["token"] is None


CHANGE_STEP = """mutation ($reason: String!, $amount: Decimal!) {
    changeStep(step: "sales_order.endorse", reason: $reason, upTo: [{amount: $amount, currency: "EUR"}]) {
        stepSetting { id } userErrors { code message } } }"""


def test_S1_32_a_changed_limit_is_audited_and_every_version_of_it_stays(live: LiveWorld) -> None:
    olga = live.person("dougong.process_owner", "dougong.audit_reader", name="Olga")
    for amount, reason in (("5000", "A larger team"), ("800", "A loss in May")):
        done = live.ask(CHANGE_STEP, olga, amount=amount, reason=reason)["changeStep"]
        assert done["userErrors"] == []

    found = live.ask(
        """{ stepSettings(where: {step: {eq: "sales_order.endorse"}}, orderBy: [{id: ASC}]) { nodes {
            upTo reason version createdBy { name } history { nodes { kind user label verb } } } } }""",
        olga,
    )["stepSettings"]["nodes"]

    assert [(one["upTo"], one["reason"], one["version"]) for one in found] == [
        ({"EUR": "5000"}, "A larger team", 1),
        ({"EUR": "800"}, "A loss in May", 1),
    ]
    assert [one["createdBy"]["name"] for one in found] == ["Olga", "Olga"]
    kept = [one["history"]["nodes"] for one in found]
    assert [[line["verb"] for line in lines] for lines in kept] == [["dougong.change_step"]] * 2
    entries = live.ask(
        """{ auditEntries(entity: "dougong.step_setting", verb: "dougong.change_step") {
            kind by changes { field after } } }""",
        olga,
    )["auditEntries"]
    assert [(one["kind"], one["by"]) for one in entries] == [("CREATED", "Olga")] * 2


def test_S1_51_actions_and_their_forms_are_labelled_in_chinese_too(
    live: LiveWorld, seller: Person
) -> None:
    made = lead(live, seller)
    asked = """query ($id: ID!) { lead(id: $id) { actions(names: ["loseLead", "winLead"]) {
        name label description reasons { code message } form { name label description } } } }"""

    def told(tag: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {seller.token}", "accept-language": tag}
        body = {"query": asked, "variables": {"id": made["id"]}}
        answer = live.client.post("/graphql", json=body, headers=headers).json()
        return {one["name"]: one for one in answer["data"]["lead"]["actions"]}

    english, chinese = told("en"), told("zh-CN")

    reason = {tag: said["loseLead"]["form"][0] for tag, said in (("en", english), ("zh", chinese))}
    assert reason["en"]["name"] == reason["zh"]["name"] == "reason"
    assert (english["loseLead"]["label"], reason["en"]["label"]) == ("Lose", "Reason")
    texts = [
        chinese["loseLead"]["label"],
        chinese["loseLead"]["description"],
        reason["zh"]["label"],
        chinese["winLead"]["reasons"][0]["message"],
    ]
    assert [text for text in texts if not re.search("[\u4e00-\u9fff]", text)] == []
    assert english["winLead"]["reasons"][0]["code"] == chinese["winLead"]["reasons"][0]["code"]


def test_S4_120_forms_reports_and_figures_of_ones_own_are_data_of_the_api(
    live: LiveWorld,
) -> None:
    boss = live.person("crm.manager", name="Mia")
    made = lead(live, boss, name="Grace")
    form = """query ($id: ID!) { lead(id: $id) { actions(names: ["loseLead"]) {
        form { name type required } } } }"""
    save = """mutation ($input: SavedReportCreate!) { createSavedReport(input: $input) {
        savedReport { id } userErrors { code message } } }"""
    question = {
        "name": "Leads by stage",
        "entity": "Lead",
        "where": {"name": {"eq": "Grace"}},
        "groupBy": [{"key": "stage"}],
        "measures": [{"as": "last", "max": "createdAt"}],
    }

    (action,) = live.ask(form, boss, id=made["id"])["lead"]["actions"]
    done = live.ask(save, boss, input=question)["createSavedReport"]
    registered = live.ask("{ savedReports { nodes { id name entity } } }", boss)["savedReports"]
    figures = live.ask(
        """{ leadStats(where: {name: {eq: "Grace"}}, groupBy: [{key: stage}],
            measures: [{as: "last", max: createdAt}]) { count stage values } }""",
        boss,
    )["leadStats"]

    assert {"name": "reason", "type": "String!", "required": True} in action["form"]
    assert done["userErrors"] == []
    assert [(one["name"], one["entity"]) for one in registered["nodes"]] == [
        ("Leads by stage", "Lead")
    ]
    asked = (
        """query ($id: ID!) { savedReportResult(report: $id) { rows { count cells { text } } } }"""
    )
    (row,) = live.ask(asked, boss, id=done["savedReport"]["id"])["savedReportResult"]["rows"]
    assert (row["count"], row["cells"][0]["text"]) == (figures[0]["count"], figures[0]["stage"])
    assert row["cells"][1]["text"] == figures[0]["values"]["last"]
