# SPDX-License-Identifier: Apache-2.0
"""Families whose explanations are kept as golden files, each with its money worked out by hand.

A new region is one line: add its code to READY once its pack is active, write the golden files
with ``GOLDEN=write pytest tests/advice/test_advice_golden.py`` and read them. Amounts are fen;
``expected`` is fund, own account, each relative in the order of payment, cash; None where the
answer is a refusal, then ``refused`` names the key that is not confirmed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gongji.advice.family import Family, Relative, bill_of
from gongji.kernel.benefit import CHRONIC, INPATIENT, NEW_YEAR, OUTPATIENT, PHARMACY
from gongji.policy.givers import WAY_GROUP, WAY_POCKET

NATION, NANCHANG, JIUJIANG = 100000, 360100, 360400
TONGLIAO, TANGSHAN, XINGTAI, SANMING = 150500, 130200, 130500, 350400
SHANGHAI, YICHANG, KARAMAY, WUHAN, GUANGZHOU = 310000, 420500, 650200, 420100, 440100

# One line a region: packs that are active.
READY = (
    NATION,
    NANCHANG,
    JIUJIANG,
    TANGSHAN,
    XINGTAI,
    YICHANG,
    SANMING,
    SHANGHAI,
    TONGLIAO,
    KARAMAY,
)

DAY = dt.date(2026, 3, 2)
EMPLOYEE, RESIDENT = 310, 390

Money = tuple[int, int, tuple[int, ...], int]


@dataclass(frozen=True)
class Golden:
    """One family, its money by hand, or the key that is refused."""

    name: str
    family: Family
    expected: Money | None
    refused: str = ""


def kin(label: str, relation: str, area: int, yuan: int = 0, **more: object) -> Relative:
    """A relative with this year's balance in yuan."""
    return Relative(label, relation, area, current_fen=yuan * 100, **more)  # type: ignore[arg-type]


