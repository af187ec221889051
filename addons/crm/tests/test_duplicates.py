"""Who is known already, asked over the API while somebody is being entered (C14)."""

import pytest

from dougong_crm import Lead
from dougong_crm.graphql import LeadEntry, folded, lead_duplicates
from dougong_party import Contact, Party

ASKED = """query ($entry: LeadEntry!) { leadDuplicates(entry: $entry) {
  alike lead { name owner { name } } party { name } contact { name email }
} }"""


@pytest.fixture
def here(world):
    return world("crm")


@pytest.fixture
def seller(here):
    return here.ctx(here.person("crm.seller", name="Sam Seller"))


@pytest.fixture
def known(here, seller):
    seller.create(Lead(name="Ann Chovy", company="Acme GmbH", phone="+86 13800138000"))
    seller.create(Lead(name="Bob", email="Bob@Fish.example", phone="(030) 123 45 67"))
    contact = Contact(name="Cara", email="cara@acme.example")
    return here.ctx().create(Party(name="ＡＣＭＥ, Ltd.", contacts=[contact]))


@pytest.mark.parametrize(
    ("entry", "alike"),
    [
        (LeadEntry(phone="138-0013 8000"), {"Ann Chovy": ["PHONE"]}),
        (LeadEntry(phone="+49 30 1234567"), {"Bob": ["PHONE"]}),
        (LeadEntry(phone="4567"), {}),
        (LeadEntry(email=" bob@FISH.example"), {"Bob": ["EMAIL"]}),
        (LeadEntry(name="bob", email="bob@fish.example"), {"Bob": ["EMAIL", "NAME"]}),
        (LeadEntry(company="Acme Inc."), {"Ann Chovy": ["NAME"], "ＡＣＭＥ, Ltd.": ["NAME"]}),
        (LeadEntry(email="cara@acme.example"), {"Cara": ["EMAIL"]}),
        (LeadEntry(name="%"), {}),
        (LeadEntry(), {}),
    ],
)
def test_what_is_written_otherwise_is_known_already(seller, known, entry, alike):
    found = lead_duplicates(seller, entry=entry)

    shown = [(one.lead or one.contact or one.party, one.alike) for one in found]
    assert {who.name: likeness for who, likeness in shown if who} == alike


def test_the_likeliest_come_first(seller, known):
    seller.create(Lead(name="Ann Chovy", email="ann@acme.example"))

    found = lead_duplicates(seller, entry=LeadEntry(name="Ann Chovy", phone="13800138000"))

    assert [one.alike for one in found] == [["PHONE", "NAME"], ["NAME"]]


def test_a_contact_comes_with_where_it_works(seller, known):
    [found] = lead_duplicates(seller, entry=LeadEntry(name="Cara"))

    assert found.party is known


def test_nobody_learns_of_somebody_elses_leads(here, seller, known):
    other = here.ctx(here.person("crm.seller"))

    assert lead_duplicates(other, entry=LeadEntry(phone="13800138000")) == []


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Ｆｕｌｌ　Width GmbH & Co. KG", "full width"),
        ("北京斗拱科技有限责任公司", "北京斗拱科技"),
        ("Ltd.", "ltd"),
        (None, ""),
    ],
)
def test_names_are_compared_without_what_people_write_differently(name, plain):
    assert folded(name) == plain


def test_front_ends_ask_while_somebody_types(live_world):
    shop = live_world("crm")
    seller = shop.person("crm.seller", name="Sam Seller")
    for lead in ({"name": "Ann", "phone": "+86 13800138000"}, {"name": "Bob"}):
        shop.ask(
            "mutation ($l: LeadCreate!) { createLead(input: $l) { lead { id } } }", seller, l=lead
        )

    mine = shop.ask(ASKED, seller, entry={"phone": "138-0013 8000"})
    others = shop.ask(ASKED, shop.person("crm.seller"), entry={"phone": "138-0013 8000"})

    lead = {"name": "Ann", "owner": {"name": "Sam Seller"}}
    assert mine["leadDuplicates"] == [
        {"alike": ["PHONE"], "lead": lead, "party": None, "contact": None}
    ]
    assert others["leadDuplicates"] == []
    [refused] = shop.errors(ASKED, shop.person(), entry={"name": "Ann"})
    assert refused["extensions"]["code"] == "FORBIDDEN"
