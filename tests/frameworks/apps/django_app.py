"""What the suite asks of every framework, written in Django."""

import hashlib

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.urls import path, reverse

settings.configure(
    SECRET_KEY="for the tests only",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    DATA_UPLOAD_MAX_MEMORY_SIZE=None,
    LOGGING={
        "version": 1,
        "handlers": {"stderr": {"class": "logging.StreamHandler"}},
        "loggers": {"django": {"handlers": ["stderr"]}},
    },
)


def item(request, number):
    return JsonResponse({
        "number": number,
        "query": request.GET.get("q"),
        "link": reverse("item", kwargs={"number": number}),
    })


def form(request):
    return JsonResponse({"name": request.POST["name"]})


def upload(request):
    file = request.FILES["file"]
    content = file.read()
    return JsonResponse({"name": file.name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()})


def body(request):
    return JsonResponse({"sha256": hashlib.sha256(request.body).hexdigest()})


def stream(request):
    return StreamingHttpResponse((f"line {number}\n" for number in range(1000)), content_type="text/plain")


def cookies(request):
    response = HttpResponse(request.COOKIES.get("seen", "nothing"))
    response.set_cookie("seen", "before")
    response.set_cookie("other", "too")
    return response


def away(request):
    return HttpResponseRedirect("/items/1")


def forbidden(request):
    raise PermissionDenied


def broken(request):
    raise RuntimeError("the secret of the application")


def file(request):
    return FileResponse(open(__file__, "rb"), content_type="text/x-python")


urlpatterns = [
    path("items/<int:number>", item, name="item"),
    path("form", form),
    path("upload", upload),
    path("body", body),
    path("stream", stream),
    path("cookies", cookies),
    path("redirect", away),
    path("forbidden", forbidden),
    path("broken", broken),
    path("file", file),
]

app = get_wsgi_application()
