"""A company on its way to a certificate: a person for each role, and a clock on the wall that tests set."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from sqlalchemy import text

from dougong import Context, Entity, Unit, User
from dougong.builtin.organisation.entities import Membership
from dougong.db.session import WriteSession
from dougong.db.session.transactions import enter
from dougong.testing import LiveWorld
from dougong.testing.worlds import Person
from dougong_flow import (
    Checklist,
    ChecklistStep,
    DefinitionVersion,
    Evidence,
    EvidenceKind,
    assign,
    complete,
    hand_back,
    make_effective,
)
from dougong_flow.actions import bring_definitions
from dougong_flow.workflows import approve as approve_definition
from dougong_flow.workflows import submit as submit_definition
from dougong_ip_compliance.actions.programs import (
    issue_documents,
    pack_application,
    write_diagnosis,
)
from dougong_ip_compliance.entities import (
    INPUTS,
    OUTPUTS,
    Advisor,
    AssetKind,
    AuditItem,
    CertificationApplication,
    CertificationBody,
    Clause,
    ClauseAssessment,
    ClauseResponsibility,
    ClauseStatus,
    ComplianceAudit,
    ComplianceAuditKind,
    ComplianceGap,
    ComplianceProgram,
    DocumentKind,
    IpAsset,
    IpObjective,
    IpPolicy,
    ManagementReview,
    OperationRecord,
    ProgramResource,
    ResourceKind,
    StandardEdition,
    SystemDocument,
    SystemDocumentVersion,
    SystemTraining,
    TrainingAttendance,
    WorkingGroupMember,
)
from dougong_ip_compliance.workflows.assets import enter_into_force
from dougong_ip_compliance.workflows.audits import begin, hold, report
from dougong_ip_compliance.workflows.certification import submit
from dougong_ip_compliance.workflows.documents import approve, hand_in, review
from dougong_ip_compliance.workflows.programs import adopt, start
from dougong_party import Party

E = TypeVar("E", bound=Entity)
R = TypeVar("R")
ROLES = ("top_manager", "manager", "auditor", "writer", "unit_contact", "advisor", "viewer")
DOERS = {
    "start": "top_manager",
    "diagnose": "advisor",
    "build": "manager",
    "write": "writer",
    "issue": "top_manager",
    "operate": "unit_contact",
    "audit": "auditor",
    "review": "top_manager",
    "mock_audit": "advisor",
    "apply": "manager",
}
"""Who does which step."""


class Company:
    """What the tests act in; `now` is what the clock shows to `act`, the API has today's."""

    def __init__(self, world: LiveWorld) -> None:
        self.world = world
        self.now = datetime.now(UTC) - timedelta(days=200)
        self.people = {
            role: world.person(f"ip_compliance.{role}", "flow.worker", name=role) for role in ROLES
        }
        self.people["reviewer"] = world.person(
            "ip_compliance.writer", "ip_compliance.manager", name="reviewer"
        )
        self.people["boss"] = world.person("dougong.administrator", name="boss")
        self.people["other_boss"] = world.person("dougong.administrator", name="other boss")
        self.act("boss", self._prepare)
        self._release()

    def act(self, who: str, work: Callable[[Context], R]) -> R:
        """What somebody does in a transaction of its own, at the time that the clock shows."""
        principal = self.people[who].principal
        generation = self.world.runtime.generation
        with WriteSession(self.world.engine, expire_on_commit=False) as session, session.begin():
            enter(session, generation.number, principal)
            return work(Context(generation, session, principal, self.now))

    def later(self, **time: int) -> None:
        """Let the clock go on."""
        self.now += timedelta(**time)

    def who(self, role: str) -> Person:
        """Somebody, to ask the API."""
        return self.people[role]

    def user(self, ctx: Context, role: str) -> User:
        """Somebody as a user."""
        number = self.people[role].principal.user_id
        assert number is not None
        return ctx.get(User, number)

    def program(self, ctx: Context) -> ComplianceProgram:
        """The programme."""
        return ctx.find(ComplianceProgram)[-1]

    def unit(self, ctx: Context, code: str) -> Unit:
        """A unit by its code."""
        return ctx.find(Unit, Unit.code == code)[0]

    def _prepare(self, ctx: Context) -> None:
        company = ctx.create(Unit(code="company", name="Company"))
        for code, role in (("lab", "unit_contact"), ("office", "auditor")):
            unit = ctx.create(Unit(code=code, name=code.capitalize(), parent=company))
            ctx.create(Membership(user=self.user(ctx, role), unit=unit))
        edition = StandardEdition(
            code="TEST-1",
            title="Test",
            valid_from=datetime(2020, 1, 1, tzinfo=UTC).date(),
            apply_from=datetime(2020, 1, 1, tzinfo=UTC).date(),
            clauses=[
                Clause(number="4", title="All", is_heading=True),
                *(Clause(number=number, title=number) for number in ("4.1", "4.2")),
            ],
        )
        ctx.create(edition)
        bring_definitions(ctx)

    def _release(self) -> None:
        def ours(ctx: Context) -> DefinitionVersion:
            found = ctx.find(DefinitionVersion)
            return next(one for one in found if one.definition.key == "ip_compliance.program")

        self.act("boss", lambda ctx: submit_definition(ours(ctx), ctx))
        self.act("other_boss", lambda ctx: approve_definition(ours(ctx), ctx))
        self.act("boss", lambda ctx: make_effective(ours(ctx), ctx, reason="It works"))

    # The API ----------------------------------------------------------------------------------

    def sent(self, who: str, name: str, record: Any = None, /, **form: Any) -> Any:
        """What a mutation answers to somebody; of a record by its id and version, where it asks for them."""
        schema: Any = self.world.runtime.generation.schema
        field = schema.mutation_type.fields[name]
        if record is not None:
            first = next(iter(field.args))
            form[first] = self.id_of(record)
            if "version" in field.args:
                again = self.act("boss", lambda ctx: ctx.get(type(record), record.id))
                form["version"] = again.version
        head = ", ".join(f"${one}: {field.args[one].type}" for one in form)
        given = ", ".join(f"{one}: ${one}" for one in form)
        inner = "userErrors { code path message params }"
        for one, kind in field.type.fields.items():
            if one not in ("userErrors", "deletedId") and hasattr(kind.type, "fields"):
                inner += f" {one} {{ {'id' if 'id' in kind.type.fields else '__typename'} }}"
        document = f"mutation{f'({head})' if head else ''} {{ {name}{f'({given})' if given else ''} {{ {inner} }} }}"
        return self.world.ask(document, self.people[who], **form)[name]

    def codes(self, who: str, name: str, record: Any = None, /, **form: Any) -> list[str]:
        """Why a mutation is refused to somebody; empty where it is done."""
        return [one["code"] for one in self.sent(who, name, record, **form)["userErrors"]]

    def id_of(self, record: Any) -> str:
        """What the API calls a record."""
        return f"{type(record).__name__}:{record.id}"

    def last(self, entity: type[E]) -> E:
        """The newest record of an entity."""
        return self.act("boss", lambda ctx: ctx.find(entity))[-1]

    def clauses(self, ctx: Context) -> list[Clause]:
        """What is assessed by itself in the edition of the programme."""
        mine = Clause.edition == self.program(ctx).edition
        return ctx.find(Clause, mine, Clause.is_heading.is_(False))

    def clause(self, number: str) -> str:
        """What the API calls a clause of the programme's edition."""
        found = self.act("boss", self.clauses)
        return next(self.id_of(one) for one in found if one.number == number)

    def unit_id(self, code: str) -> str:
        """What the API calls a unit."""
        return self.id_of(self.act("boss", lambda ctx: self.unit(ctx, code)))

    def move_orders(self, days: int) -> None:
        """Everything was issued so many days before today."""
        day = self.now.date() - timedelta(days=days)
        with self.world.engine.begin() as connection:
            connection.execute(
                text("update ip_compliance.issue_order set issued_on = :day"), {"day": day}
            )

    def completes(self, key: str) -> list[str]:
        """Why whoever a step is assigned to cannot complete it, in the API; empty where it is done."""
        step = self.act("boss", lambda ctx: self.step(key, ctx))
        return self.codes(DOERS[key], "completeChecklistStep", step)

    # The steps --------------------------------------------------------------------------------

    def entered(self, edition: str = "TEST-1", kinds: Any = tuple(ResourceKind)) -> None:
        """A programme with its resources, its group and its advisor."""

        def work(ctx: Context) -> None:
            manager = self.user(ctx, "manager")
            ctx.create(
                ComplianceProgram(
                    name="Certificate",
                    scope="Everything",
                    edition=ctx.find(StandardEdition, StandardEdition.code == edition)[0],
                    leader=self.user(ctx, "top_manager"),
                    resources=[
                        ProgramResource(kind=kind, plan="Enough", owner=manager) for kind in kinds
                    ],
                    members=[WorkingGroupMember(user=manager, task="Runs it")],
                    advisors=[Advisor(user=self.user(ctx, "advisor"))],
                )
            )

        self.act("manager", work)

    def started(self, edition: str = "TEST-1") -> None:
        """The programme is under way; its steps are assigned to a person for each role."""
        self.entered(edition)
        self.act("manager", lambda ctx: start(self.program(ctx), ctx))
        for key, role in DOERS.items():
            self.act("manager", lambda ctx, key=key, role=role: self._assign(key, role, ctx))

    def _assign(self, key: str, role: str, ctx: Context) -> None:
        assign(self.step(key, ctx), ctx, assignee=self.user(ctx, role))

    def step(self, key: str, ctx: Context) -> ChecklistStep:
        """One of the ten steps."""
        checklist = self.program(ctx).checklist
        assert checklist is not None
        ours = ChecklistStep.checklist.has(Checklist.id == checklist.id)
        return ctx.find(ChecklistStep, ours, ChecklistStep.key == key)[0]

    def states(self) -> dict[str, str]:
        """How the ten steps stand."""
        found = self.act("boss", lambda ctx: ctx.find(ChecklistStep))
        return {one.key: one.state.name for one in found}

    def complete(self, key: str) -> None:
        """Whoever a step is assigned to completes it."""
        self.act(DOERS[key], lambda ctx: complete(self.step(key, ctx), ctx))

    def hand_back(self, key: str, to: str) -> None:
        """Whoever a step is assigned to returns it."""
        self.act(
            DOERS[key], lambda ctx: hand_back(self.step(key, ctx), ctx, to=to, reason="It must")
        )

    def until(self, key: str) -> None:
        """Do all steps before one, with the programme started."""
        if not self.act("boss", lambda ctx: ctx.find(ComplianceProgram)):
            self.started()
        for before in list(DOERS)[: list(DOERS).index(key)]:
            getattr(self, f"ready_to_{before}")()
            self.complete(before)

    def ready_to_start(self) -> None:
        """The order and the minutes are there."""

        def work(ctx: Context) -> None:
            for name in ("Appointment order", "Kick-off minutes"):
                ctx.create(
                    Evidence(
                        step=self.step("start", ctx),
                        name=name,
                        kind=EvidenceKind.RECORD,
                        record="R-1",
                    )
                )

        self.act("top_manager", work)

    def ready_to_diagnose(self) -> None:
        """One clause is kept, one has a gap; the report is written."""

        def work(ctx: Context) -> None:
            kept, other = ctx.find(ClauseAssessment)
            ClauseAssessment.update(kept, ctx, status=ClauseStatus.KEPT)
            ClauseAssessment.update(other, ctx, status=ClauseStatus.NOT_KEPT)
            ctx.create(ComplianceGap(assessment=other, what="No procedure"))

        self.act("advisor", work)
        self.act("advisor", lambda ctx: write_diagnosis(self.program(ctx), ctx))

    def ready_to_build(self) -> None:
        """The gap has an action; policy, objective, responsibilities and a manual are there."""

        def work(ctx: Context) -> None:
            program = self.program(ctx)
            for gap in ctx.find(ComplianceGap):
                ComplianceGap.update(
                    gap, ctx, action="Write it", owner=ctx.me, due_on=self.now.date()
                )
            ctx.create(IpPolicy(program=program, text="We respect rights"))
            day = self.now.date()
            ctx.create(
                IpObjective(
                    program=program,
                    metric="Patents",
                    target="3",
                    period_from=day,
                    period_until=day,
                )
            )
            for clause in ctx.find(Clause, Clause.is_heading.is_(False)):
                if clause.edition is program.edition:
                    ctx.create(
                        ClauseResponsibility(
                            program=program, clause=clause, unit=self.unit(ctx, "lab")
                        )
                    )
            self.document(ctx, "IP-M-01", DocumentKind.MANUAL)

        self.act("manager", work)
        self.act("top_manager", lambda ctx: adopt(ctx.find(IpPolicy)[-1], ctx))

    def document(self, ctx: Context, number: str, kind: DocumentKind) -> SystemDocument:
        """A document."""
        return ctx.create(
            SystemDocument(program=self.program(ctx), number=number, title=number, kind=kind)
        )

    def ready_to_write(self, label: str = "A/0") -> None:
        """The manual is written, reviewed and approved by three people."""

        def work(ctx: Context) -> None:
            (manual,) = ctx.find(SystemDocument)
            version = SystemDocumentVersion(document=manual, label=label, text="Do it well")
            hand_in(ctx.create(version), ctx)

        def last(ctx: Context) -> SystemDocumentVersion:
            return ctx.find(SystemDocumentVersion)[-1]

        self.act("writer", work)
        self.act("reviewer", lambda ctx: review(last(ctx), ctx))
        self.act("top_manager", lambda ctx: approve(last(ctx), ctx))

    def ready_to_issue(self, number: str = "1") -> None:
        """The manual is issued, and everybody is trained."""
        self.act(
            "top_manager",
            lambda ctx: issue_documents(self.program(ctx), ctx, number=number, title="Issue"),
        )
        self.train("manager", "unit_contact", "writer")

    def train(self, *passed: str, failed: tuple[str, ...] = ()) -> None:
        """A training that some pass and some do not."""

        def work(ctx: Context) -> None:
            scores = {**dict.fromkeys(passed, Decimal(80)), **dict.fromkeys(failed, Decimal(20))}
            ctx.create(
                SystemTraining(
                    program=self.program(ctx),
                    title="The manual",
                    held_on=self.now.date(),
                    attendances=[
                        TrainingAttendance(user=self.user(ctx, one), attended=True, score=score)
                        for one, score in scores.items()
                    ],
                )
            )

        self.act("manager", work)

    def ready_to_operate(self) -> None:
        """More than three months have gone, and there is a record for each clause."""
        self.later(days=100)
        self.record("4.1", "4.2")

    def record(self, *clauses: str) -> None:
        """Something that the laboratory did for some clauses, today."""

        def work(ctx: Context) -> None:
            for clause in self.clauses(ctx):
                if clause.number not in clauses:
                    continue
                ctx.create(
                    OperationRecord(
                        program=self.program(ctx),
                        clause=clause,
                        unit=self.unit(ctx, "lab"),
                        done_on=self.now.date(),
                        what="Done",
                    )
                )

        self.act("unit_contact", work)

    def ready_to_audit(self) -> None:
        """The auditor, of the office, has looked at the laboratory."""
        self.audit(ComplianceAuditKind.INTERNAL, "auditor")

    def audit(self, kind: ComplianceAuditKind, who: str) -> None:
        """Somebody audits, and finds nothing."""

        def work(ctx: Context) -> None:
            clauses = ctx.find(Clause, Clause.is_heading.is_(False))
            audit = ctx.create(
                ComplianceAudit(
                    program=self.program(ctx),
                    kind=kind,
                    criteria="The edition",
                    planned_on=self.now.date(),
                    items=[
                        AuditItem(
                            clause=one,
                            unit=self.unit(ctx, "lab"),
                            auditor=self.user(ctx, who),
                            audited_on=self.now.date(),
                            conforms=True,
                        )
                        for one in clauses
                        if one.edition is self.program(ctx).edition
                    ],
                )
            )
            report(begin(audit, ctx), ctx, summary="All is well")

        self.later(hours=1)
        self.act(who, work)

    def ready_to_review(self) -> None:
        """The top manager has held a review."""

        def work(ctx: Context) -> None:
            planned = ManagementReview(
                program=self.program(ctx),
                chair=self.user(ctx, "top_manager"),
                planned_on=self.now.date(),
                **dict.fromkeys((*INPUTS, *OUTPUTS), "Looked at"),
            )
            hold(ctx.create(planned), ctx)

        self.later(hours=1)
        self.act("top_manager", work)

    def ready_to_mock_audit(self) -> None:
        """The advisor has audited."""
        self.audit(ComplianceAuditKind.MOCK, "advisor")

    def ready_to_apply(self) -> None:
        """The application is submitted, with its package."""
        self.packed()
        self.act("manager", lambda ctx: submit(ctx.find(CertificationApplication)[-1], ctx))

    def packed(self) -> None:
        """An application with its package, and a patent in force."""

        def work(ctx: Context) -> None:
            patent = ctx.create(IpAsset(kind=AssetKind.PATENT, number="P1", title="Wheel"))
            enter_into_force(patent, ctx, on=self.now.date())
            bodies = ctx.find(CertificationBody)
            if not bodies:
                party = self.people_of_body(ctx)
                bodies = [ctx.create(CertificationBody(party=party, accreditation="CNCA-1"))]
            draft = CertificationApplication(program=self.program(ctx), body=bodies[0])
            pack_application(ctx.create(draft), ctx)

        self.act("manager", work)

    def people_of_body(self, ctx: Context) -> Party:
        """Who certifies."""
        return ctx.find(Party)[0]


@pytest.fixture
def company(live_world: Callable[..., LiveWorld]) -> Company:
    made = Company(live_world("ip_compliance"))
    made.act("boss", lambda ctx: ctx.create(Party(name="Certifiers")))
    return made
