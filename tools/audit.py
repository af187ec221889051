"""`make audit`: judges of the API that others have written, and clients that others use.

Ends with 1 when one of them is not content. Where npm or its registry cannot be had nothing is
judged, which is said and no failure.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import NamedTuple

from tools.demo_company import ROOT, DemoCompany

FOLDER = ROOT / "tools" / "audit"
BUILD = FOLDER / "build"
LOCK = "package-lock.json"
INSTALLED = FOLDER / "node_modules" / ".package-lock.json"
INSTALL = ("ci", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1")
OLDEST_NODE = 20
MINUTES = 5
"""How long the registry may take."""


class Judge(NamedTuple):
    """Somebody else's program: the commands that it takes, relative to its folder."""

    name: str
    commands: tuple[tuple[str, ...], ...]


BIN = "node_modules/.bin"
JUDGES = (
    Judge("graphql-http", (("node", "http.mjs"),)),
    Judge(
        "graphql-codegen",
        ((f"{BIN}/graphql-codegen", "--config", "codegen.yml"), (f"{BIN}/tsc", "--listEmittedFiles")),
    ),
    Judge("relay-compiler", ((f"{BIN}/relay-compiler", "relay.config.json"),)),
    Judge("Apollo Client", (("node", "build/js/paging.js"),)),
    Judge("subscriptions", (("node", "streams.mjs"),)),
)  # fmt: skip


def main() -> int:
    """Let all judges judge; the number of failures, at most 1."""
    why_not = missing()
    if why_not is not None:
        print(f"audit: skipped, {why_not}")
        return 0
    shutil.rmtree(BUILD, ignore_errors=True)
    (BUILD / "relay").mkdir(parents=True)
    with DemoCompany() as company:
        token = company.sign_in("admin")
        (BUILD / "schema.graphql").write_bytes(company.schema(token))
        given = {**os.environ, "AUDIT_URL": company.url, "AUDIT_TOKEN": token, "NO_COLOR": "1"}
        content = [judged(judge, given) for judge in JUDGES]
    return 0 if all(content) else 1


def missing() -> str | None:
    """Why nothing can be judged here; None when all is installed.

    Raises SystemExit when the list of packages is to blame, and not npm or its registry.
    """
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return "there is no npm on this machine"
    version = subprocess.run((node, "--version"), capture_output=True, text=True, check=True).stdout
    if int(version.strip().lstrip("v").partition(".")[0]) < OLDEST_NODE:
        return f"Node {version.strip()} is older than {OLDEST_NODE}"
    if INSTALLED.exists() and INSTALLED.stat().st_mtime > (FOLDER / LOCK).stat().st_mtime:
        return None
    try:
        done = subprocess.run(
            (npm, *INSTALL),
            cwd=FOLDER,
            capture_output=True,
            text=True,
            check=False,
            timeout=MINUTES * 60,
        )
    except subprocess.TimeoutExpired:
        return f"npm could not fetch the packages in {MINUTES} minutes"
    if done.returncode == 0:
        INSTALLED.touch()
        return None
    if "EUSAGE" in done.stderr or "EJSONPARSE" in done.stderr:
        raise SystemExit(f"{LOCK} does not fit package.json; `npm install` there:\n{done.stderr}")
    return f"npm could not fetch the packages: {done.stderr.strip().splitlines()[0]}"


def judged(judge: Judge, variables: Mapping[str, str]) -> bool:
    """Run one judge and print a line of the table; what it said, too, when it is not content."""
    began = time.monotonic()
    said = ""
    for command in judge.commands:
        done = subprocess.run(
            command, cwd=FOLDER, env=variables, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        if done.returncode != 0:
            print(f"{judge.name:<16} FAILED\n{said}")
            return False
    took = time.monotonic() - began
    print(f"{judge.name:<16} ok  {verdict(judge.name, said):<44} {took:5.1f} s", flush=True)
    return True


def verdict(name: str, said: str) -> str:
    """What a judge found, in a few words."""
    if name == "relay-compiler":
        return re.sub(
            r"^.*compiled documents: ", "", said.partition("\n[INFO] Comp")[0], flags=re.DOTALL
        )
    if name == "graphql-codegen":
        documents = (BUILD / "documents.ts").read_text("utf-8")
        count = len(re.findall(r"^export const \w+Document = ", documents, re.MULTILINE))
        return f"{count} operations of docs/documents, typed"
    return said.strip().splitlines()[-1]


if __name__ == "__main__":
    sys.exit(main())
