"""The schema of a generation as text, made once: SDL, and the answer to the usual introspection."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

import orjson
from graphql import (
    GraphQLSchema,
    introspection_from_schema,
    lexicographic_sort_schema,
    print_schema,
)

if TYPE_CHECKING:
    from dougong.generation import Generation

_making = threading.Lock()


class SchemaTexts:
    """What tools read of a schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        in_order = lexicographic_sort_schema(schema)
        self.sdl = print_schema(in_order).encode()
        self.introspection = orjson.dumps({"data": introspection_from_schema(in_order)})
        self.etag = f'"{hashlib.sha256(self.sdl).hexdigest()[:32]}"'

    @classmethod
    def of(cls, generation: Generation) -> SchemaTexts:
        """The texts of a generation; the first call takes a while, call it in a thread."""
        kept = generation.schema.extensions
        with _making:
            if "texts" not in kept:
                kept["texts"] = cls(generation.schema)
        found: SchemaTexts = kept["texts"]
        return found
