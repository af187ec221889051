"""Uploads: begun in the API, sent to a signed address, looked at, kept once."""

import hashlib
import http.client
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from senders import PDF, Archive, Person

SELLER = "crm.seller"


@pytest.fixture(scope="module")
def seller(archive: Archive) -> Person:
    return archive.person(SELLER)


def test_a_file_that_was_uploaded_hangs_on_its_record(archive: Archive, seller: Person) -> None:
    lead = seller.lead()

    begun = seller.begin(lead)
    status, answer = seller.put(begun["url"], PDF)

    assert begun["userErrors"] == []
    assert status == 200
    (file,) = seller.files(lead)
    assert file["id"] == answer["file"]["id"]
    assert (file["name"], file["size"], file["contentType"]) == (
        "offer.pdf",
        len(PDF),
        "application/pdf",
    )
    assert file["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert file["record"] == lead
    assert archive.has(PDF)
    assert archive.unfinished() == []


def test_an_address_is_good_for_one_upload(seller: Person) -> None:
    url = seller.begin(seller.lead())["url"]
    assert seller.put(url, PDF)[0] == 200

    status, answer = seller.put(url, PDF)

    assert status == 403
    assert answer["errors"][0]["extensions"]["code"] == "bad_address"


def test_an_address_that_was_changed_or_is_too_old_is_refused(
    archive: Archive, seller: Person
) -> None:
    url = seller.begin(seller.lead())["url"]
    head, _, signed = url.rpartition("/")
    number, _, mac = signed.partition(".")

    assert seller.put(f"{head}/{int(number) + 1}.{mac}", PDF)[0] == 403
    assert seller.put(f"{head}/{number}.{mac[:-1]}", PDF)[0] == 403
    assert seller.put(f"{head}/%C3%A9.%FF", PDF)[0] == 403
    archive.sql("update dougong.upload set expires_at = now() where id = :id", id=int(number))
    assert seller.put(url, PDF)[0] == 403


def test_the_same_bytes_are_stored_once(archive: Archive, seller: Person) -> None:
    content = b"%PDF-1.4 the same"
    lead, other = seller.lead(), seller.lead()

    seller.attach(lead, content)
    seller.attach(other, content, "copy.pdf")

    found = hashlib.sha256(content).hexdigest()
    assert archive.sql("select count(*) from dougong.content where sha256 = :s", s=found) == 1
    assert archive.sql("select count(*) from dougong.file where sha256 = :s", s=found) == 2


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "a/b.pdf", "..\\offer.pdf", "offer\x00.pdf", "offer\n.pdf", "con.pdf", "LPT1.pdf",
        "offer.pdf.", " offer.pdf", "offer.pdf ", "\u202efdp.exe.pdf", "zero\u200bwidth.pdf",
        "a:b.pdf", "x" * 197 + ".pdf", "斗" * 90 + ".pdf", "a\uff0fb.pdf", "nul .pdf",
    ],
)  # fmt: skip
def test_a_name_that_some_system_could_not_keep_is_refused(seller: Person, name: str) -> None:
    assert seller.refused(_lead(seller), name) in ("bad_file_name", "bad_text")


def test_names_in_any_language_are_kept(seller: Person) -> None:
    lead = seller.lead()
    for name in ("报价单（终稿）.pdf", "Angebot für Übergröße.PDF", "a.b.c.pdf"):
        seller.attach(lead, PDF, name)

    assert [one["name"] for one in seller.files(lead)] == [
        "报价单（终稿）.pdf",
        "Angebot für Übergröße.PDF",
        "a.b.c.pdf",
    ]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("offer.pdf", 0), "file_size"),
        (("offer.pdf", -1), "file_size"),
        (("offer.pdf", 100_000_001), "file_size"),
        (("offer.exe", 10, "application/x-msdownload"), "file_type"),
        (("offer.exe", 10, "application/pdf"), "file_ending"),
        (("offer", 10, "application/pdf"), "file_ending"),
        (("offer.pdf", 10, "image/png"), "file_ending"),
    ],
)
def test_what_is_not_taken_is_refused_before_it_is_sent(
    seller: Person, given: tuple[object, ...], code: str
) -> None:
    assert seller.refused(_lead(seller), *given) == code


