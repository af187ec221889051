"""Approvals once more, in plain Python without a database: what must come of what people do.

Written from the rules in docs/how-to/approvals.md. Where a rule says no, `No` is raised; whoever
raises it has changed nothing that counts, for the caller goes back to a copy.
"""

from dataclasses import dataclass, field
from math import ceil

LIVE = ("WAITING", "OPEN")
KEPT = (*LIVE, "DECIDED")
EVERYBODY = None
"""An approver who is whoever claims it."""


class No(Exception):
    """It is refused."""


@dataclass(eq=False)
class Task:
    node: int
    seat: int
    who: str | None
    kind: str = "VOTE"
    state: str = "WAITING"
    said: str | None = None
    by: str | None = None
    on_behalf: str | None = None
    added: str | None = None
    pool: bool = False

    @property
    def people(self):
        if self.state == "CANCELLED":
            return set()
        return {self.who, self.by, self.on_behalf} - {None}

    @property
    def shown(self):
        return (self.node, self.seat, self.kind, self.who, self.state, self.said, self.by,
                self.on_behalf, self.added)  # fmt: skip


@dataclass(eq=False)
class Node:
    place: int
    round: int
    outcome: str | None = None
    by: str | None = None

    @property
    def shown(self):
        return (self.place, self.round, self.outcome, self.by)


