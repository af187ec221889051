"""A calendar, people, and a clock on the wall that tests set."""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dougong import Context, Unit, User
from dougong.access.principal import Principal
from dougong.builtin.organisation.entities import Membership, RoleAssignment
from dougong.testing import World
from dougong_flow import (
    Calendar,
    Checklist,
    ChecklistStep,
    Definition,
    DefinitionVersion,
    StepForm,
    assign,
    complete,
    make_effective,
    start_checklist,
)
from dougong_flow.actions import bring_calendars, open_approval
from dougong_flow.entities import Approval, ApprovalNode, ApprovalTask, Decision, ServedParty
from dougong_flow.workflows import approve, decide, submit

sys.path.append(str(Path(__file__).parent))  # approval_model.py, live_flow.py

from live_flow import LiveFlow
from well_defined import KEY_STEP, MEANT, TEXTS_OF_A_STEP


@dataclass
class Office:
    """What the tests of the flow act in; `now` is what the clock shows."""

    world: World
    people: dict[str, Principal] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime(2026, 2, 13, 9, tzinfo=UTC))

    def by(self, role: str, name: str | None = None) -> Context:
        """The context of somebody in a role; the same person for the same role and name."""
        called = name or role
        if called not in self.people:
            self.people[called] = self.world.person(f"flow.{role}", name=called)
        return Context(self.world.generation, self.world.session, self.people[called], self.now)

    def calendar(self, key: str = "CN-2026") -> Calendar:
        ctx = self.by("planner")
        if not ctx.find(Calendar):
            bring_calendars(ctx)
        return ctx.find(Calendar, Calendar.key == key)[0]

    def definition(self, *bodies: Any, **said: Any) -> Definition:
        """A definition, with a draft for each body."""
        said = {"purpose": "To be done well", **MEANT, "serves": ServedParty.INTERNAL, **said}
        ctx = self.by("designer")
        definition = Definition(key=f"test.{len(ctx.find(Definition))}", name="Test", **said)
        ctx.create(definition)
        for body in bodies:
            ctx.create(DefinitionVersion(definition=definition, body=body))
        return definition

    def unit(self, code: str, parent: Unit | None = None) -> Unit:
        """A part of the organisation."""
        unit = Unit(code=code, name=code.capitalize(), parent=parent)
        return self.world.ctx().create(unit)

    def belongs(self, user: User, unit: Unit) -> None:
        """Make somebody a member of a unit."""
        self.world.ctx().create(Membership(user=user, unit=unit))

    def assign(self, user: User, role: str, unit: Unit) -> None:
        """Give somebody a role within a unit."""
        self.world.ctx().create(RoleAssignment(user=user, role=role, unit=unit))


def texts(key: str) -> dict[str, Any]:
    """What every step says besides."""
    said = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    return {"key": key, "name": key.capitalize(), "outputs": ["X"], **KEY_STEP, **said, **roles}