ZIP = b"PK\x03\x04" + b"\0" * 30
DISGUISED = [
    ("offer.pdf", "application/pdf", b"MZ\x90\0 this program cannot be run"),
    ("photo.png", "image/png", b"<html><script>alert(1)</script>"),
    ("photo.png", "image/png", PDF + b"in disguise"),
    ("notes.txt", "text/plain", PDF + b"in disguise"),
    ("notes.txt", "text/plain", b"\x7fELF\x02\x01\x01\0\0\0"),
    ("notes.txt", "text/plain", b"good " * 2_000_000 + b"\x00"),
    ("book.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ZIP),
    ("a.zip", "application/zip", b"PK\x03\x04 nothing that a ZIP ends with"),
    ("a.svg", "image/svg+xml", b"no picture"),
]


@pytest.mark.parametrize(("name", "kind", "content"), DISGUISED, ids=range(len(DISGUISED)))
def test_a_file_that_is_not_what_it_says_is_refused_and_not_kept(
    archive: Archive, seller: Person, name: str, kind: str, content: bytes
) -> None:
    lead = seller.lead()

    status, answer = seller.put(seller.begin(lead, name, len(content), kind)["url"], content)

    assert (status, answer["errors"][0]["extensions"]["code"]) == (415, "file_disguised")
    assert seller.files(lead) == []
    assert not archive.has(content)
    assert archive.unfinished() == []


def test_more_or_less_than_was_said_is_refused_and_not_kept(
    archive: Archive, seller: Person
) -> None:
    lead = seller.lead()
    more, less = (PDF + b"one more", PDF[:-1])

    assert _code(seller.put(seller.begin(lead)["url"], more)) == (413, "file_larger")
    assert _code(seller.put(seller.begin(lead)["url"], less)) == (422, "file_smaller")

    assert seller.files(lead) == []
    assert archive.unfinished() == []


def test_bytes_without_end_are_refused_while_they_come(archive: Archive, seller: Person) -> None:
    url = seller.begin(seller.lead())["url"]
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield PDF
        while sent < 2_000_000_000:
            sent += 1 << 20
            yield bytes(1 << 20)

    try:
        status = seller.put(url, endless())[0]
    except OSError:  # the server has hung up, which the client notices while it sends
        status = 413

    assert status == 413
    assert sent < 200_000_000
    assert archive.unfinished() == []


def test_an_upload_that_breaks_off_leaves_nothing(archive: Archive, seller: Person) -> None:
    lead = seller.lead()
    url = seller.begin(lead, "offer.pdf", 5_000_000)["url"]
    connection = http.client.HTTPConnection("127.0.0.1", archive.server.port)
    connection.putrequest("PUT", url)
    connection.putheader("content-length", "5000000")
    connection.endheaders()
    connection.send(PDF + bytes(1_000_000))
    _until(lambda: archive.unfinished() != [])

    connection.close()

    _until(lambda: archive.unfinished() == [])
    assert seller.files(lead) == []


def test_who_may_not_change_the_record_cannot_begin(archive: Archive, seller: Person) -> None:
    lead, other = seller.lead(), archive.person(SELLER)
    nobody = archive.person()

    assert other.refused(lead) == "not_found"
    assert nobody.refused(lead) == "not_found"
    assert other.refused("Lead:999999") == "not_found"
    assert other.refused("Lead:x") == "bad_id"
    assert other.refused("Nothing:1") == "bad_id"
    assert other.refused("File:1") == "bad_id"


def test_rights_that_were_lost_meanwhile_end_the_upload(archive: Archive) -> None:
    person = archive.person(SELLER)
    lead = person.lead()
    first, second = person.begin(lead)["url"], person.begin(lead)["url"]
    archive.sql("delete from dougong.role_assignment where user_id = :u", u=person.user_id)

    status, answer = person.put(first, PDF)

    assert (status, answer["errors"][0]["extensions"]["code"]) == (404, "not_found")
    archive.sql("update dougong.token set revoked_at = now() where user_id = :u", u=person.user_id)
    assert person.put(second, PDF)[0] == 403


def test_an_address_sent_with_another_persons_token_is_refused(
    archive: Archive, seller: Person
) -> None:
    url = seller.begin(seller.lead())["url"]
    other = archive.person(SELLER)

    status, _, _ = other.send("PUT", url, PDF, {"authorization": f"Bearer {other.token}"})

    assert status == 403


def test_a_record_that_goes_during_the_upload_takes_no_file(
    archive: Archive, seller: Person
) -> None:
    lead = seller.lead()
    url = seller.begin(lead)["url"]
    archive.sql("delete from crm.lead where id = :id", id=int(lead.partition(":")[2]))

    assert _code(seller.put(url, PDF)) == (404, "not_found")
    assert archive.sql("select count(*) from dougong.file where record = :r", r=lead) == 0


def _lead(person: Person) -> str:
    found = person.ask("{ leads(first: 1) { nodes { id } } }")["leads"]["nodes"]
    return str(found[0]["id"]) if found else person.lead()


def _code(answer: tuple[int, Any]) -> tuple[int, str]:
    status, said = answer
    return status, said["errors"][0]["extensions"]["code"]


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came true")
