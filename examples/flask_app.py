# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Web pages made with Flask, a WSGI application: the studies, with notes that users write.

Run:  orthanc-python run examples/flask_app.py
Try:  open http://127.0.0.1:8042/portal/ in a browser
"""

from __future__ import annotations

import flask
import orthanc
from flask.typing import ResponseReturnValue

PAGE = """
<!doctype html>
<title>Studies</title>
<h1>Studies</h1>
<p>User: {{ user or "not logged in" }}</p>
<table>
{% for study in studies %}
  <tr>
    <td>{{ study.PatientMainDicomTags.PatientName }}</td>
    <td>{{ study.MainDicomTags.StudyDescription }}</td>
    <td>
      <form method="post" action="{{ url_for('write', study=study.ID) }}">
        <input name="note" value="{{ notes.get(study.ID, '') }}">
        <button>Save</button>
      </form>
    </td>
  </tr>
{% endfor %}
</table>
"""

app = flask.Flask(__name__)
notes: dict[str, str] = {}


@app.get("/")
def index() -> str:
    studies = orthanc.rest.get("/studies?expand").json()
    user = flask.request.remote_user
    return flask.render_template_string(PAGE, studies=studies, notes=notes, user=user)


@app.post("/studies/<study>")
def write(study: str) -> ResponseReturnValue:
    if not orthanc.rest.get(f"/studies/{study}").ok:
        flask.abort(404)
    notes[study] = flask.request.form["note"]
    return flask.redirect(flask.url_for("index"))


orthanc.mount("/portal", app)
