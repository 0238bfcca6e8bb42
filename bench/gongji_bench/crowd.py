# SPDX-License-Identifier: Apache-2.0
"""Invented people of the benchmark: families of four, who is seen how often, who has money.

Everything follows from the seed. Half of the families are insured in one pooling area (one fund),
half are spread over its districts (a fund each) under the very same rules. Amounts are fen.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from dataclasses import dataclass, field

FIRST_OWNER = 100_001
FAMILY = 4
ONE_AREA = 360100
DISTRICTS = (360102, 360103, 360104, 360111, 360112, 360113, 360121, 360123, 360124)
HOSPITALS = 200
PHARMACIES = 100
EMPLOYEE, RESIDENT = 310, 390
SPOUSE, CHILD, GRANDCHILD, PARENT = 10, 20, 40, 50
FIRST_SPOUSE, SECOND_SPOUSE, PARENT_OF_FIRST, CHILD_OF_BOTH = range(FAMILY)
# Who gives to whom: member -> (giver, what the recipient is to the giver).
GIVERS = {
    FIRST_SPOUSE: ((SECOND_SPOUSE, SPOUSE), (PARENT_OF_FIRST, CHILD)),
    SECOND_SPOUSE: ((FIRST_SPOUSE, SPOUSE),),
    PARENT_OF_FIRST: ((FIRST_SPOUSE, PARENT),),
    CHILD_OF_BOTH: ((FIRST_SPOUSE, CHILD), (SECOND_SPOUSE, CHILD), (PARENT_OF_FIRST, GRANDCHILD)),
}
POOR_SHARE_PERCENT = 15  # of the visits are of families without money: they end in cash
BASE_BALANCE_FEN_MAX = 500_000
POOR_BALANCE_FEN_MAX = 10_000
MEAN_BILL_FEN = 33_000
VISIT_LIMIT_FEN = 5_000  # of a first giver who is not the only one: the next one pays the rest
EVERYBODY, HOT, SPREAD = "everybody", "one fund", "ten funds"


@dataclass
class Crowd:
    """``people`` invented persons; index 0.. stands for owner FIRST_OWNER + index."""

    people: int
    expected_visits: int
    seed: int = 1
    zipf: int = 1
    weights: list[float] = field(default_factory=list)
    balances: list[tuple[int, int]] = field(default_factory=list)  # (current, carried)

    def __post_init__(self) -> None:
        self.people -= self.people % FAMILY
        rng = random.Random(self.seed)
        ranks = list(range(1, self.people + 1))
        rng.shuffle(ranks)
        self.weights = [1 / rank**self.zipf for rank in ranks]
        self.balances = self._balances(rng)

    def _balances(self, rng: random.Random) -> list[tuple[int, int]]:
        """Enough for what a family is expected to need, except where it is poor."""
        families = [
            (sum(self.weights[first : first + FAMILY]), first)
            for first in range(0, self.people, FAMILY)
        ]
        everything = sum(self.weights)
        seen = poor_seen = 0.0
        found = [(0, 0)] * self.people
        for weight, first in sorted(families, reverse=True):
            seen += weight
            poor = (poor_seen + weight) * 100 <= seen * POOR_SHARE_PERCENT
            poor_seen += weight if poor else 0
            need_fen = int(weight / everything * self.expected_visits * MEAN_BILL_FEN)
            for member in range(FAMILY - 1):  # the child is a resident and has no account
                if poor:
                    amount_fen = rng.randrange(POOR_BALANCE_FEN_MAX)
                else:
                    amount_fen = need_fen + rng.randrange(BASE_BALANCE_FEN_MAX)
                carried_fen = amount_fen // 3
                found[first + member] = (amount_fen - carried_fen, carried_fen)
        return found

    def owner(self, index: int) -> int:
        """Owner id."""
        return FIRST_OWNER + index

    def area(self, index: int) -> int:
        """Area of insurance: one fund for half of the families, a district's for the others."""
        family = index // FAMILY
        if family % 2 == 0:
            return ONE_AREA
        return DISTRICTS[family // 2 % len(DISTRICTS)]

    def insutype(self, index: int) -> int:
        """Scheme: the child of a family is a resident."""
        return RESIDENT if index % FAMILY == CHILD_OF_BOTH else EMPLOYEE

    def birth(self, index: int) -> dt.date:
        """Birth date fitting the place in the family; unique identity numbers follow from it."""
        decade = (1984, 1986, 1957, 2014)[index % FAMILY]
        return dt.date(decade, 1, 1) + dt.timedelta(days=index // FAMILY % 1000)

    def givers(self, index: int) -> list[tuple[int, int]]:
        """(index of the giver, relation) in the order of payment: one to three."""
        first = index - index % FAMILY
        chosen = GIVERS[index % FAMILY]
        if len(chosen) > 1 and index // FAMILY % 2:
            chosen = chosen[:-1]
        return [(first + member, relation) for member, relation in chosen]

    def patients(self, count: int, whom: str, rng: random.Random) -> list[int]:
        """``count`` patients drawn by Zipf among everybody, or one half of the families."""
        members = list(range(self.people))
        if whom != EVERYBODY:
            wanted = 0 if whom == HOT else 1
            members = [i for i in members if i // FAMILY % 2 == wanted]
        # Each half gets its own ranks 1, 2, 3, ...: both are drawn from the same distribution.
        members.sort(key=lambda i: -self.weights[i])
        heights = [1 / rank**self.zipf for rank in range(1, len(members) + 1)]
        return rng.choices(members, cum_weights=list(itertools.accumulate(heights)), k=count)
