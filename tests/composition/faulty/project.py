"""The library add-on, right or with faults, as a project and as an installed distribution."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

BASE = Path(__file__).parent / "base"
PACKAGE = "dougong_library"


def located(folder: Path, name: str) -> Path:
    """Where a file of the add-on is: in the package, except pyproject.toml."""
    return folder / name if name == "pyproject.toml" else folder / PACKAGE / name


@dataclass(frozen=True)
class Edit:
    """An old text, which stands exactly once in the file, becomes a new one."""

    name: str
    old: str
    new: str

    def make(self, folder: Path) -> None:
        path = located(folder, self.name)
        text = path.read_text("utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name} has {text.count(self.old)} × {self.old!r}")
        path.write_text(text.replace(self.old, self.new), "utf-8")


@dataclass(frozen=True)
class Everywhere:
    """An old text becomes a new one, wherever it stands in the file."""

    name: str
    old: str
    new: str

    def make(self, folder: Path) -> None:
        path = located(folder, self.name)
        text = path.read_text("utf-8")
        if self.old not in text:
            raise ValueError(f"{self.name} has no {self.old!r}")
        path.write_text(text.replace(self.old, self.new), "utf-8")


@dataclass(frozen=True)
class Append:
    """The file ends with one more text."""

    name: str
    text: str

    def make(self, folder: Path) -> None:
        with located(folder, self.name).open("a", encoding="utf-8") as file:
            file.write(self.text)


@dataclass(frozen=True)
class Write:
    """There is one more file."""

    name: str
    text: str

    def make(self, folder: Path) -> None:
        path = located(folder, self.name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(self.text, "utf-8")


@dataclass(frozen=True)
class Omit:
    """The file or folder was left out."""

    name: str

    def make(self, folder: Path) -> None:
        path = located(folder, self.name)
        shutil.rmtree(path) if path.is_dir() else path.unlink()


Change = Edit | Everywhere | Append | Write | Omit


def write_project(folder: Path, *changes: Change) -> None:
    """Write the add-on with its faults into a new folder, as a project that pip can install."""
    shutil.copytree(BASE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for change in changes:
        change.make(folder)


def describe_distribution(folder: Path) -> None:
    """Write beside the package what pip writes when it installs: metadata and entry points.

    With the folder on PYTHONPATH, the project is installed as far as Python knows.
    """
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    about = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Requires-Python: {project['requires-python']}",
        *(f"Requires-Dist: {one}" for one in project["dependencies"]),
    ]
    for extra, wanted in project.get("optional-dependencies", {}).items():
        about += [f"Provides-Extra: {extra}"]
        about += [f"Requires-Dist: {one}; extra == '{extra}'" for one in wanted]
    points = project["entry-points"]["dougong.addons"].items()
    found = folder / f"{PACKAGE}-{project['version']}.dist-info"
    found.mkdir()
    (found / "METADATA").write_text("\n".join([*about, ""]), "utf-8")
    (found / "entry_points.txt").write_text(
        "\n".join(["[dougong.addons]", *(f"{name} = {target}" for name, target in points), ""]),
        "utf-8",
    )
