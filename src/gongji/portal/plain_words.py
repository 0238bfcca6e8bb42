# SPDX-License-Identifier: Apache-2.0
"""What people call the things that keys of the packs name in the words of the law.

Search words only. Each line: words, and the beginnings of the keys that they mean.
"""

from __future__ import annotations

import re

from gongji.advice.question_words import words_of
from gongji.advice.questions import QUESTIONS

MEANT: tuple[tuple[str, str], ...] = (
    (
        "牙科 口腔 牙套 看牙 种牙 洗牙 补牙 矫正 眼镜 配眼镜 美容 整形 健身 按摩 能买什么 能付什么",
        r"ma\.eligibleBase|ma\.forbidden",
    ),
    (
        "门槛费 门槛 起付 起付标准 起付金额 免赔 多少钱起报 满多少才报 自付线",
        r"(res\.)?(op|ip|chr)\..*[dD]eductible",
    ),
    (
        "报销比例 报销 报多少 能报多少 报几成 报百分之 比例 报销率 支付比例",
        r"(res\.)?(op|ip|chr|serious)\..*[rR]atio",
    ),
    (
        "封顶 封顶线 最高报销 报销上限 最多报 最多报多少 一年能报多少 年度限额 限额 额度",
        r"(res\.)?(op|ip|chr|serious|aid|sub)\..*[cC]ap",
    ),
    (
        "门诊 看门诊 普通门诊 门诊报销 门诊统筹 急诊 挂号 社区医院 卫生院",
        r"(res\.)?op\.",
    ),
    (
        "住院 住院报销 住院费 出院 手术",
        r"(res\.)?ip\.",
    ),
    (
        "药店 药房 买药 门诊统筹药店",
        r"(res\.)?op\.pharmacyRatio|ma\.use\.pharmacy",
    ),
    (
        "慢性病 慢病 特病 大病门诊 门特 门慢 透析 化疗 放疗 癌症 肿瘤 尿毒症",
        r"(res\.)?chr\.",
    ),
    (
        "高血压 糖尿病 两病 血压 血糖",
        r"res\.op\.twoDiseases|(res\.)?chr\.",
    ),
    (
        "大病 大病保险 大病医保 二次报销 大额 大额医疗 重病 癌症",
        r"res\.serious|ip\.largeAmount",
    ),
    (
        "中医 中药 针灸 推拿 理疗 饮片",
        r"(res\.)?op\..*[tT]cm",
    ),
    (
        "生孩子 生育 生育保险 怀孕 孕妇 产检 产前检查 顺产 剖腹产 剖宫产 分娩 坐月子",
        r"mat\.|(res\.)?ip\.childbirth",
    ),
    (
        "公务员 机关 事业单位 公务员补助",
        r"sub\.",
    ),
    (
        "低保 低保户 特困 困难户 贫困户 建档立卡 救助 医疗救助 残疾 残疾人 五保",
        r"aid\.|res\.serious\.aided",
    ),
    (
        "退休 退休后 办退休 快退休 在职转退休 退休人员 退休金 退休职工 老年人",
        r"pa\.creditRet",
    ),
    (
        "每月打多少 每月到账 打钱 返钱 返现 返多少 划账 划入 进账 到账 个账 个人账户 账户金额",
        r"pa\.credit",
    ),
    (
        "利息 存款 利率",
        r"pa\.interest",
    ),
    (
        "取现 提现 取钱 取出来 套现 变现 购物 买东西 保健品 日用品",
        r"ma\.forbidden|rule\.neverPaid",
    ),
    (
        "缴费 交钱 交多少 缴多少 交多少钱 医保费 保费 缴费标准 什么时候交 缴费时间 截止 "
        "集中缴费 400元",
        r"res\.premium|premium\.",
    ),
    (
        "新生儿 宝宝 婴儿 刚出生",
        r"res\.premium\.newbornFree",
    ),
    (
        "学生 大学生 在校生",
        r"res\.premium\..*Student",
    ),
    (
        "灵活就业 个体户 自由职业 自己交 自己缴 打零工 没有单位 外卖员 4050",
        r"flex\.",
    ),
    (
        "长护险 护理险 长期护理 失能",
        r".*longTermCare|ma\.use\.premiumLongTermCare",
    ),
    (
        "商业保险 惠民保 商业险 补充保险 百万医疗",
        r"ma\.use\.commercial",
    ),
    (
        "异地 外地 外地看病 外省 跨省 跨市 异地就医 异地备案 备案 转院 转诊 转外 出差 旅游 "
        "长期居住 随迁 临时外出",
        r"xr\.",
    ),
    (
        "断缴 断保 断交 停保 中断 补缴 等待期 多久能报销 什么时候能报销 什么时候能用 多久能用 "
        "马上能用 生效",
        r"wait\.|flex\.wait|res\.premium\..*(lateWait|unbrokenNoWait)",
    ),
    (
        "手工报销 零星报销 先垫付 垫付 垫钱 没带卡 忘带卡 发票 报销材料 报销期限 多久之内报销",
        r"claim\.",
    ),
    (
        "网上看病 互联网医院 网上复诊 线上",
        r"care\.online",
    ),
    (
        "代买药 帮买药 替家人买药 代购",
        r"rule\.proxyPurchase",
    ),
    (
        "体检 健康体检",
        r"ma\.use\.checkup",
    ),
    (
        "疫苗 打疫苗 九价 hpv 流感疫苗 狂犬",
        r"ma\.use\.vaccine",
    ),
    (
        "丙类 乙类 甲类 自费 自费药 进口药 目录外",
        r"care\.classBFirstSelf|rule\.neverPaid",
    ),
    (
        "拉人 进群 群组 共济网 家庭组 家庭圈",
        r"ma\.oneGroup|ma\.groupAdmits|ma\.model",
    ),
)

# Words of the law by which a question without spaces is taken apart, besides those above.
OF_THE_LAW = (
    "起付线 限额 共济 授权 授权人 使用人 余额 个人账户 统筹 门诊 住院 慢特病 等待期 "
    "医疗救助 缴费基数 先行自付 备案 居民 职工 在职 退休 一级 二级 三级 比例 清算 渠道"
)

KEYS_MEANT = 2  # of the keys that an answer rests on the first ones are what is asked

_KEYS_OF = [(tuple(words.split()), re.compile(pattern)) for words, pattern in MEANT]


def words_for(key: str) -> tuple[str, ...]:
    """What people call a value: words of its kind, and of the questions that rest on it."""
    found: list[str] = []
    for words, pattern in _KEYS_OF:
        if pattern.match(key):
            found += words
    for one in QUESTIONS:
        if any(key == name or key.startswith(f"{name}.") for name in one.keys[:KEYS_MEANT]):
            found += words_of(one.number)
    return tuple(found)


def vocabulary() -> frozenset[str]:
    """Every word by which people look for something."""
    found = set(OF_THE_LAW.split())
    for words, _ in _KEYS_OF:
        found.update(words)
    for one in QUESTIONS:
        found.update(words_of(one.number))
    return frozenset(found)
