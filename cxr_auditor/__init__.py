"""CXR Draft Auditor: says where a draft impression and a chest film disagree, with the evidence. Research and education only."""

from .audit import audit
from .compare import compare

__all__ = ["audit", "compare"]
