# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plugin of pytest, in projects whose tests a separate pytest runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from orthanc_python.find_orthanc import orthanc_version

from .conftest import RunPytest

ROOT = Path(__file__).parents[3]

SCRIPT = """
    import json
    import orthanc

    calls = []

    def on_calls(output, uri, **request):
        calls.append(uri)
        output.AnswerBuffer(json.dumps(len(calls)), "application/json")

    def on_crash(output, uri, **request):
        import os
        orthanc.LogWarning("This script ends the process")
        os._exit(3)

    def on_change(change_type, level, resource_id):
        if change_type == orthanc.ChangeType.STABLE_STUDY:
            orthanc.RestApiPost("/modalities/modality/store", resource_id)

    orthanc.RegisterRestCallback("/calls", on_calls)
    orthanc.RegisterRestCallback("/crash", on_crash)
    orthanc.RegisterOnChangeCallback(on_change)
"""
OTHER = "import orthanc\northanc.LogWarning('The other script')\n"
PASSING = """
    import pytest
    from pathlib import Path

    config = {"Name": "Example", "DefaultEncoding": "Utf8"}
    pytestmark = pytest.mark.orthanc("script.py", config=config)

    def test_each_test_has_a_fresh_script(orthanc):
        assert orthanc.get("/calls").json() == 1
        assert orthanc.get("/system").json()["Name"] == "Example"

    def test_each_test_has_a_fresh_script_again(orthanc):
        assert orthanc.get("/calls").json() == 1

    def test_each_test_has_an_empty_database(orthanc, dicom):
        assert orthanc.get("/instances").json() == []
        orthanc.upload(dicom())
        assert len(orthanc.get("/instances").json()) == 1

    def test_each_test_has_an_empty_database_again(orthanc, dicom):
        assert orthanc.get("/instances").json() == []
        orthanc.upload(dicom.write(dicom()))

    def test_stable_study_is_sent(orthanc, dicom, modality):
        assert orthanc.store(*dicom.series(2, PatientID="A")) == [0, 0]
        (study,) = orthanc.get("/studies").json()
        change = orthanc.wait_for_stable(study)
        assert (change["ChangeType"], change["ID"]) == ("StableStudy", study)
        received = modality.wait_for_instances(2)
        assert {image.PatientID for image in received} == {"A"}
        # the study may be stable, and be sent, after its first instance already
        orthanc.wait_until(
            lambda: {image.InstanceNumber for image in modality.received} == {1, 2}, "both")

    def test_modality_forgets_what_it_received(orthanc, dicom, modality):
        assert modality.received == []
        modality.status = 0xA700
        instance = orthanc.upload(dicom())["ID"]
        job = orthanc.post("/modalities/modality/store", json={
            "Resources": [instance], "Asynchronous": True}).json()["ID"]
        assert orthanc.wait_for_job(job)["State"] == "Failure"
        modality.wait_for_attempts(1)
        assert modality.received == []

    def test_clear_deletes_all_data(orthanc, dicom):
        orthanc.upload(dicom())
        orthanc.upload(dicom(PatientID="B"))
        orthanc.clear()
        assert orthanc.get("/patients").json() == []
        assert orthanc.get("/changes").json()["Changes"] == []
        assert orthanc.get("/calls").json() == 1

    @pytest.mark.orthanc(config={"Name": "Nearest"})
    def test_the_options_of_markers_are_merged(orthanc):
        assert orthanc.get("/calls").json() == 1
        assert orthanc.get("/system").json()["Name"] == "Nearest"
        assert orthanc.config["DefaultEncoding"] == "Utf8"

    @pytest.mark.orthanc("script.py", "folder")
    def test_scripts_and_folders_run_together(orthanc):
        assert orthanc.get("/calls").json() == 1
        orthanc.wait_for_log("The script in the folder")

    @pytest.mark.orthanc("folder")
    def test_a_folder_runs(orthanc):
        assert orthanc.get("/calls").status_code == 404
        orthanc.wait_for_log("The script in the folder")

    @pytest.mark.orthanc("other.py")
    def test_the_nearest_marker_with_scripts_counts(orthanc):
        assert orthanc.get("/calls").status_code == 404
        orthanc.wait_for_log("The other script")

    def test_two_orthancs(orthanc, start_orthanc):
        other = start_orthanc(Path(__file__).parents[1] / "script.py")
        assert other.url != orthanc.url
        assert other.get("/calls").json() == 1
"""
FAILING = """
    import pytest

    pytestmark = pytest.mark.orthanc("script.py")

    def test_wrong_value(orthanc):
        orthanc.get("/unknown-route-of-this-test")
        assert orthanc.get("/calls").json() == 2

    def test_crash(orthanc):
        with pytest.raises(Exception):
            orthanc.get("/crash")
        orthanc.wait(60)

    def test_waiting_for_a_process_that_ended(orthanc):
        with pytest.raises(Exception):
            orthanc.get("/crash")
        orthanc.wait_for_change("StableStudy")

    @pytest.mark.orthanc("broken.py")
    def test_broken_script(orthanc):
        pass

    @pytest.mark.orthanc("absent.py")
    def test_absent_script(orthanc):
        pass

    @pytest.mark.orthanc("script.py", configuration={})
    def test_wrong_argument(orthanc):
        pass

    def test_unknown_keyword(dicom):
        dicom(PatientName2="A")
"""