FAMILIES: tuple[Golden, ...] = (
    # 680 - 300 deductible = 380 x 55 % = 209; 471 left: 120 own, 351 of the wife's 500.
    Golden(
        "nanchang-worker-outpatient",
        Family(
            NANCHANG,
            EMPLOYEE,
            OUTPATIENT,
            3,
            bill_of(68_000),
            DAY,
            own_current_fen=12_000,
            relatives=(kin("妻子", "SPOUSE", NANCHANG, 500),),
        ),
        (20_900, 12_000, (35_100,), 0),
    ),
    # The year's 300 are used: 260 x 70 % = 182; 78 left: the son's 50, then 28 of the daughter's.
    Golden(
        "nanchang-retired-clinic",
        Family(
            NANCHANG,
            EMPLOYEE,
            OUTPATIENT,
            1,
            bill_of(26_000),
            DAY,
            retired=True,
            age=70,
            used=NEW_YEAR._replace(deductible_used_fen=30_000),
            relatives=(kin("儿子", "CHILD", NANCHANG, 50), kin("女儿", "CHILD", JIUJIANG, 40)),
        ),
        (18_200, 0, (5_000, 2_800), 0),
    ),
    # What the fund pays residents at level 3 is not known, and nothing stands for it.
    Golden(
        "nanchang-child-hospital",
        Family(
            NANCHANG,
            RESIDENT,
            OUTPATIENT,
            3,
            bill_of(42_050, 2_050),
            DAY,
            age=6,
            relatives=(
                kin("爸爸", "PARENT", NANCHANG, 900, visit_limit_fen=10_000),
                kin("妈妈", "PARENT", NANCHANG, 1000),
            ),
        ),
        None,
        "res.op.ratio.L3",
    ),
    # 60,000 at level 3: 600 deductible, 59,400 x 60 % = 35,640, 24,360 left. All above 5,000 may
    # belong to serious-illness insurance: the own 0 and the sister's 30,000 pay 5,000.
    Golden(
        "nanchang-serious-illness",
        Family(
            NANCHANG,
            RESIDENT,
            INPATIENT,
            3,
            bill_of(6_000_000),
            DAY,
            age=33,
            relatives=(kin("姐姐", "SIBLING", NANCHANG, 30_000),),
        ),
        (3_564_000, 0, (500_000,), 1_936_000),
    ),
    # The subsidy of a civil servant is not confirmed and may pay all that is left of 200: neither
    # the own account nor the wife's is used.
    Golden(
        "nanchang-civil-servant",
        Family(
            NANCHANG,
            EMPLOYEE,
            OUTPATIENT,
            3,
            bill_of(20_000),
            DAY,
            civil_servant=True,
            own_current_fen=50_000,
            relatives=(kin("妻子", "SPOUSE", NANCHANG, 500),),
        ),
        (0, 0, (0,), 20_000),
    ),
    # 12,000 - 800 outside = 11,200 - 400 = 10,800 x 80 % = 8,640; 3,360 left, 2,560 payable:
    # the grandson's 1,500; the son has paused, the other grandchild is insured in Wuhan.
    Golden(
        "nanchang-grandmother-stay",
        Family(
            NANCHANG,
            RESIDENT,
            INPATIENT,
            2,
            bill_of(1_200_000, 80_000),
            DAY,
            age=74,
            relatives=(
                kin("孙子", "SON_S_CHILD", NANCHANG, 1500),
                kin("儿子", "CHILD", NANCHANG, 4000, paused=True),
                kin("外孙女", "DAUGHTER_S_CHILD", WUHAN, 4000),
            ),
        ),
        (864_000, 0, (150_000, 0, 0), 186_000),
    ),
    # 180,000 - 800 = 179,200 x 85 % = 152,320, above the cap of 100,000, which is reached at
    # 100,000 / 85 % = 117,647.06; the other 61,552.94 x 90 % = 55,397.646, so 55,397.65.
    # 24,602.35 left: 8,000 own, 16,602.35 of the wife's 20,000.
    Golden(
        "nanchang-above-the-cap",
        Family(
            NANCHANG,
            EMPLOYEE,
            INPATIENT,
            3,
            bill_of(18_000_000),
            DAY,
            own_current_fen=800_000,
            relatives=(kin("妻子", "SPOUSE", NANCHANG, 20_000),),
        ),
        (15_539_765, 800_000, (1_660_235,), 0),
    ),
    # Pharmacy as level 1: 150 x 65 % = 97.50; 52.50 from the own account, nothing left to ask.
    Golden(
        "nanchang-pharmacy",
        Family(
            NANCHANG,
            EMPLOYEE,
            PHARMACY,
            1,
            bill_of(15_000),
            DAY,
            used=NEW_YEAR._replace(deductible_used_fen=30_000),
            own_current_fen=9_000,
            relatives=(kin("丈夫", "SPOUSE", NANCHANG, 300),),
            prescribed=True,
        ),
        (9_750, 5_250, (0,), 0),
    ),
    # The same without a prescription: no fund; 90 from the own account, 60 of the husband.
    Golden(
        "nanchang-pharmacy-unprescribed",
        Family(
            NANCHANG,
            EMPLOYEE,
            PHARMACY,
            1,
            bill_of(15_000),
            DAY,
            used=NEW_YEAR._replace(deductible_used_fen=30_000),
            own_current_fen=9_000,
            relatives=(kin("丈夫", "SPOUSE", NANCHANG, 300),),
        ),
        (0, 9_000, (6_000,), 0),
    ),
    # Class II chronic disease: the city's caps were not found.
    Golden(
        "nanchang-chronic-class-two",
        Family(NANCHANG, EMPLOYEE, CHRONIC, 2, bill_of(50_000), DAY, visit_class=2),
        None,
        "chr.classII.cap",
    ),
    # Unfiled in Guangzhou: 20 % of 10,000 first, 8,000 - 800 = 7,200 x 85 % = 6,120; 3,880 left.
    # Relatives' money stays inside the province.
    Golden(
        "nanchang-unfiled-in-guangzhou",
        Family(
            NANCHANG,
            EMPLOYEE,
            INPATIENT,
            3,
            bill_of(1_000_000),
            DAY,
            care_area=GUANGZHOU,
            relatives=(kin("妈妈", "PARENT", NANCHANG, 3000),),
        ),
        (612_000, 0, (0,), 388_000),
    ),
    # 2025: one giver. 1,000 - 300 = 700 x 60 % = 420; 580 left: 80 own, the brother's 200.
    Golden(
        "nanchang-one-giver-in-2025",
        Family(
            NANCHANG,
            EMPLOYEE,
            OUTPATIENT,
            2,
            bill_of(100_000),
            dt.date(2025, 12, 1),
            own_carried_fen=8_000,
            relatives=(
                kin("哥哥", "SIBLING", NANCHANG, 200),
                kin("妹妹", "SIBLING", NANCHANG, 900),
            ),
        ),
        (42_000, 8_000, (20_000, 0), 30_000),
    ),
    # A resident at a pharmacy: the fund pays nothing; 88 payable of 100, the daughter did not
    # agree to pharmacies (bit 1 << 1 = outpatient only), the wife's father is no near relative.
    Golden(
        "nanchang-resident-pharmacy",
        Family(
            NANCHANG,
            RESIDENT,
            PHARMACY,
            1,
            bill_of(10_000, 1_200),
            DAY,
            age=66,
            relatives=(
                kin("女儿", "CHILD", NANCHANG, 500, uses=1 << OUTPATIENT),
                kin("女婿", "CHILD_IN_LAW", NANCHANG, 500),
            ),
        ),
        (0, 0, (0, 0), 10_000),
    ),
    # Third stay of the year: 9,600 - 600 = 9,000 - 600 = 8,400 x 85 % = 7,140; 2,460 left,
    # 1,860 payable: 360 own, 800 of the daughter (her limit a year); the wife's has expired.
    Golden(
        "jiujiang-third-stay",
        Family(
            JIUJIANG,
            EMPLOYEE,
            INPATIENT,
            3,
            bill_of(960_000, 60_000),
            DAY,
            retired=True,
            age=68,
            admission_no=3,
            own_carried_fen=36_000,
            relatives=(
                kin("女儿", "CHILD", NANCHANG, 1000, year_limit_fen=80_000),
                kin("妻子", "SPOUSE", JIUJIANG, 900, valid_until=dt.date(2026, 1, 31)),
            ),
        ),
        (714_000, 36_000, (80_000, 0), 130_000),
    ),
    # Childbirth at level 2: no deductible, 100 %.
    Golden(
        "jiujiang-childbirth",
        Family(
            JIUJIANG,
            EMPLOYEE,
            INPATIENT,
            2,
            bill_of(600_000),
            DAY,
            age=29,
            visit_class=3,
            relatives=(kin("丈夫", "SPOUSE", JIUJIANG, 300),),
        ),
        (600_000, 0, (0,), 0),
    ),
    # 1,950 of the 2,000 are used: 200 x 65 % = 130, but 50 are left. 150 left to the patient:
    # the wife's 30; the father has no employees' insurance.
    Golden(
        "jiujiang-cap-of-the-year",
        Family(
            JIUJIANG,
            EMPLOYEE,
            OUTPATIENT,
            1,
            bill_of(20_000),
            DAY,
            used=NEW_YEAR._replace(deductible_used_fen=30_000, pooled_paid_fen=195_000),
            relatives=(
                kin("妻子", "SPOUSE", JIUJIANG, 30),
                kin("父亲", "PARENT", JIUJIANG, 0, employee=False),
            ),
        ),
        (5_000, 0, (3_000, 0), 12_000),
    ),
    # Residents' outpatient care in Jiujiang: no text was found.
    Golden(
        "jiujiang-resident-outpatient",
        Family(JIUJIANG, RESIDENT, OUTPATIENT, 1, bill_of(8_000), DAY, age=40),
        None,
        "res.op.ratio.L1",
    ),
    # The national frame alone: residents get nothing from the fund at a pharmacy; 60 of the
    # mother's limit a day, then 20 of the father's account.
    Golden(
        "nation-resident-pharmacy",
        Family(
            NATION,
            RESIDENT,
            PHARMACY,
            1,
            bill_of(8_000),
            DAY,
            age=12,
            relatives=(
                kin("妈妈", "PARENT", NATION, 500, day_limit_fen=6_000),
                kin("爸爸", "PARENT", NATION, 500),
            ),
        ),
        (0, 0, (6_000, 2_000), 0),
    ),
    # The national frame has no outpatient ratio of its own.
    Golden(
        "nation-outpatient",
        Family(NATION, EMPLOYEE, OUTPATIENT, 1, bill_of(8_000), DAY),
        None,
        "op.ratio.L1.in",
    ),
    # Tangshan's figures are portals' alone: nothing is settled.
    Golden(
        "tangshan-outpatient",
        Family(TANGSHAN, EMPLOYEE, OUTPATIENT, 2, bill_of(50_000), DAY),
        None,
        "op.ratio.L2.in",
    ),
    # Xingtai: 500 - 100 = 400 x 50 % = 200; 300 left: 40 own, 260 of the son (one giver).
    Golden(
        "xingtai-outpatient",
        Family(
            XINGTAI,
            EMPLOYEE,
            OUTPATIENT,
            2,
            bill_of(50_000),
            DAY,
            own_current_fen=4_000,
            relatives=(kin("儿子", "CHILD", XINGTAI, 800), kin("女儿", "CHILD", XINGTAI, 800)),
        ),
        (20_000, 4_000, (26_000, 0), 0),
    ),
    # The year's 100 are used; retired: 300 x 60 % = 180; 120 left: the son's 90 and no second.
    Golden(
        "xingtai-retired",
        Family(
            XINGTAI,
            EMPLOYEE,
            OUTPATIENT,
            2,
            bill_of(30_000),
            DAY,
            retired=True,
            age=66,
            used=NEW_YEAR._replace(deductible_used_fen=10_000),
            relatives=(kin("儿子", "CHILD", XINGTAI, 90), kin("女儿", "CHILD", XINGTAI, 800)),
        ),
        (18_000, 0, (9_000, 0), 3_000),
    ),
    # Yichang: 900 - 500 = 400 x 65 % = 260; 640 left: 40 own, 600 of the wife's 700.
    Golden(
        "yichang-outpatient",
        Family(
            YICHANG,
            EMPLOYEE,
            OUTPATIENT,
            2,
            bill_of(90_000),
            DAY,
            own_current_fen=4_000,
            relatives=(kin("妻子", "SPOUSE", YICHANG, 700),),
        ),
        (26_000, 4_000, (60_000,), 0),
    ),
    # Retired, level 2: 600 - 400 = 200 x 75 % = 150; 450 left: 450 of the daughter's 1,000.
    # (At level 1 the primary institutions have a ratio of their own: refused.)
    Golden(
        "yichang-retired-clinic",
        Family(
            YICHANG,
            EMPLOYEE,
            OUTPATIENT,
            2,
            bill_of(60_000),
            DAY,
            retired=True,
            age=63,
            relatives=(kin("女儿", "CHILD", YICHANG, 1000),),
        ),
        (15_000, 0, (45_000,), 0),
    ),
    # Sanming: a resident at a pharmacy; the father moved 180 beforehand, the mother nothing.
    Golden(
        "sanming-family-account",
        Family(
            SANMING,
            RESIDENT,
            PHARMACY,
            1,
            bill_of(26_000),
            DAY,
            age=9,
            relatives=(
                kin("爸爸", "PARENT", SANMING, 2100, set_aside_fen=18_000, way=WAY_POCKET),
                kin("妈妈", "PARENT", SANMING, 5000, way=WAY_POCKET),
            ),
        ),
        (0, 0, (18_000, 0), 8_000),
    ),
    # Shanghai: only carried balances; the mother's 40, this year's 500 stay.
    Golden(
        "shanghai-carried-only",
        Family(
            SHANGHAI,
            RESIDENT,
            PHARMACY,
            1,
            bill_of(9_000),
            DAY,
            age=9,
            relatives=(kin("妈妈", "PARENT", SHANGHAI, 500, carried_fen=4_000),),
        ),
        (0, 0, (4_000,), 5_000),
    ),
    # Tongliao: several givers in the family's order: the wife's 25, then 55 of the son's.
    Golden(
        "tongliao-two-givers",
        Family(
            TONGLIAO,
            RESIDENT,
            PHARMACY,
            1,
            bill_of(8_000),
            DAY,
            age=61,
            relatives=(kin("妻子", "SPOUSE", TONGLIAO, 25), kin("儿子", "CHILD", TONGLIAO, 300)),
        ),
        (0, 0, (2_500, 5_500), 0),
    ),
    # Karamay: grants in a family group are known, the number of givers is not: refused.
    Golden(
        "karamay-group",
        Family(
            KARAMAY,
            RESIDENT,
            PHARMACY,
            1,
            bill_of(12_000),
            DAY,
            age=9,
            relatives=(
                kin("爸爸", "PARENT", KARAMAY, 900, set_aside_fen=5_000, way=WAY_GROUP),
                kin("妈妈", "PARENT", KARAMAY, 900, set_aside_fen=20_000, way=WAY_GROUP),
            ),
        ),
        None,
        "ma.maxGiversPerRecipient",
    ),
)
