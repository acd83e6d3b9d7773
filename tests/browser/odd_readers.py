"""The page with two more readers: one that takes its time, one that breaks. Started by the browser tests in a process of its own."""

import time
from dataclasses import dataclass

from cxr_auditor import registry
from cxr_auditor.findings import Finding
from cxr_auditor.schema import ImageReading

SECONDS = 2


class SlowReader:
    name, revision, scope, silence_means_absent = "slow", "1", tuple(Finding), True

    def read(self, film) -> ImageReading:
        time.sleep(SECONDS)
        return ImageReading(reader="slow")


class BrokenReader(SlowReader):
    name = "broken"

    def read(self, film) -> ImageReading:
        raise RuntimeError("quietword")


@dataclass(frozen=True)
class Here(registry.Entry):
    reader: type = SlowReader

    def load(self):
        return self.reader


if __name__ == "__main__":
    registry.READERS["slow"] = Here("", "Slow reader", reader=SlowReader)
    registry.READERS["broken"] = Here("", "Broken reader", reader=BrokenReader)

    from cxr_auditor.web.app import serve

    serve()
