"""Writes docs/requirements.md from the tables of the domain studies.

    python tools/list_requirements.py FOLDER    (it holds domain_sales.md and domain_process.md)

The studies are not part of the repository. Run again, it takes over what people set in the list:
the add-on and the status of each row.
"""

import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

LIST = Path(__file__).parents[1] / "docs" / "requirements.md"
STUDIES = ("domain_sales.md", "domain_process.md")

ROW = re.compile(r"\| (?P<id>[CSIX]\d{2}|S\d-\d+) \|")
SECTION = re.compile(r"### 1\.\d (?P<title>.+)")
TAG = re.compile(r"(?P<tag>core|proc|camp|conf|ip|sm|crm|so|inv)(?:/\w+)*(?:\s+|$)")

# The studies' short names, and where a section's rows belong when a row does not say.
ADDONS = {
    "core": "core",
    "proc": "process",
    "camp": "campaign",
    "conf": "conference",
    "ip": "ip_compliance",
    "sm": "sales_management",
    "crm": "crm",
    "so": "sales_order",
    "inv": "inventory",
}
FAMILIES = {"C": "crm", "S": "sales_order", "I": "inventory", "X": "core"}
NO_FEATURE = "none"

HEAD = """\
# Requirements

Every requirement of the source documents: what is asked, by which add-on it is met, and whether it is.
A row is *done* when a test named after it passes: `C09` → `test_C09_…`, `S2-54` → `test_S2_54_…`.
Rows of `none` are the sources' philosophy and advertisements: no feature would serve them.

`tools/list_requirements.py` writes this page and keeps the columns *add-on* and *status* as they stand.
"""


@dataclass(frozen=True)
class Requirement:
    """One row of a domain study."""

    id: str
    section: str
    wording: str
    original: str
    addon: str
    status: str = "open"


def read_study(path: Path) -> list[Requirement]:
    """The rows of section 1 of a study, in its order."""
    rows: list[Requirement] = []
    section = ""
    for line in path.read_text("utf-8").splitlines():
        if heading := SECTION.match(line):
            section = heading["title"]
        elif line.startswith("## 2"):
            break
        elif section and ROW.match(line):
            rows.append(read_row(line, section))
    return rows


def read_row(line: str, section: str) -> Requirement:
    """One line of a table; the columns differ by study, the last is always the check."""
    cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
    row_id = cells[0]
    if "-" in row_id:
        original, proposal = cells[1:3]
        addon, wording = split_tag(proposal)
    else:
        original, wording = cells[2:4]
        addon = FAMILIES[row_id[0]]
    return Requirement(
        row_id, section, shorten(wording or cells[-1], 84), shorten(original, 26), addon
    )


def split_tag(proposal: str) -> tuple[str, str]:
    """The add-on that a proposal starts with, and the rest of it."""
    tag = TAG.match(proposal)
    if tag:
        return ADDONS[tag["tag"]], proposal[tag.end() :]
    return NO_FEATURE, proposal


def shorten(text: str, limit: int) -> str:
    """The beginning of a text, without code marks, cut between words."""
    plain = re.sub(r"\s+", " ", text.replace("`", "").replace("**", "")).strip()
    if len(plain) > limit:
        cut = plain[:limit]
        spaced = cut.rfind(" ") if " " in cut[limit // 2 :] else limit
        plain = cut[:spaced].rstrip(" ,;:(+-→…、") + "…"
    return plain.replace("*", r"\*").replace("|", r"\|")


def marks(page: Path) -> dict[str, tuple[str, str]]:
    """The add-on and status of each row of the page as it stands."""
    if not page.exists():
        return {}
    rows = (
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in page.read_text("utf-8").splitlines()
        if ROW.match(line)
    )
    return {row[0]: (row[3], row[4]) for row in rows}


def as_page(rows: list[Requirement]) -> str:
    """The whole page."""
    lines = [HEAD, "| add-on | rows | done |", "|---|---:|---:|"]
    for addon in sorted({row.addon for row in rows}):
        mine = [row for row in rows if row.addon == addon]
        lines.append(f"| {addon} | {len(mine)} | {sum(row.status == 'done' for row in mine)} |")
    done = sum(row.status == "done" for row in rows)
    lines.append(f"| **all** | **{len(rows)}** | **{done}** |")
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            lines += ["", f"## {section}", ""]
            lines += ["| id | requirement | 原文 | add-on | status |", "|---|---|---|---|---|"]
        cells = (row.id, row.wording, row.original, row.addon, row.status)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def main(arguments: list[str]) -> str:
    """Write the page; the answer is what went wrong, or nothing."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        return __doc__ or ""
    rows = [row for name in STUDIES for row in read_study(Path(arguments[0]) / name)]
    kept = marks(LIST)
    lost = kept.keys() - {row.id for row in rows}
    if lost:
        return f"Rows of the page that the studies no longer have: {', '.join(sorted(lost))}"
    rows = [
        replace(row, addon=kept[row.id][0], status=kept[row.id][1]) if row.id in kept else row
        for row in rows
    ]
    LIST.parent.mkdir(exist_ok=True)
    LIST.write_text(as_page(rows), "utf-8")
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
