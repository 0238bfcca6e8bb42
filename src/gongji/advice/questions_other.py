# SPDX-License-Identifier: Apache-2.0
"""What one question is, and the questions to which no source gives an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PeopleQuestion:
    """A question with its answer in both languages; ``answered`` is False where no reliable text
    answers it. ``keys`` name values of packs, ``rule`` a rule that holds everywhere."""

    number: int
    zh: str
    en: str
    answer_zh: str
    answer_en: str
    keys: tuple[str, ...] = ()
    rule: str = ""
    answered: bool = True


_ASK_ZH = "没有找到可靠的规定，这里不猜。请问当地医保局，电话 12393。"
_ASK_EN = "No reliable rule was found, and nothing is guessed. Ask the local bureau, tel. 12393."


def _open(number: int, zh: str, en: str, more_zh: str = "", more_en: str = "") -> PeopleQuestion:
    more_en = f" {more_en}" if more_en else ""
    return PeopleQuestion(number, zh, en, _ASK_ZH + more_zh, _ASK_EN + more_en, answered=False)


OTHER: tuple[PeopleQuestion, ...] = (
    _open(
        23,
        "几位家人一起付的，只退一部分，退给谁？",
        "Several relatives paid and a part is refunded: to whom?",
        "本系统只做全部退费，谁付的退给谁。",
        "This system refunds in full only, each sum to who paid it.",
    ),
    _open(24, "几位家人分摊时，分怎么取整？", "How are shares of several relatives rounded?"),
    _open(
        25,
        "两家医院同时用同一位家人的钱，怎么办？",
        "Two hospitals charge the same relative at once: what happens?",
        "本系统一笔一笔地算，不会多扣。",
        "This system settles one after the other and never takes too much.",
    ),
    _open(
        26,
        "住院期间授权到期了，出院时还能用吗？",
        "The authorisation ends during a stay: does it pay at discharge?",
        "本系统看出院结账那天授权是否有效。",
        "This system looks at the day on which the discharge bill is settled.",
    ),
    _open(
        27,
        "用了家人的钱以后，医保又补付了，钱怎么退？",
        "The fund pays more afterwards: how does the relatives' money come back?",
    ),
    _open(28, "付钱的家人能看到我看了什么病吗？", "Can the relative who pays see my illness?"),
)
