"""Copies of what a rule decides: they are written together."""

from live_flow import ERRORS, step
from sqlalchemy import event

OPEN = f"""mutation($version: ID!) {{
  openApproval(version: $version, about: "Paper", content: {{amount: 1}}) {{ {ERRORS} }} }}"""
NODE = {
    "key": "boss",
    "name": "Boss",
    "approvers": [{"role": "flow.approver", "each": True}],
    "auto": {"amount": {"lte": 100}},
}


def test_the_copies_of_what_a_rule_decides_are_written_together(live):
    asked = step("ask", kind="APPROVAL", approval={"nodes": [NODE]})
    version = live.released("buy", asked)
    seen = []
    event.listen(live.served.engine, "before_cursor_execute", lambda *said: seen.append(said[2]))

    def statements(people):
        for _ in range(people):
            live.served.person("flow.approver")
        live.ask(OPEN, live.olga, version=version)
        seen.clear()
        live.ask(OPEN, live.olga, version=version)
        return sum("into flow.approval_task " in one.lower() for one in seen)

    few, many = statements(1), statements(10)

    assert few == many == 1
