"""Parties, their contacts, and who keeps them."""

import pytest

from dougong import Conflict, Forbidden
from dougong_party import Contact, Party, PartyKind


@pytest.fixture
def here(world):
    return world("party")


@pytest.fixture
def ctx(here):
    return here.ctx(here.person("party.editor"))


def test_a_party_is_a_company_unless_somebody_says_otherwise(ctx):
    assert ctx.create(Party(name="Alfreds", contacts=[])).kind is PartyKind.COMPANY


def test_a_company_comes_with_its_contacts(here, ctx):
    party = ctx.create(Party(name="Alfreds", contacts=[Contact(name="Maria Anders")]))
    here.session.expire_all()

    assert [contact.name for contact in party.contacts] == ["Maria Anders"]
    assert party.contacts[0].party is party


def test_a_contact_can_be_added_later(here, ctx):
    party = ctx.create(Party(name="Alfreds", contacts=[]))

    ctx.create(Contact(party=party, name="Maria Anders"))

    here.session.expire_all()
    assert [contact.name for contact in party.contacts] == ["Maria Anders"]


def test_a_party_is_deleted_with_its_contacts(ctx):
    party = ctx.create(Party(name="Alfreds", contacts=[Contact(name="Maria Anders")]))

    ctx.delete(party)

    assert ctx.find(Contact) == []


def test_no_two_parties_have_one_code(ctx):
    ctx.create(Party(name="Alfreds", code="ALFKI", contacts=[]))

    with pytest.raises(Conflict, match="taken") as refused:
        ctx.create(Party(name="Others", code="ALFKI", contacts=[]))

    assert refused.value.at == ("code",)


def test_a_reader_changes_nothing(here):
    with pytest.raises(Forbidden, match="needs_grant"):
        here.ctx(here.person("party.reader")).create(Party(name="Alfreds", contacts=[]))


def test_no_contacts_are_made_of_no_rows(live_world):
    world = live_world("party")

    answer = world.ask(
        "mutation { createContacts(inputs: []) { results { contact { id } } userErrors { code } } }",
        world.person("party.editor"),
    )

    assert answer == {"createContacts": {"results": [], "userErrors": []}}
