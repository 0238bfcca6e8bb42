# SPDX-License-Identifier: Apache-2.0
"""Django registration of the room; used for migrations only, never on the settlement path."""

from django.apps import AppConfig


class RoomConfig(AppConfig):
    """Names the room to Django's migration framework."""

    name = "gongji.settlement"
    label = "gongji_settlement"
    default_auto_field = "django.db.models.BigAutoField"
