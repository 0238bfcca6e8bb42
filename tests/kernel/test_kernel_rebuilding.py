# SPDX-License-Identifier: Apache-2.0
"""Without any compiler: the rebuilt kernel calls rebuilt functions alone and gives the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gongji.kernel import benefit, money, sharing, sharing_rest, withholding
from gongji.kernel.compiling import Kernel, compiled


def test_every_function_calls_the_rebuilt_ones() -> None:
    seen: list[str] = []

    def compiler(function: Callable[..., Any]) -> Callable[..., Any]:
        def marked(*args: Any) -> Any:
            seen.append(function.__name__)
            return function(*args)

        return marked

    kernel = compiled(compiler)
    assert isinstance(kernel, Kernel)
    # 12.50 x 2 = 25.00 yuan, class B with 10 % first self-pay: 2.50 and 22.50.
    line = kernel.split_line(2_500, 12_500_000, 20_000, 0, benefit.CLASS_B, 1_000, 0, 0)
    assert line == (0, 0, 250, 2_250)
    assert seen == ["split_line", "ratio_of", "half_up"]
    assert kernel.add_line(benefit.EMPTY_BILL, line) == (2_500, 0, 0, 250, 2_250, 0)


def test_names_that_are_no_functions_stay_what_they_are() -> None:
    kernel = compiled(lambda function: function)
    for twin, original in zip(
        kernel, (getattr(_home(name), name) for name in Kernel._fields), strict=True
    ):
        assert twin is not original
        assert twin.__code__ is original.__code__
        assert twin.__globals__["__name__"] == original.__globals__["__name__"]
        assert twin.__globals__.get("WHOLE_BP") == original.__globals__.get("WHOLE_BP")


def _home(name: str) -> Any:
    return next(
        home for home in (money, benefit, withholding, sharing, sharing_rest) if hasattr(home, name)
    )
