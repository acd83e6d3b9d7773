"""Seconds per stage and tokens per audit, for any configured reader and parser.

    python benchmarks/latency.py --reader lite --parser rules
    python benchmarks/latency.py --reader medgemma@http://localhost:8000/v1 --parser nemotron@http://localhost:8001/v1

Prints medians over the repeats and, as they matter more, ratios within this one run: reading and parsing side by side against one
after the other, and a re-audit with the kept reading against a whole audit.
"""

import argparse
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cxr_auditor.audit import audit, audit_reading, parse_draft, read_film  # noqa: E402
from cxr_auditor.chat.records import Reply  # noqa: E402
from cxr_auditor.examples import example_cases  # noqa: E402
from cxr_auditor.images import Radiograph, load  # noqa: E402
from cxr_auditor.registry import make_parser, make_reader  # noqa: E402


@dataclass
class Meter:
    """Stands in front of a model and keeps what its replies cost."""

    model: object
    replies: list[Reply] = field(default_factory=list)

    def reply(self, request) -> Reply:
        self.replies.append(self.model.reply(request))
        return self.replies[-1]

    def __getattr__(self, name):
        return getattr(self.model, name)


def metered(asker) -> Meter | None:
    """A reader or parser with a meter in front of its model; None where it asks none."""
    asker = getattr(asker, "model", asker)  # the parser `both` asks through another one
    if getattr(asker, "chat", None) is None:
        return None
    asker.chat = Meter(asker.chat)
    return asker.chat


def seconds(action, repeats: int) -> tuple[float, float]:
    """(median, slowest) wall time."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times), max(times)


def side_by_side(film: Radiograph, draft: str, reader, parser) -> None:
    with ThreadPoolExecutor(2) as pool:
        reading, parsing = pool.submit(read_film, film, reader), pool.submit(parse_draft, draft, parser)
        reading.result(), parsing.result()


def cost(meter: Meter | None, runs: int) -> str:
    """Tokens per run and speed, from what the model's replies said they cost."""
    if meter is None or not meter.replies:
        return "asks no model"
    prompt = sum(reply.prompt_tokens or 0 for reply in meter.replies)
    completion = sum(reply.completion_tokens or 0 for reply in meter.replies)
    spent = sum(reply.seconds for reply in meter.replies)
    replies = len(meter.replies) / runs
    return f"{replies:.1f} replies, {prompt / runs:.0f} tokens in, {completion / runs:.0f} out per run, {completion / spent:.0f} tokens/s"


def run(film: Radiograph, draft: str, reader, parser, repeats: int) -> list[str]:
    """The lines of the report."""
    reader_meter, parser_meter = metered(reader), metered(parser)
    first, _ = seconds(lambda: audit(film, draft, reader, parser), 1)
    for meter in (reader_meter, parser_meter):
        if meter is not None:
            meter.replies.clear()
    reading = read_film(film, reader)
    stages = {
        "reading the film": seconds(lambda: read_film(film, reader), repeats),
        "reading the draft": seconds(lambda: parse_draft(draft, parser), repeats),
    }
    costs = f"reader: {cost(reader_meter, repeats + 1)}\nparser: {cost(parser_meter, repeats)}"
    stages |= {
        "both, one after the other": seconds(lambda: (read_film(film, reader), parse_draft(draft, parser)), repeats),
        "both, side by side": seconds(lambda: side_by_side(film, draft, reader, parser), repeats),
        "a whole audit": seconds(lambda: audit(film, draft, reader, parser), repeats),
        "a re-audit, the reading kept": seconds(lambda: audit_reading(film, reading, draft, parser), repeats),
    }
    lines = [f"reader {reader.name} {reader.revision}; parser {parser.name} {parser.revision}", f"reading: {reading.status}"]
    lines.append(f"the first audit, with loading: {first:.3f} s")
    lines += [f"{name:30} median {median:.4f} s, slowest {slowest:.4f} s" for name, (median, slowest) in stages.items()]
    after, beside = stages["both, one after the other"][0], stages["both, side by side"][0]
    whole, again = stages["a whole audit"][0], stages["a re-audit, the reading kept"][0]
    lines += [
        f"side by side takes {beside / after:.2f} of one after the other",
        f"a re-audit takes {again / whole:.3f} of a whole audit",
        costs,
    ]
    return lines


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reader", default="lite", help="NAME[=MODEL][@SERVER]")
    options.add_argument("--parser", default="rules", help="NAME[=MODEL][@SERVER]")
    options.add_argument("--film", type=Path, help="an image file; by default the first example")
    options.add_argument("--draft", help="the draft's text; by default the first example's")
    options.add_argument("--repeats", type=int, default=5)
    given = options.parse_args()
    case = example_cases()[0]
    film = load(given.film or case.film_path)
    print("\n".join(run(film, given.draft or case.draft, make_reader(given.reader), make_parser(given.parser), given.repeats)))


if __name__ == "__main__":
    main()
