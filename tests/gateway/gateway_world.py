# SPDX-License-Identifier: Apache-2.0
"""A small city for the gateway's tests: institutions of every variant, a family, a catalogue.

Amounts are fen. Everything is invented. Messages are built as real clients build them.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parent.parent))

import family
from clock import Clock
from gongji.care.catalogue import Item, put_items
from gongji.care.institutions import Institution, register_institution
from gongji.gateway.gateway import Gateway
from gongji.ledger.audit import audit
from gongji.members import idcard
from gongji.members import services as members
from gongji.members.people import ChronicFiling
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.settlement.platform import Platform, build_platform
from gongji.settlement.records import CIVIL_TIME

KEY = bytes(range(32))
NOW = dt.datetime(2026, 3, 2, 10, 0, 0, tzinfo=CIVIL_TIME)
DAY = NOW.date()
CITY, OTHER_CITY = 360100, 360400

CLINIC, HOSPITAL, OTHER, PHARMACY = "H36010000001", "H36010000003", "H36010000004", "P36010000011"
STRINGS, HUNAN, CHONGQING, HEBEI, ZHEJIANG, JILIN, HUBEI, CLOSED, SHANGHAI = (
    f"H3601000002{n}" for n in range(1, 10)
)
GUANGDONG, GUANGZHOU, JIANGSU, ROUNDING = (f"H3601000003{n}" for n in range(1, 5))
EDITIONS = {GUANGDONG: "guangdong", GUANGZHOU: "guangzhou", JIANGSU: "jiangsu"}

DRUG_A, DRUG_B, DRUG_C = "XA01ABD075A002010100483", "XB01ABD075A002010100999", "XC01ABD0750000000"
CEILING = "XD01ABD075A0CEILING"
RESTRICTED = "XE01ABD075A0RESTRICT"

SM2_PRIVATE = "B9AB0B828FF68872F21A837FC303668428DEA11DCD1B24429D0C99E24EED83D5"
SM2_PUBLIC = (
    "B9C9A6E04E9C91F7BA880429273747D7EF5DDEB0BB2FF6317EB00BEF331A8308"
    "1A6994B8993F3F5D6EADDDB81872266C87C018FB4162F5AF347B483E24620207"
)

OTHER_KEYS = {"access_key": "ak-4", "secret": "secret-4"}

# code, kind, level, variant, keys, dialect, active
INSTITUTIONS: tuple[tuple[str, int, int, str, dict[str, str], dict[str, Any], bool], ...] = (
    (CLINIC, 1, 1, "apikey", {"apikey": "key-1"}, {}, True),
    (HOSPITAL, 1, 3, "x-tif", {"paasid": "paas-3", "secret": "secret-3"}, {}, True),
    (OTHER, 1, 3, "gateway", OTHER_KEYS, {"preset": "jiangxi"}, True),
    (PHARMACY, 2, 1, "x-ca", {"secret": "secret-11"}, {}, True),
    (
        STRINGS,
        1,
        2,
        "none",
        {},
        {
            "infcode": "string",
            "success": "成功",
            "codes": "jx",
            "empty_output": "object",
            "camel": True,
        },
        True,
    ),
    (HUNAN, 1, 2, "none", {}, {"preset": "hunan"}, True),
    (CHONGQING, 1, 2, "none", {}, {"preset": "chongqing"}, True),
    (HEBEI, 1, 2, "none", {}, {"preset": "hebei"}, True),
    (ZHEJIANG, 1, 2, "none", {}, {"preset": "zhejiang"}, True),
    (
        JILIN,
        1,
        2,
        "oauth",
        {
            "client_id": "client-16-bytes!",
            "client_secret": "cs",
            "username": "u",
            "password": "p",
            "sm2_public": SM2_PUBLIC,
            "platform_sm2_private": SM2_PRIVATE,
            "platform_sm2_public": SM2_PUBLIC,
        },
        {"preset": "jilin"},
        True,
    ),
    (HUBEI, 1, 2, "none", {"sm2_public": SM2_PUBLIC}, {"preset": "hubei"}, True),
    (CLOSED, 1, 2, "none", {}, {}, False),
    (SHANGHAI, 1, 2, "none", {}, {"preset": "shanghai", "infcode": "number"}, True),
    *((c, 1, 2, "none", {}, {"preset": preset}, True) for c, preset in EDITIONS.items()),
    (ROUNDING, 1, 2, "none", {}, {"line_amounts": "rounded", "stmt_acct": "sum"}, True),
)

_LIBRARY: list[PolicyLibrary] = []


def library() -> PolicyLibrary:
    """The shipped packs, loaded once."""
    if not _LIBRARY:
        _LIBRARY.append(PolicyLibrary.load())
    return _LIBRARY[0]


@dataclass(frozen=True)
class Patient:
    """A person as an institution knows one."""

    owner: int
    psn_no: str
    certno: str
    name: str
    insutype: str


@dataclass
class City:
    """The started platform with its gateway; messages go in process, without HTTP."""

    url: str
    platform: Platform
    conn: psycopg.Connection[Any]
    gateway: Gateway
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def clock(self) -> Any:
        """The clock of the platform; ``city.clock.set(...)`` moves it."""
        return self.platform.now

    # People

    def person(
        self,
        *,
        current: int | None = 0,
        carried: int = 0,
        insutype: int = 310,
        area: int = CITY,
        status: int = 1,
        retired: bool = False,
        birth: dt.date = dt.date(1980, 1, 1),
        name: str = "张三",
        sex: int = 0,
        also: tuple[int, ...] = (),
        aid_class: int = 0,
    ) -> Patient:
        """A registered person with coverage; ``current=None``: no personal account."""
        number = next(self._numbers)
        while sex and number % 2 != sex % 2:  # an odd number is a man's; 0: as it comes
            number = next(self._numbers)
        certno, now = idcard.make(area, birth, number % 1000), self.clock()
        gone = dt.date(2025, 1, 1)
        coverages = [
            family.employee(
                no,
                insutype=scheme,
                area=area,
                retired=retired,
                status=status,
                gone=gone,
                aid_class=aid_class,
            )
            for no, scheme in enumerate((insutype, *also), 1)
        ]
        owner = family.insured(
            self.conn,
            self.platform.box,
            certno,
            coverages,
            today=now.date(),
            name=name,
            tokens=(f"token-{number}",),
            cards=(f"card-{number}",),
        )
        if current is not None and 310 in (insutype, *also):
            family.open_account(self.conn, owner, area, now, current, carried)
        self.conn.commit()
        return Patient(owner, f"GJ{owner:012d}", certno, name, str(insutype))

    def fund(self, owner: int, current: int, carried: int, area: int = CITY) -> None:
        """Put money into an account by an opening entry."""
        family.feed(self.conn, owner, area, self.clock(), current, carried)
        self.conn.commit()

    def authorise(
        self, giver: Patient, recipient: Patient, relation: int = 10, **terms: Any
    ) -> int:
        """An authorisation at the end of the recipient's order, made on its first day."""
        library, now = self.platform.library, self.clock()
        pair = giver.owner, recipient.owner
        auth_id = family.bind(self.conn, library, *pair, relation, now, **terms)
        self.conn.commit()
        return auth_id

    def chronic(self, patient: Patient, code: str = "M03900", class_: int = 2, *days: Any) -> None:
        """A filed chronic disease, for ever or from the first to the last of two days."""
        filing = ChronicFiling(code, "高血压", class_, *(days or (dt.date(2020, 10, 1), None)))
        members.file_chronic(self.conn, patient.owner, filing)
        self.conn.commit()

    def balance(self, patient: Patient) -> tuple[int, int]:
        """(current, carried) of an account."""
        row = self.conn.execute(
            "SELECT current_fen, carried_fen FROM account WHERE owner = %s", (patient.owner,)
        ).fetchone()
        self.conn.commit()
        return row

    # Messages

    def msgid(self, code: str = HOSPITAL) -> str:
        """A fresh msgid in the national layout."""
        return f"{code}20260302100000{next(self._numbers):04d}"

    def message(
        self, infno: str, data: Any, *, code: str = HOSPITAL, **more: Any
    ) -> dict[str, Any]:
        """An envelope with its input; ``more`` replaces members."""
        return {
            "infno": infno,
            "msgid": self.msgid(code),
            "mdtrtarea_admvs": "360199",
            "insuplc_admdvs": "",
            "recer_sys_code": "99",
            "dev_no": "null",
            "dev_safe_info": None,
            "cainfo": "",
            "signtype": "",
            "infver": "V1.0",
            "opter_type": 1,
            "opter": "001",
            "opter_name": "收费员",
            "inf_time": "2026-03-02 10:00:00",
            "fixmedins_code": code,
            "fixmedins_name": "一个名称相当长超过二十个字符的演示定点医药机构",
            "sign_no": "null",
            "input": data,
            **more,
        }

    def send(self, message: dict[str, Any] | bytes) -> dict[str, Any]:
        """The reply of the gateway, numbers exact; HTTP status is always 200 here."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        reply = self.gateway.handle_now(body, trusted=True)
        assert reply.status == 200
        return json.loads(reply.content, parse_float=Decimal)

    def ask(self, infno: str, data: Any, **more: Any) -> dict[str, Any]:
        """Send a fresh message and return the whole reply."""
        return self.send(self.message(infno, data, **more))

    def ok(self, infno: str, data: Any, **more: Any) -> Any:
        """The output of a message that must succeed."""
        reply = self.ask(infno, data, **more)
        assert str(reply["infcode"]) == "0", reply["err_msg"]
        return reply["output"]

    def refused(self, infno: str, data: Any, **more: Any) -> int:
        """The number of a refusal."""
        return number_of(self.ask(infno, data, **more))

    def count(self, table: str) -> int:
        """Rows of a table."""
        (number,) = self.conn.execute(f"SELECT count(*) FROM {table}").fetchone()
        self.conn.commit()
        return int(number)

    def assert_clean(self) -> None:
        """The ledger's own audit finds no fault."""
        with psycopg.connect(self.url) as conn:
            report = audit(conn)
        assert report.faults == [], report.faults[:5]


