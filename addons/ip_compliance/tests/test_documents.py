"""Documents in versions: one is issued at a time, and what was handed in stays, its files included."""

from dougong import attach
from dougong_ip_compliance.actions.programs import issue_documents
from dougong_ip_compliance.entities import (
    ComplianceProgram,
    DocumentState,
    Secrecy,
    SystemDocument,
    SystemDocumentVersion,
)

ISSUED = """{ systemDocuments { totalCount } systemDocumentVersions { nodes { label state } } }"""


def versions(company):
    found = company.act("boss", lambda ctx: ctx.find(SystemDocumentVersion))
    return {one.label: (one.state, one.obsolete_on) for one in found}


def test_a_new_issue_makes_the_old_one_obsolete_the_same_instant_and_it_is_kept(company):
    company.until("operate")
    company.ready_to_write("A/1")
    assert versions(company)["A/0"] == (DocumentState.ISSUED, None)
    day = company.now.date()
    company.act(
        "top_manager",
        lambda ctx: issue_documents(company.program(ctx), ctx, number="2", title="Again"),
    )

    assert versions(company) == {
        "A/0": (DocumentState.OBSOLETE, day),
        "A/1": (DocumentState.ISSUED, None),
    }
    version = company.last(SystemDocumentVersion)
    refused = company.codes("boss", "makeObsoleteSystemDocumentVersion", version)
    assert refused == ["replaced_by_another"]
    program = company.last(ComplianceProgram)
    again = company.codes("top_manager", "issueDocuments", program, number="3", title="X")
    assert again == ["nothing_to_issue"]
    contact = company.who("unit_contact")
    seen = company.world.ask(ISSUED, contact)
    assert [one["label"] for one in seen["systemDocumentVersions"]["nodes"]] == ["A/0", "A/1"]

    manual = company.last(SystemDocument)
    patch = {"secrecy": Secrecy.CONFIDENTIAL.name}
    assert company.codes("manager", "updateSystemDocument", manual, patch=patch) == []
    for who in ("unit_contact", "advisor"):
        hidden = company.world.ask(ISSUED, company.who(who))
        assert (hidden["systemDocuments"]["totalCount"], hidden["systemDocumentVersions"]) == (
            0,
            {"nodes": []},
        )


def test_what_was_handed_in_changes_no_more_nor_do_its_files(company):
    company.until("write")

    def drafted(ctx):
        (manual,) = ctx.find(SystemDocument)
        return ctx.create(SystemDocumentVersion(document=manual, label="A/0"))

    def filed(ctx, name="manual.txt"):
        version = ctx.get(SystemDocumentVersion, draft.id)
        return attach(ctx, version, name, "text/plain", [b"Do it well"])

    draft = company.act("writer", drafted)
    assert company.codes("writer", "handInSystemDocumentVersion", draft) == ["nothing_written"]
    file = company.act("writer", filed)
    company.act("manager", lambda ctx: filed(ctx, "annex.txt"))
    assert company.codes("writer", "handInSystemDocumentVersion", draft) == []
    refused = company.codes("manager", "reviewSystemDocumentVersion", draft)
    assert refused == ["uploaded_it"]  # whoever uploaded a text wrote it
    assert company.codes("writer", "removeFile", file) == ["version_is_fixed"]
    refused = company.codes("writer", "updateSystemDocumentVersion", draft, patch={"text": "X"})
    assert refused == ["version_is_fixed"]
    begin = {
        "record": company.id_of(draft),
        "name": "b.txt",
        "size": 2,
        "contentType": "text/plain",
    }
    upload = company.sent("writer", "beginUpload", **begin)["userErrors"]
    assert upload == []  # what is refused then is the file itself, when its bytes have come

    sent_back = company.codes(
        "reviewer", "sendBackSystemDocumentVersion", draft, reason="Chapter 2 is missing"
    )
    assert sent_back == []
    assert company.codes("writer", "removeFile", file) == []
