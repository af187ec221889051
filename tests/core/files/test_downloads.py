"""Downloads: a signed address for a few minutes, and the rights of the moment."""

import base64

import pytest
from senders import PDF, Archive, Person

SELLER = "crm.seller"


@pytest.fixture(scope="module")
def seller(archive: Archive) -> Person:
    return archive.person(SELLER)


@pytest.fixture(scope="module")
def lead(seller: Person) -> str:
    made = seller.lead()
    seller.attach(made, PDF, "报价 é.pdf")
    return made


def url_of(person: Person, lead: str) -> str:
    """The address of a lead's first file."""
    return str(person.files(lead)[0]["url"])


def test_a_file_comes_back_as_it_was_sent(seller: Person, lead: str) -> None:
    status, headers, body = seller.send("GET", url_of(seller, lead))

    assert (status, body) == (200, PDF)
    assert headers["content-type"] == "application/pdf"
    assert headers["content-length"] == str(len(PDF))
    assert headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%E6%8A%A5%E4%BB%B7%20%C3%A9.pdf"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-9", 206, 0, 10),
        ("bytes=10-", 206, 10, len(PDF)),
        ("bytes=-5", 206, len(PDF) - 5, len(PDF)),
        ("bytes=-999999", 206, 0, len(PDF)),
        ("bytes=5-999999", 206, 5, len(PDF)),
        ("bytes=0-0", 206, 0, 1),
        ("bytes=0-1,5-6", 200, 0, len(PDF)),
        ("bytes=9-5", 200, 0, len(PDF)),
        ("lines=1-2", 200, 0, len(PDF)),
        (f"bytes={len(PDF)}-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
    ],
)
def test_a_range_of_bytes_can_be_asked_for(
    seller: Person, lead: str, asked: str, status: int, start: int, end: int
) -> None:
    found, headers, body = seller.send("GET", url_of(seller, lead), headers={"range": asked})

    assert (found, body) == (status, PDF[start:end])
    if status == 206:
        assert headers["content-range"] == f"bytes {start}-{end - 1}/{len(PDF)}"


def test_who_has_the_bytes_already_gets_none(seller: Person, lead: str) -> None:
    url = url_of(seller, lead)
    etag = seller.send("GET", url)[1]["etag"]

    status, _, body = seller.send("GET", url, headers={"if-none-match": etag})
    changed = seller.send("GET", url, headers={"if-range": '"x"', "range": "bytes=0-1"})
    same = seller.send("GET", url, headers={"if-range": etag, "range": "bytes=0-1"})

    assert (status, body) == (304, b"")
    assert (changed[0], same[0]) == (200, 206)


def test_the_head_of_a_file_has_no_body(seller: Person, lead: str) -> None:
    status, headers, body = seller.send("HEAD", url_of(seller, lead))

    assert (status, headers["content-length"], body) == (200, str(len(PDF)), b"")


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        (
            "a.svg",
            "image/svg+xml",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>",
        ),
        ("a.html", "text/html", b"<script>alert(1)</script>"),
    ],
    ids=["svg", "html"],
)
def test_what_could_run_is_only_saved(seller: Person, name: str, kind: str, content: bytes) -> None:
    lead = seller.lead()
    seller.attach(lead, content, name, kind)

    _, headers, _ = seller.send("GET", url_of(seller, lead))

    assert headers["content-disposition"].startswith("attachment;")
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]


def test_a_picture_may_be_shown(seller: Person) -> None:
    lead = seller.lead()
    seller.attach(lead, b"\x89PNG\r\n\x1a\n and so on", "a.png", "image/png")

    assert seller.send("GET", url_of(seller, lead))[1]["content-disposition"].startswith("inline;")


def test_a_changed_address_is_refused(seller: Person, lead: str) -> None:
    head, _, signed = url_of(seller, lead).rpartition("/")
    file, user, token, until, mac = signed.split(".")
    forged = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")

    for one in (
        f"{int(file) + 1}.{user}.{token}.{until}.{mac}",
        f"{file}.{user}.{token}.{int(until) + 999}.{mac}",
        f"{file}.{int(user) + 1}.{token}.{until}.{mac}",
        f"{file}.{user}..{until}.{mac}",
        f"{file}.{user}.{token}.{until}.{forged}",
        f"{file}.{user}.{token}.{until}",
        "x",
    ):
        assert seller.send("GET", f"{head}/{one}")[0] == 403


def test_an_address_for_uploads_downloads_nothing(seller: Person, lead: str) -> None:
    upload = seller.begin(lead)["url"]

    assert seller.send("GET", upload.replace("/upload/", "/download/"))[0] == 403
    assert seller.send("PUT", url_of(seller, lead).replace("/download/", "/upload/"), PDF)[0] == 403


def test_rights_that_were_lost_end_the_address(archive: Archive) -> None:
    person = archive.person(SELLER)
    lead = person.lead()
    person.attach(lead)
    url = url_of(person, lead)
    assert person.send("GET", url)[0] == 200

    archive.sql("delete from dougong.role_assignment where user_id = :u", u=person.user_id)

    assert person.send("GET", url)[0] == 404


def test_a_session_that_has_ended_ends_the_address(archive: Archive) -> None:
    person = archive.person(SELLER)
    lead = person.lead()
    person.attach(lead)
    url = url_of(person, lead)

    person.ask("mutation { signOut { userErrors { code } } }")

    assert person.send("GET", url)[0] == 403


def test_a_record_that_went_to_somebody_else_takes_its_files_along(archive: Archive) -> None:
    person, other = archive.person(SELLER), archive.person(SELLER)
    lead = person.lead()
    person.attach(lead)
    url = url_of(person, lead)

    archive.sql(
        "update crm.lead set owner_id = :u where id = :id",
        u=other.user_id,
        id=int(lead.partition(":")[2]),
    )

    assert person.send("GET", url)[0] == 404
    assert other.send("GET", url_of(other, lead))[0] == 200


def test_bytes_that_are_not_there_are_said_to_be_missing(archive: Archive, seller: Person) -> None:
    lead = seller.lead()
    seller.attach(lead, b"%PDF-gone")
    (path,) = [one for one in archive.store.glob("??/*") if one.read_bytes() == b"%PDF-gone"]
    path.unlink()

    status, _, body = seller.send("GET", url_of(seller, lead))

    assert status == 503
    assert b"NO_BYTES" in body
