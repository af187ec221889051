"""The package of an application: a ZIP of data and files, with a list of their hashes (S4-116)."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from dougong import Context, Entity, File, open_file
from dougong_ip_compliance.diagnosing import as_json, assessment_rows
from dougong_ip_compliance.entities import (
    INPUTS,
    OUTPUTS,
    AuditFinding,
    CertificationApplication,
    ComplianceAudit,
    ComplianceProgram,
    DiagnosisReport,
    DocumentState,
    IpObjective,
    IpPolicy,
    IssueOrder,
    ManagementReview,
    OperationRecord,
    PolicyState,
    ReviewState,
    SystemDocument,
    SystemDocumentVersion,
    SystemTraining,
)
from dougong_ip_compliance.entities.audits import AuditState

HASHES = "SHA256SUMS"
LARGEST = 500 * 1024 * 1024
"""So many bytes may the files of a package have together."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""When everything in a ZIP was made, so that the same contents are the same bytes."""
PIECE = 1 << 18


@dataclass(frozen=True)
class Contents:
    """What is in a package: data that are written for it, and files that hang on records."""

    written: dict[str, bytes]
    files: dict[str, File]

    @property
    def hashes(self) -> bytes:
        """The list of hashes, as `sha256sum --check` reads it."""
        found = {name: hashlib.sha256(said).hexdigest() for name, said in self.written.items()}
        found |= {name: file.sha256 for name, file in self.files.items()}
        return "".join(f"{found[name]}  {name}\n" for name in sorted(found)).encode()

    @property
    def sha256(self) -> str:
        """The SHA-256 of the list: another one as soon as anything in the package is another."""
        return hashlib.sha256(self.hashes).hexdigest()

    @property
    def size(self) -> int:
        """How many bytes the files have."""
        return sum(file.size for file in self.files.values())


def contents_for(application: CertificationApplication, ctx: Context) -> Contents:
    """What the package of an application has as things are now."""
    program = application.program
    versions = _versions(program, ctx)
    records = ctx.find(OperationRecord, OperationRecord.program == program)
    audits = ctx.find(
        ComplianceAudit,
        ComplianceAudit.program == program,
        ComplianceAudit.state.in_((AuditState.REPORTED, AuditState.FOLLOW_UP, AuditState.CLOSED)),
    )
    held = ManagementReview.state == ReviewState.HELD
    reviews = ctx.find(ManagementReview, ManagementReview.program == program, held)
    reports = ctx.find(DiagnosisReport, DiagnosisReport.program == program)
    written = {
        "application.json": as_json(_application(application, ctx)),
        "statement_of_applicability.json": as_json(assessment_rows(program, ctx)),
        "documents.json": as_json([_version(one) for one in versions]),
        "issue_orders.json": as_json(_orders(program, ctx)),
        "trainings.json": as_json(_trainings(program, ctx)),
        "records.json": as_json([_record(one) for one in records]),
        "audits.json": as_json([_audit(one, ctx) for one in audits]),
        "management_reviews.json": as_json([_review(one) for one in reviews]),
    }
    folders: dict[str, list[Any]] = {
        "documents": versions,
        "records": records,
        "audits": audits,
        "reviews": reviews,
        "diagnosis": reports[-1:],
    }
    files: dict[str, File] = {}
    for folder, those in folders.items():
        files |= _files(folder, those, ctx)
    return Contents(written, files)


def packed(contents: Contents) -> Iterator[bytes]:
    """The bytes of the ZIP, piece by piece."""
    with tempfile.TemporaryFile() as made:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
            for name, said in {**contents.written, HASHES: contents.hashes}.items():
                package.writestr(_entry(name), said)
            for name, file in contents.files.items():
                with open_file(file) as source, package.open(_entry(name), "w") as target:
                    shutil.copyfileobj(source, target, PIECE)
        yield from _pieces(made)


def _pieces(made: IO[bytes]) -> Iterator[bytes]:
    made.seek(0)
    while piece := made.read(PIECE):
        yield piece


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _files(folder: str, records: list[Any], ctx: Context) -> dict[str, File]:
    """The files of some records, each by a path of its own."""
    kept: list[Entity] = records
    ids = [f"{type(one).__name__}:{one.id}" for one in kept]
    found = ctx.find(File, File.record.in_(ids)) if ids else []
    return {f"{folder}/{one.number}-{one.id}-{one.name}": one for one in found}


# What is written ----------------------------------------------------------------------------


def _application(application: CertificationApplication, ctx: Context) -> dict[str, Any]:
    program = application.program
    adopted = IpPolicy.state == PolicyState.ADOPTED
    return {
        "program": program.name,
        "scope": program.scope,
        "edition": program.edition.code,
        "body": application.body.party.name,
        "policy": [one.text for one in ctx.find(IpPolicy, IpPolicy.program == program, adopted)],
        "objectives": [
            {"metric": one.metric, "target": one.target, "result": one.result}
            for one in ctx.find(IpObjective, IpObjective.program == program)
        ],
    }


def _versions(program: ComplianceProgram, ctx: Context) -> list[SystemDocumentVersion]:
    of_it = SystemDocumentVersion.document.has(SystemDocument.program == program)
    issued = SystemDocumentVersion.state == DocumentState.ISSUED
    return ctx.find(SystemDocumentVersion, of_it, issued)


def _version(version: SystemDocumentVersion) -> dict[str, Any]:
    people = (version.author, version.reviewer, version.approver)
    return {
        "number": version.document.number,
        "title": version.document.title,
        "kind": version.document.kind,
        "version": version.label,
        "text": version.text,
        "order": version.issue_order and version.issue_order.number,
        "author, reviewer, approver": [one and one.name for one in people],
    }


def _orders(program: ComplianceProgram, ctx: Context) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number,
            "title": one.title,
            "on": one.issued_on,
            "by": one.issued_by and one.issued_by.name,
            "scope": one.scope,
        }
        for one in ctx.find(IssueOrder, IssueOrder.program == program)
    ]


def _trainings(program: ComplianceProgram, ctx: Context) -> list[dict[str, Any]]:
    return [
        {
            "title": one.title,
            "on": one.held_on,
            "pass_score": one.pass_score,
            "people": [
                {"name": who.user.name, "attended": who.attended, "score": who.score}
                for who in one.attendances
            ],
        }
        for one in ctx.find(SystemTraining, SystemTraining.program == program)
    ]


def _record(record: OperationRecord) -> dict[str, Any]:
    said = {"clause": record.clause.number, "unit": record.unit.name, "on": record.done_on}
    return {**said, "what": record.what, "form": record.form and record.form.number}


def _audit(audit: ComplianceAudit, ctx: Context) -> dict[str, Any]:
    items = [
        {
            "clause": one.clause.number,
            "unit": one.unit.name,
            "auditor": one.auditor.name,
            "on": one.audited_on,
            "conforms": one.conforms,
        }
        for one in audit.items
    ]
    findings = [
        {
            "grade": one.grade,
            "clause": one.clause.number,
            "evidence": one.evidence,
            "state": one.state,
        }
        for one in ctx.find(AuditFinding, AuditFinding.audit == audit)
    ]
    said = {"kind": audit.kind, "criteria": audit.criteria, "summary": audit.summary}
    return {**said, "items": items, "findings": findings}


def _review(review: ManagementReview) -> dict[str, Any]:
    said = {name: getattr(review, name) for name in (*INPUTS, *OUTPUTS)}
    return {**said, "chair": review.chair.name, "held_at": review.held_at}
