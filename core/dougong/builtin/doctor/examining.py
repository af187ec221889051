"""All that the doctor looks at, one thing after the other."""

from __future__ import annotations

from sqlalchemy import Engine

from dougong.addons.installed import load_generation
from dougong.builtin.doctor.code import examine_code
from dougong.builtin.doctor.findings import Finding, error
from dougong.builtin.doctor.rights import examine_rights
from dougong.builtin.doctor.tables import examine_tables
from dougong.errors import SetupError


def examine(engine: Engine) -> list[Finding]:
    """What was found in an installation, errors first; nothing is changed.

    Where what is installed does not fit together, that alone is found.
    """
    try:
        generation = load_generation(engine)
    except SetupError as problem:
        sentence, _, fix = str(problem).partition(" Fix: ")
        return [error("generation", sentence, fix)]
    with engine.connect() as connection, connection.begin() as undone:
        found = [
            *examine_code(generation),
            *examine_rights(connection, generation),
            *examine_tables(connection, generation),
        ]
        undone.rollback()
    return sorted(found, key=lambda one: one.weight)
