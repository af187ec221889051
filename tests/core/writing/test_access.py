"""Who sees and changes what: row rules of people, and the rights of an add-on's code."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.exc import DetachedInstanceError

from dougong import (
    Context,
    Forbidden,
    Refused,
    Role,
    SetupError,
    User,
    change,
    create,
    own,
    read,
    rows_where,
    run,
)
from dougong.access.permissions import Operation
from dougong.access.principal import ANONYMOUS, Principal
from dougong.access.reach import BoundMe
from dougong.access.rules import Access
from dougong.testing.worlds import LiveWorld, Person
from dougong.workflow.event_log import event
from dougong_cuckoo import Egg, call
from dougong_garden import Bed, Crop, Plant, move_plants, plugged, sow, weigh
from dougong_island import Palm

LEADS = "{ leads { totalCount nodes { id name } } }"


def names(world: Any, who: Principal, operation: Operation = Operation.READ) -> set[str]:
    """The names of the beds that somebody may so treat."""
    rule = world.generation.access.predicate(who, operation, Bed, Bed, BoundMe(who.user_id))
    return set(world.session.scalars(select(Bed.name).where(rule)))


def add_beds(world: Any, owner: Principal | None = None) -> None:
    """Beds of the owner and of nobody, carrots and leeks."""
    number = owner.user_id if owner else None
    world.session.execute(
        insert(Bed),
        [
            {"name": "A mine", "crop": Crop.CARROT, "owner_id": number},
            {"name": "A other", "crop": Crop.LEEK, "owner_id": None},
            {"name": "B mine", "crop": Crop.LEEK, "owner_id": number},
            {"name": "B other", "crop": Crop.CARROT, "owner_id": None},
        ],
    )


# Row rules of people --------------------------------------------------------------------------


def test_whoever_has_no_role_sees_and_does_nothing(garden: Any) -> None:
    world = garden("garden")
    add_beds(world)
    nobody = world.person()

    assert [names(world, who, op) for who in (nobody, ANONYMOUS) for op in Operation] == [set()] * 8


@pytest.mark.parametrize(
    ("roles", "seen"),
    [
        (["garden.gardener"], {"A mine", "B mine"}),
        (["garden.visitor"], {"A mine", "A other", "B mine", "B other"}),
        (["garden.namer"], {"A mine", "A other"}),
        (["garden.leeks"], {"A other", "B mine"}),
        (["garden.leeks", "garden.namer"], {"A mine", "A other", "B mine"}),
        (["garden.gardener", "garden.leeks"], {"A mine", "A other", "B mine"}),
        (["dougong.administrator"], {"A mine", "A other", "B mine", "B other"}),
        (["garden.gone", "island.native"], set()),
    ],
)
def test_the_rules_of_several_roles_add_up(garden: Any, roles: list[str], seen: set[str]) -> None:
    world = garden("garden")
    who = world.person(*roles)
    add_beds(world, who)

    assert names(world, who) == seen


def test_a_role_adds_only_the_operations_that_it_grants(garden: Any) -> None:
    world = garden("garden")
    who = world.person("garden.visitor", "garden.namer")
    add_beds(world)

    assert names(world, who, Operation.READ) == {"A mine", "A other", "B mine", "B other"}
    assert names(world, who, Operation.UPDATE) == {"A mine", "A other"}
    assert names(world, who, Operation.DELETE) == set()


def test_children_fall_under_the_rules_of_their_parent(garden: Any) -> None:
    world = garden("garden")
    who = world.person("garden.namer")
    ctx = world.ctx()
    for name in ("A", "B"):
        ctx.create(Bed(name=name, plants=[Plant(name=f"in {name}")]))
    access = world.generation.access

    def plants(operation: Operation) -> list[str]:
        rule = access.predicate(who, operation, Plant, Plant, BoundMe(who.user_id))
        return list(world.session.scalars(select(Plant.name).where(rule)))

    assert [plants(operation) for operation in Operation] == [["in A"]] * 4
    assert not access.may(ANONYMOUS, Operation.READ, Plant)


def test_a_role_that_grants_must_say_which_records() -> None:
    with pytest.raises(SetupError, match=r"grants read garden\.bed.* Fix: add all_rows"):
        Access([Role("garden.x", "X.", grants=[read(Bed)])], {}, [Bed], [])


def test_two_rules_of_a_role_that_look_alike_are_refused() -> None:
    rules = [
        rows_where(Bed, lambda bed, me: bed.area > 1),
        rows_where(Bed, lambda bed, me: bed.id > 1),
    ]
    named = [rows_where(Bed, rule.build, name) for rule, name in zip(rules, "ab", strict=True)]

    with pytest.raises(SetupError, match=r"two rules .*“rows garden\.bed rows_where”.* Fix: give"):
        Access([Role("garden.x", "X.", grants=[read(Bed)], rows=rules)], {}, [Bed], [])
    Access([Role("garden.x", "X.", grants=[read(Bed)], rows=named)], {}, [Bed], [])


def test_a_rule_of_one_entity_does_not_cover_another() -> None:
    with pytest.raises(SetupError, match="grants update island"):
        Access(
            [Role("garden.x", "X.", grants=change(Palm)[2:3], rows=[own(Bed.owner)])],
            {},
            [Bed, Palm],
            [],
        )


def test_whoever_has_signed_in_sees_the_colleagues(garden: Any) -> None:
    world = garden("garden")
    someone = world.person()
    access = world.generation.access

    assert access.may(someone, Operation.READ, User)
    assert not access.may(someone, Operation.UPDATE, User)
    assert not access.may(ANONYMOUS, Operation.READ, User)


@pytest.mark.parametrize("verb", ["create", "update", "delete"])
def test_a_verb_without_the_grant_is_refused(garden: Any, verb: str) -> None:
    world = garden("garden")
    bed = world.ctx().create(Bed(name="A"))
    ctx = world.ctx(world.person("garden.visitor"))

    with pytest.raises(Forbidden, match="needs_grant"):
        getattr(Bed, verb)(Bed(name="B") if verb == "create" else bed, ctx)


def test_an_action_without_the_permission_is_refused(garden: Any) -> None:
    world = garden("garden")
    ctx = world.ctx(world.person("garden.visitor"))

    with pytest.raises(Forbidden, match="needs_permission"):
        weigh(ctx, day=ctx.now.date(), amounts=[])


# Rights of an add-on's code -------------------------------------------------------------------


def act(garden: Any, work: Callable[[Context], Any], may: tuple[Any, ...] = ()) -> Any:
    """Have the cuckoo's code do something, in a garden with a bed and an island with a palm."""
    plugged["cuckoo call"] = lambda ctx: found.append(work(ctx))
    found: list[Any] = []
    world = garden("garden", "cuckoo", "island", may=may)
    ctx = world.ctx()
    ctx.create(Bed(name="North", plants=[Plant(name="a")]))
    ctx.create(Palm(name="Coco", shade=ctx.create(Palm(name="Big"))))
    call(ctx)
    assert ctx.acting == "dougong"
    return found[0]


