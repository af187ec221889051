"""Checks who may import whom, by rules derived from the add-ons' own pyproject files.

The rules are those of CONTRIBUTING.md. import-linter checks them; what it is told is left in
`.cache/import_rules.toml`. A new add-on is found by its folder and needs no line here.
"""

import json
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from importlinter.cli import lint_imports

Contract = dict[str, str | bool | list[str]]

ROOT = Path(__file__).parents[1]
CORE = "dougong"

# From the top; a module imports from its own line and the lines below.
LAYERS = (
    ("graphql", "routes"),
    ("hooks",),
    ("computed", "reports", "actions", "jobs"),
    ("roles",),
    ("workflows",),
    ("entities", "questions"),
    ("permissions",),
)
# The core speaks to these; an add-on only where it writes GraphQL or HTTP by hand.
ENGINES = ("strawberry", "starlette", "asyncpg", "psycopg", "pluggy")
BY_HAND = ("graphql", "routes")


@dataclass(frozen=True)
class Addon:
    """One add-on's package: where it is, and which packages it may import."""

    folder: Path
    depends_on: frozenset[str]
    bridged_to: frozenset[str]

    @property
    def package(self) -> str:
        """The name it is imported by."""
        return self.folder.name

    @property
    def inside(self) -> list[str]:
        """What lies behind the front door, as dotted names."""
        files = [path.stem for path in self.folder.glob("*.py") if path.stem != "__init__"]
        folders = [path.parent.name for path in self.folder.glob("*/__init__.py")]
        return sorted(f"{self.package}.{name}" for name in {*files, *folders})

    @property
    def bridges(self) -> list[str]:
        """The bridges that it holds."""
        return [name for name in self.inside if name.split(".")[1].startswith("with_")]


def package_named(requirement: str) -> str:
    """The package that a requirement such as `dougong-sales-order>=0.1` stands for."""
    name = re.match(r"[A-Za-z0-9._-]*", requirement)
    return re.sub(r"[-.]+", "_", name[0]).lower() if name else ""


def find_addons(root: Path) -> list[Addon]:
    """Every add-on of the workspace that has a package."""
    return [
        read_addon(door.parent)
        for group in ("addons", "examples")
        for door in sorted(root.glob(f"{group}/*/dougong_*/__init__.py"))
    ]


def read_addon(folder: Path) -> Addon:
    """What the pyproject file beside a package lets it import."""
    project = tomllib.loads((folder.parent / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project.get("optional-dependencies", {}).values()
    return Addon(
        folder,
        frozenset(map(package_named, project.get("dependencies", []))),
        frozenset(package_named(line) for lines in optional for line in lines),
    )


def contracts(addons: list[Addon]) -> list[Contract]:
    """Every rule, as import-linter reads it."""
    packages = [addon.package for addon in addons]
    if not packages:
        return []
    return [
        forbid("The core knows no add-on", [CORE], packages),
        forbid(
            "Engines stay behind the core",
            packages,
            list(ENGINES),
            [
                f"{package}{part} -> {engine}"
                for package in packages
                for name in BY_HAND
                for part in (f".{name}", f".{name}.**", f".*.{name}")
                for engine in ENGINES
            ],
        ),
        {
            "name": "No circles",
            "type": "acyclic_siblings",
            "ancestors": packages,
        },
        *(front_door(addon) for addon in addons if addon.inside),
        *(
            dependencies(addon, others)
            for addon in addons
            if (others := strangers(addon, packages))
        ),
        *(layers(addon) for addon in addons),
    ]


def forbid(
    name: str, sources: list[str], targets: list[str], ignored: list[str] | None = None
) -> Contract:
    """A rule that the sources import none of the targets themselves."""
    return {
        "name": name,
        "type": "forbidden",
        "source_modules": sources,
        "forbidden_modules": targets,
        "ignore_imports": ignored or [],
        "allow_indirect_imports": True,
        "unmatched_ignore_imports_alerting": "none",
    }


def front_door(addon: Addon) -> Contract:
    """Nobody else looks behind the add-on's front door."""
    return {
        "name": f"{addon.package} is entered by its front door",
        "type": "protected",
        "protected_modules": addon.inside,
        "allowed_importers": [addon.package],
        "broken_contract_guidance": f"Import the name from {addon.package}; if it is not there, "
        "ask whether it should be.",
    }


def strangers(addon: Addon, packages: list[str]) -> list[str]:
    """The packages that the add-on does not depend on."""
    return [name for name in packages if name not in {addon.package, *addon.depends_on}]


def dependencies(addon: Addon, others: list[str]) -> Contract:
    """The add-on imports what its pyproject file depends on; a bridge also its other side."""
    bridges = [
        (f"{addon.package}.with_{other.removeprefix('dougong_')}", other)
        for other in others
        if other in addon.bridged_to
    ]
    return forbid(
        f"{addon.package} imports what its pyproject.toml depends on",
        [addon.package],
        others,
        [f"{bridge}{part} -> {other}" for bridge, other in bridges for part in ("", ".**")],
    )


def layers(addon: Addon) -> Contract:
    """Inside an add-on, and inside each of its bridges, imports point down."""
    lines = [" : ".join(f"({name})" for name in line) for line in LAYERS]
    bridges = [f"({name.split('.')[1]})" for name in addon.bridges]
    return {
        "name": f"{addon.package} is layered",
        "type": "layers",
        "containers": [addon.package, *addon.bridges],
        "layers": [*([" | ".join(bridges)] if bridges else []), *lines],
    }


def as_toml(addons: list[Addon]) -> str:
    """The rules as import-linter's configuration file."""
    lines = [
        "[tool.importlinter]",
        f"root_packages = {json.dumps([CORE, *(addon.package for addon in addons)])}",
        "include_external_packages = true",
    ]
    for contract in contracts(addons):
        lines += ["", "[[tool.importlinter.contracts]]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in contract.items()]
    return "\n".join([*lines, ""])


def main(root: Path) -> int:
    """Check the workspace below a folder; 0 if every rule is kept."""
    addons = find_addons(root)
    if not addons:
        return 0
    sys.path += [str(addon.folder.parent) for addon in addons]  # examples are not installed
    cache = root / ".cache"
    cache.mkdir(exist_ok=True)
    config = cache / "import_rules.toml"
    config.write_text(as_toml(addons), "utf-8")
    return lint_imports(
        config_filename=str(config), cache_dir=str(cache / "import_linter"), no_logo=True
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
