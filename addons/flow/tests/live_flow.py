"""What tests of the API act in: a served flow, people, definitions that hold, and time that passes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from well_defined import KEY_STEP, MEANT, TEXTS_OF_A_STEP

from dougong import Context
from dougong.db.session import in_transaction
from dougong.testing import LiveWorld
from dougong.testing.jobs import do_jobs
from dougong.testing.worlds import Person
from dougong_flow import DefinitionVersion, make_effective
from dougong_flow.entities import Definition, ServedParty
from dougong_flow.workflows import approve, submit

R = TypeVar("R")
ERRORS = "userErrors { path code message }"
TEXTS = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
ROLES = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}


def step(key: str, *after: str, **said: Any) -> dict[str, Any]:
    """A step that is complete enough to be approved."""
    named = {"key": key, "name": key.capitalize(), "outputs": ["A record"], "after": list(after)}
    return {**named, **TEXTS, **ROLES, **KEY_STEP, **said}


MINE = """query($me: ID!) {
  workItems(
    where: { state: { eq: OPEN }, assignee: { is: { id: { eq: $me } } } }
    orderBy: [{ carryOver: DESC }, { dueOn: ASC }]
  ) { nodes { id version kind about dueOn carryOver step { key } } }
  approvalTasks(
    where: { state: { eq: OPEN }, assignee: { is: { id: { eq: $me } } } }
    orderBy: [{ dueAt: ASC }]
  ) { nodes { id version kind approval { about record } node { name } } }
  checklistSteps(
    where: { state: { eq: READY }, assignee: { is: { id: { eq: $me } } } }
  ) { nodes { id version key checklist { about record } } }
}"""
"""All that somebody is to do, in one document; each list in the order in which it is to be done."""


class LiveFlow:
    """A served flow; Olga owns what is started, Dora designs, Rita reviews, Paul owns processes, Pia plans."""

    def __init__(self, served: LiveWorld) -> None:
        self.served = served
        self.olga = served.person("flow.worker", name="Olga")
        self.dora = served.person("flow.designer", name="Dora")
        self.rita = served.person("flow.reviewer", name="Rita")
        self.paul = served.person("flow.process_owner", name="Paul")
        self.pia = served.person("flow.planner", name="Pia")

    def run(self, who: Person, work: Callable[[Context], R], *, days: float = 0) -> R:
        """Do something as somebody, in a transaction of its own; so many days from now."""

        def later(ctx: Context) -> R:
            ctx.now += timedelta(days=days)
            return work(ctx)

        engine, generation = self.served.engine, self.served.runtime.generation
        return in_transaction(engine, generation, who.principal, later)

    def do_jobs(self) -> list[str]:
        """Do all jobs that wait; their keys."""
        return do_jobs(self.served.engine, self.served.runtime.generation)

    def ask(self, document: str, who: Person, **variables: Any) -> Any:
        """The answer of the only field of a document that must not be refused."""
        (answer,) = self.served.ask(document, who, **variables).values()
        if isinstance(answer, dict) and "userErrors" in answer:
            assert answer["userErrors"] == []
        return answer

    def codes(self, document: str, who: Person | None, **variables: Any) -> list[str]:
        """Why a mutation is refused."""
        (answer,) = self.served.ask(document, who, **variables).values()
        return [one["code"] for one in answer["userErrors"]]

    def drafted(self, key: str, *steps: Any, trial: bool = False) -> str:
        """The id of a draft of a new definition."""

        def work(ctx: Context) -> str:
            said: dict[str, Any] = {"name": f"The {key}", "purpose": "To be done well", **MEANT}
            whole = Definition(key=key, serves=ServedParty.INTERNAL, needs_trial=trial, **said)
            ctx.create(whole)
            draft = DefinitionVersion(definition=whole, body={"steps": list(steps)})
            return f"DefinitionVersion:{ctx.create(draft).id}"

        return self.run(self.dora, work)

    def released(self, key: str, *steps: Any) -> str:
        """The id of a version that holds."""
        return self._released(self.drafted(key, *steps))

    def follower(self, old: str, *steps: Any) -> str:
        """The id of a version that takes the place of another, and holds."""

        def work(ctx: Context) -> str:
            whole, body = self.get(old, ctx).definition, {"steps": list(steps)}
            draft = DefinitionVersion(definition=whole, change_reason="The law", body=body)
            return f"DefinitionVersion:{ctx.create(draft).id}"

        return self._released(self.run(self.dora, work))

    def _released(self, version: str) -> str:
        self.run(self.dora, lambda ctx: submit(self.get(version, ctx), ctx))
        self.run(self.rita, lambda ctx: approve(self.get(version, ctx), ctx))
        self.run(self.paul, lambda ctx: self.hold(version, ctx))
        return version

    def hold(self, version: str, ctx: Context) -> None:
        """Let a version hold from now on."""
        make_effective(self.get(version, ctx), ctx, reason="It works")

    @staticmethod
    def get(version: str, ctx: Context) -> DefinitionVersion:
        """A version by its id."""
        return ctx.get(DefinitionVersion, int(version.split(":")[1]))

    def start(self, version: str, about: str = "An order", **said: Any) -> str:
        """The id of a checklist that Olga has started."""
        mutation = f"""mutation($version: ID!, $about: String!, $record: ID) {{
          startChecklist(version: $version, about: $about, record: $record) {{
            checklist {{ id }} {ERRORS} }} }}"""
        answer = self.ask(mutation, self.olga, version=version, about=about, **said)
        return str(answer["checklist"]["id"])

    def steps(self, checklist: str) -> dict[str, Any]:
        """The steps of a checklist as the API shows them, by their keys."""
        found = self.ask(
            """query($id: ID!) { checklist(id: $id) { state steps { nodes { id version key state
              round completedAs failure attempts pauseReason assignee { name } subprocess { id state }
              forms { nodes { values } } } } } }""",
            self.paul,
            id=checklist,
        )
        return {one["key"]: one for one in found["steps"]["nodes"]} | {"": found["state"]}

    def states(self, checklist: str) -> list[str]:
        """How the steps of a checklist stand, in their order."""
        return [one["state"] for key, one in self.steps(checklist).items() if key]

    def do(self, checklist: str, key: str, who: Person | None = None, **form: Any) -> None:
        """Assign a step to somebody, fill it in and complete it."""
        person = who or self.olga
        one = self.steps(checklist)[key]["id"]
        assign = f"""mutation($step: ID!, $user: ID!) {{
          assign(step: $step, assignee: $user) {{ {ERRORS} }} }}"""
        self.ask(assign, self.olga, step=one, user=f"User:{person.principal.user_id}")
        if form:
            fill = f"""mutation($step: ID!, $values: JSON!) {{
              createStepForm(input: {{ step: $step, values: $values }}) {{ {ERRORS} }} }}"""
            self.ask(fill, person, step=one, values=form)
        self.step("completeChecklistStep", self.steps(checklist)[key], person)

    def step(self, mutation: str, record: Any, who: Person, said: str = "") -> Any:
        """Take a step with a record."""
        document = f"""mutation($id: ID!, $version: Int!) {{
          {mutation}(id: $id, version: $version {said}) {{ {ERRORS} }} }}"""
        return self.ask(document, who, id=record["id"], version=record["version"])

    def items(self, who: Person, where: str = "{}") -> list[Any]:
        """The work items that somebody sees."""
        document = f"""{{ workItems(where: {where}) {{ nodes {{ id version kind about state alarm
          carryOver dueOn rollOut result assignee {{ name }} step {{ key }} }} }} }}"""
        return list(self.ask(document, who)["nodes"])

    def mine(self, who: Person) -> list[Any]:
        """What somebody is to do: work items, votes, then steps."""
        found = self.served.ask(MINE, who, me=f"User:{who.principal.user_id}")
        return [one for name in found for one in found[name]["nodes"]]
