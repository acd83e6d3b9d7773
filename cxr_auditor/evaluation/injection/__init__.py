"""Writes drafts about films: faithful ones, and ones with a known error, to see what an audit makes of them."""

from .drafts import Draft, load_drafts, save_drafts, write_drafts
from .plan import ErrorType, Injected, Plan, Say
from .truth import TrueFinding, Truth, sample_truths, truth_of
from .writer import Stated, Style, Wording

__all__ = [
    "Draft",
    "ErrorType",
    "Injected",
    "Plan",
    "Say",
    "Stated",
    "Style",
    "TrueFinding",
    "Truth",
    "Wording",
    "load_drafts",
    "sample_truths",
    "save_drafts",
    "truth_of",
    "write_drafts",
]
