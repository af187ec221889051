"""What a subscriber is told, and what not."""

from __future__ import annotations

import random
import threading
from typing import Any

import psycopg
import pytest
from lookers import Looker, created, deleted, person, updated

from dougong.db.engine import open_database
from dougong.testing.servers import Server

pytestmark = pytest.mark.xdist_group("live")


def same(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events without their positions, which are never the same twice, but equally long."""
    assert {len(event.pop("position")) for event in events} <= {56}
    return events


def test_a_subscriber_is_told_what_is_created_changed_and_deleted(server: Server) -> None:
    with Looker(server, server.token) as looker:
        looker.subscribe()
        ready = looker.event()

        lead = created(server, "Ann")
        first = looker.event()
        lead = updated(server, lead, name="Anna")
        second = looker.event()
        deleted(server, lead)
        third = looker.event()

    assert same([ready, first, second, third]) == [
        {"what": "READY", "id": None, "lead": None},
        {
            "what": "CREATED",
            "id": lead["id"],
            "lead": {"name": "Ann", "stage": "NEW", "version": 1},
        },
        {
            "what": "UPDATED",
            "id": lead["id"],
            "lead": {"name": "Anna", "stage": "NEW", "version": 2},
        },
        {"what": "GONE", "id": lead["id"], "lead": None},
    ]


def test_a_subscriber_is_told_what_can_be_done_with_a_changed_record(server: Server) -> None:
    document = """subscription { leadChanged { what position lead {
        version actions(names: ["qualifyLead", "winLead"]) { enabled reasons { code } } } } }"""
    with Looker(server, server.token) as looker:
        looker.subscribe(document)
        looker.event()

        lead = created(server, "Ann")
        first = looker.event()
        updated(server, lead, email="ann@test.example")
        second = looker.event()

    no, yes = {"enabled": False}, {"enabled": True, "reasons": []}
    wrong = {**no, "reasons": [{"code": "wrong_state"}]}
    hidden = {**no, "reasons": [{"code": "no_way_to_reach"}]}
    assert first["lead"] == {"version": 1, "actions": [hidden, wrong]}
    assert second["lead"] == {"version": 2, "actions": [yes, wrong]}


def test_a_record_that_no_longer_matches_is_gone_once_and_may_come_back(server: Server) -> None:
    with Looker(server, server.token) as looker:
        looker.subscribe(where={"name": {"contains": "Bert"}})
        looker.event()

        # One after the other: what is committed before the log is read again is told as one change.
        lead = created(server, "Bert")
        assert looker.told(1) == [("CREATED", lead["id"])]
        lead = updated(server, lead, name="Karl")
        assert looker.told(1) == [("GONE", lead["id"])]
        lead = updated(server, lead, name="Karla")
        assert looker.silent()
        lead = updated(server, lead, name="Bertram")
        assert looker.told(1) == [("UPDATED", lead["id"])]
        assert looker.silent()


def test_a_change_that_one_may_not_see_leaves_no_trace(server: Server) -> None:
    seller, token = person(server, "crm.seller")
    own = created(server, "Mine", owner=f"User:{seller.user_id}")
    foreign = created(server, "Not mine")

    def world(*, with_others: bool) -> list[dict[str, Any]]:
        with Looker(server, token) as looker:
            looker.subscribe(shown=[own["id"]])
            events = [looker.event()]
            if with_others:
                other = created(server, "Not mine either")
                foreign.update(updated(server, foreign, name="Still not"))
                deleted(server, updated(server, other, name="Nor this"))
            own.update(updated(server, own, company=f"Company {own['version']}"))
            events.append(looker.event())
            events[-1]["lead"].pop("version")
            if with_others:
                foreign.update(updated(server, foreign, name="Never"))
            assert looker.silent()
        return same(events)

    assert world(with_others=False) == world(with_others=True)


def test_a_record_given_to_somebody_else_is_gone_for_who_was_shown_it_and_silent_then(
    server: Server,
) -> None:
    seller, token = person(server, "crm.seller")
    mine = {"owner": f"User:{seller.user_id}"}
    before = created(server, "Known from a list", **mine)
    with Looker(server, token) as shown, Looker(server, token) as unaware:
        shown.subscribe(shown=[before["id"]])
        unaware.subscribe()
        shown.event()
        unaware.event()

        before = updated(server, before, owner=None)
        assert shown.told(1) == [("GONE", before["id"])]
        updated(server, before, name="Elsewhere")
        lead = created(server, "New", **mine)

        assert shown.told(1) == [("CREATED", lead["id"])]
        assert unaware.told(1) == [("CREATED", lead["id"])]


def test_naming_a_record_that_one_may_not_see_tells_nothing_about_it(server: Server) -> None:
    _, token = person(server, "crm.seller")
    hidden = created(server, "Hidden")
    with Looker(server, token) as looker:
        looker.subscribe(shown=[hidden["id"], "Lead:999999"])

        told = looker.told(3)
        deleted(server, hidden)

        assert told == [("READY", None), ("GONE", hidden["id"]), ("GONE", "Lead:999999")]
        assert looker.silent()


def test_who_comes_back_misses_nothing_that_others_wrote_meanwhile(server: Server) -> None:
    writers, each = 4, 12
    names: dict[str, str] = {}
    gone: set[str] = set()

    def write(number: int) -> None:
        choose = random.Random(number)
        leads: list[dict[str, Any]] = []
        for turn in range(each):
            lead = created(server, f"w{number} {turn}")
            leads.append(lead)
            names[lead["id"]] = f"w{number} {turn}"
            if choose.random() < 0.5:
                chosen = choose.choice(leads)
                chosen.update(updated(server, chosen, name=f"w{number} {turn} again"))
                names[chosen["id"]] = f"w{number} {turn} again"
            if choose.random() < 0.2:
                lost = leads.pop(choose.randrange(len(leads)))
                deleted(server, lost)
                gone.add(lost["id"])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    seen: dict[str, str] = {}
    since: str | None = None
    choose = random.Random(7)
    for thread in threads:
        thread.start()
    while True:
        over = not any(thread.is_alive() for thread in threads)
        since = _look(server, since, seen, None if over else choose.randrange(1, 9))
        if over:
            break

    assert seen == {lead: name for lead, name in names.items() if lead not in gone}


def _look(server: Server, since: str | None, seen: dict[str, str], most: int | None) -> str:
    """Look on from a position, for so many events, or until there are none; the last position."""
    where = {"name": {"contains": "w"}}
    with Looker(server, server.token) as looker:
        looker.subscribe(where=where, since=since, shown=list(seen))
        position: str = looker.event()["position"]
        while most != 0:
            try:
                message = looker.hear(timeout=2.5)
            except TimeoutError:
                return position
            event = message["payload"]["data"]["leadChanged"]
            if event["lead"]:
                seen[event["id"]] = event["lead"]["name"]
            else:
                seen.pop(event["id"], None)
            position = event["position"]
            most = None if most is None else most - 1
    return position


@pytest.mark.parametrize("since", ["", "nonsense", "AAAA" * 14, "é"])
def test_a_position_cannot_be_made_up(server: Server, since: str) -> None:
    with Looker(server, server.token) as looker:
        looker.subscribe(since=since)

        message = looker.hear()

    assert message["type"] == "error"
    assert message["payload"][0]["extensions"] == {"code": "BAD_POSITION"}


def test_two_lookers_of_one_transaction_see_it_whole_and_positions_never_split_it(
    server: Server,
) -> None:
    engine = open_database(server.variables["DOUGONG_DATABASE_URL"], pool_size=None)
    with Looker(server, server.token) as looker:
        looker.subscribe(where={"name": {"contains": "together"}})
        ready = looker.event()["position"]
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "insert into crm.lead (name, stage) "
                "select 'together ' || n, 'NEW' from generate_series(1, 120) n"
            )
        events = [looker.event() for _ in range(120)]
    engine.dispose()

    assert len({event["id"] for event in events}) == 120
    for at, left in ((events[60]["position"], 120), (events[-1]["position"], 0), (ready, 120)):
        with Looker(server, server.token) as back:
            back.subscribe(where={"name": {"contains": "together"}}, since=at)
            assert back.told(left + 1)[1:] == [("CREATED", event["id"]) for event in events[:left]]
            # A position is no newer than the oldest transaction under way anywhere on the server, so
            # what has been told may be told again; nothing else is.
            assert back.rest() <= {event["id"] for event in events}


def test_who_gets_a_role_is_told_to_look_again_and_who_loses_it_what_is_gone(
    server: Server,
) -> None:
    who, token = person(server)
    given = [who.user_id, "crm.manager"]
    lead = created(server, "Seen by managers")
    url = server.variables["DOUGONG_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as other, Looker(server, token) as looker:
        looker.subscribe(where={"name": {"contains": "Seen by"}})
        assert looker.told(1) == [("READY", None)]
        lead = updated(server, lead, name="Seen by managers only")
        assert looker.silent()

        other.execute("insert into dougong.role_assignment (user_id, role) values (%s, %s)", given)
        assert looker.told(1) == [("READY", None)]
        lead = updated(server, lead, name="Seen by them all")
        assert looker.told(1) == [("UPDATED", lead["id"])]

        other.execute("delete from dougong.role_assignment where user_id = %s and role = %s", given)
        assert looker.told(2) == [("GONE", lead["id"]), ("READY", None)]
        updated(server, lead, name="Seen by nobody")
        assert looker.silent()


def test_a_revoked_token_ends_the_connection(server: Server) -> None:
    _, token = person(server, "crm.seller")
    with Looker(server, token) as looker:
        looker.subscribe()
        looker.event()

        server.request("POST", "/graphql", {"query": "mutation { __typename }"})
        engine = open_database(server.variables["DOUGONG_DATABASE_URL"], pool_size=None)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "update dougong.token set revoked_at = now() "
                "where user_id = (select max(user_id) from dougong.token)"
            )
        engine.dispose()

        assert looker.closed()[0] == 4403


def test_other_processes_are_woken_once_what_was_written_is_committed(server: Server) -> None:
    with psycopg.connect(server.variables["DOUGONG_DATABASE_URL"], autocommit=True) as other:
        other.execute("listen dougong_change")
        lead = created(server, "Heard of")

        heard = list(other.notifies(timeout=20, stop_after=1))

        number = int(lead["id"].partition(":")[2])
        found = other.execute("select name from crm.lead where id = %s", [number]).fetchone()
    assert [one.payload for one in heard] == [""]
    assert found == ("Heard of",)


def test_nobody_subscribes_without_signing_in(server: Server) -> None:
    with Looker(server, None) as looker:
        looker.subscribe()

        message = looker.hear()

    assert message["payload"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("subscription { leadChanged { what } partyChanged { what } }", None),
        ("subscription { leadChanged { what lead { nme } } }", None),
        ("subscription { leadChanged @skip(if: true) { what } }", None),
        ("subscription { leadChanged(where: {party: null}) { what } }", "NULL_OPERAND"),
        ('subscription { leadChanged(shown: ["Party:1"]) { what } }', "BAD_ID"),
    ],
)
def test_a_document_that_does_not_fit_is_refused(
    server: Server, document: str, code: str | None
) -> None:
    with Looker(server, server.token) as looker:
        looker.subscribe(document)

        message = looker.hear()

    assert message["type"] == "error"
    if code:
        assert message["payload"][0]["extensions"]["code"] == code


def test_events_have_the_fields_that_are_asked_for_under_the_names_that_are_asked_for(
    server: Server,
) -> None:
    with Looker(server, server.token) as looker:
        looker.subscribe("""subscription { it: leadChanged { __typename kind: what
            a: lead { name } b: lead { ...F } id } } fragment F on Lead { id stage owner { name } }""")
        looker.hear()
        lead = created(server, "Line\nbreak “and” quotes")

        event = looker.event("it")

    assert list(event) == ["__typename", "kind", "a", "b", "id"]
    assert event == {
        "__typename": "LeadChange",
        "kind": "CREATED",
        "a": {"name": "Line\nbreak “and” quotes"},
        "b": {"id": lead["id"], "stage": "NEW", "owner": {"name": "Ada"}},
        "id": lead["id"],
    }