READINGS: dict[str, tuple[Callable[[Context], Any], Any]] = {
    "entities": (lambda ctx: ctx.session.scalars(select(Palm)).all(), []),
    "aliases": (lambda ctx: ctx.session.scalars(select(aliased(Palm))).all(), []),
    "columns": (lambda ctx: ctx.session.scalars(select(Palm.name)).all(), []),
    "counts": (lambda ctx: ctx.session.scalar(select(func.count(Palm.id))), 0),
    "finding": (lambda ctx: ctx.find(Palm), []),
    "subqueries": (
        lambda ctx: ctx.session.scalars(
            select(Bed).where(Bed.id.in_(select(Palm.id + 0 * Palm.id)))
        ).all(),
        [],
    ),
    "exists": (
        lambda ctx: ctx.session.scalars(select(Bed).where(select(Palm.id).exists())).all(),
        [],
    ),
    "eager loading": (
        lambda ctx: ctx.session.scalars(select(Palm).options(joinedload(Palm.shade))).all(),
        [],
    ),
}


@pytest.mark.parametrize(("work", "seen"), READINGS.values(), ids=READINGS.keys())
def test_code_does_not_read_what_it_does_not_depend_on(
    garden: Any, work: Callable[[Context], Any], seen: Any
) -> None:
    assert act(garden, work) == seen


