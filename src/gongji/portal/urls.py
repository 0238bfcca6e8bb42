# SPDX-License-Identifier: Apache-2.0
"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path, re_path

from gongji.portal import common, views, views_ask, views_cover, views_find, views_pay

AREA = r"^policy/(?P<area>[1-9]\d{5})"

handler400 = "gongji.portal.common.bad_request"
handler404 = "gongji.portal.common.not_found"
handler500 = "gongji.portal.common.failed"


def _with_area(pattern: str, view: object) -> object:
    def called(request: object, area: str, **more: str) -> object:
        return view(request, int(area), **more)  # type: ignore[operator]

    return re_path(AREA + pattern, called)


urlpatterns = [
    path("policy", views.home),
    path("policy/", common.to_home),
    path("policy/start", views_find.start),
    path("policy/search", views_find.search),
    path("policy/compare", views_find.compare),
    path("policy/look", common.dress),
    path("policy/pay", views_pay.pay),
    path("policy/may", views_ask.may),
    path("policy/questions", views_ask.questions),
    path("policy/premium", views_cover.premium),
    path("policy/covered", views_cover.covered),
    path("policy/source/<str:source>", views.document),
    _with_area(r"$", views.region),
    _with_area(r"/v/(?P<key>[A-Za-z0-9.]+)$", views.value),
    _with_area(r"/(?P<slug>[a-z-]+)$", views.chapter),
]
