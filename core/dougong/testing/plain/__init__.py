"""Queries answered the plain way: one resolver for each field, over rows that SQLAlchemy loads.

Slow, and written to be believed by reading: conditions, orders and pages are plain Python over
loaded records, and nothing is taken from the planner. It says what the planner's answers must be.
"""

from dougong.testing.plain.answers import Answered, PlainAnswers

__all__ = ["Answered", "PlainAnswers"]
