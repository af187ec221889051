"""The GraphiQL page: to look at the schema and try queries in a browser."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

SIGN_IN = (
    '<a href="/sign-in?next=/graphql" style="position:fixed;right:1rem;bottom:.5rem">Sign in</a>'
)


@lru_cache(maxsize=1)
def page() -> str:
    """The page's HTML, from the template that strawberry packages.

    Its scripts come from a CDN; the page fixes their content with integrity hashes. It subscribes
    by graphql-transport-ws, with the headers that are typed below as `connection_init`.
    """
    found = importlib.util.find_spec("strawberry")  # not imported: only a file of it is wanted
    assert found is not None
    assert found.submodule_search_locations is not None
    template = Path(found.submodule_search_locations[0]) / "static" / "graphiql.html"
    html = template.read_text("utf-8")
    html = html.replace("Strawberry GraphiQL", "Dougong GraphiQL")
    return html.replace("</body>", f"{SIGN_IN}</body>")
