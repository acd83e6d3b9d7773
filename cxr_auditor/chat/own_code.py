"""A model that runs only with the Python code that comes with its weights, and answers through that code's own methods.

Such code can do anything on this machine. It is loaded only when the user allows the model by name (TRUST_VARIABLE) and, from the hub,
only at a commit that the user names: code that changes under a branch's name is never run.
"""

import re
import threading
from contextlib import contextmanager
from pathlib import Path

from . import hub, weights
from .errors import ModelMissing, ModelUnfit
from .settings import TRUST_VARIABLE, Source, trusted

_COMMIT = re.compile(r"[0-9a-f]{40}")


class OwnCodeModel:
    """CXR-LLaVA's interface: a report, and the answer to one question. Pictures are PIL images; replies are greedy."""

    def __init__(self, source: Source):
        """ModelMissing where the user has not allowed the code, or has not pinned it."""
        if not trusted(source.model):
            raise ModelMissing(
                "This model runs Python code that comes with its weights, which is not allowed.",
                f"If you trust it, allow it by name: {TRUST_VARIABLE}={source.model}; or serve it elsewhere: cxr_llava@http://host:8000/v1.",
            )
        if not Path(source.model).is_dir() and not _COMMIT.fullmatch(source.revision or ""):
            raise ModelMissing(
                "Code from the hub is run at a pinned commit only.",
                f"Name the commit that you have looked at: {source.model}#COMMIT (40 hex digits).",
            )
        self._source = source
        self._model = None
        self._lock = threading.Lock()
        self.name = source.model
        self.revision = source.revision or hub.revision_of(source.model, Path(source.model))

    def report(self, picture) -> str:
        return self._call("write_radiologic_report", image=picture, temperature=0.0)

    def answer(self, question: str, picture) -> str:
        return self._call("ask_question", question=question, image=picture)

    def release(self) -> None:
        with self._lock:
            self._model = None

    def _call(self, method: str, **arguments) -> str:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            with _foreign("The model's own code failed while it answered."):
                return str(getattr(self._model, method)(**arguments)).strip()

    def _load(self):
        try:
            import torch
            import transformers
        except ImportError as error:
            raise ModelMissing(f"A local model needs the package {error.name!r}.", weights.INSTALL) from error
        device, dtype = weights.placement(self._source.settings)
        folder = hub.fetch(self._source.model, self._source.revision, code=True)
        with _foreign("The model's own code could not be loaded."):
            model = transformers.AutoModel.from_pretrained(folder, trust_remote_code=True, dtype=getattr(torch, dtype))
            return model.to(device).eval()


@contextmanager
def _foreign(message: str):
    """Whatever the model's own code raises is not this project's mistake: it was written for another version of everything."""
    try:
        yield
    except Exception as error:
        raise ModelUnfit(
            f"{message} ({type(error).__name__})",
            "It was written for transformers 4.36: serve it from an environment of its own and name the server: cxr_llava@http://host:8000/v1.",
        ) from error
