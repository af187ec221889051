"""`dougong translate`: catalogues brought up to date, for who translates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from dougong.addons.collect import Contents, contents_of
from dougong.addons.discovery import core_part, manifest_of, parts_of
from dougong.addons.manifest import Part
from dougong.builtin.language.catalogue import faults, file_of, renewed
from dougong.builtin.language.languages import LANGUAGES, SOURCE
from dougong.db.naming import CORE, host_of


@click.command()
@click.argument("addon")
@click.option(
    "--language",
    type=click.Choice([one for one in LANGUAGES if one != SOURCE]),
    default="zh-CN",
    show_default=True,
    help="Into which language.",
)
@click.option("--check", is_flag=True, help="Change nothing; say what is missing, and fail.")
def translate(addon: str, language: str, check: bool) -> None:
    """Bring the catalogues of ADDON up to date: all that it says, to be translated.

    They are .po files in its locale/, and in those of its bridges. What was translated stays; where
    the English has changed it is marked fuzzy. ADDON is `dougong` for the core.
    """
    missing = 0
    for contents in _contents(addon):
        file = file_of(contents.part, language)
        if file is None:
            raise click.ClickException(f"{addon} is one module, and has no place for catalogues.")
        if not check:
            _write(file, renewed(contents, language))
        wrong = faults(contents, language)
        missing += len(wrong)
        for line in wrong:
            click.echo(f"{contents.part.name}: {line}")
    click.echo(f"{addon}: {missing or 'nothing'} to translate into {language}.")
    if check and missing:
        raise click.exceptions.Exit(1)


def _contents(addon: str) -> Iterator[Contents]:
    if addon == CORE:
        yield contents_of(core_part())
        return
    for part in parts_with_bridges(addon):
        yield contents_of(part)


def parts_with_bridges(addon: str) -> list[Part]:
    """An add-on and its bridges, with all that they need beside them."""
    wanted: set[str] = set()
    left = [addon]
    while left:
        name = left.pop()
        if name not in wanted:
            wanted.add(name)
            manifest, _ = manifest_of(name)
            left += [*manifest.needs, *(manifest.bridges if name == addon else ())]
    return [part for part in parts_of(wanted) if host_of(part.name) == addon]


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
