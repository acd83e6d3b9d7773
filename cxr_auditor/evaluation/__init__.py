"""Measures readers, parsers and the whole audit on labelled films. Nothing here is imported by the audit itself.

`datasets` reads what others labelled, `metrics` are pure functions, `injection` writes drafts with known errors, and the runners
put them together. Every figure comes with its n and a seeded interval from patients drawn with replacement.
"""

SEED = 20261122
RESAMPLES = 1000
"""Draws of the patients for the intervals."""
LEVEL = 0.95
"""Of the intervals."""