def number_of(reply: dict[str, Any]) -> int:
    """The number in an err_msg; checks the form of a refusal."""
    assert str(reply["infcode"]) == "-1", reply
    text = reply["err_msg"]
    assert text.startswith("["), text
    assert len(text) <= 200
    return int(text[1:5])


# Inputs as clients send them -------------------------------------------------------------------


def voucher(p: Patient) -> dict[str, Any]:
    """The patient with the own identity card."""
    return {"psn_no": p.psn_no, "mdtrt_cert_type": "02", "mdtrt_cert_no": p.certno}


def registration(p: Patient, number: str = "OTP1", **more: Any) -> dict[str, Any]:
    """2201."""
    return {
        "data": {
            **voucher(p),
            "insutype": p.insutype,
            "begntime": "2026-03-02 09:00:00",
            "ipt_otp_no": number,
            "atddr_no": "D1",
            "dr_name": "李医生",
            "dept_code": "01",
            "dept_name": "内科",
            "caty": "A03",
            **more,
        }
    }


def description(p: Patient, mdtrt_id: str, med_type: str = "11", **more: Any) -> dict[str, Any]:
    """2203A."""
    return {
        "mdtrtinfo": {
            "mdtrt_id": mdtrt_id,
            "psn_no": p.psn_no,
            "med_type": med_type,
            "begntime": "2026-03-02 09:00:00",
            **more,
        },
        "diseinfo": [diagnosis()],
    }


