# SPDX-License-Identifier: Apache-2.0
"""Running seeds of random operations: one engine and one database for many of them.

Every seed has people of its own, so that seeds do not meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg
from books_compared import compare_books
from random_ops import STARTS, Clock, Run
from settlement_world import KEY, World, institutions, make_platform

from gongji.members.privacy import PrivacyBox

COMPARE_EVERY = 50
Field = tuple[World, Clock]


@contextmanager
def field_on(url: str) -> Iterator[Field]:
    """An engine with a clock of its own on a fresh migrated database."""
    clock = Clock(STARTS[0])
    with psycopg.connect(url) as conn:
        institutions(conn, PrivacyBox(KEY))
        platform = make_platform(url, now=clock)
        try:
            yield World(url, platform, conn), clock
        finally:
            platform.stop()


def operate(world: World, clock: Clock, seed: int, steps: int) -> None:
    """One seed: random steps, books compared now and then; AssertionError with the seed."""
    run = Run(world, clock, seed)
    for step in range(1, steps + 1):
        run.one_step()
        if step % COMPARE_EVERY == 0:
            compare_books(run)
    compare_books(run)


def operate_all(world: World, clock: Clock, seeds: Iterable[int], steps: int) -> None:
    """Several seeds, up to the first difference."""
    for seed in seeds:
        operate(world, clock, seed, steps)
