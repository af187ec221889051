"""What a diagnosis comes to: the report as data, the same bytes for the same assessment."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from dougong import Context
from dougong_ip_compliance.clauses import assessments_of
from dougong_ip_compliance.entities import (
    ClauseAssessment,
    ComplianceGap,
    ComplianceProgram,
)


def as_json(said: Any) -> bytes:
    """The one way in which data are written into files: the same data are the same bytes."""
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()


def assessment_rows(program: ComplianceProgram, ctx: Context) -> list[dict[str, Any]]:
    """How each clause of the edition was assessed, with what is missing."""
    of_it = ComplianceGap.assessment.has(ClauseAssessment.program == program)
    gaps: dict[ClauseAssessment, list[dict[str, Any]]] = {}
    for one in ctx.find(ComplianceGap, of_it):
        gaps.setdefault(one.assessment, []).append({"what": one.what, "severity": one.severity})
    return [
        {
            "clause": clause.number,
            "title": clause.title,
            "applicable": one.applicable,
            "exclusion_reason": one.exclusion_reason,
            "status": one.status,
            "note": one.note,
            "gaps": gaps.get(one, []),
        }
        for clause, one in assessments_of(program, ctx).items()
    ]


def report_on(program: ComplianceProgram, ctx: Context) -> bytes:
    """The report: which edition, which scope, and each clause (S4-108)."""
    return as_json(
        {
            "program": program.name,
            "edition": program.edition.code,
            "scope": program.scope,
            "clauses": assessment_rows(program, ctx),
        }
    )


def sha256_of(program: ComplianceProgram, ctx: Context) -> str:
    """The SHA-256 of the report as it would be written now."""
    return hashlib.sha256(report_on(program, ctx)).hexdigest()


def counts_of(program: ComplianceProgram, ctx: Context) -> dict[str, int]:
    """How many clauses are kept, partly, not, and do not apply; and how many gaps there are."""
    rows = assessment_rows(program, ctx)
    found = Counter(str(one["status"]).lower() for one in rows if one["applicable"])
    return {
        **{name: found[name] for name in ("kept", "partly_kept", "not_kept")},
        "excluded": sum(not one["applicable"] for one in rows),
        "gaps": sum(len(one["gaps"]) for one in rows),
    }
