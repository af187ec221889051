"""Units, membership, roles for a time or within a unit, delegation, and changed roles."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from gardens import GardenRuntime, LiveGarden, make_tables
from sqlalchemy import text
from starlette.testclient import TestClient

from dougong import Role, all_rows, own, read
from dougong.access.permissions import Operation
from dougong.access.principal import ItemChange, Principal
from dougong.access.reach import BoundMe
from dougong.access.rules import Access
from dougong.testing.databases import Databases
from dougong.testing.worlds import Person
from dougong.web import application
from dougong_vault import SEE_NOTES, Deal

TODAY = datetime.now(UTC).date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


class Company:
    """A company with units, and deals in them."""

    def __init__(self, live: LiveGarden) -> None:
        self.live = live
        self.admin = live.person("dougong.administrator", name="admin")
        self.number = 0

    def do(self, field: str, who: Person | None = None, **given: Any) -> Any:
        """Call a mutation; its payload, after checking that nothing was refused."""
        done = self.tried(field, who, **given)
        assert done["userErrors"] == [], done
        return done

    def tried(self, field: str, who: Person | None = None, **given: Any) -> Any:
        names = {**given}
        types = {name: self._type(field, name) for name in names}
        head = ", ".join(f"${name}: {kind}" for name, kind in types.items())
        said = ", ".join(f"{name}: ${name}" for name in names)
        record = "" if field.endswith("Role") and field[:6] != "create" else "id version"
        noun = field.removeprefix("create").removeprefix("update").removeprefix("delete")
        noun = noun[:1].lower() + noun[1:]
        if field.endswith("Deal"):
            noun = "deal"
        shown = f"{noun} {{ {record} }}" if record and not field.startswith("delete") else ""
        document = f"mutation ({head}) {{ {field}({said}) {{ {shown} userErrors {{ code path message }} }} }}"
        return self.live.ask(document, who or self.admin, **given)[field]

    @staticmethod
    def _type(field: str, name: str) -> str:
        if name == "input":
            return f"{field.removeprefix('create')}Create!"
        if name == "patch":
            return f"{field.removeprefix('update')}Patch!"
        return {"id": "ID!", "version": "Int!", "reason": "String"}.get(name, "String!")

    def unit(self, name: str, parent: str | None = None) -> str:
        made = self.do("createUnit", input={"code": name, "name": name, "parent": parent})
        return str(made["unit"]["id"])

    def join(self, who: Person, unit: str, **days: Any) -> None:
        self.do("createMembership", input={"user": user(who), "unit": unit, **days})

    def assign(self, who: Person, role: str, by: Person | None = None, **more: Any) -> Any:
        return self.tried(
            "createRoleAssignment", by, input={"user": user(who), "role": role, **more}
        )

    def deal(self, name: str, owner: Person | None = None, office: str | None = None) -> Any:
        given = {"name": name, "owner": owner and user(owner), "office": office}
        return self.do("createDeal", input=given)["deal"]

    def seen(self, who: Person) -> list[str]:
        found = self.live.ask("{ deals(orderBy: [{name: ASC}]) { nodes { name } } }", who)
        return [one["name"] for one in found["deals"]["nodes"]]

    def person(self, *roles: str) -> Person:
        self.number += 1
        return self.live.person(*roles, name=f"person {self.number}")


def user(who: Person) -> str:
    return f"User:{who.principal.user_id}"


@pytest.fixture(scope="module")
def live(databases: Databases) -> Iterator[LiveGarden]:
    url = databases.clone()
    make_tables(url)
    live = LiveGarden(url, "vault")
    yield live
    live.close()


@pytest.fixture
def company(live: LiveGarden) -> Company:
    with live.engine.begin() as connection:
        connection.execute(
            text(
                "truncate vault.deal, dougong.unit, dougong.role_change, dougong.custom_role cascade"
            )
        )
    return Company(live)


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


# Units ------------------------------------------------------------------------------------------


def test_a_leader_sees_what_the_team_and_those_below_own(company: Company) -> None:
    sales = company.unit("sales")
    north, south = company.unit("north", sales), company.unit("south", sales)
    leader, ann, bob, eve = (company.person() for _ in range(4))
    for who, where in ((ann, sales), (bob, north), (eve, south)):
        company.join(who, where)
        company.deal(f"of {where}", owner=who)
    company.deal("of nobody")
    everywhere, in_north = company.person("vault.leader"), company.person()
    company.join(everywhere, south)
    assert company.assign(in_north, "vault.leader", unit=north)["userErrors"] == []
    assert company.assign(leader, "vault.leader", unit=sales)["userErrors"] == []

    assert company.seen(leader) == [f"of {one}" for one in sorted((sales, north, south))]
    assert company.seen(in_north) == [f"of {north}"]
    assert company.seen(everywhere) == [f"of {south}"]  # where one is a member


def test_membership_counts_from_its_first_day_to_its_last(company: Company) -> None:
    team = company.unit("team")
    leader = company.person()
    company.assign(leader, "vault.leader", unit=team)
    spans = {
        "was": {"until": str(YESTERDAY)},
        "last day": {"until": str(TODAY)},
        "first day": {"since": str(TODAY)},
        "will be": {"since": str(TOMORROW)},
        "between": {"since": str(YESTERDAY), "until": str(TOMORROW)},
    }
    for name, days in spans.items():
        who = company.person()
        company.join(who, team, **days)
        company.deal(name, owner=who)

    assert company.seen(leader) == ["between", "first day", "last day"]


def test_records_of_a_unit_are_seen_in_it_and_above(company: Company) -> None:
    house = company.unit("house")
    floor = company.unit("floor", house)
    room = company.unit("room", floor)
    other = company.unit("other", house)
    for where in (house, floor, room, other):
        company.deal(f"in {where}", office=where)
    company.deal("nowhere")
    clerk, guard, member = company.person(), company.person(), company.person("vault.clerk")
    company.assign(clerk, "vault.clerk", unit=floor)
    company.assign(guard, "vault.clerk", unit=room)
    company.assign(guard, "vault.clerk", unit=other)
    company.join(member, room)

    assert company.seen(clerk) == sorted([f"in {floor}", f"in {room}"])
    assert company.seen(guard) == sorted([f"in {room}", f"in {other}"])
    assert company.seen(member) == [f"in {room}"]


def test_a_unit_that_moves_takes_what_lies_below_with_it(company: Company) -> None:
    first, second = company.unit("first"), company.unit("second")
    team = company.unit("team", first)
    company.deal("deal", office=company.unit("desk", team))
    clerk = company.person()
    company.assign(clerk, "vault.clerk", unit=second)
    assert company.seen(clerk) == []

    company.do("updateUnit", id=team, version=1, patch={"parent": second})

    assert company.seen(clerk) == ["deal"]


def test_no_unit_lies_below_itself(company: Company) -> None:
    top = company.unit("top")
    middle = company.unit("middle", top)
    bottom = company.unit("bottom", middle)

    refused = [
        company.tried("updateUnit", id=top, version=1, patch={"parent": one})
        for one in (top, middle, bottom)
    ]

    assert [codes(one) for one in refused] == [
        ["linked_in_a_circle"],
        ["bad_value"],
        ["bad_value"],
    ]
    assert refused[1]["userErrors"][0]["path"] == ["patch", "parent"]


def test_mutations_that_change_who_may_do_what_can_be_done_together(company: Company) -> None:
    document = """mutation Both @atomic {
        one: createUnit(input: {code: "one", name: "One"}) { userErrors { code } }
        two: createUnit(input: {code: "two", name: "Two"}) { userErrors { code } } }"""

    done = company.live.ask(document, company.admin)

    assert done == {"one": {"userErrors": []}, "two": {"userErrors": []}}


def test_each_mutation_of_a_document_finds_the_rights_that_its_forerunners_left(
    company: Company,
) -> None:
    document = """mutation ($user: ID!) {
        one: createUnit(input: {code: "one", name: "One"}) { unit { code } userErrors { code } }
        two: createRoleAssignment(input: {user: $user, role: "vault.reader"}) {
            roleAssignment { role } userErrors { code } }
        three: createUnit(input: {code: "three", name: "Three"}) { unit { code } } }"""

    done = company.live.ask(document, company.admin, user=user(company.person()))

    assert done["one"] == {"unit": {"code": "one"}, "userErrors": []}
    assert done["two"] == {"roleAssignment": {"role": "vault.reader"}, "userErrors": []}
    assert done["three"] == {"unit": {"code": "three"}}


def test_who_gives_a_right_away_in_a_document_is_without_it_in_the_rest(company: Company) -> None:
    boss = company.person("dougong.administrator")
    document = """mutation ($mine: ID!) {
        one: deleteRoleAssignment(id: $mine, version: 1) { userErrors { code } }
        two: createUnit(input: {code: "two", name: "Two"}) { unit { code } userErrors { code } }
        three: signOut { userErrors { code } }
        four: createUnit(input: {code: "four", name: "Four"}) { unit { code } } }"""
    assigned = "select id from dougong.role_assignment where user_id = :id"
    with company.live.engine.connect() as connection:
        number = connection.scalar(text(assigned), {"id": boss.principal.user_id})

    answer = company.live.post(document, boss, mine=f"RoleAssignment:{number}").json()

    assert answer["data"] == {
        "one": {"userErrors": []},
        "two": {"unit": None, "userErrors": [{"code": "needs_grant"}]},
        "three": {"userErrors": []},
        "four": None,
    }
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_SIGNED_IN"]


def test_a_unit_that_is_in_use_is_not_deleted(company: Company) -> None:
    unit = company.unit("unit")
    company.join(company.person(), unit)

    assert codes(company.tried("deleteUnit", id=unit, version=1)) == ["still_used"]


# Roles ------------------------------------------------------------------------------------------


def test_a_role_is_held_from_its_first_day_to_its_last(company: Company) -> None:
    company.deal("deal")
    held = {name: company.person() for name in ("was", "is", "will be")}
    company.assign(held["was"], "vault.reader", until=str(YESTERDAY))
    company.assign(held["is"], "vault.reader", since=str(TODAY), until=str(TODAY))
    company.assign(held["will be"], "vault.reader", since=str(TOMORROW))

    assert {name: company.seen(who) for name, who in held.items()} == {
        "was": [],
        "is": ["deal"],
        "will be": [],
    }


def test_a_rule_that_restricts_cuts_what_other_roles_allow(company: Company) -> None:
    company.deal("open deal")
    company.deal("secret deal")
    insider, outsider = company.person("vault.reader"), company.person("vault.outsider")
    both = company.person("vault.outsider", "vault.reader", "vault.boss")
    administrator = company.person("vault.outsider", "dougong.administrator")

    assert company.seen(insider) == ["open deal", "secret deal"]
    assert company.seen(outsider) == []
    assert company.seen(both) == ["open deal"]
    assert company.seen(administrator) == ["open deal", "secret deal"]


def test_a_changed_role_holds_from_the_next_request_in_every_worker(company: Company) -> None:
    company.deal("deal")
    seller = company.person("vault.seller")
    other = GardenRuntime(company.live.engine, company.live.url)
    other.names = ("vault",)

    def counts() -> list[int]:
        asked = {"query": "{ deals { totalCount } }"}
        headers = {"authorization": f"Bearer {seller.token}"}
        answers = [
            client.post("/graphql", json=asked, headers=headers).json()
            for client in (company.live.client, elsewhere)
        ]
        return [answer["data"]["deals"]["totalCount"] for answer in answers]

    with TestClient(application(other)) as elsewhere:
        assert counts() == [0, 0]
        company.do("giveToRole", role="vault.seller", item="rows vault.deal all_rows")
        assert counts() == [1, 1]
        company.do("takeFromRole", role="vault.seller", item="read vault.deal", reason="test")
        assert counts() == [0, 0]
        company.do("resetRole", role="vault.seller")
        assert counts() == [0, 0]
        company.do(
            "giveToRole",
            role="vault.seller",
            item='rows  vault.deal  where {"name": {"eq": "deal"}}',
        )
        assert counts() == [1, 1]


def test_giving_back_what_was_taken_leaves_the_role_as_it_was_shipped(company: Company) -> None:
    company.do("takeFromRole", role="vault.seller", item="read vault.deal")
    company.do("takeFromRole", role="vault.seller", item="read vault.deal")
    company.do("giveToRole", role="vault.seller", item="read vault.deal")
    company.do("giveToRole", role="vault.seller", item="read vault.deal")
    company.do("giveToRole", role="vault.seller", item="vault.see_cost")
    company.do("takeFromRole", role="vault.seller", item="vault.see_cost")

    found = company.live.ask("{ roleChanges { totalCount } }", company.admin)
    assert found["roleChanges"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ("vault.nothing", "no permission “vault.nothing”"),
        ("read vault.nothing", "no entity vault.nothing"),
        ("rows vault.deal own(office)", "no link “office” to a User"),
        ("rows vault.deal unit(owner)", "no link “owner” to a Unit"),
        ("rows vault.deal own(nobody)", "no link “nobody”"),
        ("rows vault.deal anything", "has no rule “anything”"),
        ('rows vault.deal where {"name": "x"}', "is no comparison"),
        ('rows vault.deal where {"nothing": {"eq": 1}}', "is no comparison"),
        ('rows vault.deal where {"state": {"eq": "GONE"}}', "is no comparison"),
        ('rows vault.deal where {"margin": {"eq": "1"}}', "is no comparison"),
        ("rows vault.deal where [", "is no comparison"),
        ("rows vault.piece all_rows", "falls under the rules of its Deal"),
        ("", "no permission"),
    ],
)
def test_what_makes_no_sense_is_not_given_to_a_role(company: Company, item: str, says: str) -> None:
    refused = company.tried("giveToRole", role="vault.seller", item=item)

    assert codes(refused) == ["bad_item"]
    assert refused["userErrors"][0]["path"] == ["item"]
    assert says in refused["userErrors"][0]["message"]


def test_who_may_not_change_roles_is_refused(company: Company) -> None:
    boss = company.person("vault.boss")

    assert codes(company.tried("giveToRole", boss, role="vault.boss", item="vault.deal")) == [
        "needs_permission"
    ]
    assert codes(company.tried("giveToRole", role="vault.nobody", item="vault.deal")) == [
        "no_such_role"
    ]
    assert codes(company.tried("takeFromRole", role="vault.seller", item="vault.see_cost")) == [
        "not_in_role"
    ]
    assert codes(company.tried("giveToRole", role="dougong.administrator", item="vault.deal")) == [
        "role_is_fixed"
    ]


def test_a_company_makes_roles_of_its_own(company: Company) -> None:
    company.deal("mine", owner=(auditor := company.person()))
    company.deal("other")
    made = {"name": "company.auditor", "description": "Looks at own deals."}
    company.do("createCustomRole", input=made)
    bad = company.tried("createCustomRole", input={"name": "auditor", "description": "x"})
    company.do("giveToRole", role="company.auditor", item="read vault.deal")
    company.do("giveToRole", role="company.auditor", item="rows vault.deal own(owner)")

    assert codes(bad) == ["bad_value"]
    assert company.seen(auditor) == []
    assert company.assign(auditor, "company.auditor")["userErrors"] == []
    assert company.seen(auditor) == ["mine"]
    assert codes(company.assign(auditor, "company.nobody")) == ["no_such_role"]


def test_what_an_upgrade_ships_and_what_the_company_changed_both_count() -> None:
    before = Role("vault.x", "X.", grants=[read(Deal)], rows=[all_rows(Deal)])
    after = Role("vault.x", "X.", grants=[read(Deal), SEE_NOTES], rows=[own(Deal.owner)])
    changes = frozenset(
        {
            ItemChange("vault.x", "update vault.deal", removed=False),
            ItemChange("vault.x", "rows vault.deal all_rows", removed=True),
        }
    )
    held = {}
    for role in (before, after):
        access = Access([role], {}, [Deal], [SEE_NOTES])
        found = access.role("vault.x", changes)
        assert found is not None
        held[role] = ({str(one) for one in found.given}, [str(one) for one in found.rules])

    assert held[before] == ({"read vault.deal", "update vault.deal"}, [])
    assert held[after] == (
        {"read vault.deal", "update vault.deal", "vault.see_notes"},
        ["rows vault.deal own(owner)"],
    )


def test_nobody_gives_a_role_that_they_do_not_hold(company: Company) -> None:
    clerk, friend = company.person("vault.reader"), company.person()
    for item in (
        "create dougong.role_assignment",
        "update dougong.role_assignment",
        "read dougong.role_assignment",
        "rows dougong.role_assignment all_rows",
    ):
        company.do("giveToRole", role="vault.reader", item=item)

    given = company.assign(friend, "vault.reader", by=clerk)
    assert codes(given) == []
    assert codes(company.assign(friend, "vault.boss", by=clerk)) == ["not_yours_to_give"]
    assert codes(company.assign(friend, "dougong.administrator", by=clerk)) == ["not_yours_to_give"]
    turned = company.tried(
        "updateRoleAssignment", clerk, **given["roleAssignment"], patch={"role": "vault.boss"}
    )
    assert codes(turned) == ["not_yours_to_give"]
    assert company.seen(friend) == []


def test_nobody_gives_a_role_more_widely_than_they_hold_it(company: Company) -> None:
    house = company.unit("house")
    room = company.unit("room", company.unit("floor", house))
    floor = "Unit:" + str(int(room.split(":")[1]) - 1)
    clerk, friend = company.person(), company.person()
    company.assign(clerk, "vault.leader", unit=floor)
    company.assign(clerk, "vault.leader", until=str(YESTERDAY))
    for item in ("create dougong.role_assignment", "rows dougong.role_assignment all_rows"):
        company.do("giveToRole", role="vault.leader", item=item)

    assert codes(company.assign(friend, "vault.leader", by=clerk)) == ["not_yours_to_give"]
    assert codes(company.assign(friend, "vault.leader", by=clerk, unit=house)) == [
        "not_yours_to_give"
    ]
    assert codes(company.assign(friend, "vault.leader", by=clerk, unit=room)) == []


def test_a_rule_that_cut_and_is_known_no_more_cuts_all(company: Company) -> None:
    company.deal("deal")
    reader = company.person("vault.reader")
    seen = company.seen(reader)
    with company.live.engine.begin() as connection:
        connection.execute(
            text(
                "insert into dougong.role_change (role, item, removed) "
                "values ('vault.reader', 'restrict vault.deal gone', false)"
            )
        )

    assert (seen, company.seen(reader)) == (["deal"], [])
    company.do("takeFromRole", role="vault.reader", item="restrict vault.deal gone")
    assert company.seen(reader) == ["deal"]


def test_what_was_taken_and_is_shipped_no_more_can_be_given_back(company: Company) -> None:
    with company.live.engine.begin() as connection:
        connection.execute(
            text(
                "insert into dougong.role_change (role, item, removed) "
                "values ('vault.reader', 'rows vault.deal gone', true)"
            )
        )

    company.do("giveToRole", role="vault.reader", item="rows vault.deal gone")

    found = company.live.ask("{ roleChanges { totalCount } }", company.admin)
    assert found["roleChanges"]["totalCount"] == 0


def test_a_role_of_an_absent_add_on_means_nothing_whatever_was_given_to_it() -> None:
    given = {
        ItemChange(role, item, removed=False)
        for role in ("hotel.clerk", "company.clerk")
        for item in ("read vault.deal", "rows vault.deal all_rows")
    }
    access = Access([], {}, [Deal], [])
    held = [access.role(name, frozenset(given)) for name in ("hotel.clerk", "company.clerk")]

    assert held[0] is None
    assert held[1] is not None


def test_a_role_of_the_company_keeps_its_name_and_may_be_described_anew(company: Company) -> None:
    made = {"name": "company.looker", "description": "Looks."}
    role = company.do("createCustomRole", input=made)["customRole"]

    renamed = company.tried("updateCustomRole", **role, patch={"name": "company.seer"})
    company.do("updateCustomRole", **role, patch={"name": "company.looker", "description": "Sees."})

    assert codes(renamed) == ["role_name_stays"]
    assert renamed["userErrors"][0]["path"] == ["patch", "name"]
    found = company.live.ask("{ customRoles { nodes { name description } } }", company.admin)
    assert found["customRoles"]["nodes"] == [{"name": "company.looker", "description": "Sees."}]


def test_a_role_that_everybody_holds_is_given_to_nobody(company: Company) -> None:
    ann, unit = company.person(), company.unit("unit")

    refused = company.assign(ann, "dougong.colleague", unit=unit)
    turned = company.assign(ann, "vault.reader", unit=unit)["roleAssignment"]
    into = company.tried("updateRoleAssignment", **turned, patch={"role": "dougong.colleague"})

    assert codes(refused) == codes(into) == ["everybody_holds_it"]


def test_a_role_that_the_company_deletes_allows_nothing_any_more(company: Company) -> None:
    company.deal("deal")
    auditor = company.person()
    role = company.do("createCustomRole", input={"name": "company.looker", "description": "Looks."})
    for item in ("read vault.deal", "rows vault.deal all_rows"):
        company.do("giveToRole", role="company.looker", item=item)
    company.assign(auditor, "company.looker")
    seen = company.seen(auditor)

    company.do("deleteCustomRole", **role["customRole"])

    assert (seen, company.seen(auditor)) == (["deal"], [])


# Delegation ---------------------------------------------------------------------------------------


def delegate(company: Company, giver: Person, taker: Person, **more: Any) -> Any:
    days = {"since": str(TODAY), "until": str(TODAY)}
    given = {"delegator": user(giver), "delegate": user(taker), **days, **more}
    return company.tried("createDelegation", giver, input=given)


def test_a_deputy_has_the_rights_of_the_delegator_for_a_while(company: Company) -> None:
    away, deputy, stranger = company.person("vault.seller"), company.person(), company.person()
    company.deal("of the one who is away", owner=away)
    assert company.seen(deputy) == []

    assert codes(delegate(company, away, deputy)) == []
    late = {"since": str(TOMORROW), "until": str(TOMORROW)}
    assert codes(delegate(company, away, stranger, **late)) == []

    assert company.seen(deputy) == ["of the one who is away"]
    assert company.seen(stranger) == []


def test_only_one_role_is_delegated_where_one_is_named(company: Company) -> None:
    away, deputy = company.person("vault.seller", "vault.reader"), company.person()
    company.deal("own", owner=away)
    company.deal("other")

    assert codes(delegate(company, away, deputy, role="vault.seller")) == []
    assert company.seen(deputy) == ["own"]
    assert codes(delegate(company, away, deputy, role="vault.boss")) == ["not_delegators_role"]


def test_what_is_delegated_is_not_passed_on_nor_is_everything(company: Company) -> None:
    company.deal("deal")
    first, second, third = company.person("vault.reader"), company.person(), company.person()
    delegate(company, first, second)
    delegate(company, second, third)
    delegate(company, company.admin, third)

    assert [company.seen(who) for who in (first, second, third)] == [["deal"], ["deal"], []]


def test_nobody_delegates_for_another(company: Company) -> None:
    victim, thief = company.person("vault.boss"), company.person()
    days = {"since": str(TODAY), "until": str(TODAY)}
    given = {"delegator": user(victim), "delegate": user(thief), **days}

    refused = company.tried("createDelegation", thief, input=given)

    assert codes(refused) == ["outside_rows"]


def test_nobody_learns_by_delegating_which_roles_another_holds(company: Company) -> None:
    holder, curious = company.person("vault.boss"), company.person()
    days = {"since": str(TODAY), "until": str(TODAY)}
    given = {"delegator": user(holder), "delegate": user(curious), **days}

    tried = [
        company.tried("createDelegation", curious, input={**given, "role": role})
        for role in ("vault.boss", "vault.reader")
    ]

    assert [codes(one) for one in tried] == [["outside_rows"], ["outside_rows"]]


def test_the_event_log_names_who_was_stood_in_for(company: Company) -> None:
    away, deputy = company.person("vault.seller"), company.person("vault.seller")
    company.deal("own", owner=deputy)
    deal = company.deal("deal", owner=away)
    delegate(company, away, deputy)

    company.do("submitDeal", deputy, **deal)

    with company.live.engine.connect() as connection:
        row = connection.execute(
            text("select actor_id, for_user_id from dougong.event where verb = 'vault.submit'")
        ).one()
    assert tuple(row) == (deputy.principal.user_id, away.principal.user_id)


def test_duties_stay_separate_through_a_deputy(company: Company) -> None:
    away, deputy = company.person("vault.seller"), company.person()
    boss = company.person("vault.boss")
    deal = company.deal("deal", owner=away)
    delegate(company, away, deputy)

    submitted = company.do("submitDeal", deputy, **deal)["deal"]

    refused = [company.tried("approveDeal", who, **submitted) for who in (deputy, away)]
    assert [codes(one) for one in refused] == [["same_person"], ["same_person"]]
    company.do("approveDeal", boss, **submitted)


def test_a_rule_of_the_deputys_own_cuts_what_is_delegated(company: Company) -> None:
    away, deputy = company.person("vault.reader"), company.person("vault.outsider")
    company.deal("open deal")
    company.deal("secret deal")
    delegate(company, away, deputy)

    assert company.seen(deputy) == ["open deal"]


def test_a_rule_of_the_delegators_cuts_only_what_is_delegated(company: Company) -> None:
    away, deputy = company.person("vault.reader", "vault.outsider"), company.person("vault.seller")
    other = company.person()
    company.deal("open deal")
    company.deal("secret deal")
    company.deal("secret of the deputy", owner=deputy)
    for who in (deputy, other):
        delegate(company, away, who)

    assert company.seen(other) == ["open deal"]
    assert company.seen(deputy) == ["open deal", "secret of the deputy"]


def offered(company: Company, who: Person, deal: str) -> dict[str, list[str]]:
    """Why each thing cannot be done with a deal, by its name."""
    document = """query ($id: ID!) { deal(id: $id) {
        actions(names: ["submitDeal", "approveDeal", "updateDeal"]) { name reasons { code } } } }"""
    shown = company.live.ask(document, who, id=deal)["deal"]["actions"]
    return {one["name"]: [why["code"] for why in one["reasons"]] for one in shown}


def test_what_a_deputy_can_do_is_shown_as_it_is_done(company: Company) -> None:
    away, deputy, boss = (
        company.person(*roles) for roles in (["vault.seller"], [], ["vault.boss"])
    )
    company.assign(deputy, "vault.reader")
    deal, other = company.deal("deal", owner=away), company.deal("other")
    unable = ["needs_permission"], ["needs_permission"], ["needs_grant"]
    assert tuple(offered(company, deputy, deal["id"]).values()) == unable

    delegate(company, away, deputy)

    able = {"submitDeal": [], "approveDeal": ["wrong_state"], "updateDeal": []}
    assert offered(company, deputy, deal["id"]) == able
    assert {*map(tuple, offered(company, deputy, other["id"]).values())} == {("outside_rows",)}
    company.do("submitDeal", deputy, **deal)
    for who in (deputy, away):
        assert offered(company, who, deal["id"])["approveDeal"] == ["same_person"]
    assert offered(company, boss, deal["id"])["approveDeal"] == []


def test_who_stands_in_for_one_who_did_the_other_step_is_shown_so(company: Company) -> None:
    """It counts only where that one's right is used: what the deputy may do too is the deputy's."""
    away, deputy = company.person("vault.seller"), company.person()
    colleague = company.person("vault.boss")
    deals = [company.deal(name, owner=away) for name in ("a", "b")]
    for deal in deals:
        company.do("submitDeal", away, **deal)
    delegate(company, away, deputy)
    delegate(company, away, colleague)

    shown = [offered(company, who, deals[0]["id"])["approveDeal"] for who in (deputy, colleague)]
    done = [
        codes(company.tried("approveDeal", who, id=deal["id"], version=2))
        for who, deal in zip((deputy, colleague), deals, strict=True)
    ]

    assert shown == done == [["same_person"], []]


# Asked about in the API -------------------------------------------------------------------------

EXPLAIN = """query ($record: ID!, $operation: String!, $user: ID) {
    explainAccess(record: $record, operation: $operation, user: $user) {
        allowed reasons { verdict item role addon changed forUser { name } } } }"""


def test_the_api_explains_why_somebody_may(company: Company) -> None:
    ask = company.live.ask
    seller, reader = company.person("vault.seller"), company.person("vault.reader")
    deal = company.deal("deal", owner=seller)["id"]

    told = {
        name: ask(EXPLAIN, company.admin, record=deal, operation=operation, user=user(who))[
            "explainAccess"
        ]
        for name, operation, who in (
            ("mine", "update", seller),
            ("other", "update", reader),
            ("step", "submit", seller),
        )
    }

    assert [one["allowed"] for one in told.values()] == [True, False, True]
    assert told["mine"]["reasons"] == [
        {
            "verdict": "ALLOWS",
            "item": "rows vault.deal own(owner)",
            "role": "vault.seller",
            "addon": "vault",
            "changed": False,
            "forUser": None,
        }
    ]
    assert [(one["verdict"], one["item"]) for one in told["other"]["reasons"]] == [
        ("NOT_GRANTED", "update vault.deal")
    ]


def test_people_ask_about_themselves_and_of_what_they_see(company: Company) -> None:
    seller, reader = company.person("vault.seller"), company.person("vault.reader")
    hidden = company.deal("hidden")["id"]
    asked = {"record": hidden, "operation": "update"}

    def code(who: Person, **more: Any) -> str:
        (error,) = company.live.errors(EXPLAIN, who, **asked, **more)
        return str(error["extensions"]["code"])

    assert company.live.ask(EXPLAIN, reader, **asked)["explainAccess"]["allowed"] is False
    assert code(seller) == "not_found"
    assert code(seller, user=user(reader)) == "needs_permission"
    nothing = {**asked, "record": "Deal:99999999"}
    (error,) = company.live.errors(EXPLAIN, seller, **nothing)
    assert error["extensions"]["code"] == "not_found"
    assert (
        error["message"].replace("Deal:99999999", hidden)
        == company.live.errors(EXPLAIN, seller, **asked)[0]["message"]
    )


def test_the_api_says_who_may(company: Company) -> None:
    seller, leader = company.person("vault.seller"), company.person("vault.leader")
    team = company.unit("team")
    company.join(seller, team)
    company.join(leader, team)
    deal = company.deal("deal", owner=seller)["id"]
    asked = """query ($record: ID!) { whoCan(record: $record, operation: "update") {
        user { name } roles } }"""

    found = company.live.ask(asked, company.admin, record=deal)["whoCan"]

    mine = {one["user"]["name"]: one["roles"] for one in found}
    assert mine[seller.principal.label] == ["vault.seller"]
    assert mine[leader.principal.label] == ["vault.leader"]
    assert mine["admin"] == ["dougong.administrator"]
    (error,) = company.live.errors(asked, seller, record=deal)
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_the_api_lists_roles_with_what_the_company_changed(company: Company) -> None:
    company.do("takeFromRole", role="vault.clerk", item="read vault.deal")
    company.do("giveToRole", role="vault.clerk", item="vault.count")
    asked = "{ roles { name addon implied everything items { item shipped removed known } } }"

    found = {one.pop("name"): one for one in company.live.ask(asked, company.admin)["roles"]}

    assert found["vault.clerk"] == {
        "addon": "vault",
        "implied": False,
        "everything": False,
        "items": [
            {"item": "read vault.deal", "shipped": True, "removed": True, "known": True},
            {
                "item": "rows vault.deal unit(office)",
                "shipped": True,
                "removed": False,
                "known": True,
            },
            {"item": "vault.count", "shipped": False, "removed": False, "known": True},
        ],
    }
    assert found["dougong.administrator"]["everything"]
    seller = company.person("vault.seller")
    assert "vault.seller" in company.live.ask("{ myRoles }", seller)["myRoles"]


# The predicate itself ---------------------------------------------------------------------------


def test_the_same_roles_changed_have_another_shape(company: Company) -> None:
    access = company.live.runtime.generation.access
    plain = Principal(1, "a", frozenset({"vault.seller"}))
    change = ItemChange("vault.seller", "read vault.deal", removed=True)
    changed = Principal(1, "a", plain.roles, changes=frozenset({change}))
    elsewhere = Principal(1, "a", plain.roles, changes=frozenset({ItemChange("x.y", "z", True)}))
    standing_in = Principal(1, "a", plain.roles, stands_in=frozenset({(2, "vault.seller")}))

    shapes = [access.shape(who) for who in (plain, changed, standing_in)]

    assert len(set(shapes)) == 3
    assert access.shape(elsewhere) == shapes[0]
    me = BoundMe(1)
    assert str(access.predicate(changed, Operation.READ, Deal, Deal, me)) == "false"
