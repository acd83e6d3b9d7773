"""Writes and commits drafts until it is killed, and says of each one when it is safe: `committer.py URL LIBRARY LOG`.

For each line on its input it forks a process that does so; imports and the parser's tables are loaded once. The log has one JSON object a
line, written after the call returned; a line that is not whole was never said.
"""

import json
import os
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from cxr_auditor.audit import parse_draft
from cxr_auditor.teaching.cases import load_library
from cxr_auditor.teaching.people import local_person
from cxr_auditor.teaching.records import Person, Wish
from cxr_auditor.teaching.sittings import Sittings
from cxr_auditor.teaching.store.engine import open_store

SENTENCES = ("Right pneumothorax. ☂", " The heart is of normal size, seen {}.")
TRAINEES = 2


def say(log: int, **words) -> None:
    os.write(log, (json.dumps(words) + "\n").encode())


def commit_on(service: Sittings, person: Person, name: str, log: int) -> None:
    """A trainee's sessions, one after the other, without an end."""
    for seed in count():
        sitting = service.begin(person, Wish(size=3, normals=0.3, seed=seed, again=False), None)
        for turn in sitting.turns:
            draft = ""
            for sentence in SENTENCES:
                draft += sentence.format(f"{name}-{seed}")
                service.keep_draft(person, sitting.key, turn.number, draft, (), 1)
                say(log, kept=draft, key=sitting.key, number=turn.number)
            service.commit(person, sitting.key, turn.number, draft, (), 2)
            say(log, committed=draft, key=sitting.key, number=turn.number)


def work(url: str, library: Path, log: int) -> None:
    try:
        cases = load_library(library)
        store = open_store(url)
        person = local_person(store)
        with ThreadPoolExecutor(TRAINEES) as pool:
            names = [f"{os.getpid()}-{number}" for number in range(TRAINEES)]
            list(pool.map(lambda name: commit_on(Sittings(store, lambda: cases), person, name, log), names))
    except Exception:
        say(log, error=traceback.format_exc())
    while True:  # there is a process to kill, whatever happened
        signal.pause()


def main() -> None:
    url, library, file = sys.argv[1:]
    parse_draft(SENTENCES[0])
    log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            work(url, Path(library), log)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main()
