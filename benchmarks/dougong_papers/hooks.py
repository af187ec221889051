"""The four reactions to one step: two before it, two after it."""

from dougong import Context, Refused, after, before
from dougong_papers.entities import Paper, Remark
from dougong_papers.workflows import accept


@before(accept)
def have_pages(paper: Paper, ctx: Context) -> None:
    """Nothing is printed that has no pages."""
    if paper.pages < 1:
        raise Refused("no_pages")


@before(accept)
def note_when(paper: Paper, ctx: Context) -> None:
    """It is known when it was accepted."""
    paper.accepted_at = ctx.now


@after(accept)
def tell_the_author(paper: Paper, ctx: Context) -> None:
    """The author is told."""
    ctx.create(Remark(paper=paper, said="The author is told."))


@after(accept)
def order_paper(paper: Paper, ctx: Context) -> None:
    """The printer is asked for so many sheets."""
    ctx.create(Remark(paper=paper, said=f"{paper.pages} sheets are ordered."))
