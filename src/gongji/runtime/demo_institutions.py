# SPDX-License-Identifier: Apache-2.0
"""The invented institutions of the demonstration; every signature variant is used by one.

Codes have the national form (H or P, area, five digits) with the city's own area code, which no
real institution has: real ones carry a county's. Keys are public on purpose: they guard nothing
but invented data and are printed in demo.json.
"""

from __future__ import annotations

from gongji.care.institutions import HOSPITAL_KIND, PHARMACY_KIND, Institution

NANCHANG = 360100
JIUJIANG = 360400

INSTITUTIONS: tuple[Institution, ...] = (
    Institution(
        institution_id=1,
        code="H36010000001",
        name="演示·南昌第一医院",
        kind=HOSPITAL_KIND,
        level=3,
        hosp_lv="2",
        area=NANCHANG,
        active=True,
        sign_variant="x-tif",
        keys={"paasid": "demo-paas-0001", "secret": "demo-secret-0001"},
        dialect={},
    ),
    Institution(
        institution_id=2,
        code="H36010000002",
        name="演示·南昌第二医院",
        kind=HOSPITAL_KIND,
        level=2,
        hosp_lv="5",
        area=NANCHANG,
        active=True,
        sign_variant="gateway",
        keys={"access_key": "demo-access-0002", "secret": "demo-secret-0002"},
        dialect={"preset": "jiangxi"},
    ),
    Institution(
        institution_id=3,
        code="H36010000003",
        name="演示·南昌社区卫生服务中心",
        kind=HOSPITAL_KIND,
        level=1,
        hosp_lv="8",
        area=NANCHANG,
        active=True,
        sign_variant="apikey",
        keys={"apikey": "demo-apikey-0003"},
        dialect={},
    ),
    Institution(
        institution_id=4,
        code="H36040000004",
        name="演示·九江中心医院",
        kind=HOSPITAL_KIND,
        level=3,
        hosp_lv="2",
        area=JIUJIANG,
        active=True,
        sign_variant="oauth",
        keys={
            "client_id": "demo-client-0004",
            "client_secret": "demo-secret-0004",
            "username": "demo-user-0004",
            "password": "demo-password-0004",
        },
        dialect={},
    ),
    Institution(
        institution_id=5,
        code="H36040000005",
        name="演示·九江乡镇卫生院",
        kind=HOSPITAL_KIND,
        level=1,
        hosp_lv="11",
        area=JIUJIANG,
        active=True,
        sign_variant="x-ca",
        keys={"secret": "demo-secret-0005"},
        dialect={},
    ),
    Institution(
        institution_id=6,
        code="P36010000006",
        name="演示·南昌大药房",
        kind=PHARMACY_KIND,
        level=0,
        hosp_lv="11",
        area=NANCHANG,
        active=True,
        sign_variant="apikey",
        keys={"apikey": "demo-apikey-0006"},
        dialect={"infcode": "string"},
    ),
    Institution(
        institution_id=7,
        code="P36040000007",
        name="演示·九江大药房",
        kind=PHARMACY_KIND,
        level=0,
        hosp_lv="11",
        area=JIUJIANG,
        active=True,
        sign_variant="x-tif",
        keys={"paasid": "demo-paas-0007", "secret": "demo-secret-0007"},
        dialect={},
    ),
    Institution(
        institution_id=8,
        code="H36010000008",
        name="演示·已终止定点的医院",
        kind=HOSPITAL_KIND,
        level=2,
        hosp_lv="5",
        area=NANCHANG,
        active=False,
        sign_variant="x-tif",
        keys={"paasid": "demo-paas-0008", "secret": "demo-secret-0008"},
        dialect={},
    ),
)