def diagnosis(**more: Any) -> dict[str, Any]:
    """One row of diseinfo."""
    return {
        "diag_type": "1",
        "diag_srt_no": "1",
        "diag_code": "J00.x00",
        "diag_name": "急性鼻咽炎",
        "diag_dept": "内科",
        "dise_dor_no": "D1",
        "dise_dor_name": "李医生",
        "diag_time": "2026-03-02 09:10:00",
        "vali_flag": "1",
        **more,
    }


def line(p: Patient, mdtrt_id: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """One row of 2204 (and, with med_type, of 2301)."""
    return {
        "feedetl_sn": f"F{number}",
        "mdtrt_id": mdtrt_id,
        "psn_no": p.psn_no,
        "chrg_bchno": "B1",
        "dise_codg": "",
        "rxno": "R1",
        "rx_circ_flag": "0",
        "fee_ocur_time": "2026-03-02 09:20:00",
        "med_list_codg": DRUG_A,
        "medins_list_codg": "YP570",
        "det_item_fee_sumamt": 100.00,
        "cnt": 2,
        "pric": "50.000000",
        "sin_dos_dscr": "",
        "bilg_dept_codg": "01",
        "bilg_dept_name": "内科",
        "bilg_dr_codg": "D1",
        "bilg_dr_name": "李医生",
        "hosp_appr_flag": "0",
        **more,
    }


def dictionary(name: str, **more: Any) -> dict[str, Any]:
    """1901."""
    asked = {"type": name, "admdvs": "360100", "date": "2026-03-02", "Vali_Flag": "1"}
    return {"data": {**asked, "parent_value": "", **more}}


def visits_of(p: Patient, med_type: str, begin: str = "2026-03-01") -> dict[str, Any]:
    """5201 up to the present day."""
    asked = {"psn_no": p.psn_no, "begntime": begin, "endtime": "2026-03-02"}
    return {"data": {**asked, "med_type": med_type}}


def bill(p: Patient, mdtrt_id: str, total: Any = "100.00", **more: Any) -> dict[str, Any]:
    """2206 and 2207: the members that are really sent."""
    return {
        "data": {
            **voucher(p),
            "med_type": "11",
            "medfee_sumamt": total,
            "psn_setlway": "01",
            "mdtrt_id": mdtrt_id,
            "chrg_bchno": "B1",
            "acct_used_flag": "1",
            "insutype": p.insutype,
            **more,
        }
    }


def purchase(p: Patient, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """2101 and 2102."""
    rows = list(lines) or [bought()]
    total = sum(Decimal(str(row["det_item_fee_sumamt"])) for row in rows)
    return {
        "druginfo": {
            **voucher(p),
            "begntime": "2026-03-02 09:30:00",
            "medfee_sumamt": str(total),
            "insutype": p.insutype,
            "acct_used_flag": "1",
            "med_type": "41",
            **more,
        },
        "drugdetail": rows,
    }


def bought(number: int = 1, **more: Any) -> dict[str, Any]:
    """One row of drugdetail, sold on a hospital's prescription."""
    return {
        "feedetl_sn": str(number),
        "rxno": f"CF20260302{number:04d}",
        "rx_circ_flag": "1",
        "fee_ocur_time": "2026-03-02 09:30:00",
        "med_list_codg": DRUG_A,
        "medins_list_codg": "YP1",
        "det_item_fee_sumamt": "30.00",
        "cnt": "2",
        "pric": "15",
        **more,
    }


def admission(p: Patient, **more: Any) -> dict[str, Any]:
    """2401."""
    return {
        "mdtrtinfo": {
            "psn_no": p.psn_no,
            "insutype": p.insutype,
            "begntime": "2026-02-25 08:00:00",
            "mdtrt_cert_type": "02",
            "mdtrt_cert_no": p.certno,
            "med_type": "21",
            "ipt_no": "ZY1",
            "atddr_no": "D1",
            "chfpdr_name": "李医生",
            "adm_diag_dscr": "肺炎",
            "adm_dept_codg": "02",
            "adm_dept_name": "呼吸科",
            "adm_bed": "12",
            "dscg_maindiag_code": "J18.900",
            "dscg_maindiag_name": "肺炎",
            "tel": "13800000000",
            **more,
        },
        "diseinfo": [{**diagnosis(maindiag_flag="1"), "psn_no": p.psn_no}],
    }


def leaving(p: Patient, mdtrt_id: str, **more: Any) -> dict[str, Any]:
    """2402."""
    return {
        "dscginfo": {
            "mdtrt_id": mdtrt_id,
            "psn_no": p.psn_no,
            "insutype": p.insutype,
            "endtime": "2026-03-01 10:00:00",
            "dscg_dept_codg": "02",
            "dscg_dept_name": "呼吸科",
            "dscg_way": "1",
            **more,
        },
        "diseinfo": [{**diagnosis(maindiag_flag="1"), "psn_no": p.psn_no, "mdtrt_id": mdtrt_id}],
    }


def correction(p: Patient, visit: str, **more: Any) -> dict[str, Any]:
    """2403: another doctor, another bed, a second diagnosis."""
    return {
        "adminfo": {
            "mdtrt_id": visit,
            "psn_no": p.psn_no,
            "begntime": "2026-02-25 08:00:00",
            "mdtrt_cert_type": "02",
            "med_type": "21",
            "ipt_otp_no": "ZY1",
            "atddr_no": "D2",
            "chfpdr_name": "王医生",
            "adm_diag_dscr": "肺炎",
            "adm_dept_codg": "02",
            "adm_dept_name": "呼吸科",
            "adm_bed": "13",
            "dscg_maindiag_code": "J18.900",
            "dscg_maindiag_name": "肺炎",
            **more,
        },
        "diseinfo": {
            **diagnosis(maindiag_flag="0", diag_srt_no=2, diag_code="I10.x00"),
            "mdtrt_id": visit,
            "psn_no": p.psn_no,
        },
    }


def visit_with_lines(
    city: City, p: Patient, *rows: dict[str, Any], code: str = HOSPITAL, med_type: str = "11"
) -> str:
    """2201, 2203A, 2204; the mdtrt_id."""
    number = city.msgid()[-8:]
    mdtrt_id = city.ok("2201", registration(p, number), code=code)["data"]["mdtrt_id"]
    city.ok("2203A", description(p, mdtrt_id, med_type), code=code)
    detail = [{**row, "mdtrt_id": mdtrt_id} for row in rows] or [line(p, mdtrt_id)]
    city.ok("2204", {"feedetail": detail}, code=code)
    return str(mdtrt_id)


# Making the city -------------------------------------------------------------------------------


def build(url: str, now: Callable[[], dt.datetime] | None = None) -> City:
    """Institutions and catalogue in a migrated database, and a started platform on it.

    ``now``: a clock of its own unless told, at NOW.
    """
    box = PrivacyBox(KEY)
    conn = psycopg.connect(url)
    for number, (code, kind, level, variant, keys, dialect, active) in enumerate(INSTITUTIONS, 1):
        register_institution(
            conn,
            box,
            Institution(
                number,
                code,
                f"演示机构{number}",
                kind,
                level,
                "2",
                CITY,
                active,
                variant,
                keys,
                dialect,
            ),
        )
    since = dt.date(2020, 1, 1)
    put_items(
        conn,
        [
            Item(DRUG_A, "甲类药", "101", "01", "09", 0, None, False, True, since),
            Item(DRUG_B, "乙类药", "101", "02", "09", 1000, None, False, False, since),
            Item(DRUG_C, "丙类药", "101", "03", "09", 10000, None, False, False, since),
            Item(CEILING, "限价药", "101", "01", "09", 0, 40_000_000, False, False, since),
            Item(RESTRICTED, "限制药", "101", "01", "09", 0, None, True, False, since),
        ],
    )
    conn.commit()
    platform = build_platform(url, box, library(), now=now or Clock(NOW))
    platform.start()
    return City(url, platform, conn, Gateway(platform))


def close(city: City) -> None:
    """Stop everything."""
    city.gateway.close()
    city.platform.stop()
    city.conn.close()
