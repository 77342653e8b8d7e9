"""The filter grammar: texts of `filter` and `order_by` become trees, checked against tables.

`fields` says what each search knows, `source` holds a text and words the mistakes in it, `lexer`
cuts it into tokens and `reader` walks over them; `parser` and `values` build the comparisons of
`tree`, `order` the sort terms. What a wider language adds goes into the same places: operators
into `fields`, nodes into `tree`, their rules into `parser`.
"""

from __future__ import annotations

from nbtrack.search.fields import (
    EXPERIMENTS,
    LOGGED_MODELS,
    RUNS,
    Entity,
    Operator,
    Search,
    ValueType,
)
from nbtrack.search.order import OrderTerm, model_order, parse_model_order_by, parse_order_by
from nbtrack.search.parser import parse_filter
from nbtrack.search.tree import And, Comparison, Field, Value, print_filter

__all__ = [
    "EXPERIMENTS",
    "LOGGED_MODELS",
    "RUNS",
    "And",
    "Comparison",
    "Entity",
    "Field",
    "Operator",
    "OrderTerm",
    "Search",
    "Value",
    "ValueType",
    "model_order",
    "parse_filter",
    "parse_model_order_by",
    "parse_order_by",
    "print_filter",
]
