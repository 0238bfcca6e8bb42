# SPDX-License-Identifier: Apache-2.0
"""Forty-odd invented people whose accounts and authorisations tell one story each.

A story says what a visit of that person shows. Order matters: numbers and identity numbers follow
it, so new people go to the end.
"""

from __future__ import annotations

import datetime as dt

from gongji.members import people
from gongji.members.people import ChronicFiling
from gongji.runtime.demo_people import (
    ADULT,
    ELDERLY,
    JIUJIANG,
    PRESCHOOL,
    PUPIL,
    RETIRED,
    WUHAN,
    DemoPerson,
    F,
    M,
    resident,
    worker,
)

_HYPERTENSION = ChronicFiling("M03900", "高血压", 2, dt.date(2024, 1, 1), None)
_DIALYSIS = ChronicFiling("M07801", "慢性肾功能衰竭透析", 1, dt.date(2024, 1, 1), None)
_TUMOUR = ChronicFiling("M00500", "恶性肿瘤门诊治疗", 1, dt.date(2025, 1, 1), None)

PEOPLE: tuple[DemoPerson, ...] = (
    # The Wangs: a son, his wife, his parents, a child.
    worker(
        "wang",
        "王建国",
        M,
        1982,
        1800,
        4200,
        (
            "职工，为母亲、妻子、儿子授权；本人就医先用自己的账户，妻子也为他授权（夫妻互相授权）。",
            "Employee who gives to his mother, wife and son; his own account pays first for him,"
            " and his wife gives to him as well.",
        ),
    ),
    worker(
        "li",
        "李梅",
        F,
        1984,
        300,
        900,
        (
            "职工，与丈夫互相授权；自己的账户不够时由丈夫的账户支付，不会再绕回自己。",
            "Employee; she and her husband give to each other. His account pays when hers is"
            " empty; there is never a chain.",
        ),
    ),
    resident(
        "wangma",
        "王秀英",
        F,
        1955,
        ELDERLY,
        (
            "城乡居民，没有个人账户，一位授权人（儿子）。",
            "Resident without an account; one giver, her son.",
        ),
    ),
    resident(
        "wangbao",
        "王小宝",
        M,
        2017,
        PUPIL,
        (
            "居民儿童，父母二人都是授权人：先父后母。",
            "Resident child with both parents as givers: the father first, then the mother.",
        ),
    ),
    # One story each.
    resident(
        "chen",
        "陈无援",
        F,
        1990,
        ADULT,
        (
            "城乡居民，没有个人账户，也没有授权人：医保报销后全部自付。",
            "Resident with neither an account nor a giver: all that is left is paid in cash.",
        ),
    ),
    worker(
        "kong",
        "孔空空",
        M,
        1998,
        0,
        0,
        (
            "职工，个人账户余额为零，没有授权人。",
            "Employee whose account is empty and who has no giver.",
        ),
    ),
    worker(
        "fu",
        "傅有余",
        M,
        1970,
        2400,
        18600,
        (
            "职工，本人账户足够支付：授权人一分不出。女儿的授权因此显示“无需再付”。",
            "Employee whose own account is enough: his daughter, who gives, pays nothing and the"
            " answer says why.",
        ),
    ),
    worker("funv", "傅小雅", F, 1996, 700, 100),
    resident(
        "zhou",
        "周桂兰",
        F,
        1950,
        ELDERLY,
        (
            "城乡居民，三位授权人按次序：女儿每次限100元，长子每日限200元，次子不限。",
            "Resident with three givers in order: a daughter with 100 yuan a visit, a son with 200"
            " a day, a second son without limit.",
        ),
    ),
    worker("zhou1", "周敏", F, 1976, 1500, 2000),
    worker("zhou2", "周强", M, 1978, 1000, 3000),
    worker("zhou3", "周刚", M, 1981, 800, 200),
    resident(
        "wu",
        "吴到限",
        M,
        1958,
        ELDERLY,
        (
            "城乡居民，授权人把年度限额设为0元：账户有钱也不能支付，回答写明已到年度限额。",
            "Resident whose giver has set the year's limit to nothing: there is money, but the"
            " limit is reached, and the answer says so.",
        ),
    ),
    worker("wu1", "吴立", M, 1985, 2000, 5000),
    resident(
        "zheng",
        "郑暂停",
        F,
        1962,
        ADULT,
        (
            "城乡居民，授权人已暂停授权。",
            "Resident whose giver has paused the authorisation.",
        ),
    ),
    worker("zheng1", "郑伟", M, 1988, 900, 1100),
    resident(
        "feng",
        "冯玉莲",
        F,
        1957,
        ELDERLY,
        (
            "南昌居民，授权人（女儿）参保在九江：省内共济可以支付。",
            "Resident of Nanchang; her daughter is insured in Jiujiang, which is allowed inside"
            " the province.",
        ),
    ),
    worker("feng1", "冯雪", F, 1983, 1300, 600, area=JIUJIANG),
    resident(
        "han",
        "韩外省",
        M,
        1954,
        ELDERLY,
        (
            "南昌居民，授权人（儿子）参保在湖北武汉：跨省只能用医保钱包，此处不支付并说明原因。",
            "Resident of Nanchang whose son is insured in Wuhan, another province: only the wallet"
            " reaches that far, so nothing is paid here and the answer says why.",
        ),
    ),
    worker("han1", "韩武", M, 1980, 2600, 7000, area=WUHAN),
    resident(
        "yang",
        "杨断保",
        F,
        1960,
        ADULT,
        (
            "城乡居民，授权人（儿子）的职工医保自2026年3月1日起中断：授权已自动解除，不能支付。",
            "Resident whose son's insurance has been interrupted since 2026-03-01: the"
            " authorisation has ended by itself, and he cannot pay.",
        ),
    ),
    worker(
        "yang1",
        "杨帆",
        M,
        1986,
        100,
        4000,
        (
            "职工医保已中断：余额还在，不能共济。",
            "His insurance is interrupted: the balance stays, but cannot be shared.",
        ),
        status=people.PAUSED,
        paused=dt.date(2026, 3, 1),
    ),
    resident(
        "zhusun",
        "朱小满",
        F,
        2021,
        PRESCHOOL,
        (
            "居民儿童，授权人是退休的祖父。",
            "Resident child whose giver is a retired grandfather.",
        ),
    ),
    worker(
        "zhuye",
        "朱长寿",
        M,
        1956,
        500,
        6400,
        (
            "退休职工：门诊报销比例高于在职，个人账户为孙女授权。",
            "Retired employee: a better outpatient ratio than in service; gives to his"
            " granddaughter.",
        ),
        psn_type=RETIRED,
    ),
    resident(
        "qin",
        "秦岳父",
        M,
        1953,
        ELDERLY,
        (
            "城乡居民，旧系统里登记了女婿的授权：配偶父母不在近亲属范围，不能支付。",
            "Resident with an authorisation by his son-in-law, taken over from an older system:"
            " parents-in-law are no near relatives, so it pays nothing.",
        ),
    ),
    worker("qin1", "秦女婿", M, 1984, 1200, 3400),
    worker(
        "xu",
        "许公务",
        F,
        1979,
        1900,
        2100,
        (
            "公务员：参加公务员医疗补助；补助比例未经正式文件确认，因此不支付，按0元结算。",
            "Civil servant: the subsidy's ratio is not confirmed by an official text, so the step"
            " pays nothing and is settled at 0.",
        ),
        civil_servant=True,
    ),
    resident(
        "he",
        "何低保",
        M,
        1968,
        ADULT,
        (
            "城乡居民，低保对象（医疗救助），没有授权人。",
            "Resident on minimum income (medical aid), without a giver.",
        ),
        aid_class=people.AID_LOW_INCOME,
    ),
    worker(
        "lv",
        "吕慢病",
        M,
        1958,
        800,
        1200,
        (
            "九江退休职工，透析（一类）和高血压（二类）已备案：一类照常结算；二类限额未经正式文件确认，"
            "拒绝结算并写明缺哪一项。",
            "Retired employee of Jiujiang with filed dialysis (class I) and hypertension (class"
            " II): class I settles; the cap of class II is not confirmed and is refused by name.",
        ),
        area=JIUJIANG,
        psn_type=RETIRED,
        chronic=(_DIALYSIS, _HYPERTENSION),
    ),
    worker("lv1", "吕新", M, 1987, 1100, 300, area=JIUJIANG),
    resident(
        "zhang",
        "张肿瘤",
        F,
        1966,
        ADULT,
        (
            "南昌居民，恶性肿瘤门诊治疗已备案（一类慢特病，与住院共用限额）；丈夫为授权人。",
            "Resident of Nanchang with filed tumour treatment (class I, shares the inpatient cap);"
            " her husband gives.",
        ),
        chronic=(_TUMOUR,),
    ),
    worker("zhang1", "张守", M, 1964, 600, 5200, psn_type=RETIRED),
    worker(
        "cao",
        "曹住院",
        M,
        1975,
        500,
        1000,
        (
            "南昌职工，准备住院：本人账户1500元，两位授权人依次支付其余。",
            "Employee of Nanchang about to be admitted: 1,500 yuan of his own, then two givers in"
            " order.",
        ),
    ),
    worker("cao1", "曹弟", M, 1978, 800, 1200),
    worker("cao2", "曹女", F, 2001, 900, 2600),
    resident(
        "yan",
        "严住院",
        F,
        1948,
        ELDERLY,
        (
            "九江居民，准备住院；女儿为授权人，共给3000元额度。",
            "Resident of Jiujiang about to be admitted; her daughter gives 3,000 yuan in all.",
        ),
        area=JIUJIANG,
    ),
    worker("yan1", "严芳", F, 1974, 2000, 8000, area=JIUJIANG),
    resident(
        "jin",
        "金冻结",
        M,
        1961,
        ADULT,
        (
            "城乡居民，授权人的账户已冻结。",
            "Resident whose giver's account is frozen.",
        ),
    ),
    worker("jin1", "金华", F, 1989, 1000, 1000, frozen=True),
    resident(
        "wei",
        "魏无户",
        F,
        1963,
        ADULT,
        (
            "城乡居民，授权人灵活就业、按不建账户的费率参保：没有个人账户。",
            "Resident whose giver is self-employed on a premium plan without a personal account.",
        ),
    ),
    worker("wei1", "魏来", M, 1991, None, flexible=True),
    resident(
        "tao",
        "陶停保",
        F,
        1993,
        ADULT,
        (
            "城乡居民参保已暂停：不享受待遇，也不能使用亲属账户。",
            "Resident whose insurance is paused: no benefits, and relatives cannot pay either.",
        ),
        status=people.PAUSED,
        paused=dt.date(2026, 1, 1),
    ),
    resident(
        "jiang",
        "姜限用",
        M,
        1959,
        ELDERLY,
        (
            "城乡居民，授权人只允许在药店使用：门诊、住院不能支付。",
            "Resident whose giver allows pharmacies only: nothing for visits or stays.",
        ),
    ),
    resident(
        "qi",
        "戚过期",
        F,
        1964,
        ADULT,
        (
            "城乡居民，一项授权已过有效期，另一项尚未生效。",
            "Resident with one authorisation that has expired and one that has not begun.",
        ),
    ),
    worker("xie", "谢军", M, 1983, 1600, 2400),
)
