# SPDX-License-Identifier: Apache-2.0
"""Django registration of the room: it has templates, and no tables."""

from django.apps import AppConfig


class RoomConfig(AppConfig):
    """Names the room to Django."""

    name = "gongji.portal"
    label = "gongji_portal"
    default_auto_field = "django.db.models.BigAutoField"
