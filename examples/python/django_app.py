"""A Django application in one file. Run it with ``wsgi-server examples/python/django_app.py``.

A larger project has its ``project/wsgi.py``; it is served by ``wsgi-server project.wsgi``.
"""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path, reverse

settings.configure(
    SECRET_KEY="for this example only",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
)


def index(request):
    link = reverse("hello", kwargs={"name": "you"})
    return HttpResponse(f"Django at {request.META['SCRIPT_NAME'] or '/'}, greet somebody at {link}\n")


def hello(request, name):
    return HttpResponse(f"Hello, {name}, from Django!\n")


urlpatterns = [
    path("", index),
    path("hello/<name>", hello, name="hello"),
]

application = get_wsgi_application()
