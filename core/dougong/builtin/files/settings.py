"""What an operator sets about files: environment variables, read in this one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dougong.builtin.files.kinds import KINDS
from dougong.errors import SetupError

HOME = "DOUGONG_HOME"
FILES = "DOUGONG_FILES"
LARGEST = "DOUGONG_FILE_LARGEST"
TYPES = "DOUGONG_FILE_TYPES"
MEGABYTE = 1_000_000
MOST_MEGABYTES = 2_000


@dataclass(frozen=True)
class Settings:
    """Where files are kept, and which are taken."""

    place: str
    """A folder, or `s3://bucket/prefix`."""
    largest: int
    """Bytes."""
    types: frozenset[str]
    """The content types that are taken."""

    @property
    def in_home(self) -> bool:
        """Whether the bytes are in the installation's home, which a backup has."""
        return not os.environ.get(FILES)


def home() -> Path:
    """The installation's folder, as the command was told."""
    return Path(os.environ.get(HOME) or ".dougong")


def settings(variables: Mapping[str, str] = os.environ, folder: Path | None = None) -> Settings:
    """What is set now, for the home `folder`; raises SetupError for what cannot be."""
    said = variables.get(LARGEST) or "100"
    if not said.isdigit() or not 1 <= int(said) <= MOST_MEGABYTES:
        fix = f"write a number of megabytes, 1 to {MOST_MEGABYTES}."
        raise SetupError(f"{LARGEST} is “{said}”.", fix=fix)
    types = frozenset(
        one.strip().lower() for one in variables.get(TYPES, "").split(",") if one.strip()
    )
    if unknown := sorted(types - KINDS.keys()):
        raise SetupError(
            f"{TYPES} has {unknown[0]}, which nobody here can tell from other kinds of files.",
            fix=f"leave it out; these are known: {', '.join(sorted(KINDS))}.",
        )
    place = variables.get(FILES) or str((folder or home()) / "files")
    return Settings(place, int(said) * MEGABYTE, types or frozenset(KINDS))
