"""How a paper comes to be printed."""

from dougong import Context, Workflow
from dougong_papers.entities import Paper, PaperState
from dougong_papers.permissions import ACCEPT

paper_workflow = Workflow(Paper, Paper.state, final=[PaperState.ACCEPTED])


@paper_workflow.step(PaperState.HANDED_IN, to=PaperState.ACCEPTED, needs=ACCEPT)
def accept(paper: Paper, ctx: Context) -> None:
    """Have it printed."""
