"""Labelled films -> a corpus for tuning a grounding reader: films, targets in the served reader's words, and a manifest."""

from .build import Summary, build_corpus
from .read import Example, corpus_films, corpus_manifest, corpus_prompt, read_corpus
from .settings import Settings, Unboxed

__all__ = ["Example", "Settings", "Summary", "Unboxed", "build_corpus", "corpus_films", "corpus_manifest", "corpus_prompt", "read_corpus"]
