# SPDX-License-Identifier: Apache-2.0
"""Who gives to whom in the demonstration, in the order in which it was arranged."""

from __future__ import annotations

import datetime as dt

from gongji.kernel.benefit import PHARMACY
from gongji.runtime.demo_people import DemoAuthorisation
from gongji.sharing import relations
from gongji.sharing.services import Limits

AUTHORISATIONS: tuple[DemoAuthorisation, ...] = (
    DemoAuthorisation("wang", "wangma", relations.MOTHER),
    DemoAuthorisation("wang", "li", relations.SPOUSE),
    DemoAuthorisation("li", "wang", relations.SPOUSE),
    DemoAuthorisation("wang", "wangbao", relations.SON),
    DemoAuthorisation("li", "wangbao", relations.SON),
    DemoAuthorisation("funv", "fu", relations.FATHER),
    DemoAuthorisation("zhou1", "zhou", relations.MOTHER, Limits(visit_fen=100_00)),
    DemoAuthorisation("zhou2", "zhou", relations.MOTHER, Limits(day_fen=200_00)),
    DemoAuthorisation("zhou3", "zhou", relations.MOTHER),
    DemoAuthorisation("wu1", "wu", relations.FATHER, Limits(year_fen=0)),
    DemoAuthorisation("zheng1", "zheng", relations.MOTHER, paused=True),
    DemoAuthorisation("feng1", "feng", relations.MOTHER),
    DemoAuthorisation("han1", "han", relations.FATHER),
    DemoAuthorisation("yang1", "yang", relations.MOTHER, taken_over=True),
    DemoAuthorisation("zhuye", "zhusun", relations.SONS_DAUGHTER),
    DemoAuthorisation("qin1", "qin", relations.WIFES_FATHER, taken_over=True),
    DemoAuthorisation("lv1", "lv", relations.FATHER),
    DemoAuthorisation("zhang1", "zhang", relations.SPOUSE),
    DemoAuthorisation("cao1", "cao", relations.SIBLING),
    DemoAuthorisation("cao2", "cao", relations.FATHER),
    DemoAuthorisation("yan1", "yan", relations.MOTHER, Limits(grant_fen=3000_00)),
    DemoAuthorisation("jin1", "jin", relations.FATHER, taken_over=True),
    DemoAuthorisation("wei1", "wei", relations.MOTHER, taken_over=True),
    DemoAuthorisation("xie", "tao", relations.SPOUSE, taken_over=True),
    DemoAuthorisation("xie", "jiang", relations.FATHER, uses=1 << PHARMACY),
    DemoAuthorisation(
        "xie", "qi", relations.MOTHER, valid_until=dt.date(2026, 6, 30), taken_over=True
    ),
    DemoAuthorisation(
        "fu", "qi", relations.SIBLING, valid_from=dt.date(2099, 1, 1), taken_over=True
    ),
)
