"""Definitions: sound before review, complete before approval, tried out before they hold."""

from copy import deepcopy
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from well_defined import KEY_STEP

from dougong import Forbidden, Invalid, Refused, WrongState
from dougong_flow import Definition, DefinitionVersion, VersionState, make_effective, start_trial
from dougong_flow.actions import bring_definitions, revise
from dougong_flow.definition_body import faults_of, gaps_in, hash_of
from dougong_flow.entities import ReasonKind
from dougong_flow.reports import trials_to_decide
from dougong_flow.workflows import approve, continue_trial, retire, send_back, submit, supersede


def step(key, *after, **said):
    return {
        "key": key,
        "name": key.capitalize(),
        "description": f"What {key} is",
        "guide": f"How to {key}",
        "standard": f"When {key} is good",
        "outputs": [f"{key} record"],
        "key_points": [f"What matters in {key}"],
        "responsible": ["flow.worker"],
        "accountable": ["flow.planner"],
        "after": list(after),
        **said,
    }


BODY = {"steps": [step("draft", **KEY_STEP), step("check", "draft"), step("file", "check")]}


def changed(body=BODY, **said):
    body = deepcopy(body)
    body["steps"][0].update(said)
    return body


def at_the(office, state, definition=None, body=BODY):
    """A version of a new definition, or another of the same, brought so far."""
    definition = definition or office.definition()
    designer = office.by("designer")
    version = designer.create(
        DefinitionVersion(definition=definition, body=body, change_reason="It is better")
    )
    if state is not VersionState.DRAFT:
        submit(version, designer)
    if state in (VersionState.APPROVED, VersionState.TRIAL, VersionState.EFFECTIVE):
        approve(version, office.by("reviewer"))
    if state is VersionState.TRIAL:
        start_trial(version, office.by("process_owner"), months=6)
    if state is VersionState.EFFECTIVE:
        make_effective(version, office.by("process_owner"), reason="It works")
    return version


# The body ---------------------------------------------------------------------------------------


def test_S0_08_steps_that_wait_for_one_another_are_refused():
    body = {"steps": [step("a"), step("b", "a", "c"), step("c", "b")]}

    (fault,) = faults_of(body)

    assert fault.code == "cycle"
    assert set(fault.params["steps"].split(" ← ")) == {"b", "c"}


def test_S0_08_a_definition_has_one_start_and_knows_its_steps():
    body = {"steps": [step("a"), step("b"), step("c", "nowhere", "c")]}

    assert [(one.code, one.at) for one in faults_of(body)] == [
        ("no_such_step", ("body", "steps", 2, "after", 0)),
        ("no_such_step", ("body", "steps", 2, "after", 1)),
        ("several_starts", ("body", "steps")),
        ("cycle", ("body", "steps")),
    ]


@pytest.mark.parametrize(
    ("said", "code", "at"),
    [
        ({"colour": "red"}, "bad_shape", ()),
        ({"key": "Not A Key"}, "bad_shape", ("key",)),
        ({"form": {"type": "object"}}, "bad_shape", ("form",)),
        (
            {
                "form": {
                    "type": "object",
                    "properties": {"a": {"type": "string", "pattern": "(a+)+"}},
                }
            },
            "bad_shape",
            ("form", "properties", "a"),
        ),
        (
            {"form": {"type": "object", "properties": {"a": {"$ref": "http://x.example"}}}},
            "bad_shape",
            ("form", "properties", "a"),
        ),
        (
            {"form": {"type": "object", "properties": {}, "required": ["a"]}},
            "no_such_field",
            ("form", "required", 0),
        ),
        ({"condition": {}}, "no_condition", ("condition",)),
        ({"deadline": {"fortnights": 1}}, "unknown_word", ("deadline", "fortnights")),
    ],
)
def test_what_is_wrong_with_a_step_is_said_at_its_place(said, code, at):
    fault = faults_of(changed(**said))[0]

    assert (fault.code, fault.at) == (code, ("body", "steps", 0, *at))


@pytest.mark.parametrize("body", [None, [], {}, {"steps": []}, {"steps": ["a"]}, "x" * 300_000])
def test_what_is_no_definition_at_all_is_refused(body):
    assert faults_of(body)


def test_S0_13_exactly_one_role_is_accountable_and_somebody_is_responsible():
    two = changed(accountable=["flow.planner", "flow.worker"], responsible=[])

    assert [one.code for one in gaps_in(two)] == ["one_accountable", "nobody_responsible"]


def test_S0_43_each_step_says_what_how_and_by_which_standard():
    body = changed()
    for word in ("description", "guide", "standard"):
        del body["steps"][1][word]

    assert [(one.code, one.params["what"]) for one in gaps_in(body)] == [
        ("step_lacks", "description"),
        ("step_lacks", "guide"),
        ("step_lacks", "standard"),
    ]


