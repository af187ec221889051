"""`dougong new-addon`: a complete add-on to begin with."""

from __future__ import annotations

import builtins
import importlib.metadata
import keyword
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

import click

from dougong.errors import SetupError

LONGEST = 20
SCHEMAS = {"dougong", "procrastinate", "public", "information_schema"}
IN_THE_TEMPLATE = {"addon", "workflow", "finish", "drop", "reopen", "ctx", "here"}
IMPORTED = {"Mapped", "StrEnum"}


@click.command("new-addon")
@click.argument("name")
@click.option(
    "--entity",
    metavar="NAME",
    help="What it remembers, in the singular: ServiceVisit. Without it, named as the add-on.",
)
@click.option(
    "--folder",
    default=".",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to make the add-on's folder.",
)
def new_addon(name: str, entity: str | None, folder: Path) -> None:
    """Write a complete add-on into the new folder NAME, to be changed into what you need.

    It has an entity with a workflow, a permission, two roles, a reaction, its tables, tests, and
    the contract that every add-on keeps; it needs no other add-on.
    """
    made = write_addon(folder, name, entity or _words(name).title().replace(" ", ""))
    click.echo(f"Wrote {made}. To use it:\n  pip install --editable {made}")
    click.echo(f"  dougong install {name}\n  (cd {made} && python -m pytest)")


def write_addon(folder: Path, name: str, entity: str) -> Path:
    """Write the add-on `name`, which remembers `entity`, below `folder`; returns its own folder.

    It is there as a whole or not at all. Raises SetupError when a name cannot be used, or when
    the folder is there already.
    """
    _check_names(name, entity)
    target = folder / name
    if target.exists():
        raise SetupError(f"{target} is there already.", fix="move it away, or use another name.")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=folder) as making:
        made = Path(making) / name
        _write(
            resources.files("dougong.builtin.new_addon") / "template", made, _names(name, entity)
        )
        (made / "schema.graphql").write_text(_sdl(made, name), "utf-8")
        made.rename(target)
    return target


def _check_names(name: str, entity: str) -> None:
    from dougong.addons.discovery import available
    from dougong.db.naming import snake

    if name in SCHEMAS or name.startswith("pg_") or not _fits(name, r"[a-z][a-z0-9]*(_[a-z0-9]+)*"):
        raise SetupError(
            f"An add-on cannot be called “{name}”.",
            fix=f"take small letters and single underscores, at most {LONGEST}: field_service.",
        )
    if name in available():
        raise SetupError(
            f"There is an add-on {name} in this Python environment already.",
            fix="use another name, or uninstall that one with pip.",
        )
    if not _fits(entity, "[A-Z][A-Za-z0-9]*") or _is_taken(entity, snake(entity)):
        raise SetupError(
            f"An entity of a new add-on cannot be called “{entity}”.",
            fix=f"name with --entity what it remembers, at most {LONGEST} letters and no word of "
            "Python or Dougong: --entity ServiceVisit.",
        )


def _fits(name: str, pattern: str) -> bool:
    return len(name) <= LONGEST and re.fullmatch(pattern, name) is not None


def _is_taken(entity: str, word: str) -> bool:
    """Whether a name means something else, in the add-on's code or in the core's API."""
    import dougong
    from dougong.addons.discovery import core_part
    from dougong.generation import Generation

    known = {*dougong.__all__, *dir(builtins), *keyword.kwlist, *IN_THE_TEMPLATE, *IMPORTED}
    types = Generation(0, [core_part()]).schema.type_map
    return bool(
        len(word) > LONGEST or {entity, word} & known or {entity, f"{entity}State"} & types.keys()
    )


def _names(name: str, entity: str) -> Mapping[str, str]:
    from dougong.builtin.language.texts import label
    from dougong.db.naming import plural, snake

    major, minor, *_rest = importlib.metadata.version("dougong").split(".")
    return {
        "addon": name,
        "distribution": name.replace("_", "-"),
        "title": _words(name).capitalize(),
        "versions": f">={major}.{minor},<{major}.{int(minor) + 1}",
        "Entity": entity,
        "entity": snake(entity),
        "label": label(entity),
        "things": plural(_words(snake(entity))),
    }


def _words(name: str) -> str:
    return name.replace("_", " ")


def _write(template: Traversable, target: Path, names: Mapping[str, str]) -> None:
    target.mkdir()
    for found in _sorted(template):
        path = target / Template(found.name).substitute(names)
        if found.is_dir():
            _write(found, path, names)
        else:
            text = Template(found.read_text("utf-8")).substitute(names)
            path.with_suffix("").write_text(text, "utf-8")


def _sorted(folder: Traversable) -> Iterator[Traversable]:
    yield from sorted(folder.iterdir(), key=lambda found: found.name)


def _sdl(folder: Path, name: str) -> str:
    """What the add-on adds to the API; its code is imported in a process of its own."""
    paths = [str(folder), *(path for path in sys.path if path and Path(path).is_dir())]
    child = subprocess.run(
        [sys.executable, "-P", "-B", "-m", "dougong.builtin.new_addon.command", name],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"},
    )
    return child.stdout


def _print_sdl(name: str) -> None:
    from dougong.addons.discovery import core_part
    from dougong.addons.manifest import Part
    from dougong.builtin.life_cycle.api_difference import added_sdl
    from dougong.generation import Generation

    part = Part(name, f"dougong_{name}", "0.1.0", _words(name).capitalize(), ())
    before, after = Generation(0, [core_part()]), Generation(0, [core_part(), part])
    sys.stdout.write(added_sdl(before.schema, after.schema))


if __name__ == "__main__":
    _print_sdl(sys.argv[1])