def test_code_gets_no_record_that_it_does_not_depend_on(garden: Any) -> None:
    with pytest.raises(Refused, match="not_found"):
        act(garden, lambda ctx: ctx.get(Palm, 1))


def test_code_reads_what_it_depends_on_and_what_is_loaded_from_there(garden: Any) -> None:
    def work(ctx: Context) -> Any:
        [bed] = ctx.find(Bed)
        ctx.session.expire(bed)
        return bed.name, [plant.name for plant in bed.plants], bed.created_by is not None

    assert act(garden, work) == ("North", ["a"], True)


def test_what_the_code_of_one_may_not_read_another_still_sees_afterwards(garden: Any) -> None:
    plugged["cuckoo call"] = lambda ctx: ctx.find(Palm)
    world = garden("garden", "cuckoo", "island")
    ctx = world.ctx()
    ctx.create(Palm(name="Coco", shade=ctx.create(Palm(name="Big"))))
    ctx.session.expire_all()

    call(ctx)

    assert [palm.shade and palm.shade.name for palm in ctx.find(Palm)] == [None, "Big"]


def first_bed(ctx: Context) -> Bed:
    return ctx.find(Bed)[0]


def rename(ctx: Context) -> None:
    first_bed(ctx).name = "Mine"


def add_and_flush(ctx: Context) -> None:
    ctx.session.add(Bed(name="Mine"))
    ctx.session.flush()


WRITINGS: dict[str, Callable[[Context], Any]] = {
    "a new record": lambda ctx: ctx.create(Bed(name="Mine")),
    "a record added to the session": add_and_flush,
    "a changed attribute": rename,
    "an update": lambda ctx: Bed.update(first_bed(ctx), ctx, name="Mine"),
    "a deletion": lambda ctx: ctx.delete(first_bed(ctx)),
    "a new child": lambda ctx: ctx.create(Plant(bed=first_bed(ctx), name="b")),
    "a step": lambda ctx: sow(first_bed(ctx), ctx),
    "an action": lambda ctx: weigh(ctx, day=ctx.now.date(), amounts=[]),
    "an update of many": lambda ctx: ctx.session.execute(update(Bed).values(name="Mine")),
    "a deletion of many": lambda ctx: ctx.session.execute(delete(Bed)),
    "an insertion of many": lambda ctx: ctx.session.execute(insert(Bed), [{"name": "Mine"}]),
}


@pytest.mark.parametrize("work", WRITINGS.values(), ids=WRITINGS.keys())
def test_code_does_not_write_what_belongs_to_others(
    garden: Any, work: Callable[[Context], Any]
) -> None:
    with pytest.raises(SetupError, match=r"cuckoo may not .* Fix: add .* to may="):
        act(garden, work)


ALLOWED: dict[str, tuple[Callable[[Context], Any], tuple[Any, ...]]] = {
    "create": (lambda ctx: ctx.create(Bed(name="Mine", plants=[Plant(name="b")])), (create(Bed),)),
    "update": (rename, tuple(change(Bed))),
    "a step": (lambda ctx: sow(first_bed(ctx), ctx), (run(sow),)),
    "an action": (
        lambda ctx: move_plants(first_bed(ctx), ctx, to=first_bed(ctx)),
        (run(move_plants),),
    ),
    "its own": (lambda ctx: ctx.create(Egg(bed=first_bed(ctx))), ()),
}


@pytest.mark.parametrize(("work", "may"), ALLOWED.values(), ids=ALLOWED.keys())
def test_code_writes_its_own_and_what_its_manifest_says(
    garden: Any, work: Callable[[Context], Any], may: tuple[Any, ...]
) -> None:
    act(garden, work, may)