@dataclass
class Model:
    """An approval; `apart` are those who may not have a seat in it for what they did elsewhere."""

    said: list
    """What the definition says of its nodes, with the people's names as approvers."""
    initiator: str
    asked_by: str | None
    lenders: dict
    """For whom people act, by their names."""
    apart: set = field(default_factory=set)
    earlier: list = field(default_factory=list)
    """Nodes' keys and tasks of the same step's approvals before."""
    state: str = "RUNNING"
    round: int = 1
    returned: tuple | None = None
    """From where, to where, and whether it goes back to whoever returned it."""
    nodes: list = field(default_factory=list)
    tasks: list = field(default_factory=list)

    # What people do, to a task by its number ---------------------------------------------------

    def decide(self, number, actor, yes):
        task = self._mine(number, actor)
        self._done(task, actor, "DECIDED")
        task.said = "YES" if yes else "NO"
        self._count(task.node)

    def claim(self, number, actor):
        task = self._open_task(number)
        if task.who is not None:
            raise No
        self._separate(task, {actor}, actor)
        task.who = actor

    def release(self, number, actor):
        task = self._mine(number, actor)
        if not task.pool:
            raise No
        task.who = None

    def transfer(self, number, actor, to):
        task = self._voting(number, actor)
        seat = [one for one in self._of(task.node) if one.seat == task.seat]
        if task.added is None and any(one.added == "BEFORE" for one in seat):
            raise No
        self._newcomer(task.node, to)
        self._done(task, actor, "TRANSFERRED")
        self._add(task, to, added=task.added)

    def add_signer(self, number, actor, to, place):
        task = self._voting(number, actor)
        if task.added is not None:
            raise No
        self._newcomer(task.node, to)
        self._add(task, to, added=place)
        if place == "BEFORE":
            task.state = "WAITING"
        elif place == "AFTER":
            self.decide(number, actor, yes=True)

    def delegate(self, number, actor, to):
        task = self._voting(number, actor)
        if task.added is not None:
            raise No
        self._newcomer(task.node, to)
        self._add(task, to, kind="OPINION")
        task.state = "WAITING"

    def return_it(self, number, actor, to, back):
        task = self._voting(number, actor)
        here = self.nodes[task.node]
        if task.added is not None:
            raise No
        if to is not None and not any(
            (one.place, one.outcome, one.by) == (to, "APPROVED", "VOTES") and to < here.place
            for one in self.nodes
        ):
            raise No
        self._done(task, actor, "RETURNED")
        self._close(here, "RETURNED", None)
        self.round += 1
        self.returned = (here.place, to, back)
        if to is None:
            self.state = "RETURNED"
        else:
            self._go_on(to)

    def resubmit(self, actor, *, changed, anew):
        if self.state != "RETURNED" or not self._acts_as_initiator(actor):
            raise No
        assert self.returned is not None
        place, _, back = self.returned
        if back and not anew and changed:
            raise No
        self.state, self.returned = "RUNNING", None
        self._go_on(place if back and not anew else 0)

    def withdraw(self, actor):
        if self.state not in ("RUNNING", "RETURNED") or not self._acts_as_initiator(actor):
            raise No
        self._end("WITHDRAWN")
        for one in self.nodes:
            if one.outcome is None:
                self._close(one, "WITHDRAWN", None)

    def time_out(self):
        """The time of the node that is open is up; where the next leads to nobody, nothing happens."""
        number = len(self.nodes) - 1
        then = self.said[self.nodes[number].place].get("timeout")
        if self.state == "RUNNING" and then is not None:
            self._decided(number, then["then"] == "APPROVE", "TIME_OUT")

    def start(self):
        self._go_on(0)
        return self

    # Who may -----------------------------------------------------------------------------------

    def _acts_as_initiator(self, actor):
        return self.initiator in (actor, self.lenders.get(actor))

    def _open_task(self, number):
        task = self.tasks[number]
        if task.state != "OPEN" or self.state != "RUNNING":
            raise No
        return task

    def _mine(self, number, actor):
        task = self._open_task(number)
        if task.who is None or task.who not in (actor, self.lenders.get(actor)):
            raise No
        self._separate(task, {actor, task.who}, actor)
        return task

    def _voting(self, number, actor):
        task = self._mine(number, actor)
        if task.kind != "VOTE":
            raise No
        return task

    def _separate(self, task, actors, actor):
        """Nobody has two seats of a node, or one of two that must be separate; nor who stands in."""
        for one in self._of(task.node):
            if one.seat != task.seat and one.state in KEPT and one.people & actors:
                raise No
        stands_in = {self.lenders.get(actor)} - {None}
        if (actors | stands_in) & self._barred(self.nodes[task.node].place):
            raise No

    def _newcomer(self, node, who):
        held = set().union(*(one.people for one in self._of(node) if one.state in KEPT))
        if who in held or who in self._barred(self.nodes[node].place):
            raise No

    def _barred(self, place):
        said = self.said[place]
        found = set(self.apart)
        if not said.get("self_approval"):
            found |= {self.initiator, self.asked_by} - {None}
        for key, task in self.past:
            there = next(one for one in self.said if one["key"] == key)
            here = said.get("not_same_as", ())
            if key in here or said["key"] in there.get("not_same_as", ()):
                found |= task.people
        return found

    @property
    def past(self):
        """Everybody's tasks, of all rounds, with the keys of their nodes."""
        mine = [(self.said[self.nodes[one.node].place]["key"], one) for one in self.tasks]
        return [*self.earlier, *mine]

    # What follows ------------------------------------------------------------------------------

    def _of(self, node):
        return [one for one in self.tasks if one.node == node]

    def _done(self, task, actor, state):
        task.state, task.by = state, actor
        task.on_behalf = None if task.who == actor else task.who

    def _add(self, task, who, **said):
        self.tasks.append(Task(task.node, task.seat, who, state="OPEN", **said))

    def _call_off(self, tasks):
        for one in tasks:
            if one.state in LIVE:
                one.state = "CANCELLED"

    def _close(self, node, outcome, by):
        node.outcome, node.by = outcome, by
        self._call_off(self._of(self.nodes.index(node)))

    def _end(self, state):
        self.state = state
        self._call_off(self.tasks)

    def _count(self, number):
        if (result := self._let_go_on(number)) is not None:
            self._decided(number, result, "VOTES")

    def _decided(self, number, yes, by):
        node = self.nodes[number]
        self._close(node, "APPROVED" if yes else "REJECTED", by)
        if yes:
            self._go_on(self._next(node))
        else:
            self._end("REJECTED")

    def _next(self, node):
        if self.returned is None or self.returned[1] != node.place:
            return node.place + 1
        returner, _, back = self.returned
        self.returned = None
        return returner if back else node.place + 1

    def _go_on(self, place):
        while place < len(self.said):
            node = self._opened(place)
            if node.outcome is None:
                return
            place = self._next(node)
        self._end("APPROVED")

    def _opened(self, place):
        said, barred = self.said[place], self._barred(place)
        if any(who is not EVERYBODY and who in barred for who in said["who"]):
            raise No  # it leads to nobody
        self.nodes.append(Node(place, self.round))
        number = len(self.nodes) - 1
        before = [one for one in self.tasks if self._is_yes_just_before(one, place)]
        for seat, who in enumerate(dict.fromkeys(said["who"])):
            self.tasks.append(Task(number, seat, who, pool=who is EVERYBODY))
            if said.get("skip_same") and who in {one.by for one in before}:
                self.tasks[-1].state, self.tasks[-1].said = "DECIDED", "YES"
                self.tasks[-1].by = who
        result = self._let_go_on(number)
        if result is not None:
            self._close(self.nodes[number], "APPROVED" if result else "REJECTED", "VOTES")
        return self.nodes[number]

    def _is_yes_just_before(self, task, place):
        node = self.nodes[task.node]
        just_before = (node.round, node.place) == (self.round, place - 1)
        return just_before and (task.kind, task.state, task.said) == ("VOTE", "DECIDED", "YES")

    def _let_go_on(self, number):
        said = self.said[self.nodes[number].place]
        seats = {}
        for task in self._of(number):
            seats.setdefault(task.seat, []).append(task)
        votes = [
            [one.said for one in some if one.kind == "VOTE" and one.state in KEPT]
            for some in seats.values()
        ]
        result = decided(said, ["NO" if "NO" in v else None if None in v else "YES" for v in votes])
        if result is None:
            for some, vote in zip(seats.values(), votes, strict=True):
                if "NO" in vote or None not in vote:
                    self._call_off(some)
                    continue
                first = [one for one in some if one.state in LIVE and _comes_first(one)]
                for one in some:
                    if one.state == "WAITING" and (not first or _comes_first(one) or one.added):
                        one.state = "OPEN"
                if said["mode"] == "SEQUENCE":
                    break
        return result


def _comes_first(task):
    return task.kind == "OPINION" or task.added == "BEFORE"


def decided(said, votes):
    """What a node with these votes of its seats has decided."""
    yes, no, seats = votes.count("YES"), votes.count("NO"), len(votes)
    if said["mode"] == "ANY":
        return True if yes else False if no else None
    needed = ceil(seats * said.get("percent", 100) / 100)
    if no and (said.get("reject", "ONE_VETO") == "ONE_VETO" or seats - no < needed):
        return False
    return True if yes >= needed else None
