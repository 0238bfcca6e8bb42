# SPDX-License-Identifier: Apache-2.0
"""The calculation functions again, passed through a compiler: the same code, never a second one.

The compiler comes in as a decorator (``numba.njit``), so the kernel needs none. Numba compiles a
function only if the functions it calls are compiled too; each is therefore rebuilt from its own
code with the compiled ones put in the place of those that it names.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

from gongji.kernel import benefit, money, sharing, sharing_rest, withholding

Compiler = Callable[[Callable[..., Any]], Callable[..., Any]]

# In the order of calling: a function stands after all that it calls.
_CHAIN: tuple[Callable[..., Any], ...] = (
    money.half_up,
    money.ratio_of,
    money.amount_for,
    money.line_amount_fen,
    benefit.split_line,
    benefit.add_line,
    benefit.add_extra_first_self,
    benefit._by_segments,
    benefit._cost_reaching,
    benefit._pooled,
    benefit._serious,
    benefit._aid,
    benefit.settle_benefit,
    benefit._moved,
    benefit.advance,
    benefit.retreat,
    withholding._after_serious,
    withholding._above,
    withholding.withheld,
    sharing._from_buckets,
    sharing._held_back,
    sharing._give,
    sharing._relatives,
    sharing._eligible,
    sharing._counted,
    sharing._accounts,
    sharing._name_kept,
    sharing.share,
    sharing_rest._to_buckets,
    sharing_rest._give_back,
    sharing_rest.share_rest,
)


class Kernel(NamedTuple):
    """The public calculation functions, compiled; same arguments and results as the originals."""

    ratio_of: Callable[..., Any]
    line_amount_fen: Callable[..., Any]
    split_line: Callable[..., Any]
    add_line: Callable[..., Any]
    add_extra_first_self: Callable[..., Any]
    settle_benefit: Callable[..., Any]
    advance: Callable[..., Any]
    retreat: Callable[..., Any]
    withheld: Callable[..., Any]
    share: Callable[..., Any]
    share_rest: Callable[..., Any]


def compiled(compiler: Compiler) -> Kernel:
    """Every calculation function through ``compiler``; sequences become what it accepts.

    Whole numbers are 64 bits wide then: single amounts up to 1e14 fen (a trillion yuan) and
    lines up to 900 million yuan stay exact.
    """
    done: dict[Callable[..., Any], Callable[..., Any]] = {}
    for function in _CHAIN:
        names = {
            name: done[value] if isinstance(value, FunctionType) and value in done else value
            for name, value in function.__globals__.items()
        }
        twin = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
        twin.__module__ = function.__module__
        twin.__qualname__ = function.__qualname__
        done[function] = compiler(twin)
    public = {function.__name__: twin for function, twin in done.items()}
    return Kernel(**{name: public[name] for name in Kernel._fields})
