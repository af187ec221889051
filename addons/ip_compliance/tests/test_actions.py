"""A mutation succeeds exactly when `actions` says so: of the records of flow and of a certification."""

from __future__ import annotations

import random
from typing import Any

import pytest
from graphql import is_required_argument

from dougong.db.naming import CORE
from dougong.testing.worlds import Person

SHOWN = "id version actions { name kind enabled arguments reasons { path code message params } }"
SAID = {
    "String!": "why",
    "Int!": 6,
    "Boolean!": False,
    "Date!": "2050-01-01",
    "DateTime!": "2050-01-01T00:00:00Z",
    "FlowDecision!": "YES",
}
"""What is said where a form wants something that no test is about."""
BEYOND = {
    ("rateStep", "nothing_came_from_there"): "which step is rated is said in the form",
    ("carryOut", "nothing_holds_there"): "for which unit is said in the form",
}
"""What a mutation may be refused for that was enabled, and why that is not said before."""
STILL_USED = "still_used"
"""The database knows what refers to a record once it is gone, whichever it is."""


class Place:
    """A certification under way, and everybody who has a part in it."""

    def __init__(self, company: Any) -> None:
        self.company = company
        self.people = [*company.people.values()]
        schema: Any = company.world.runtime.generation.schema
        root = schema.extensions["root"]
        self.lists = {
            entity.__name__: name
            for name, entity in root.lists.items()
            if "actions" in schema.type_map[entity.__name__].fields and entity.__addon__ != CORE
        }
        self.forms = {name: field.args for name, field in schema.mutation_type.fields.items()}

    def page(self, entity: str, who: Person) -> Any:
        """The records of an entity that somebody sees, with what they can do."""
        name = self.lists[entity]
        document = f"{{ {name}(first: 20) {{ nodes {{ {SHOWN} }} }} }}"
        return self.company.world.ask(document, who)[name]["nodes"]

    def form_of(self, action: Any) -> dict[str, Any] | None:
        """An acceptable form, unless it wants something that only a story can say."""
        asked = {
            name: one
            for name, one in self.forms[action["name"]].items()
            if is_required_argument(one) and name not in action["arguments"]
        }
        if any(str(one.type) not in SAID for one in asked.values()):
            return None
        return {name: SAID[str(one.type)] for name, one in asked.items()}

    def refused(self, action: Any, form: dict[str, Any], who: Person) -> Any:
        """The refusals of the action's mutation, of which nothing stays."""
        said = {**action["arguments"], **form}
        kinds = {name: self.forms[action["name"]][name].type for name in said}
        head = ", ".join(f"${name}: {kind}" for name, kind in kinds.items())
        arguments = ", ".join(f"{name}: ${name}" for name in kinds)
        document = f"""mutation ({head}) @dryRun {{ done: {action["name"]}({arguments}) {{
            userErrors {{ path code message params }} }} }}"""
        return self.company.world.ask(document, who, **said)["done"]["userErrors"]


@pytest.fixture
def place(company: Any) -> Place:
    company.until("issue")
    return Place(company)


def test_a_mutation_succeeds_exactly_when_its_action_is_enabled(place: Place) -> None:
    """Where it is not, the mutation gives the reasons that were shown, word by word.

    Whoever completes a step too early is told besides which steps come first.
    """
    choice = random.Random(6)
    tried: set[tuple[str, bool]] = set()
    wrong: list[Any] = []
    for entity in sorted(place.lists):
        for who in choice.sample(place.people, 4):
            for record in place.page(entity, who)[-2:]:
                for action in record["actions"]:
                    form = place.form_of(action)
                    if form is None:
                        continue
                    refused = place.refused(action, form, who)
                    tried.add((action["name"], action["enabled"]))
                    if not action["enabled"]:
                        told = [one for one in refused if one["code"] != "comes_after"]
                        fits = told == action["reasons"]
                    else:
                        codes = {one["code"] for one in refused} - {STILL_USED}
                        fits = all((action["name"], code) in BEYOND for code in codes)
                    if not fits:
                        wrong.append(
                            (action["name"], action["enabled"], action["reasons"], refused)
                        )

    assert wrong == []
    assert sum(enabled for _, enabled in tried) > 12
    assert sum(not enabled for _, enabled in tried) > 40
