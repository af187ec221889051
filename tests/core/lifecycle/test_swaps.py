"""What is installed is swapped again and again: nothing of what was before stays in memory."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable
from pathlib import Path

from dougong.addons.install import install
from dougong.addons.leaving import plan_remove
from dougong.addons.remove import remove
from dougong.graphql.reading import Remembered
from dougong.testing.databases import Databases
from dougong.testing.worlds import LiveWorld, Person

CREATE = 'mutation { createParty(input: {kind: PERSON, name: "P"}) { party { id } } }'

ASKED = "{ parties { nodes { name city } totalCount } }"


class Witness:
    """Remembers what a server has had of each generation, without holding it."""

    def __init__(self, world: LiveWorld) -> None:
        self._world = world
        self._seen: dict[int, dict[str, weakref.ref[object]]] = {}

    def look(self) -> None:
        """At what is served now."""
        now = self._world.runtime.generation
        kept = now.schema.extensions
        self._seen[now.number] = {
            type(one).__name__: weakref.ref(one)
            for one in (now, now.schema, now.moments, now.access, kept["types"], kept["root"])
        }

    def alive(self) -> dict[int, list[str]]:
        """What is left, by the generation's number."""
        gc.collect()
        left = {
            number: [name for name, one in parts.items() if one() is not None]
            for number, parts in self._seen.items()
        }
        return {number: names for number, names in left.items() if names}


def test_nothing_of_an_old_generation_stays_alive(databases: Databases, tmp_path: Path) -> None:
    world = LiveWorld(databases.clone("party"))  # whose generation nobody keeps for others
    boss = world.person("dougong.administrator")
    witness = Witness(world)

    for _ in range(2):
        use(world, boss, "{ parties { nodes { name } } }")
        witness.look()
        install(world.engine, ["crm"])
        use(world, boss, "{ leads { nodes { name party { name } } } leadStats { count } }")
        witness.look()
        remove(world.engine, ["crm"], plan_remove(world.engine, ["crm"]).hash, tmp_path)
    use(world, boss, "{ parties { nodes { name } } }")
    witness.look()

    (number,) = witness.alive()
    assert number == world.runtime.generation.number == 6
    world.close()


def use(world: LiveWorld, boss: Person, document: str) -> None:
    """Read, look at the schema, write, and be refused."""
    world.ask(document, boss)
    world.ask("{ __schema { types { name } } }", boss)
    world.ask(CREATE, boss)
    world.errors("{ nothing }", boss)


def test_what_was_asked_last_is_planned_before_the_next_generation_serves(
    live_world: Callable[..., LiveWorld],
) -> None:
    world = live_world("party")
    boss = world.person("dougong.administrator")
    use(world, boss, ASKED)
    before = world.runtime.generation

    install(world.engine, ["crm"])

    until(lambda: world.runtime.generation is not before)
    known = Remembered.of(world.runtime.generation)
    read = len(known.documents)
    assert read > 0
    planned = len(known.plans)
    use(world, boss, ASKED)
    assert (len(known.documents), len(known.plans)) == (read, planned)


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds: a worker swaps when it is told that something was installed."""
    for _ in range(3_000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")