def test_the_right_to_create_is_not_the_right_to_change(garden: Any) -> None:
    with pytest.raises(SetupError, match="may not update"):
        act(garden, rename, (create(Bed),))


def test_the_code_of_an_add_on_needs_no_right_of_the_person(garden: Any) -> None:
    plugged["cuckoo call"] = lambda ctx: ctx.create(Bed(name="Mine"))
    world = garden("garden", "cuckoo", may=(create(Bed),))
    ctx = world.ctx(world.person("cuckoo.bird"))

    call(ctx)

    assert [bed.name for bed in world.ctx().find(Bed)] == ["Mine"]


def test_after_a_refusal_the_core_acts_again(garden: Any) -> None:
    def refuse(_ctx: Context) -> None:
        raise Refused("not_found", id="it")

    plugged["cuckoo call"] = refuse
    world = garden("garden", "cuckoo")
    ctx = world.ctx()

    with pytest.raises(Refused):
        call(ctx)

    assert ctx.acting == "dougong"


# Elevation ------------------------------------------------------------------------------------

RAW: dict[str, Callable[[Context], Any]] = {
    "text": lambda ctx: ctx.session.execute(text("select name from island.palm")).all(),
    "a table": lambda ctx: ctx.session.execute(select(Palm.__table__.c.name)).all(),
    "a connection": lambda ctx: (
        ctx.session.connection().exec_driver_sql("select name from island.palm").all()
    ),
}


@pytest.mark.parametrize("work", RAW.values(), ids=RAW.keys())
def test_code_runs_no_sql_that_access_cannot_be_applied_to(
    garden: Any, work: Callable[[Context], Any]
) -> None:
    with pytest.raises(SetupError, match=r"cuckoo runs SQL .* Fix: .*ctx\.elevated"):
        act(garden, work)


@pytest.mark.parametrize("work", RAW.values(), ids=RAW.keys())
def test_elevated_code_runs_sql_by_hand(garden: Any, work: Callable[[Context], Any]) -> None:
    def elevated(ctx: Context) -> Any:
        with ctx.elevated(Palm, reason="to count palms"):
            return work(ctx)

    assert sorted(act(garden, elevated)) == [("Big",), ("Coco",)]


def test_elevation_names_what_it_reads_and_ends_with_its_block(garden: Any) -> None:
    def work(ctx: Context) -> Any:
        with ctx.elevated(Bed, reason="another entity"):
            others = len(ctx.find(Palm))
        with ctx.elevated(Palm, reason="to see palms"):
            inside = len(ctx.find(Palm))
        return others, inside, len(ctx.find(Palm))

    assert act(garden, work) == (0, 2, 0)


def test_records_of_an_elevation_are_of_no_use_after_it(garden: Any) -> None:
    def work(ctx: Context) -> Any:
        with ctx.elevated(Palm, reason="to see palms"):
            palm = ctx.find(Palm)[0]
            assert palm.name == "Big"
        return palm.name

    with pytest.raises(DetachedInstanceError):
        act(garden, work)


def test_elevation_gives_no_right_to_write(garden: Any) -> None:
    def work(ctx: Context) -> None:
        with ctx.elevated(Palm, reason="to rename palms"):
            ctx.find(Palm)[0].name = "Mine"

    with pytest.raises(SetupError, match="may not update"):
        act(garden, work)


def test_elevation_without_a_reason_is_refused(garden: Any) -> None:
    def work(ctx: Context) -> None:
        with ctx.elevated(Palm, reason=" "):
            pass

    with pytest.raises(SetupError, match="without saying for what"):
        act(garden, work)


def test_the_event_log_keeps_who_elevated_and_why(garden: Any) -> None:
    def work(ctx: Context) -> Any:
        with ctx.elevated(Palm, Bed, reason="to count palms"):
            last = select(event.c.addon, event.c.form).where(event.c.verb == "dougong.elevate")
            return [tuple(row) for row in ctx.session.execute(last)]

    assert act(garden, work) == [
        ("cuckoo", {"entities": ["island.palm", "garden.bed"], "reason": "to count palms"})
    ]


