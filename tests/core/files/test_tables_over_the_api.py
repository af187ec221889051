"""Imports from tables that people upload, and exports that they download, over the API."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from typing import Any

import pytest
from senders import Archive, Person

from dougong.builtin.import_export.staging import PORTION

MANAGER, SELLER = "crm.manager", "crm.seller"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BEGIN = """mutation ($name: String!, $size: Int!, $type: String!) {
  beginImportUpload(name: $name, size: $size, contentType: $type) {
    id url expiresAt userErrors { code path message } } }"""
IMPORT = """mutation ($upload: String!, $entity: String!, $columns: JSON, $skip: JSON,
    $skipBad: Boolean, $dryRun: Boolean, $update: Boolean, $by: String, $history: Boolean) {
  importRecords(upload: $upload, entity: $entity, columns: $columns, skip: $skip,
      skipBad: $skipBad, dryRun: $dryRun, update: $update, by: $by, history: $history) {
    id state rows created updated refused userErrors { code path message } } }"""
RUN = """query ($id: String) { imports(id: $id) {
  id state rows tried written created refused dryRun refusedUrl said
  problems { line column value message } } }"""
EXPORT = """mutation ($entity: String!, $where: JSON, $order: [JSON!], $fields: [String!],
    $format: TableFormat, $language: String) {
  exportRecords(entity: $entity, where: $where, orderBy: $order, fields: $fields,
      format: $format, language: $language) {
    url file expiresAt userErrors { code path message } } }"""


@pytest.fixture(scope="module")
def ann(archive: Archive) -> Person:
    return archive.person(MANAGER)


def uploaded(who: Person, content: bytes, name: str = "leads.csv", kind: str = CSV) -> str:
    """Upload a table; the number by which it is imported."""
    begun = who.ask(BEGIN, name=name, size=len(content), type=kind)["beginImportUpload"]
    assert begun["userErrors"] == []
    status, answer = who.put(begun["url"], content)
    assert status == 200, answer
    assert answer["upload"]["id"] == begun["id"]
    return str(begun["id"])


def refused(who: Person, content: bytes, name: str = "leads.csv", kind: str = CSV) -> Any:
    """The status, and why a table is not taken."""
    begun = who.ask(BEGIN, name=name, size=len(content), type=kind)["beginImportUpload"]
    status, answer = who.put(begun["url"], content)
    return status, answer["errors"][0]["extensions"]["code"]


def brought(who: Person, upload: str, **how: Any) -> Any:
    """What is said of an import of leads."""
    return who.ask(IMPORT, **{"upload": upload, "entity": "Lead", **how})["importRecords"]


def run_of(who: Person, number: str) -> Any:
    """An import, once it is over."""
    run: Any = None
    for _ in range(600):
        (run,) = who.ask(RUN, id=number)["imports"]
        if run["state"] not in ("CHECKING", "WRITING", "UNDOING"):
            return run
        time.sleep(0.1)
    raise AssertionError(run)


def code(payload: Any) -> tuple[str, list[str]]:
    (error,) = payload["userErrors"]
    return error["code"], error["path"]


def named(who: Person, archive: Archive, prefix: str) -> int:
    return int(archive.sql("select count(*) from crm.lead where name like :p", p=f"{prefix}%"))


def downloaded(who: Person, url: str) -> list[list[str]]:
    """The rows of a CSV file."""
    status, headers, content = who.send("GET", url)
    assert status == 200, content
    assert headers["content-type"] == "text/csv; charset=utf-8"
    assert headers["content-disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


# Imports -----------------------------------------------------------------------------------


def test_a_small_table_is_in_when_the_mutation_answers(archive: Archive, ann: Person) -> None:
    upload = uploaded(ann, "名称,Company\nSmall A,斗拱\nSmall B,\n".encode())

    payload = brought(ann, upload, columns={"name": "名称", "company": "Company"})

    assert payload["userErrors"] == []
    assert (payload["state"], payload["rows"], payload["created"]) == ("DONE", 2, 2)
    assert named(ann, archive, "Small") == 2
    assert archive.sql("select company from crm.lead where name = 'Small A'") == "斗拱"
    actor = (
        "select actor_id from dougong.event where verb = 'dougong.import' order by id desc limit 1"
    )
    assert archive.sql(actor) == ann.user_id


def test_what_has_come_says_which_columns_it_has(ann: Person) -> None:
    content = b"name;email\nA;a@b.example\n"
    begun = ann.ask(BEGIN, name="x.csv", size=len(content), type=CSV)["beginImportUpload"]

    _, answer = ann.put(begun["url"], content)

    assert answer == {"upload": {"id": begun["id"], "rows": 1, "columns": ["name", "email"]}}


def test_one_bad_row_keeps_all_out_and_is_named(archive: Archive, ann: Person) -> None:
    upload = uploaded(ann, b"name,email\nWhole A,a@b.example\nWhole B,nonsense\n")

    payload = brought(ann, upload)

    assert (payload["state"], payload["created"], payload["refused"]) == ("REFUSED", 0, 1)
    (problem,) = run_of(ann, payload["id"])["problems"]
    assert (problem["line"], problem["column"], problem["value"]) == (3, "email", "nonsense")
    assert named(ann, archive, "Whole") == 0


def test_an_upload_is_tried_first_and_imported_then(archive: Archive, ann: Person) -> None:
    upload = uploaded(ann, b"name\nTried A\nTried B\n")

    tried = brought(ann, upload, dryRun=True)
    assert (tried["state"], tried["created"], named(ann, archive, "Tried")) == ("CANCELLED", 0, 0)
    assert run_of(ann, tried["id"])["dryRun"] is True
    done = brought(ann, upload)

    assert (done["state"], done["created"], named(ann, archive, "Tried")) == ("DONE", 2, 2)


def test_rows_that_were_refused_are_downloaded_put_right_and_imported(
    archive: Archive, ann: Person
) -> None:
    lines = b"name,email,company\nGood,a@b.example,x\n=Bad,none,=HYPERLINK(1)\n,c@d.example,y\n"
    upload = uploaded(ann, lines)
    payload = brought(ann, upload, skipBad=True)
    assert (payload["state"], payload["created"], payload["refused"]) == ("DONE", 1, 2)

    url = run_of(ann, payload["id"])["refusedUrl"]
    header, *rows = downloaded(ann, url)

    assert header == ["name", "email", "company", "import line", "import problem"]
    assert rows[0][:4] == ["'=Bad", "none", "'=HYPERLINK(1)", "3"]
    assert rows[1][:4] == ["", "c@d.example", "y", "4"]
    assert "email" in rows[0][4]
    assert "is empty" in rows[1][4]
    rows[0][1], rows[1][0] = "z@b.example", "Named now"
    again = io.StringIO()
    csv.writer(again).writerows([header, *rows])
    payload = brought(ann, uploaded(ann, again.getvalue().encode()))
    assert (payload["state"], payload["created"]) == ("DONE", 2)
    assert archive.sql("select company from crm.lead where name = '=Bad'") == "=HYPERLINK(1)"


def test_a_large_table_is_brought_in_by_a_worker(archive: Archive, ann: Person) -> None:
    rows = 2 * PORTION + 100
    content = "name\n" + "".join(f"Many {n}\n" for n in range(rows))

    payload = brought(ann, uploaded(ann, content.encode()))
    assert (payload["state"], payload["created"], payload["rows"]) == ("CHECKING", 0, rows)
    run = run_of(ann, payload["id"])

    assert (run["state"], run["written"], run["created"]) == ("DONE", rows, rows)
    assert named(ann, archive, "Many") == rows


def test_of_a_large_table_with_a_bad_row_nothing_is_left(archive: Archive, ann: Person) -> None:
    content = "name,email\n" + "".join(f"Much {n},\n" for n in range(PORTION)) + "Much,nonsense\n"

    run = run_of(ann, brought(ann, uploaded(ann, content.encode()))["id"])

    assert (run["state"], [one["line"] for one in run["problems"]]) == ("REFUSED", [PORTION + 2])
    assert named(ann, archive, "Much") == 0
    assert downloaded(ann, run["refusedUrl"])[1][0] == "Much"


def test_records_that_are_there_are_changed(archive: Archive, ann: Person) -> None:
    ann.lead("Before")
    number = archive.sql("select max(id) from crm.lead where name = 'Before'")
    upload = uploaded(ann, f"id,name\nLead:{number},After\n".encode())

    payload = brought(ann, upload, update=True, by="id")

    assert (payload["state"], payload["updated"]) == ("DONE", 1)
    assert archive.sql("select name from crm.lead where id = :id", id=number) == "After"


def test_nobody_imports_or_asks_for_what_somebody_else_has_uploaded(
    archive: Archive, ann: Person
) -> None:
    eve = archive.person(MANAGER)
    upload = uploaded(ann, b"name,email\nMine,none\n")
    run = brought(ann, upload)["id"]

    assert code(brought(eve, upload)) == ("no_table", ["upload"])
    assert eve.ask(RUN, id=run)["imports"] == []
    assert code(brought(ann, "no number")) == ("no_table", ["upload"])
    archive.sql("update dougong.import_upload set kept_until = now() where id = :u", u=int(upload))
    assert code(brought(ann, upload)) == ("no_table", ["upload"])


def test_an_import_may_only_what_its_asker_may(archive: Archive, ann: Person) -> None:
    nobody, seller = archive.person(), archive.person(SELLER)
    content = b"name\nForbidden\n"

    assert code(brought(nobody, uploaded(nobody, content)))[0] == "needs_grant"
    hers = f"name,owner.id\nForbidden,User:{ann.user_id}\n".encode()
    payload = brought(seller, uploaded(seller, hers))  # a seller's leads are their own
    (problem,) = run_of(seller, payload["id"])["problems"]
    assert (payload["state"], problem["line"]) == ("REFUSED", 2)
    assert code(brought(ann, uploaded(ann, content), history=True))[0] == "needs_permission"
    assert named(ann, archive, "Forbidden") == 0


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"entity": "Nothing"}, "unknown_entity"),
        ({"columns": {"nome": "name"}}, "bad_columns"),
        ({"columns": {"name": {"column": "none"}}}, "bad_columns"),
        ({"columns": {"name": 7}}, "bad_columns"),
        ({"columns": {"name": {"column": "name", "lookup": 7}}}, "bad_columns"),
        ({"columns": {"name": {"column": "name", "lookup": {"file": "/etc/passwd"}}}}, None),
        ({"columns": {"version": "name", "name": "name"}}, "bad_columns"),
        ({"by": "name"}, "by_without_update"),
        ({"update": True, "by": "name"}, "bad_columns"),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_words(
    ann: Person, how: dict[str, Any], said: str | None
) -> None:
    payload = brought(ann, uploaded(ann, b"name\nWrong\n"), **how)

    if said is None:  # nothing is looked up in files of the server's
        assert payload["state"] == "REFUSED"
    else:
        assert code(payload)[0] == said


def test_what_is_no_table_is_refused_as_it_comes(archive: Archive, ann: Person) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("[Content_Types].xml", "<x/>")
        parts.writestr("xl/workbook.xml", "no workbook")

    assert refused(ann, b"%PDF-1.7 x") == (415, "file_disguised")
    assert refused(ann, b"name\x00\nx\n") == (415, "file_disguised")
    assert refused(ann, b"a,a\n1,2\n") == (422, "not_csv")
    assert refused(ann, b"a\n1,2\n") == (422, "too_many_columns")
    assert refused(ann, b"a\n" + b"x" * 100_001) == (422, "cell_too_long")
    assert refused(ann, b"a\nK\xfch\xe4rt \xf6fter\n" * 9) == (422, "unknown_encoding")
    assert refused(ann, bomb.getvalue(), "x.xlsx", XLSX) == (422, "bad_sheet")
    assert archive.unfinished() == []
    assert archive.sql("select count(*) from dougong.import_upload where rows = 0") == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("../x.csv", 5, CSV), "bad_file_name"),
        (("x\u202e.csv", 5, CSV), "bad_file_name"),
        (("x.exe", 5, CSV), "file_ending"),
        (("x.pdf", 5, "application/pdf"), "file_type"),
        (("x.csv", 0, CSV), "file_size"),
    ],
)
def test_what_is_not_taken_is_refused_before(ann: Person, given: Any, said: str) -> None:
    name, size, kind = given

    assert code(ann.ask(BEGIN, name=name, size=size, type=kind)["beginImportUpload"])[0] == said


def test_an_address_is_used_up_and_only_ones_own(archive: Archive, ann: Person) -> None:
    content = b"name\nOnce\n"
    url = ann.ask(BEGIN, name="x.csv", size=len(content), type=CSV)["beginImportUpload"]["url"]
    eve = archive.person(MANAGER)

    theirs = {"authorization": f"Bearer {eve.token}"}
    assert ann.send("PUT", url, content, theirs)[0] == 403
    assert ann.put(url, content)[0] == 403  # used up, by whoever tried


def test_uploads_that_nobody_needs_are_swept(archive: Archive, ann: Person) -> None:
    upload = int(uploaded(ann, b"name\nSwept\n"))
    archive.sql("update dougong.import_upload set kept_until = now() - interval '1 second' where id = :u", u=upload)  # fmt: skip

    swept(archive)

    assert archive.sql("select count(*) from dougong.import_upload where id = :u", u=upload) == 0
    assert archive.sql("select count(*) from dougong.import_upload_part where upload = :u", u=upload) == 0  # fmt: skip


def swept(archive: Archive) -> None:
    """Do the job that sweeps, as a worker would."""
    from dougong.access.principal import Principal
    from dougong.addons.installed import load_generation
    from dougong.builtin.import_export.uploads import sweep_tables
    from dougong.db.session import in_transaction

    generation = load_generation(archive.engine)
    nobody = Principal(None, "test", frozenset())
    in_transaction(archive.engine, generation, nobody, lambda ctx: sweep_tables.run(ctx, {}))


# Exports -----------------------------------------------------------------------------------


def exported(who: Person, **asked: Any) -> Any:
    """What is said of an export of leads."""
    return who.ask(EXPORT, **{"entity": "Lead", **asked})["exportRecords"]


def test_what_one_sees_is_downloaded_as_a_table(archive: Archive, ann: Person) -> None:
    seller = archive.person(SELLER)
    seller.lead("Export mine")
    ann.lead("Export hers")
    asked = {
        "where": {"name": {"startsWith": "Export"}},
        "order": [{"name": "ASC"}],
        "fields": ["name", "stage"],
    }

    place = exported(seller, **asked)
    hers = exported(ann, **asked, language="zh-CN")

    assert (place["userErrors"], place["file"][:5], place["file"][-4:]) == ([], "Lead-", ".csv")
    assert downloaded(seller, place["url"]) == [["Name", "Stage"], ["Export mine", "NEW"]]
    header, *rows = downloaded(ann, hers["url"])
    assert header == ["名称", "阶段"]
    assert [row[0] for row in rows] == ["Export hers", "Export mine"]
    form = "select form from dougong.event where verb = 'dougong.export' order by id desc limit 1"
    event = archive.sql(form)
    assert (event["rows"], event["where"]) == (2, asked["where"])
    assert archive.unfinished() == []


def test_a_workbook_is_one_and_no_cell_begins_as_a_formula(ann: Person) -> None:
    ann.lead("=HYPERLINK(evil)")
    where = {"name": {"contains": "evil"}}

    place = exported(ann, where=where, fields=["name"], format="XLSX")
    status, headers, content = ann.send("GET", place["url"])

    assert (status, headers["content-type"]) == (200, XLSX)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"'=HYPERLINK" in parts.read("xl/worksheets/sheet1.xml")
    csv_rows = downloaded(ann, exported(ann, where=where, fields=["name"])["url"])
    assert csv_rows[1] == ["'=HYPERLINK(evil)"]


def test_rights_are_those_of_the_moment_of_the_download(archive: Archive) -> None:
    bob = archive.person(MANAGER)
    url = exported(bob)["url"]
    assert bob.send("GET", url)[0] == 200

    archive.sql("delete from dougong.role_assignment where user_id = :u", u=bob.user_id)
    archive.sql("update dougong.epoch set number = number + 1")
    status, _, said = bob.send("GET", url)

    assert (status, b"needs_grant" in said) == (403, True)
    archive.sql("update dougong.user set active = false where id = :u", u=bob.user_id)
    assert bob.send("GET", url)[0] == 403


def test_an_address_of_an_export_is_signed_and_ends(archive: Archive, ann: Person) -> None:
    url = exported(ann)["url"]
    head, _, text = url.rpartition("/")
    number, user, token, until, mac = text.split(".")

    assert ann.send("GET", f"{head}/{int(number) + 1}.{user}.{token}.{until}.{mac}")[0] == 403
    assert ann.send("GET", f"{head}/{number}.{user}.{token}.{int(until) + 60}.{mac}")[0] == 403
    assert ann.send("GET", url.replace("/export/", "/refused/"))[0] == 403
    archive.sql("update dougong.export_asked set expires_at = now() where id = :n", n=int(number))
    assert ann.send("GET", url)[0] == 403


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"entity": "Nothing"}, "unknown_entity"),
        ({"where": {"nome": {"eq": "x"}}}, "bad_export"),
        ({"where": {"name": {"eq": 7}}}, "bad_export"),
        ({"order": [{"name": "UP"}]}, "bad_export"),
        ({"fields": ["secret"]}, "no_such_field"),
        ({"language": "tlh"}, "no_language"),
    ],
)
def test_what_cannot_be_exported_is_refused_before(
    ann: Person, asked: dict[str, Any], said: str
) -> None:
    assert code(exported(ann, **asked))[0] == said


def test_who_may_not_read_exports_nothing(archive: Archive) -> None:
    assert code(exported(archive.person()))[0] == "needs_grant"
