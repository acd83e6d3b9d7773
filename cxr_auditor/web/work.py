"""Long work off the page's event loop: one film is looked at at a time, everybody else waits and is told so."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass

_TICK = 0.4  # seconds between two signs of life

FILMS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="film")
DRAFTS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="draft")  # apart, so that a revised draft never waits for somebody's film


@dataclass(frozen=True)
class Tick:
    """A sign of life of work that is not done. `started` is False while the work of others comes first."""

    seconds: float
    started: bool


def submit(desk: ThreadPoolExecutor, work: Callable, *args) -> Future:
    """Puts work on a desk, in the context of the visitor's request: a lent GPU (Hugging Face ZeroGPU) is charged to who asks."""
    return desk.submit(copy_context().run, work, *args)


async def ticks(future: Future) -> AsyncIterator[Tick]:
    """Signs of life until `future` is done, well or badly. A consumer that is cancelled takes work back that has not started.

    asyncio never holds the future itself: it would write an error that nobody collects, a draft's words with it, to the log.
    """
    start = time.perf_counter()
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    future.add_done_callback(lambda _: loop.is_closed() or loop.call_soon_threadsafe(done.set))
    try:
        while not done.is_set():
            try:
                await asyncio.wait_for(done.wait(), _TICK)
            except TimeoutError:
                yield Tick(time.perf_counter() - start, future.running())
    except (asyncio.CancelledError, GeneratorExit):
        future.cancel()
        raise