def summary(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.splitlines()[-1].strip("= ")


def part(done: subprocess.CompletedProcess[str], test: str) -> str:
    """The reports of one test: its failure, and the error of its fixtures."""
    title = rf"_+ (?:ERROR at \w+ of )?{test} _+"
    found = re.findall(rf"^{title}\n(?s:.*?)(?=^_+ .*test_\w+ _+$|\Z)", done.stdout, re.M)
    assert found, done.stdout
    return "".join(found)


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["one process", "xdist"])
def test_tests_of_a_project_pass(run_pytest: RunPytest, options: list[str]) -> None:
    files = {"script.py": SCRIPT, "tests/test_script.py": PASSING, "tests/other.py": OTHER}
    files["tests/folder/one.py"] = OTHER.replace("other script", "script in the folder")
    done = run_pytest(files, *options)
    assert done.returncode == 0, done.stdout
    assert summary(done).startswith("12 passed in")


def test_failures_name_their_cause(run_pytest: RunPytest) -> None:
    files = {"script.py": SCRIPT, "broken.py": "import absent_module", "test_script.py": FAILING}
    done = run_pytest(files)
    assert summary(done).startswith("3 failed, 1 passed, 5 errors in"), done.stdout
    wrong = part(done, "test_wrong_value")
    assert "Log of Orthanc at http://127.0.0.1:" in wrong
    assert "Orthanc has started" in wrong
    assert "Orthanc ended during the test, with exit code 3" in part(done, "test_crash")
    waiting = part(done, "test_waiting_for_a_process_that_ended")
    assert "Orthanc ended with exit code 3 before the change StableStudy" in waiting
    assert "No module named 'absent_module'" in part(done, "test_broken_script")
    assert "There is no script absent.py in " in part(done, "test_absent_script")
    assert "The marker orthanc has no argument configuration" in part(done, "test_wrong_argument")
    assert "PatientName2 is no DICOM keyword" in part(done, "test_unknown_keyword")


def test_a_bad_end_is_reported(run_pytest: RunPytest) -> None:
    script = "import atexit, os\natexit.register(lambda: os._exit(5))\n"
    test = """
        import pytest

        @pytest.mark.orthanc("script.py")
        def test_nothing(orthanc):
            pass
    """
    done = run_pytest({"script.py": script, "test_it.py": test})
    assert "Orthanc of test_it.py::test_nothing: exit code 5 at its end" in done.stdout
    assert done.returncode == 1


def test_fixtures_of_a_project_set_scripts_and_configuration(run_pytest: RunPytest) -> None:
    files = {
        "script.py": SCRIPT,
        "folder/one.py": OTHER,
        "conftest.py": """
            import pytest

            @pytest.fixture
            def orthanc_scripts():
                return ["script.py", "folder"]

            @pytest.fixture(scope="session")
            def orthanc_config():
                return {"Name": "Default", "Python": {"StopTimeout": 7}}
        """,
        "test_it.py": """
            import pytest

            def test_fixtures(orthanc):
                assert orthanc.get("/calls").json() == 1
                assert orthanc.get("/system").json()["Name"] == "Default"
                assert orthanc.config["Python"]["StopTimeout"] == 7
                orthanc.wait_for_log("The other script")

            @pytest.mark.orthanc(config={"Name": "Marker"})
            def test_marker_adds(orthanc):
                assert orthanc.get("/system").json()["Name"] == "Marker"
                assert orthanc.config["Python"]["StopTimeout"] == 7
        """,
    }
    done = run_pytest(files)
    assert summary(done).startswith("2 passed in"), done.stdout


def test_pytest_starts_without_the_modules_of_the_fixtures(run_pytest: RunPytest) -> None:
    test = """
        import sys

        def test_imports():
            heavy = {"pydicom", "pynetdicom", "requests", "numpy", "ssl", "orthanc_python.server"}
            assert heavy & sys.modules.keys() == set()

        def test_orthanc_imports_no_pydicom(orthanc):
            assert {"pydicom", "pynetdicom"} & sys.modules.keys() == set()
    """
    done = run_pytest({"test_it.py": test})
    assert summary(done).startswith("2 passed in"), done.stdout


def test_a_path_in_a_separate_argument_is_refused(
    run_pytest: RunPytest, orthanc_executable: Path
) -> None:
    done = run_pytest({"test_it.py": ""}, "--orthanc", str(orthanc_executable))
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"Write --orthanc={orthanc_executable}" in done.stdout


def test_a_version_selects_the_orthanc(run_pytest: RunPytest, orthanc_executable: Path) -> None:
    version = orthanc_version(orthanc_executable)
    test = f"""
        def test_version(orthanc):
            assert orthanc.get("/system").json()["Version"] == "{version}"
    """
    done = run_pytest({"test_it.py": test}, f"--orthanc={version}")
    assert summary(done).startswith("1 passed in"), done.stdout


def test_an_unknown_orthanc_is_named(run_pytest: RunPytest) -> None:
    done = run_pytest({"test_it.py": "def test(orthanc): pass"}, "--orthanc=no/such/folder")
    assert re.search(
        r"^E .*OrthancNotFound: There is no Orthanc at .*no/such/folder$", done.stdout, re.M
    )


def test_the_package_declares_the_plugin() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.entry-points.pytest11]\northanc = "orthanc_python.testing.plugin"\n' in text


def test_names_of_the_package_exist() -> None:
    code = "from orthanc_python import testing\nfor name in testing.__all__: getattr(testing, name)"
    subprocess.run([sys.executable, "-c", code], check=True)
