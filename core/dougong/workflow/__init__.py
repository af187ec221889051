"""How records move: workflows, steps, reactions, and the event log."""
