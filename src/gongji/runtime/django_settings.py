# SPDX-License-Identifier: Apache-2.0
"""The least Django that migrations and pages need; and a database URL in Django's words.

The migrations hold plain SQL, so that no room needs Django to run. The pages of ``portal`` need
templates and addresses: no database, no session, no middleware. Their headers are the door's.
"""

from __future__ import annotations

from typing import Any

import django
import psycopg
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

from gongji.runtime.errors import UserError
from gongji.runtime.migrate import ROOMS

# A migration that cannot get its lock gives up instead of queueing the settlements behind it.
LOCK_TIMEOUT_MS_MAX = 4000
PARTS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a libpq URL; raises UserError when it cannot be read."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as why:
        raise UserError(f"the database URL is not understood: {why}") from why
    named = {PARTS[key]: str(parts.pop(key)) for key in PARTS if parts.get(key) is not None}
    extra = f"-c lock_timeout={LOCK_TIMEOUT_MS_MAX} {parts.pop('options', None) or ''}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{name: named.get(name, "") for name in PARTS.values()},
        "OPTIONS": {**parts, "options": extra},
        "TIME_ZONE": None,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "AUTOCOMMIT": True,
        "ATOMIC_REQUESTS": False,
        "TEST": {},
    }


def configure() -> None:
    """Set Django up once per process with the rooms alone; keeps settings made by others."""
    if not settings.configured:
        settings.configure(
            INSTALLED_APPS=[*(f"gongji.{room}" for room in ROOMS), "gongji.portal"],
            DATABASES={},
            USE_TZ=True,
            TIME_ZONE="Asia/Shanghai",
            LANGUAGE_CODE="zh-hans",
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            LOGGING_CONFIG=None,  # its words go the way of ours
            USE_I18N=False,  # the words of the pages are in tables of their own
            ROOT_URLCONF="gongji.portal.urls",
            ALLOWED_HOSTS=["*"],  # no page builds an address from the name it was asked under
            TEMPLATES=[
                {
                    "BACKEND": "django.template.backends.django.DjangoTemplates",
                    "APP_DIRS": True,
                }
            ],
        )
    django.setup()