# Over the API: a seller sees only own leads ---------------------------------------------------


class Pipeline:
    """Two sellers with a lead each at one party."""

    def __init__(self, live: LiveWorld) -> None:
        self.live = live
        self.manager = live.person("crm.manager", "party.editor", name="Mia")
        self.seller = live.person("crm.seller", name="Sam")
        self.other = live.person("crm.seller", name="Olga")
        self.mine = self._won(self.seller, "Mine")
        self.hidden = self._won(self.other, "Hidden")

    def _won(self, who: Person, name: str) -> str:
        document = """mutation ($name: String!) {
            createLead(input: {name: $name, email: "a@b.example"}) { lead { id } } }"""
        lead: str = self.live.ask(document, who, name=name)["createLead"]["lead"]["id"]
        for step, version in (("qualify", 1), ("win", 2)):
            done = self.live.ask(
                f"mutation ($id: ID!) {{ done: {step}Lead(id: $id, version: {version}) "
                "{ lead { party { id } } userErrors { code } } }",
                who,
                id=lead,
            )["done"]
            assert done["userErrors"] == []
        return lead

    def ask(self, document: str, who: Person | None = None, **variables: Any) -> Any:
        return self.live.ask(document, who or self.seller, **variables)


@pytest.fixture(scope="module")
def pipeline(databases: Any) -> Any:
    live = LiveWorld(databases.clone("crm"))
    yield Pipeline(live)
    live.close()


def test_a_seller_sees_own_leads_in_lists_and_counts(pipeline: Pipeline) -> None:
    assert pipeline.ask(LEADS) == {
        "leads": {"totalCount": 1, "nodes": [{"id": pipeline.mine, "name": "Mine"}]}
    }
    assert pipeline.ask(LEADS, pipeline.manager)["leads"]["totalCount"] == 2


def test_a_seller_does_not_get_a_hidden_lead_by_its_id(pipeline: Pipeline) -> None:
    document = "query ($id: ID!) { lead(id: $id) { id } node(id: $id) { id } }"

    assert pipeline.ask(document, id=pipeline.hidden) == {"lead": None, "node": None}
    assert pipeline.ask(document, id=pipeline.mine)["node"] == {"id": pipeline.mine}


def test_a_seller_does_not_see_hidden_leads_through_relations(pipeline: Pipeline) -> None:
    document = (
        "{ parties(orderBy: [{name: ASC}]) { nodes { name leads { totalCount nodes { name } } } } }"
    )

    found = pipeline.ask(document)["parties"]["nodes"]

    assert found == [
        {"name": "Hidden", "leads": {"totalCount": 0, "nodes": []}},
        {"name": "Mine", "leads": {"totalCount": 1, "nodes": [{"name": "Mine"}]}},
    ]


@pytest.mark.parametrize(
    ("where", "seen"),
    [
        ('{leads: {some: {name: {eq: "Hidden"}}}}', []),
        ("{leads: {some: {}}}", ["Mine"]),
        ("{leads: {none: {}}}", ["Hidden"]),
        ('{leads: {none: {name: {startsWith: "H"}}}}', ["Hidden", "Mine"]),
        ('{leads: {every: {name: {eq: "Mine"}}}}', ["Hidden", "Mine"]),
        ('{not: {leads: {some: {name: {contains: "i"}}}}}', ["Hidden"]),
        ('{or: [{leads: {some: {owner: {is: {name: {eq: "Olga"}}}}}}]}', []),
    ],
)
def test_a_filter_through_a_list_tells_nothing_of_hidden_leads(
    pipeline: Pipeline, where: str, seen: list[str]
) -> None:
    document = (
        f"{{ parties(where: {where}, orderBy: [{{name: ASC}}]) {{ totalCount nodes {{ name }} }} }}"
    )

    found = pipeline.ask(document)["parties"]

    assert [node["name"] for node in found["nodes"]] == seen
    assert found["totalCount"] == len(seen)


