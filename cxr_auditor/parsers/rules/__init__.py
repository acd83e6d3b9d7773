"""Rules over tables of radiology language: the parser that runs anywhere."""

from .parser import MAX_CHARACTERS, RulesParser

__all__ = ["MAX_CHARACTERS", "RulesParser"]
