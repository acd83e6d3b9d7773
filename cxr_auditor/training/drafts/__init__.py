"""Written and labelled drafts -> a corpus for tuning a draft parser: the served prompt, the reply it is to give, and a manifest."""

from .build import Labelled, Summary, build_drafts
from .read import DraftExample, drafts_manifest, read_drafts
from .settings import Settings

__all__ = ["DraftExample", "Labelled", "Settings", "Summary", "build_drafts", "drafts_manifest", "read_drafts"]