def test_an_order_by_a_relation_tells_nothing_of_hidden_records(pipeline: Pipeline) -> None:
    """Leads of the other seller are not there; whoever may not read parties orders by nothing."""
    live = pipeline.live
    blind = live.person("garden.nobody", name="Blind")

    assert pipeline.ask("{ leads(orderBy: [{party: {name: DESC}}]) { nodes { name } } }") == {
        "leads": {"nodes": [{"name": "Mine"}]}
    }
    assert pipeline.ask(LEADS, blind)["leads"]["totalCount"] == 0
    assert live.ask("{ users { totalCount } }") == {"users": {"totalCount": 0}}


@pytest.mark.parametrize(
    "mutation",
    [
        'updateLead(id: $id, version: 3, patch: {name: "x"})',
        "updateLead(id: $id, version: 99, patch: {})",
        "reopenLead(id: $id, version: 3)",
        'loseLead(id: $id, version: 99, reason: "x")',
    ],
)
def test_a_mutation_of_a_hidden_lead_says_what_it_says_of_one_that_is_not_there(
    pipeline: Pipeline, mutation: str
) -> None:
    document = f"mutation ($id: ID!) {{ done: {mutation} {{ lead {{ id }} userErrors {{ path code message params }} }} }}"

    hidden = pipeline.live.post(document, pipeline.seller, id=pipeline.hidden).text
    absent = pipeline.live.post(document, pipeline.seller, id="Lead:999999").text

    assert '"not_found"' in hidden
    assert hidden.replace(pipeline.hidden, "X") == absent.replace("Lead:999999", "X")


def test_a_seller_who_may_not_delete_is_told_so_only_of_own_leads(pipeline: Pipeline) -> None:
    document = (
        "mutation ($id: ID!) { deleteLead(id: $id, version: 3) { deletedId userErrors { code } } }"
    )

    def code(lead: str) -> str:
        said: str = pipeline.ask(document, id=lead)["deleteLead"]["userErrors"][0]["code"]
        return said

    assert code(pipeline.mine) == "needs_grant"
    assert code(pipeline.hidden) == code("Lead:999999") == "not_found"


def test_a_lead_cannot_be_given_away_nor_made_for_another(pipeline: Pipeline) -> None:
    other = f"User:{pipeline.other.principal.user_id}"
    document = """mutation ($mine: ID!, $other: ID!) {
        given: updateLead(id: $mine, version: 3, patch: {owner: $other}) { lead { id } userErrors { code } }
        made: createLead(input: {name: "For Olga", owner: $other}) { lead { id } userErrors { code } }
    }"""

    done = pipeline.ask(document, mine=pipeline.mine, other=other)

    refused = {"lead": None, "userErrors": [{"code": "outside_rows"}]}
    assert done == {"given": refused, "made": refused}
    assert pipeline.ask(LEADS, pipeline.manager)["leads"]["totalCount"] == 2


def test_a_payload_shows_nothing_that_a_query_would_not(pipeline: Pipeline) -> None:
    document = """mutation ($id: ID!) { updateLead(id: $id, version: 3, patch: {}) {
        lead { owner { name leads { totalCount } } party { leads { nodes { name } } } } } }"""

    lead = pipeline.ask(document, id=pipeline.mine)["updateLead"]["lead"]

    assert lead == {
        "owner": {"name": "Sam", "leads": {"totalCount": 1}},
        "party": {"leads": {"nodes": [{"name": "Mine"}]}},
    }


def test_a_role_that_may_create_but_not_read_gets_no_record_back(live_garden: Any) -> None:
    live = live_garden("garden")
    anyone = live.person()

    done = live.ask('mutation { stumble(name: "x") { userErrors { code } } }', anyone)
    seen = live.ask("{ beds { totalCount } }", anyone)

    assert done == {"stumble": {"userErrors": []}}
    assert seen == {"beds": {"totalCount": 0}}


