"""URL configuration of Django; no view may be called."""

import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF=__name__,
    SECRET_KEY="secret of the tests",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    LANGUAGE_CODE="en",
    USE_I18N=True,
)
django.setup()

from django.conf.urls.i18n import i18n_patterns
from django.core.wsgi import get_wsgi_application
from django.urls import include, path, re_path, register_converter
from django.views import View


class Version:
    regex = "[0-9.]+"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(Version, "version")


def view(request, **values):
    raise AssertionError


class Item(View):
    def get(self, request, pk):
        raise AssertionError

    def post(self, request, pk):
        raise AssertionError


blog = ([path("", view, name="list"), path("<slug:slug>/", view, name="show")], "blog")

urlpatterns = [
    path("", view, name="home"),
    path("items/<int:pk>", Item.as_view(), name="item"),
    path("blog/", include(blog, namespace="news")),
    path("files/<path:name>", view, {"kind": 1}),
    path("v/<version:version>", view, name="version"),
    re_path(r"^articles/(?P<year>[0-9]{4})/$", view, name="year"),
    re_path(r"^old/(\d+)/(\w+)$", view, name="old"),
    re_path(r"^any", view, name="any"),
    re_path(r"^re/", include([path("in/<uuid:id>/", view, name="in")])),
    re_path(r"^(a|b)?x$", view),
    *i18n_patterns(path("shop/", view, name="shop")),
]

app = get_wsgi_application()
