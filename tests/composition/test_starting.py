"""What a server leaves undone until somebody needs it, so that it answers early."""

import subprocess
import sys
from pathlib import Path

SHIPPED = sorted(one.name for one in (Path(__file__).parents[2] / "addons").iterdir())
SCRIPT = """
import sys

from dougong.addons.discovery import parts_of
from dougong.builtin.warming import map_entities
from dougong.entity import docs
from dougong.generation import Generation
from dougong.graphql.schema_texts import SchemaTexts

generation = Generation(1, parts_of(sys.argv[1:]))
schema = generation.schema
mapped = [entity.__mapper__ for entity in generation.models]
entities = {entity.__module__ for entity in generation.models}
print(len(mapped), [one.class_.__name__ for one in mapped if one.configured])
print([module.__name__ for module in docs._read if module.__name__ in entities])
for part in generation.contents:
    map_entities(part)
print(all(one.configured for one in mapped))
print(b"Who signed it for the customer." in SchemaTexts(schema).sdl)
"""
"""Build the API of all add-ons, then do what was left."""


def test_a_server_maps_no_entity_and_reads_no_sentence_of_one_before_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *SHIPPED], capture_output=True, text=True, check=True
    )
    entities, read, mapped, told = done.stdout.splitlines()
    assert int(entities.split()[0]) > 100
    assert entities.endswith(" []")
    assert read == "[]"
    assert (mapped, told) == ("True", "True")