def test_a_taken_key_of_a_hidden_record_gives_a_bare_code(live_garden: Any) -> None:
    live = live_garden("garden")
    head, gardener = live.person("garden.head"), live.person("garden.gardener")
    document = """mutation ($name: String!, $me: ID!) {
        createBed(input: {name: $name, code: "SECRET", owner: $me}) {
            bed { id } userErrors { path code message params } } }"""
    mine = f"User:{gardener.principal.user_id}"
    live.ask(document, head, name="Hidden", me=f"User:{head.principal.user_id}")

    answer = live.post(document, gardener, name="Seen", me=mine)

    assert answer.json()["data"]["createBed"]["userErrors"] == [
        {
            "path": ["input", "code"],
            "code": "taken",
            "message": "Another Bed already has this code.",
            "params": {"entity": "Bed", "fields": "code"},
        }
    ]
    assert "Hidden" not in answer.text
    assert "SECRET" not in answer.text
    assert "Bed:" not in answer.text


def test_a_hidden_record_cannot_be_linked_to(live_garden: Any) -> None:
    live = live_garden("garden")
    head, gardener = live.person("garden.head"), live.person("garden.gardener")
    hidden = live.ask('mutation { createBed(input: {name: "H"}) { bed { id } } }', head)
    document = """mutation ($neighbour: ID!, $me: ID!) {
        createBed(input: {name: "S", neighbour: $neighbour, owner: $me}) {
            userErrors { path code params } } }"""
    mine = f"User:{gardener.principal.user_id}"

    def error(bed: str) -> Any:
        said = live.ask(document, gardener, neighbour=bed, me=mine)["createBed"]["userErrors"]
        assert said[0]["params"] == {"id": bed}
        return [(one["path"], one["code"]) for one in said]

    assert error(hidden["createBed"]["bed"]["id"]) == [(["input", "neighbour"], "not_found")]
    assert error("Bed:999") == [(["input", "neighbour"], "not_found")]


def test_a_child_cannot_be_put_under_a_parent_that_may_not_be_changed(live_garden: Any) -> None:
    live = live_garden("garden")
    head, namer = live.person("garden.head"), live.person("garden.namer", "garden.visitor")
    made = live.ask(
        """mutation { a: createBed(input: {name: "A", plants: [{name: "p"}]}) { bed { id plants { nodes { id } } } }
                      b: createBed(input: {name: "B"}) { bed { id } } }""",
        head,
    )
    plant, b = made["a"]["bed"]["plants"]["nodes"][0]["id"], made["b"]["bed"]["id"]

    done = live.ask(
        """mutation ($plant: ID!, $b: ID!) {
            moved: updatePlant(id: $plant, version: 1, patch: {bed: $b}) { userErrors { code } }
            added: createPlant(input: {name: "q", bed: $b}) { userErrors { code } } }""",
        namer,
        plant=plant,
        b=b,
    )

    refused = {"userErrors": [{"code": "outside_rows"}]}
    assert done == {"moved": refused, "added": refused}


def test_fields_of_an_extension_need_both_rights(live_garden: Any) -> None:
    live = live_garden("garden", "bees")
    head, keeper = live.person("garden.head"), live.person("garden.head", "bees.keeper")
    lonely = live.person("bees.keeper", "garden.visitor")
    bed = live.ask('mutation { createBed(input: {name: "N"}) { bed { id } } }', head)
    document = """mutation ($id: ID!) { updateBed(id: $id, version: 1, patch: {honey: 5}) {
        bed { honey version } userErrors { code } } }"""

    said = [
        live.ask(document, who, id=bed["createBed"]["bed"]["id"]) for who in (head, lonely, keeper)
    ]

    assert [one["updateBed"] for one in said] == [
        {"bed": None, "userErrors": [{"code": "needs_grant"}]},
        {"bed": None, "userErrors": [{"code": "needs_grant"}]},
        {"bed": {"honey": 5, "version": 2}, "userErrors": []},
    ]