class Approvals:
    """What the tests of approvals act in."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def person(self, name: str, *roles: str) -> Any:
        """Somebody who approves and asks for approvals."""
        if name not in self.office.people:
            held = ("flow.approver", "flow.worker", *roles)
            self.office.people[name] = self.office.world.person(*held, name=name)
        return self.office.people[name]

    def by(self, name: str) -> Any:
        """The context of somebody."""
        self.person(name)
        return self.office.by("approver", name)

    def user(self, name: str) -> User:
        """Somebody as a user."""
        context = self.office.world.session.info.pop("context", None)
        user = self.office.world.session.get_one(User, self.person(name).user_id)
        if context is not None:
            self.office.world.session.info["context"] = context
        return user

    def _named(self, nodes: Any) -> list[Any]:
        found = []
        for one in nodes:
            for word in ("approvers", "advisers"):
                if word in one:
                    one = {**one, word: [self._who(who) for who in one[word]]}
            found.append(one)
        return found

    def _who(self, who: Any) -> Any:
        return {"user": self.user(who["user"]).email} if "user" in who else who

    def version(self, *steps: Any) -> DefinitionVersion:
        """A version that holds, of these steps."""
        for one in steps:
            if "approval" in one:
                one["approval"]["nodes"] = self._named(one["approval"]["nodes"])
        definition = self.office.definition({"steps": list(steps)}, needs_trial=False)
        designer = self.office.by("designer")
        (version,) = designer.find(DefinitionVersion, DefinitionVersion.definition == definition)
        submit(version, designer)
        approve(version, self.office.by("reviewer"))
        return make_effective(version, self.office.by("process_owner"), reason="It works")

    def opened(self, *nodes: Any, by: str = "Ann", **said: Any) -> Approval:
        """An approval of these nodes; `protected`, `content` and the like as named."""
        content = said.pop("content", {})
        step = texts("ask") | {"kind": "APPROVAL", "approval": {"nodes": list(nodes), **said}}
        version = self.version(step)
        return open_approval(version, self.by(by), about="A purchase", content=content)

    def tasks(self, approval: Approval, **where: Any) -> list[ApprovalTask]:
        """Its tasks, oldest first."""
        found = self.office.by("process_owner").find(
            ApprovalTask, ApprovalTask.approval == approval
        )
        return [one for one in found if all(getattr(one, n) == v for n, v in where.items())]

    def task(self, approval: Approval, name: str) -> ApprovalTask:
        """What somebody has to do, or did last."""
        found = self.tasks(approval)
        mine = [one for one in found if one.assignee is not None and one.assignee.name == name]
        return mine[-1]

    def nodes(self, approval: Approval) -> list[ApprovalNode]:
        """Its nodes in the order in which they were opened."""
        return self.office.by("process_owner").find(ApprovalNode, ApprovalNode.approval == approval)

    def says(self, approval: Approval, name: str, yes: bool = True, **form: Any) -> ApprovalTask:
        """Somebody decides."""
        decision = Decision.YES if yes else Decision.NO
        return decide(self.task(approval, name), self.by(name), decision=decision, **form)

    def open(self, approval: Approval) -> list[str]:
        """Whose turn it is."""
        return [
            one.assignee.name if one.assignee else f"({one.role})"
            for one in self.tasks(approval)
            if one.state.name == "OPEN"
        ]


class Checklists:
    """What the tests of checklists act in; Olga starts them."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def version(self, *steps: Any, definition: Definition | None = None) -> DefinitionVersion:
        """A version that holds, of a new definition or the next one of another."""
        office, body = self.office, {"steps": list(steps)}
        if definition is None:
            definition = office.definition(needs_trial=False)
        designer, why = office.by("designer"), "It is better"
        draft = DefinitionVersion(definition=definition, body=body, change_reason=why)
        version = designer.create(draft)
        submit(version, designer)
        approve(version, office.by("reviewer"))
        return make_effective(version, office.by("process_owner"), reason="It works")

    def carried_out(self, *steps: Any) -> Checklist:
        """A checklist of these steps."""
        version = self.version(*steps)
        return start_checklist(version, self.office.by("worker", "Olga"), about="An order")

    def of(self, checklist: Checklist) -> dict[str, ChecklistStep]:
        """Its steps by their keys."""
        owner = self.office.by("process_owner")
        found = owner.find(ChecklistStep, ChecklistStep.checklist == checklist)
        return {one.key: one for one in found}

    def states(self, checklist: Checklist) -> dict[str, str]:
        """How its steps stand."""
        return {key: one.state.name for key, one in self.of(checklist).items()}

    def give(self, one: ChecklistStep, who: str = "Olga") -> Context:
        """Assign a step to somebody, whose context it is from then on."""
        user = self.office.by("worker", who).me
        assert user is not None
        assign(one, self.office.by("worker", "Olga"), assignee=user)
        return self.office.by("worker", who)

    def fill_in(self, one: ChecklistStep, ctx: Context, values: dict[str, Any]) -> StepForm:
        """Save what was filled in so far."""
        for saved in ctx.find(StepForm, StepForm.step == one):
            return StepForm.update(saved, ctx, values=values)
        return ctx.create(StepForm(step=one, values=values))

    def do(self, one: ChecklistStep, who: str = "Olga", **form: Any) -> ChecklistStep:
        """Assign a step to somebody, fill it in and complete it."""
        ctx = self.give(one, who)
        if form:
            self.fill_in(one, ctx, form)
        return complete(one, ctx)


@pytest.fixture
def lists(office: Office) -> Checklists:
    return Checklists(office)


@pytest.fixture
def asked(office: Office) -> Approvals:
    return Approvals(office)


@pytest.fixture
def office(world: Callable[..., World]) -> Office:
    office = Office(world("flow"))
    office.world.person("flow.worker", "flow.planner", name="Whoever holds the roles")
    return office


EFFECTS = '''
"""Effects of a test, which fail as long as they are told to."""

from typing import Any

from dougong import AddOn, Context, Refused, answers, update
from dougong_flow import ChecklistStep, effect, effects_known

addon = AddOn(
    name="flow_effects", title="Effects", needs=["flow"], may=[update(ChecklistStep)]
)
DONE: list[tuple[str, Any]] = []
FAILING: list[str] = []


@answers(effects_known)
def mine(ctx: Context) -> list[str]:
    """There is one."""
    return ["flow_effects.welcome"]


@answers(effect)
def welcome(
    step: ChecklistStep, ctx: Context, *, name: str, settings: dict[str, Any], key: str
) -> list[dict[str, Any]]:
    """Welcome somebody."""
    if name != "flow_effects.welcome":
        return []
    step.pause_reason = "It was begun."  # is undone where it fails
    if FAILING and FAILING[0] == "refused":
        raise Refused("say_why", locale="flow")
    if FAILING:
        raise KeyError(FAILING[0])
    DONE.append((key, settings))
    return [{"letter": f"Dear {settings['name']}"}]
'''


@pytest.fixture(scope="session")
def effects_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An add-on that has an effect, as an installed distribution."""
    folder = tmp_path_factory.mktemp("site")
    package = folder / "dougong_flow_effects"
    package.mkdir()
    (package / "__init__.py").write_text(EFFECTS, "utf-8")
    described = folder / "dougong_flow_effects-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: dougong_flow_effects\nVersion: 1.0\n"
        "Requires-Dist: dougong-flow\n"
    )
    (described / "entry_points.txt").write_text(
        "[dougong.addons]\nflow_effects = dougong_flow_effects:addon\n"
    )
    return folder


@pytest.fixture
def effects(effects_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of that add-on, whose effect has done nothing yet and does not fail."""
    monkeypatch.syspath_prepend(str(effects_folder))
    module = importlib.import_module("dougong_flow_effects")
    module.DONE.clear()
    module.FAILING.clear()
    return module


@pytest.fixture
def live(live_world: Callable[..., Any]) -> LiveFlow:
    """A served flow."""
    return LiveFlow(live_world("flow"))


@pytest.fixture
def live_with_effects(effects: Any, live_world: Callable[..., Any]) -> LiveFlow:
    """A served flow with an add-on that has an effect."""
    return LiveFlow(live_world("flow", "flow_effects"))
