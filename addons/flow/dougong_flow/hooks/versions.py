"""What a version must be before it goes on, and that it stays as it was handed in."""

from collections.abc import Iterator
from typing import Any

from dougong import Context, Forbidden, Invalid, Refused, WrongState, before, guard
from dougong_flow.automatic_body import effects_in, subprocesses_in
from dougong_flow.definition_body import (
    LARGEST,
    MOST_FAULTS,
    canonical,
    faults_of,
    gaps_in,
    hash_of,
)
from dougong_flow.entities import (
    Definition,
    DefinitionVersion,
    ReasonKind,
    VersionState,
)
from dougong_flow.purposes import lacking_purpose, without_holders
from dougong_flow.questions import effects_known
from dougong_flow.subprocesses import circle_from
from dougong_flow.workflows import approve, continue_trial, make_effective, submit, supersede

LINKED = (DefinitionVersion.definition, DefinitionVersion.follows)


@before(DefinitionVersion.create)
def number_the_version(version: DefinitionVersion, ctx: Context) -> None:
    """A change of what is being tried out is a minor version; everything else is the next major."""
    _check_body(version.body)
    version.content_hash = hash_of(version.body)
    others = ctx.find(DefinitionVersion, DefinitionVersion.definition == version.definition)
    scope = [one for one in others if one.unit is version.unit]
    if version.follows is None:
        holding = (one for one in scope if one.state is VersionState.EFFECTIVE)
        version.follows = next(holding, None)
    tried = version.follows
    if tried is not None and tried.state is VersionState.TRIAL:
        version.major = tried.major
        version.minor = 1 + max(one.minor for one in others if one.major == tried.major)
    else:
        version.major = 1 + max((one.major for one in others), default=0)
    version.author = ctx.me


@guard(DefinitionVersion.update)
def change_drafts_only(version: DefinitionVersion, ctx: Context) -> Refused | None:
    """What was handed in does not change."""
    return _fixed(version)


@guard(DefinitionVersion.delete)
def delete_drafts_only(version: DefinitionVersion, ctx: Context) -> Refused | None:
    """What was handed in stays."""
    return _fixed(version)


@before(DefinitionVersion.update, form=True)
def note_the_author(version: DefinitionVersion, ctx: Context, **form: Any) -> None:
    """Whoever last changed what it says is its author; it stays a version of what it is of."""
    for name in ("definition", "unit"):
        if form.get(name, getattr(version, name)) is not getattr(version, name):
            raise Invalid("version_stays_where_it_is", at=name)
    if "body" in form:
        _check_body(form["body"])
        version.content_hash = hash_of(form["body"])
        version.author = ctx.me


def _check_body(body: Any) -> None:
    if not isinstance(body, dict):
        raise Invalid("body_is_no_object", at="body")
    if len(canonical(body).encode()) > LARGEST:
        raise Invalid("body_too_large", at="body", bytes=LARGEST)


def _fixed(version: DefinitionVersion) -> Refused | None:
    if version.state is VersionState.DRAFT:
        return None
    return WrongState("version_is_fixed", state=version.state)


@guard(submit, loads=LINKED)
def hand_in_what_is_sound(version: DefinitionVersion, ctx: Context) -> Refused | None:
    """The steps fit together (S0-08), and a change says why."""
    if version.minor:
        return WrongState("change_of_a_trial")
    faults: list[Refused] = [*faults_of(version.body)] or [*_unknown_names(version, ctx)]
    if version.follows is not None and not (version.change_reason or "").strip():
        faults.append(Invalid("change_without_reason", at="changeReason"))
    return Refused.all(faults) if faults else None


def _unknown_names(version: DefinitionVersion, ctx: Context) -> Iterator[Invalid]:
    """Effects that no installed add-on has (S0-15), and definitions that are not there (S0-46)."""
    for number, key in subprocesses_in(version.body):
        at = ("body", "steps", number, "subprocess", "definition")
        if key == version.definition.key:
            yield Invalid("subprocess_in_itself", at=at, definition=key)
        elif not ctx.find(Definition, Definition.key == key):
            yield Invalid("unknown_definition", at=at, definition=key)
        elif circle := circle_from(key, version.definition.key, ctx):
            yield Invalid("subprocess_circle", at=at, definitions=" → ".join(circle))
    named = [*effects_in(version.body)]
    known = effects_known(ctx) if named else []
    for number, name in named:
        if name not in known:
            at = ("body", "steps", number, "effect", "name")
            yield Invalid("unknown_effect", at=at, name=name, known=", ".join(sorted(known)) or "—")


@guard(approve, loads=LINKED)
def approve_what_others_wrote(version: DefinitionVersion, ctx: Context) -> Refused | None:
    """Nobody approves what they wrote; it says what for, what to do and who does it (S0-13, S0-43)."""
    faults = _incomplete(version, ctx)
    if version.author is not None and version.author is ctx.me:
        faults.append(Forbidden("own_draft"))
    return Refused.all(faults) if faults else None


def _incomplete(version: DefinitionVersion, ctx: Context) -> list[Refused]:
    """What is wrong with a version, or what it lacks before anybody carries it out."""
    faults: list[Refused] = [*faults_of(version.body)]
    if not faults:
        faults += gaps_in(version.body)
        faults += lacking_purpose(version.definition)
        faults += without_holders(version, ctx)
    return faults[:MOST_FAULTS]


@guard(continue_trial, loads=LINKED)
def change_a_trial_for_a_reason(version: DefinitionVersion, ctx: Context) -> Refused | None:
    """Only a problem or the business is a reason, with its source; and something must change (S4-64)."""
    tried = version.follows
    if not version.minor or tried is None or tried.state is not VersionState.TRIAL:
        return WrongState("nothing_is_tried_out")
    faults = _incomplete(version, ctx) or [*_unknown_names(version, ctx)]
    if version.change_kind not in (ReasonKind.PROBLEM, ReasonKind.BUSINESS):
        faults.append(Invalid("document_only_change", at="changeKind"))
    if not (version.change_source or "").strip():
        faults.append(Invalid("change_without_source", at="changeSource"))
    if not (version.change_reason or "").strip():
        faults.append(Invalid("change_without_reason", at="changeReason"))
    if hash_of(version.body) == tried.content_hash:
        faults.append(Invalid("nothing_changed", at="body"))
    return Refused.all(faults) if faults else None


@guard(make_effective, loads=LINKED)
def decide_after_the_trial(version: DefinitionVersion, ctx: Context) -> Refused | None:
    """What needs a trial holds only once the trial is over (S4-63)."""
    if version.state is VersionState.APPROVED and version.definition.needs_trial:
        return Refused("trial_needed", name=version.definition.name)
    if version.trial_until is not None and ctx.now.date() < version.trial_until:
        return Refused("trial_goes_on", until=version.trial_until)
    return None


@guard(supersede)
def give_way_to_another_version(version: DefinitionVersion, ctx: Context) -> Refused | None:
    """Nothing is superseded by nothing: that is to retire it."""
    return None if version.superseded_by is not None else Refused("nothing_takes_its_place")
