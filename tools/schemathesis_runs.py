"""`make schemathesis`: random documents for every field of the API, as two who see little.

The demo company is served; rows that a seller may not see are marked in all their texts. Each
document is sent by the seller, and by one who has not signed in. No answer may have a mark in it,
be a 5xx, or hide an exception, and the server's log tells of no fault.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphql import build_schema
from tools.demo_company import ROOT, DemoCompany

FOLDER = ROOT / "tools" / "schemathesis"
COMMAND = ROOT / ".venv-schemathesis" / "bin" / "schemathesis"
HIDDEN, SHOWN = "hiddenzq7", "shownzq7"
ALL = ("demo.example", "Northwind")
PROBE = "Invalid HTTP request received."
"""How uvicorn logs the byte NUL in a header, which schemathesis tries before it begins."""
EXAMPLES = os.environ.get("EXAMPLES", "200")
AT_ONCE = 10
"""Lists in one document; a server answers so many only."""
CHECKS = "no_fault_of_ours,nothing_hidden,nothing_for_nobody"
ONLY = os.environ.get("ONLY", "")
"""Which operations, as a regular expression: `Query.lead`; all of them where there is none."""
LINES = "query ($note: String) { salesOrderLines(where: {note: {eq: $note}}) { nodes { id } } }"
ROWS = "{ leads { nodes { name } } salesOrders(first: 100) { nodes { number } } }"
PRODUCTS = "{ products(first: 2) { nodes { id } } parties(first: 2) { nodes { id } } }"


def main() -> int:
    """Run as a seller, and as nobody beside it; 1 when schemathesis or the log has found something."""
    with DemoCompany() as company:
        ids = planted(company, HIDDEN, "other-seller") + planted(company, SHOWN, "seller")
        seller = company.sign_in("seller")
        rows = str(company.ask(ROWS, seller))
        assert SHOWN in rows, "the seller does not see the seller's own rows"
        schema = company.log.with_name("schema.graphql")
        schema.write_bytes(company.schema(seller))
        told = {**os.environ, "AUDIT_IDS": " ".join([*ids, *others(company, schema)])}
        clean = run(company, schema, told, seller)
        logged = "\n".join(filter(is_fault, company.log.read_text("utf-8").splitlines()))
    if logged:
        print(f"The server's log is not empty:\n{logged[:20_000]}")
    return 0 if clean and not logged else 1


def is_fault(line: str) -> bool:
    """Whether a line of the server's log tells of more than a request that was refused."""
    if not line.strip() or PROBE in line:
        return False
    try:
        return json.loads(line)["level"] not in ("debug", "info")
    except (ValueError, KeyError):
        return True


def planted(company: DemoCompany, mark: str, owner: str) -> list[str]:
    """Rows with a mark in every text that somebody owns; the ids of these, and of others."""
    person, admin = company.sign_in(owner), company.sign_in("admin")
    found = company.ask(PRODUCTS, admin)
    product, customer = found["products"]["nodes"][0]["id"], found["parties"]["nodes"][0]["id"]
    lead = {"name": mark, "company": mark, "email": f"{mark}@example.com"}
    order = {
        "customer": customer,
        "currency": "USD",
        **dict.fromkeys(("number", "carrier", "salesperson", "shipToName", "shipToCity"), mark),
        "lines": [{"product": product, "quantity": "1", "note": mark}],
    }
    made = [
        create(company, person, "Lead", lead),
        create(company, person, "SalesOrder", order),
    ]
    if mark == HIDDEN:
        made.append(create(company, admin, "Warehouse", {"name": mark, "code": mark}))
    line = company.ask(LINES, person, note=mark)
    return [*made, line["salesOrderLines"]["nodes"][0]["id"], product, customer]


def others(company: DemoCompany, schema: Path) -> list[str]:
    """Two ids of each kind of record that has a list."""
    query = build_schema(schema.read_text("utf-8")).query_type
    lists = [
        name
        for name, field in (query.fields if query else {}).items()
        if str(field.type).endswith("Connection!")
    ]
    admin, ids = company.sign_in("admin"), []
    for start in range(0, len(lists), AT_ONCE):
        some = lists[start : start + AT_ONCE]
        asked = " ".join(f"{name}(first: 2) {{ nodes {{ id }} }}" for name in some)
        found = company.ask(f"{{ {asked} }}", admin)
        ids += [str(node["id"]) for one in found.values() for node in one["nodes"]]
    return ids


def create(company: DemoCompany, token: str, entity: str, given: Mapping[str, Any]) -> str:
    """The id of a new record."""
    field = entity[0].lower() + entity[1:]
    document = f"""mutation ($given: {entity}Create!) {{ create{entity}(input: $given) {{
        {field} {{ id }} userErrors {{ message }} }} }}"""
    done = company.ask(document, token, given=given)[f"create{entity}"]
    assert done["userErrors"] == [], done
    return str(done[field]["id"])


def run(company: DemoCompany, schema: Path, told: Mapping[str, str], seller: str) -> bool:
    """One run of schemathesis; prints what it came to."""
    with tempfile.NamedTemporaryFile() as notes:
        given = {
            **told,
            "SCHEMATHESIS_HOOKS": "hooks",
            "PYTHONPATH": str(FOLDER),
            "AUDIT_HIDDEN": HIDDEN,
            "AUDIT_SHOWN": SHOWN,
            "AUDIT_UNSEEN": " ".join(ALL),
            "AUDIT_SCHEMA": str(schema),
            "AUDIT_NOTES": notes.name,
        }
        began = time.monotonic()
        done = subprocess.run(
            [
                *(str(COMMAND), "run", str(schema), "--url", company.url),
                *("-H", f"Authorization: Bearer {seller}"),
                *("--checks", CHECKS, "--max-examples", EXAMPLES),
                *(("--include-name-regex", ONLY) if ONLY else ()),
                *("--phases", "fuzzing", "--generation-deterministic", "--continue-on-failure"),
                *(
                    "--generation-graphql-allow-null",
                    "false",
                    "--no-color",
                    "--suppress-health-check",
                    "all",
                ),
            ],
            env=given,
            cwd=FOLDER,
            capture_output=True,
            text=True,
            check=False,
        )
        took = time.monotonic() - began
        answers = Path(notes.name).read_text("utf-8")
    operations = re.search(r"Tested:\s+(\d+)", done.stdout)
    nobody = answers.count("a")
    print(
        f"{operations[1] if operations else '?'} operations, {len(answers) - nobody:,} answers to a "
        f"seller, {answers.count('s'):,} of them with own rows, {nobody:,} to nobody, {took:.0f} s, "
        f"{'nothing found' if done.returncode == 0 else 'FAILED'}",
        flush=True,
    )
    if done.returncode != 0:
        print(done.stdout[-3_000:] + done.stderr[-5_000:])
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
