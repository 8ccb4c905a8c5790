# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A reading list made with Django, a WSGI application: reports in forms that Django checks.

Run:  orthanc-python run examples/django_app.py
Try:  open http://127.0.0.1:8042/reading/ in a browser
"""

from __future__ import annotations

import secrets

import orthanc
from django import forms
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import clear_url_caches, path
from django.views.decorators.http import require_POST

REPORT = "1024"  # Orthanc keeps it as metadata; numbers from 1024 on are free
PAGE = """
<!doctype html>
<title>Reading list</title>
<h1>Reading list</h1>
{% for study in studies %}
  <h2>{{ study.PatientMainDicomTags.PatientName }}</h2>
  <form method="post" action="{% url 'report' study.ID %}">
    {% csrf_token %}
    {{ study.form }}
    <button>Save</button>
  </form>
{% empty %}
  <p>No studies.</p>
{% endfor %}
"""


class ReportForm(forms.Form):
    text = forms.CharField(label="Report", max_length=80)


def show(request: HttpRequest, checked: dict[str, ReportForm]) -> HttpResponse:
    studies = orthanc.rest.get("/studies?expand").json()
    for study in studies:
        saved = orthanc.rest.get(f"/studies/{study['ID']}/metadata/{REPORT}")
        text = saved.text if saved.ok else ""
        study["form"] = checked.get(study["ID"]) or ReportForm({"text": text} if text else None)
    return HttpResponse(engines["django"].from_string(PAGE).render({"studies": studies}, request))


def index(request: HttpRequest) -> HttpResponse:
    return show(request, {})


@require_POST
def report(request: HttpRequest, study: str) -> HttpResponse:
    if not orthanc.rest.get(f"/studies/{study}").ok:
        raise Http404
    form = ReportForm(request.POST)
    if not form.is_valid():
        return show(request, {study: form})
    text = form.cleaned_data["text"].encode()
    orthanc.rest.put(f"/studies/{study}/metadata/{REPORT}", data=text).raise_for_status()
    return redirect("index")


urlpatterns = [path("", index, name="index"), path("studies/<study>", report, name="report")]

if not settings.configured:  # Django stays imported when POST /tools/reset loads the script again
    settings.configure(
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],  # add the name of the server
        MIDDLEWARE=[
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        ROOT_URLCONF=__name__,
        SECRET_KEY=secrets.token_urlsafe(),
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    )
clear_url_caches()

orthanc.mount("/reading", get_wsgi_application())