def test_bodies_that_say_the_same_have_the_same_hash():
    turned = {"steps": [dict(reversed(list(one.items()))) for one in BODY["steps"]]}

    assert hash_of(turned) == hash_of(BODY)
    assert hash_of(changed(guide="Otherwise")) != hash_of(BODY)


# From draft to effective ------------------------------------------------------------------------


def test_a_definition_that_needs_no_trial_holds_once_it_is_approved(office):
    version = at_the(office, VersionState.EFFECTIVE, office.definition(needs_trial=False))

    assert (version.state, version.major, version.minor) == (VersionState.EFFECTIVE, 1, 0)
    assert version.content_hash == hash_of(BODY)
    assert version.reviewer.name == "reviewer"


def test_one_that_needs_a_trial_does_not(office):
    version = at_the(office, VersionState.APPROVED)

    with pytest.raises(Refused, match="trial_needed"):
        make_effective(version, office.by("process_owner"), reason="In a hurry")


def test_an_unsound_draft_is_not_handed_in(office):
    with pytest.raises(Invalid, match="cycle"):
        at_the(
            office,
            VersionState.IN_REVIEW,
            body={"steps": [step("a"), step("b", "b2"), step("b2", "b")]},
        )


def test_the_author_does_not_approve_and_all_gaps_are_said_at_once(office):
    version = at_the(office, VersionState.IN_REVIEW, body=changed(accountable=[]))
    session, designer = office.world.session, office.people["designer"]
    session.execute(
        text("insert into dougong.role_assignment (user_id, role) values (:user, 'flow.reviewer')"),
        {"user": designer.user_id},
    )
    office.people["designer"] = type(designer)(
        designer.user_id, designer.label, frozenset({"flow.designer", "flow.reviewer"})
    )

    with pytest.raises(Refused) as refused:
        approve(version, office.by("designer"))

    assert {one.code for one in refused.value.several} == {
        "same_person",
        "own_draft",
        "one_accountable",
    }


def test_what_was_handed_in_does_not_change(office):
    version = at_the(office, VersionState.IN_REVIEW)
    designer = office.by("designer")

    with pytest.raises(WrongState, match="version_is_fixed"):
        DefinitionVersion.update(version, designer, body=changed(guide="Otherwise"))
    with pytest.raises(WrongState, match="version_is_fixed"):
        DefinitionVersion.delete(version, designer)

    send_back(version, office.by("reviewer"), reason="The guide is missing")
    DefinitionVersion.update(version, office.by("designer"), body=changed(guide="Otherwise"))
    submit(version, office.by("designer"))
    assert version.content_hash == hash_of(changed(guide="Otherwise"))


@pytest.mark.parametrize(
    "statement",
    [
        "update flow.definition_version set body = '{}'",
        "update flow.definition_version set change_reason = 'Never mind'",
        "delete from flow.definition_version",
    ],
)
def test_the_database_itself_keeps_what_was_handed_in(office, statement):
    at_the(office, VersionState.IN_REVIEW)
    session = office.world.session
    session.info.pop("context")

    with pytest.raises(Exception, match="does not change"):
        session.execute(text(statement))


def test_the_version_that_held_is_superseded_at_the_same_moment(office):
    definition = office.definition(needs_trial=False)
    first = at_the(office, VersionState.EFFECTIVE, definition)
    office.now = datetime(2026, 3, 1, tzinfo=UTC)

    second = at_the(office, VersionState.EFFECTIVE, definition, changed(guide="Otherwise"))

    assert (second.major, second.follows) == (2, first)
    assert (first.state, first.superseded_by) == (VersionState.SUPERSEDED, second)
    assert first.effective_until == second.effective_from == office.now


def test_a_change_of_what_holds_says_why(office):
    definition = office.definition(needs_trial=False)
    at_the(office, VersionState.EFFECTIVE, definition)
    designer = office.by("designer")
    version = designer.create(DefinitionVersion(definition=definition, body=BODY))

    with pytest.raises(Invalid, match="change_without_reason"):
        submit(version, designer)


def test_nothing_is_superseded_by_nothing(office):
    version = at_the(office, VersionState.TRIAL)

    with pytest.raises(Refused, match="nothing_takes_its_place"):
        supersede(version, office.by("process_owner"))
    retire(version, office.by("process_owner"), reason="Nobody does it")
    assert version.state is VersionState.RETIRED


def test_designers_release_nothing_and_reviewers_draft_nothing(office):
    version = at_the(office, VersionState.APPROVED)

    with pytest.raises(Forbidden):
        start_trial(version, office.by("designer"), months=6)
    with pytest.raises(Forbidden):
        office.by("reviewer").create(DefinitionVersion(definition=version.definition, body=BODY))


