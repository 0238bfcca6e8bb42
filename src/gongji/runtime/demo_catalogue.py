# SPDX-License-Identifier: Apache-2.0
"""The invented catalogue of the demonstration: names people know, codes and prices made up.

Codes have the length and first letters of the national ones and end in a maker or number block of
nines, which is not given out. Ceilings are 1e-6 yuan, ratios basis points.
"""

from __future__ import annotations

import datetime as dt

from gongji.care.catalogue import Item

BEGUN = dt.date(2023, 1, 1)
CLASS_B_BP = 1000  # Jiangxi: class B, 10 % first (leaflet of the provincial bureau)

WESTERN = "101"
HERBAL = "102"
SERVICE = "201"
SUPPLY = "301"

# Codes of med_chrgitm_type.
BED, CONSULTATION, EXAMINATION, LABORATORY = "01", "02", "03", "04"
TREATMENT, SURGERY, NURSING, MATERIAL = "05", "06", "07", "08"
DRUG, SLICES, PATENT, REGISTRATION = "09", "10", "11", "13"

_CLASS = {"甲": "01", "乙": "02", "丙": "03"}


def _item(
    code: str,
    name: str,
    kind: str,
    item_class: str,
    charge: str,
    *,
    ceiling_yuan: int | None = None,
    first_self_bp: int | None = None,
    restricted: bool = False,
    basic: bool = False,
    negotiated: bool = False,
    child: bool = False,
    special: bool = False,
    spec: str = "",
    form: str = "",
    ended: dt.date | None = None,
) -> Item:
    ratio = {"甲": 0, "乙": CLASS_B_BP, "丙": 10_000}[item_class]
    return Item(
        code=code,
        name=name,
        list_type=kind,
        chrgitm_lv=_CLASS[item_class],
        med_chrgitm_type=charge,
        first_self_bp=ratio if first_self_bp is None else first_self_bp,
        ceiling_micro=None if ceiling_yuan is None else ceiling_yuan * 1_000_000,
        restricted=restricted,
        basic_drug=basic,
        begun=BEGUN,
        ended=ended,
        negotiated=negotiated,
        child_drug=child,
        special=special,
        spec=spec,
        form_name=form,
    )


def _drug(number: int, name: str, item_class: str, charge: str = DRUG, **more: object) -> Item:
    letter = "Z" if charge == PATENT else "X"
    code = f"{letter}D{number:02d}AAA001A001010199999"
    return _item(code, name, WESTERN, item_class, charge, **more)  # type: ignore[arg-type]


def _slice(number: int, name: str, item_class: str) -> Item:
    return _item(f"T9999{number:05d}", name, HERBAL, item_class, SLICES, spec="1g", form="饮片")


def _service(number: int, name: str, item_class: str, charge: str, **more: object) -> Item:
    code = f"0099{number:02d}000000000-99{number:02d}00000"
    return _item(code, name, SERVICE, item_class, charge, **more)  # type: ignore[arg-type]


def _supply(number: int, name: str, item_class: str, **more: object) -> Item:
    code = f"C99{number:02d}000000000099999"
    return _item(code, name, SUPPLY, item_class, MATERIAL, **more)  # type: ignore[arg-type]


ITEMS: tuple[Item, ...] = (
    _drug(1, "阿莫西林胶囊（演示）", "甲", basic=True, spec="0.25g*24", form="胶囊剂"),
    _drug(2, "二甲双胍片（演示）", "甲", basic=True, spec="0.5g*20", form="片剂"),
    _drug(3, "氨氯地平片（演示）", "甲", basic=True, spec="5mg*28", form="片剂"),
    _drug(4, "布洛芬混悬液（演示）", "甲", child=True, spec="100ml", form="口服混悬剂"),
    _drug(5, "阿托伐他汀片（演示）", "乙", ceiling_yuan=40, spec="20mg*7", form="片剂"),
    _drug(6, "奥美拉唑肠溶胶囊（演示）", "乙", spec="20mg*14", form="胶囊剂"),
    _drug(7, "左氧氟沙星片（演示）", "乙", ceiling_yuan=25, spec="0.5g*4", form="片剂"),
    _drug(8, "胰岛素注射液（演示）", "乙", first_self_bp=500, spec="3ml:300IU", form="注射剂"),
    _drug(
        9,
        "抗肿瘤谈判药（演示）",
        "乙",
        first_self_bp=2000,
        restricted=True,
        negotiated=True,
        special=True,
        spec="100mg",
        form="注射剂",
    ),
    _drug(10, "人血白蛋白（演示）", "乙", restricted=True, spec="10g", form="注射剂"),
    _drug(11, "进口维生素（演示）", "丙", spec="100片", form="片剂"),
    _drug(12, "感冒清热颗粒（演示）", "甲", PATENT, basic=True, spec="12g*10", form="颗粒剂"),
    _drug(13, "复方丹参滴丸（演示）", "乙", PATENT, spec="27mg*180", form="滴丸剂"),
    _drug(14, "已调出目录的药（演示）", "甲", spec="1盒", form="片剂", ended=dt.date(2025, 12, 31)),
    _slice(1, "黄芪（演示）", "甲"),
    _slice(2, "当归（演示）", "甲"),
    _slice(3, "西洋参（演示）", "丙"),
    _service(1, "普通门诊诊察费（演示）", "甲", CONSULTATION, ceiling_yuan=20),
    _service(2, "挂号费（演示）", "丙", REGISTRATION),
    _service(3, "血常规（演示）", "甲", LABORATORY, ceiling_yuan=25),
    _service(4, "糖化血红蛋白测定（演示）", "甲", LABORATORY),
    _service(5, "胸部CT平扫（演示）", "乙", EXAMINATION, ceiling_yuan=200, special=True),
    _service(6, "心电图（演示）", "甲", EXAMINATION),
    _service(7, "静脉输液（演示）", "甲", TREATMENT),
    _service(8, "三人间床位费（演示）", "甲", BED, ceiling_yuan=50),
    _service(9, "二级护理（演示）", "甲", NURSING),
    _service(10, "阑尾切除术（演示）", "甲", SURGERY),
    _service(11, "美容性治疗（演示）", "丙", TREATMENT),
    _supply(1, "一次性输液器（演示）", "甲", ceiling_yuan=3),
    _supply(2, "心脏支架（演示）", "乙", ceiling_yuan=800, first_self_bp=2000),
    _supply(3, "血糖试纸（演示）", "乙"),
    _supply(4, "高端敷料（演示）", "丙"),
)
