"""The write side of the API: inputs, payloads, and one transaction for each mutation."""

from dougong.graphql.mutations.declared import ATOMIC, DRY_RUN
from dougong.graphql.mutations.fields import mutation_type
from dougong.graphql.mutations.run import MutationRunner

__all__ = ["ATOMIC", "DRY_RUN", "MutationRunner", "mutation_type"]
