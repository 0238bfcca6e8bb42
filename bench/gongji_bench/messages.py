# SPDX-License-Identifier: Apache-2.0
"""Whole HTTP requests as bytes: envelope, input, x-tif signature. Made before the clock starts.

Only what depends on an earlier reply (reversals) or contradicts it (changed amounts) is made
while the clock runs; both are few.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
from dataclasses import dataclass, field

from gongji.members.services import default_psn_no
from gongji.settlement.records import CIVIL_TIME
from gongji_bench.crowd import ONE_AREA, Crowd
from gongji_bench.loading import DRUG, SECRET, certno, institution_code
from gongji_bench.visits import BATCH, ORDINARY, PURCHASE, Sale

REVERSAL_NUMBERS = 10**17  # numbers of reversals lie above all others
_HEAD = (
    "POST /fsi/api/{path} HTTP/1.1\r\nhost: gongji\r\ncontent-type: application/json\r\n"
    "x-tif-paasid: {code}\r\nx-tif-timestamp: {stamp}\r\nx-tif-nonce: {nonce}\r\n"
    "x-tif-signature: {signature}\r\ncontent-length: {length}\r\n\r\n"
)
_PATHS = {
    "2207": "outpatientSettleService/saveSettletmentV2",
    "2208": "outpatientSettleService/cancleSettletment",
    "2102": "pharmacySettleService/saveSettletment",
    "2103": "pharmacySettleService/cancleSettletment",
}


def yuan(amount_fen: int) -> str:
    """Fen as a JSON number."""
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


@dataclass
class Writer:
    """Makes requests for the sales of one row; ``first`` keeps message numbers apart."""

    crowd: Crowd
    sales: list[Sale]
    first: int
    now: dt.datetime
    _nonces: itertools.count[int] = field(default_factory=itertools.count)

    def new(self, number: int, more_fen: int = 0) -> bytes:
        """The settlement of a sale; ``more_fen`` states another amount under the same msgid."""
        sale = self.sales[number]
        infno = "2207" if sale.mdtrt_id else "2102"
        data = self._visit(sale, more_fen) if sale.mdtrt_id else self._purchase(sale, more_fen)
        return self._request(sale, infno, self.first + number, data)

    def msgid(self, number: int) -> str:
        """The msgid of a sale's settlement."""
        return self._msgid(self.sales[number], self.first + number)

    def reversal(self, number: int, setl_id: str, mdtrt_id: str) -> bytes:
        """The reversal of a sale that was settled."""
        sale = self.sales[number]
        infno = "2208" if sale.mdtrt_id else "2103"
        psn_no = default_psn_no(sale.owner)
        data = f'"data":{{"psn_no":"{psn_no}","setl_id":"{setl_id}","mdtrt_id":"{mdtrt_id}"}}'
        return self._request(sale, infno, REVERSAL_NUMBERS + self.first + number, data)

    def _person(self, sale: Sale) -> str:
        certificate = certno(self.crowd, sale.index)
        return (
            f'"psn_no":"{default_psn_no(sale.owner)}","mdtrt_cert_type":"02",'
            f'"mdtrt_cert_no":"{certificate}","psn_cert_type":"01","certno":"{certificate}",'
            f'"insutype":"{sale.insutype}","acct_used_flag":"1"'
        )

    def _visit(self, sale: Sale, more_fen: int) -> str:
        return (
            f'"data":{{{self._person(sale)},"med_type":"{ORDINARY}",'
            f'"medfee_sumamt":{yuan(sale.total_fen + more_fen)},"psn_setlway":"01",'
            f'"mdtrt_id":"{sale.mdtrt_id}","chrg_bchno":"{BATCH}","invono":"{sale.mdtrt_id}",'
            f'"fulamt_ownpay_amt":{yuan(sale.self_paid_fen)},"overlmt_selfpay":0.00,'
            f'"preselfpay_amt":0.00,'
            f'"inscp_scp_amt":{yuan(sale.total_fen - sale.self_paid_fen + more_fen)}}}'
        )

    def _purchase(self, sale: Sale, more_fen: int) -> str:
        moment = self.now.strftime("%Y-%m-%d %H:%M:%S")
        amount = yuan(sale.total_fen + more_fen)
        line = {
            "feedetl_sn": "1",
            "rx_circ_flag": "0",
            "fee_ocur_time": moment,
            "med_list_codg": DRUG,
            "medins_list_codg": "D1",
            "cnt": 1,
        }
        text = json.dumps(line)[:-1] + f',"det_item_fee_sumamt":{amount},"pric":{amount}}}'
        return (
            f'"druginfo":{{{self._person(sale)},"med_type":"{PURCHASE}","begntime":"{moment}",'
            f'"medfee_sumamt":{yuan(sale.total_fen + more_fen)}}},"drugdetail":[{text}]'
        )

    def _msgid(self, sale: Sale, number: int) -> str:
        return f"{institution_code(sale.institution)}{number:018d}"

    def _request(self, sale: Sale, infno: str, number: int, data: str) -> bytes:
        code = institution_code(sale.institution)
        body = (
            f'{{"infno":"{infno}","msgid":"{self._msgid(sale, number)}",'
            f'"mdtrtarea_admvs":"{ONE_AREA}","insuplc_admdvs":"{self.crowd.area(sale.index)}",'
            f'"recer_sys_code":"99","dev_no":"","dev_safe_info":"","cainfo":"","signtype":"",'
            f'"infver":"V1.0","opter_type":"1","opter":"bench","opter_name":"bench",'
            f'"inf_time":"{self.now:%Y-%m-%d %H:%M:%S}","fixmedins_code":"{code}",'
            f'"fixmedins_name":"bench","sign_no":"","input":{{{data}}}}}'
        ).encode()
        stamp = str(int(self.now.timestamp()))
        nonce = f"n{self.first:x}x{next(self._nonces):x}"
        secret = SECRET.format(sale.institution)
        signature = hashlib.sha256(f"{stamp}{secret}{nonce}{stamp}".encode()).hexdigest()
        head = _HEAD.format(
            path=_PATHS[infno],
            code=code,
            stamp=stamp,
            nonce=nonce,
            signature=signature,
            length=len(body),
        )
        return head.encode() + body


def civil_now() -> dt.datetime:
    """The moment that requests carry."""
    return dt.datetime.now(CIVIL_TIME).replace(microsecond=0)