# The trial --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("months", "fits"), [(5, False), (6, True), (12, True), (13, False)])
def test_S4_63_a_trial_lasts_six_to_twelve_months(office, months, fits):
    version = at_the(office, VersionState.APPROVED)
    owner = office.by("process_owner")
    first_day = date(2026, 8, 31)

    if not fits:
        with pytest.raises(Invalid, match="length_of_trial"):
            start_trial(version, owner, months=months, first_day=first_day)
        return
    start_trial(version, owner, months=months, first_day=first_day)
    ends = {6: date(2027, 2, 28), 12: date(2027, 8, 31)}
    assert (version.trial_from, version.trial_until) == (first_day, ends[months])


def test_S4_63_it_holds_only_once_the_trial_is_over(office):
    version = at_the(office, VersionState.TRIAL)
    assert version.trial_until == date(2026, 8, 13)

    office.now = datetime(2026, 8, 12, 23, tzinfo=UTC)
    with pytest.raises(Refused, match="trial_goes_on"):
        make_effective(version, office.by("process_owner"), reason="It works")
    office.now = datetime(2026, 8, 13, tzinfo=UTC)
    make_effective(version, office.by("process_owner"), reason="It works")

    assert version.state is VersionState.EFFECTIVE


def test_a_trial_that_is_over_wants_a_decision(office):
    version = at_the(office, VersionState.TRIAL)

    def wanted():
        owner = office.by("process_owner")
        owner.session.flush()
        return [row.trial_until for row in owner.session.execute(trials_to_decide.build(owner))]

    assert wanted() == []
    office.now = datetime(2026, 8, 13, tzinfo=UTC)
    assert wanted() == [date(2026, 8, 13)]
    assert version.state is VersionState.TRIAL


def revised(office, tried, **said):
    owner = office.by("process_owner")
    draft = revise(tried, owner)
    said = {
        "body": changed(guide="Otherwise"),
        "change_kind": ReasonKind.PROBLEM,
        "change_source": "Complaint 17",
        "change_reason": "Nobody understood it",
        **said,
    }
    return DefinitionVersion.update(draft, owner, **said)


def test_S4_64_a_problem_with_its_source_changes_what_is_tried_out(office):
    tried = at_the(office, VersionState.TRIAL)

    version = continue_trial(revised(office, tried), office.by("process_owner"))

    assert (version.major, version.minor, version.state) == (1, 1, VersionState.TRIAL)
    assert (version.trial_from, version.trial_until) == (tried.trial_from, tried.trial_until)
    assert (tried.state, tried.superseded_by) == (VersionState.SUPERSEDED, version)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"change_kind": ReasonKind.EDITORIAL}, "document_only_change"),
        ({"change_kind": None}, "document_only_change"),
        ({"change_source": " "}, "change_without_source"),
        ({"change_reason": None}, "change_without_reason"),
        ({"body": BODY}, "nothing_changed"),
        ({"body": changed(accountable=[])}, "one_accountable"),
    ],
)
def test_S4_64_nothing_else_does(office, said, code):
    draft = revised(office, at_the(office, VersionState.TRIAL), **said)

    with pytest.raises(Refused) as refused:
        continue_trial(draft, office.by("process_owner"))

    assert [one.code for one in refused.value.several] == [code]


def test_S4_64_the_same_reason_twice_needs_another_change(office):
    tried = at_the(office, VersionState.TRIAL)
    version = continue_trial(revised(office, tried), office.by("process_owner"))

    with pytest.raises(Refused, match="nothing_changed"):
        continue_trial(revised(office, version), office.by("process_owner"))


def test_a_change_of_a_trial_is_not_reviewed_as_if_it_were_a_new_version(office):
    draft = revised(office, at_the(office, VersionState.TRIAL))

    with pytest.raises(WrongState, match="change_of_a_trial"):
        submit(draft, office.by("designer"))


# Shipped ----------------------------------------------------------------------------------------


def test_what_is_shipped_comes_as_drafts_and_only_once(office):
    designer = office.by("designer")
    assert bring_definitions(designer).brought == 1
    assert bring_definitions(designer).brought == 0

    (definition,) = designer.find(Definition)
    (version,) = designer.find(DefinitionVersion)
    assert definition.shipped
    assert (version.state, version.change_source) == (VersionState.DRAFT, "flow 0.1.0")
    assert faults_of(version.body) == []
    assert gaps_in(version.body) == []


def test_an_upgrade_adds_a_version_and_edits_none(office):
    designer = office.by("designer")
    bring_definitions(designer)
    (mine,) = designer.find(DefinitionVersion)
    DefinitionVersion.update(mine, designer, body=BODY)

    assert bring_definitions(designer).brought == 1

    versions = designer.find(DefinitionVersion)
    assert [(one.major, one.body == BODY) for one in versions] == [(1, True), (2, False)]
