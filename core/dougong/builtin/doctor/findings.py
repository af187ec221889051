"""What the doctor says: errors and notes, each with what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Something is not as somebody wrote it or wants it."""
    NOTE = "note"
    """Worth knowing; nothing needs to be done."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found."""

    weight: Weight
    subject: str
    """What kind of thing it is, for programs: `elevation`, `role`, `tables` …"""
    sentence: str
    fix: str
    """What can be done, as an imperative, without “Fix:”."""

    def __str__(self) -> str:
        return f"{self.weight}: {self.sentence} Fix: {self.fix}"

    def as_json(self) -> dict[str, str]:
        """The same for programs."""
        return {
            "weight": str(self.weight),
            "subject": self.subject,
            "sentence": self.sentence,
            "fix": self.fix,
        }


def error(subject: str, sentence: str, fix: str) -> Finding:
    """Something that is wrong."""
    return Finding(Weight.ERROR, subject, sentence, fix)


def note(subject: str, sentence: str, fix: str) -> Finding:
    """Something that is worth knowing."""
    return Finding(Weight.NOTE, subject, sentence, fix)
