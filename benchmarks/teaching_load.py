"""Many trainees at once: no error, no lost answer, and how long each waits for a commit.

    python benchmarks/teaching_load.py --seconds 120
    python benchmarks/teaching_load.py --seconds 120 --database postgresql://USER:PASSWORD@HOST/NAME

Each trainee is a thread that reads case after case as a person does, only faster: it writes a draft sentence by sentence (each is kept),
thinks, commits, answers every flag and goes on. All share one process, as on the page. Then everything that was said to be kept is looked
up in the database. Prints the waiting times; exit code 1 where anything failed or is missing. Without --database, an SQLite file that is
deleted afterwards; a database that is named keeps the trainees' accounts.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cxr_auditor.case_file import Case  # noqa: E402
from cxr_auditor.examples import example_cases  # noqa: E402
from cxr_auditor.items import report_items  # noqa: E402
from cxr_auditor.teaching.cases import load_library  # noqa: E402
from cxr_auditor.teaching.people import as_person  # noqa: E402
from cxr_auditor.teaching.records import Against, Person, Role, Stance, Turn, Wish  # noqa: E402
from cxr_auditor.teaching.sittings import Sittings  # noqa: E402
from cxr_auditor.teaching.store.engine import Store, open_store  # noqa: E402
from cxr_auditor.teaching.store.tables import PersonRow  # noqa: E402

SENTENCES = (
    "Right pneumothorax.",
    "No pneumothorax.",
    "Small left pleural effusion.",
    "No pleural effusion.",
    "The heart is enlarged.",
    "Heart size is normal.",
    "Nodule in the left upper lobe.",
    "Possible opacity at the right base.",
)
PAUSE = (0.3, 1.5)
"""Seconds between two sentences or answers."""


@dataclass
class Trainee:
    """What one of them did, and what the database said to have kept: drafts under way by session and case, committed cases."""

    person: Person
    chance: random.Random
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[tuple[str, int], str] = field(default_factory=dict)
    committed: dict[tuple[str, int], Turn] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def read_cases(self, service: Sittings, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                with self._timed("begin"):
                    sitting = service.begin(self.person, Wish(size=5, seed=self.chance.randrange(10**6)), None)
                for turn in sitting.turns:
                    self._read_case(service, stop, sitting.key, turn.number)
                    if stop.is_set():
                        return
                with self._timed("finish"):
                    service.finish(self.person, sitting.key)
        except Exception as error:  # counted, and shown at the end
            self.errors.append(f"{type(error).__name__}: {error}")

    def _read_case(self, service: Sittings, stop: threading.Event, key: str, number: int) -> None:
        said: list[str] = []
        for sentence in self.chance.sample(SENTENCES, self.chance.randint(2, 4)):
            said.append(sentence)
            with self._timed("keep a draft"):
                service.keep_draft(self.person, key, number, " ".join(said), (), len(said))
            self.kept[key, number] = " ".join(said)
            if stop.wait(self.chance.uniform(*PAUSE)):
                return
        with self._timed("commit"):
            turn = service.commit(self.person, key, number, " ".join(said), (), len(said))
        self.committed[key, number] = turn
        for item in report_items(turn.report).flags:
            if stop.wait(self.chance.uniform(*PAUSE)):
                return
            with self._timed("answer"):
                turn = service.answer(self.person, key, number, Against.TRUTH, item.ref, self.chance.choice(list(Stance)), item.tag)
            self.committed[key, number] = turn

    @contextmanager
    def _timed(self, what: str):
        start = time.perf_counter()
        yield
        self.seconds[what].append(time.perf_counter() - start)


def run(url: str, trainees: int, seconds: float, cases: Sequence[Case], seed: int = 1) -> list[Trainee]:
    """Lets the trainees loose on a database for some seconds."""
    store = open_store(url)
    service = Sittings(store, lambda: cases)
    group = [Trainee(person, random.Random(f"{seed}:{i}")) for i, person in enumerate(_people(store, trainees))]
    stop = threading.Event()
    threads = [threading.Thread(target=trainee.read_cases, args=(service, stop)) for trainee in group]
    for thread in threads:
        thread.start()
    stop.wait(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    store.close()
    return group


def lost(url: str, group: Sequence[Trainee], cases: Sequence[Case]) -> list[str]:
    """What was said to be kept and is not in the database as it was said."""
    store = open_store(url)
    service = Sittings(store, lambda: cases)
    missing = []
    for trainee in group:
        stored = {(sitting.key, turn.number): turn for sitting in service.of(trainee.person) for turn in sitting.turns}
        missing += [f"draft of case {number}" for (key, number), draft in trainee.kept.items() if stored[key, number].draft != draft]
        missing += [f"case {number}" for (key, number), turn in trainee.committed.items() if stored[key, number] != turn]
        if sum(turn.committed is not None for turn in stored.values()) != len(trainee.committed):
            missing.append(f"a count of commits: {trainee.person.name}")
    store.close()
    return missing


def table(group: Sequence[Trainee]) -> str:
    """Milliseconds that a trainee waited, by what for."""
    lines = [f"{'':14}{'times':>7}{'p50':>8}{'p95':>8}{'p99':>8}{'worst':>8}  ms"]
    for what in ("begin", "keep a draft", "commit", "answer", "finish"):
        waits = np.array([one for trainee in group for one in trainee.seconds[what]]) * 1000
        if waits.size:
            figures = "".join(f"{value:8.0f}" for value in (*np.percentile(waits, [50, 95, 99]), waits.max()))
            lines.append(f"{what:14}{waits.size:7}{figures}")
    return "\n".join(lines)


def _people(store: Store, count: int) -> list[Person]:
    """New accounts that nobody can sign in to."""
    mark = f"{datetime.now(UTC):%Y%m%d%H%M%S%f}"
    with store.begin() as session:
        rows = [PersonRow(name=f"load-{mark}-{i}", role=Role.TRAINEE.value, made=datetime.now(UTC)) for i in range(count)]
        session.add_all(rows)
        session.flush()
        return [as_person(row) for row in rows]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trainees", type=int, default=25)
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--database", help="URL; by default an SQLite file for this run alone")
    options.add_argument("--library", type=Path, help="a folder of cases; by default the examples")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    cases = load_library(given.library) if given.library else example_cases()
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{folder}/load.sqlite3"
        group = run(url, given.trainees, given.seconds, cases, given.seed)
        missing = lost(url, group, cases)
    errors = [error for trainee in group for error in trainee.errors]
    committed = sum(len(trainee.committed) for trainee in group)
    answers = sum(len(turn.answers) for trainee in group for turn in trainee.committed.values())
    print(f"{given.trainees} trainees, {given.seconds:g} s, {url.partition(':')[0]}")
    print(table(group))
    print(f"{committed} cases and {answers} answers committed, {len(missing)} lost, {len(errors)} errors")
    for line in sorted({*errors, *missing}):
        print(line)
    sys.exit(1 if errors or missing else 0)


if __name__ == "__main__":
    main()
