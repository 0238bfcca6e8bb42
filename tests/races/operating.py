# SPDX-License-Identifier: Apache-2.0
"""Running seeds of random operations: one engine and one database for many of them.

Every seed has people of its own, so that seeds do not meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from auditor_packs import Packs
from books_compared import compare_books
from random_ops import Run
from random_people import STARTS, Clock
from settlement_world import KEY, World, institutions, make_platform

from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PACKS, PolicyLibrary

COMPARE_EVERY = 50


@dataclass
class Field:
    """An engine with a clock of its own, and the packs as the auditor reads them."""

    world: World
    clock: Clock
    packs: Packs


@contextmanager
def field_on(url: str, folder: Path = PACKS) -> Iterator[Field]:
    """A field on a fresh migrated database; ``folder``: other packs than the shipped ones."""
    clock = Clock(STARTS[0])
    library = None if folder == PACKS else PolicyLibrary.load(folder)
    with psycopg.connect(url) as conn:
        institutions(conn, PrivacyBox(KEY))
        platform = make_platform(url, now=clock, packs=library)
        try:
            yield Field(World(url, platform, conn), clock, Packs(folder))
        finally:
            platform.stop()


def operate(field: Field, seed: int, steps: int) -> None:
    """One seed: random steps, books compared now and then; AssertionError with the seed."""
    run = Run(field.world, field.clock, field.packs, seed)
    for step in range(1, steps + 1):
        run.one_step()
        if step % COMPARE_EVERY == 0:
            compare_books(run)
    compare_books(run)


def operate_all(field: Field, seeds: Iterable[int], steps: int) -> None:
    """Several seeds, up to the first difference."""
    for seed in seeds:
        operate(field, seed, steps)
