"""Packages: a version of a definition as a text that is carried to another installation."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from dougong import Invalid
from dougong_flow.definition_body import LARGEST, hash_of
from dougong_flow.entities import DefinitionVersion, ServedParty, Trigger

FORMAT = "dougong.flow.definition/1"
MORE = ("goals", "value_for", "success_metric", "trigger", "needs_reading")
"""What packages of earlier releases do not say."""
TEXTS = ("format", "key", "name", "purpose", "serves", "of", "content_hash", "sha256")
FIELDS = {*TEXTS, "needs_trial", "body"}


class Package(NamedTuple):
    """What a package says, once it was found to be whole."""

    key: str
    name: str
    purpose: str
    serves: ServedParty
    needs_trial: bool
    of: str
    """Which version of which definition it was made of."""
    more: dict[str, Any]
    """What it says of the definition besides: fields of `Definition`."""
    body: dict[str, Any]


def packed(version: DefinitionVersion) -> str:
    """A version as a package: JSON, with a hash of the body and one of all that it says."""
    whole = version.definition
    said: dict[str, Any] = {
        "format": FORMAT,
        "key": whole.key,
        "name": whole.name,
        "purpose": whole.purpose,
        "serves": whole.serves.name,
        "needs_trial": whole.needs_trial,
        "goals": whole.goals,
        "value_for": whole.value_for,
        "success_metric": whole.success_metric,
        "trigger": whole.trigger and whole.trigger.name,
        "needs_reading": whole.needs_reading,
        "of": f"{whole.key} {version.major}.{version.minor}",
        "body": version.body,
        "content_hash": hash_of(version.body),
    }
    return json.dumps({**said, "sha256": hash_of(said)}, ensure_ascii=False, indent=2)


def unpacked(text: str) -> Package:
    """What a package says; raises Invalid where it is none, or not as it was made."""
    if len(text.encode(errors="replace")) > 2 * LARGEST:
        raise Invalid("package_too_large", at="package", bytes=2 * LARGEST)
    said = _read(text)
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise Invalid("no_package", at="package", format=FORMAT)
    if not FIELDS <= said.keys() <= {*FIELDS, *MORE} or not _is_typed(said):
        raise Invalid("package_fields", at="package", fields=", ".join(sorted(FIELDS)))
    whole = {name: value for name, value in said.items() if name != "sha256"}
    if _hash(whole) != said["sha256"] or _hash(said["body"]) != said["content_hash"]:
        raise Invalid("package_is_damaged", at="package")
    return Package(
        key=said["key"],
        name=said["name"],
        purpose=said["purpose"],
        serves=ServedParty[said["serves"]],
        needs_trial=said["needs_trial"],
        of=said["of"],
        more={name: said[name] for name in MORE if name in said}
        | {"trigger": Trigger[said["trigger"]] if said.get("trigger") else None},
        body=said["body"],
    )


def _read(text: str) -> Any:
    """What a text says as JSON that the database can keep: no NaN, no infinity, no zero characters."""
    try:
        said = json.loads(text)
        kept = "\\u0000" not in json.dumps(said, allow_nan=False)
    except (ValueError, RecursionError):
        kept, said = False, None
    if not kept:
        raise Invalid("package_is_no_json", at="package")
    return said


def _hash(said: Any) -> str | None:
    try:
        return hash_of(said)
    except (UnicodeEncodeError, RecursionError):  # half a character, or deeper than anything is
        return None


def _is_typed(said: dict[str, Any]) -> bool:
    if not all(isinstance(said[name], str) and said[name].strip() for name in TEXTS):
        return False
    known = said["serves"] in ServedParty.__members__
    flags = all(isinstance(said.get(one, False), bool) for one in ("needs_trial", "needs_reading"))
    texts = all(isinstance(said.get(one), str | None) for one in MORE if one != "needs_reading")
    trigger = texts and said.get("trigger") in (None, *Trigger.__members__)
    return known and flags and trigger and isinstance(said["body"], dict)
