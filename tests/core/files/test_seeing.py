"""Who sees which files: those of the records that they see, by whichever way they ask."""

import pytest
from senders import PDF, Archive, Person

SELLER = "crm.seller"
WAYS = """query ($file: ID!, $lead: ID!) {
  node(id: $file) { id } file(id: $file) { id name }
  byId: files(where: {id: {in: [$file]}}) { totalCount nodes { id } }
  byName: files(where: {name: {contains: "secret"}}) { totalCount }
  byRecord: files(where: {record: {eq: "%s"}}) { totalCount edges { cursor } }
  leads(where: {id: {in: [$lead]}, files: {some: {}}}) { totalCount }
  stats: fileStats { count }
  sums: fileStats(groupBy: [{key: contentType}]) { count contentType } }"""


@pytest.fixture(scope="module")
def seller(archive: Archive) -> Person:
    return archive.person(SELLER)


def test_nobody_learns_of_a_file_of_a_record_that_they_do_not_see(archive: Archive) -> None:
    one, other = archive.person(SELLER), archive.person(SELLER)
    lead = one.lead()
    file = one.attach(lead, PDF, "secret.pdf")

    mine = one.ask(WAYS % lead, file=file, lead=lead)
    theirs = other.ask(WAYS % lead, file=file, lead=lead)

    assert mine["node"] == {"id": file}
    assert mine["file"]["name"] == "secret.pdf"
    assert mine["byRecord"]["totalCount"] == mine["stats"][0]["count"] == 1
    assert mine["leads"]["totalCount"] == 1
    assert theirs == {
        "node": None,
        "file": None,
        "byId": {"totalCount": 0, "nodes": []},
        "byName": {"totalCount": 0},
        "byRecord": {"totalCount": 0, "edges": []},
        "leads": {"totalCount": 0},
        "stats": [{"count": 0}],
        "sums": [],
    }


def test_an_administrator_sees_all_and_somebody_without_roles_none(
    archive: Archive, seller: Person
) -> None:
    lead = seller.lead()
    file = seller.attach(lead)
    boss, nobody = archive.person("dougong.administrator"), archive.person()

    assert boss.ask(WAYS % lead, file=file, lead=lead)["file"]["name"] == "offer.pdf"
    assert nobody.ask(WAYS % lead, file=file, lead=lead)["byId"]["totalCount"] == 0


CHANGE = """mutation ($id: ID!, $version: Int!, $name: String!) {
  renameFile(file: $id, version: $version, name: $name) {
    file { name version } userErrors { code path } } }"""
REMOVE = """mutation ($id: ID!, $version: Int!) {
  removeFile(file: $id, version: $version) { deletedId userErrors { code path } } }"""


def test_a_file_is_renamed_and_removed_by_who_may_change_its_record(
    archive: Archive, seller: Person
) -> None:
    lead, other = seller.lead(), archive.person(SELLER)
    file = seller.attach(lead)

    strange = other.ask(CHANGE, id=file, version=1, name="mine.pdf")["renameFile"]
    renamed = seller.ask(CHANGE, id=file, version=1, name="mine.pdf")["renameFile"]
    stale = seller.ask(REMOVE, id=file, version=1)["removeFile"]
    other_kind = seller.ask(CHANGE, id=file, version=2, name="mine.exe")["renameFile"]
    not_theirs = other.ask(REMOVE, id=file, version=2)["removeFile"]
    removed = seller.ask(REMOVE, id=file, version=2)["removeFile"]

    assert strange["userErrors"] == [{"code": "not_found", "path": []}]
    assert renamed["file"] == {"name": "mine.pdf", "version": 2}
    assert [one["code"] for one in stale["userErrors"]] == ["stale_version"]
    assert [one["code"] for one in other_kind["userErrors"]] == ["file_ending"]
    assert [one["code"] for one in not_theirs["userErrors"]] == ["not_found"]
    assert removed == {"deletedId": file, "userErrors": []}
    assert seller.files(lead) == []


def test_a_record_that_is_deleted_takes_its_files_along(archive: Archive, seller: Person) -> None:
    boss = archive.person("dougong.administrator")
    one, other = seller.lead(), seller.lead()
    seller.attach(one)
    seller.attach(other)
    delete = """mutation ($id: ID!) { deleteLead(id: $id, version: 1) {
      deletedId userErrors { code } } }"""

    assert boss.ask(delete, id=one)["deleteLead"]["userErrors"] == []
    archive.sql("delete from crm.lead where id = :id", id=int(other.partition(":")[2]))

    for lead in (one, other):
        assert archive.sql("select count(*) from dougong.file where record = :r", r=lead) == 0


def test_files_of_a_page_of_records_are_read_by_one_statement(seller: Person) -> None:
    leads = [seller.lead() for _ in range(3)]
    for lead in leads:
        for place in range(3):
            seller.attach(lead, PDF, f"{place}.pdf")

    found = seller.ask(
        """query ($ids: [ID!]) { leads(where: {id: {in: $ids}}) { nodes {
          files(first: 2, orderBy: [{name: DESC}], where: {size: {gt: 1}}) {
            totalCount pageInfo { hasNextPage } nodes { name } } } } }""",
        ids=leads,
    )["leads"]["nodes"]

    assert [one["files"] for one in found] == 3 * [
        {
            "totalCount": 3,
            "pageInfo": {"hasNextPage": True},
            "nodes": [{"name": "2.pdf"}, {"name": "1.pdf"}],
        }
    ]


FOLLOW = "subscription { fileChanged { what id file { name url } } }"


def test_changes_are_told_to_who_sees_the_record_alone(archive: Archive) -> None:
    one, other = archive.person(SELLER), archive.person(SELLER)
    lead, theirs = one.lead(), other.lead()
    told = one.follow(FOLLOW)
    assert next(told)["fileChanged"]["what"] == "READY"

    other.attach(theirs, PDF, "theirs.pdf")
    file = one.attach(lead, PDF, "mine.pdf")
    created = next(told)["fileChanged"]
    one.ask(REMOVE, id=file, version=1)
    gone = next(told)["fileChanged"]

    assert (created["what"], created["id"], created["file"]["name"]) == (
        "CREATED",
        file,
        "mine.pdf",
    )
    assert (gone["what"], gone["id"]) == ("GONE", file)
    told.close()


def test_access_to_a_file_is_explained_by_that_to_its_record(archive: Archive) -> None:
    one, other = archive.person(SELLER), archive.person(SELLER)
    lead = one.lead()
    file = one.attach(lead)
    boss = archive.person("dougong.administrator")
    explain = """query ($file: ID!, $user: ID!) {
      explainAccess(record: $file, operation: "delete", user: $user) { allowed } }"""
    who = """query ($file: ID!) { whoCan(record: $file, operation: "read") { user { id } } }"""

    mine = boss.ask(explain, file=file, user=f"User:{one.user_id}")["explainAccess"]
    theirs = boss.ask(explain, file=file, user=f"User:{other.user_id}")["explainAccess"]
    readers = [found["user"]["id"] for found in boss.ask(who, file=file)["whoCan"]]

    assert (mine["allowed"], theirs["allowed"]) == (True, False)
    assert f"User:{one.user_id}" in readers
    assert f"User:{other.user_id}" not in readers
