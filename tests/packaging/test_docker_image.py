# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Docker image works as docs/how-to/docker.md says: buildah builds it and runs the commands.

Its base is a plain Debian of the same chroot, and pip finds the packages in a folder, so that
nothing comes from a registry of images.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pipeline import project

from orthanc_python.new_project import new_project
from tests.support.containers import PASSWORD, Buildah, Image, Options, docker_run
from tests.support.pages import blocks_of
from tests.support.wheels import with_requirements

FOLDER = project.ROOT / "packaging" / "docker"
PAGE = (project.ROOT / "docs" / "how-to" / "docker.md").read_text(encoding="utf-8")
pytestmark = [pytest.mark.chroot, pytest.mark.xdist_group("docker image")]

NAME = "ghcr.io/orthanc-python/orthanc-python"
WITH_PASSWORD = {"ORTHANC_PASSWORD": PASSWORD}

# The files of the Orthanc Book
BOOK: dict[str, Any] = {
    "StorageDirectory": "/var/lib/orthanc/db",
    "RemoteAccessAllowed": True,
    "Plugins": ["/usr/local/share/orthanc/plugins"],
    "PythonScript": "/etc/orthanc/hello.py",
}
HELLO = "print('Hello world!')\n"


def commands(heading: str = "Docker") -> list[str]:
    """The commands below a heading."""
    section = re.split(rf"^#+ {heading}\n", PAGE, flags=re.MULTILINE)[1].partition("\n#")[0]
    blocks = re.findall(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("docker run")]


@pytest.fixture(scope="module")
def wheels(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_requirements(package, tmp_path_factory.mktemp("docker") / "wheels", "3.14")


@pytest.fixture(scope="module")
def image(wheels: Path, package: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image with the package from the folder of the Dockerfile, as in a release."""
    folder = tmp_path_factory.mktemp("image")
    context = folder / "docker"
    shutil.copytree(FOLDER, context)
    (wheels / package.name).rename(context / package.name)
    buildah = Buildah(folder)
    buildah.debian("forky-plain", "base", folder)
    return buildah.build(context, NAME, base="base", wheels=wheels)


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Options]:
    """The command of the Orthanc Book; options of the configuration can be changed."""

    def make(**config: object) -> Options:
        (tmp_path / "orthanc.json").write_text(json.dumps({**BOOK, **config}), encoding="utf-8")
        (tmp_path / "hello.py").write_text(HELLO, encoding="utf-8")
        return docker_run(commands()[0], {"/tmp": str(tmp_path), "...": f"'{PASSWORD}'"})

    return make


def without_password(options: Options) -> Options:
    return Options(arguments=options.arguments, volumes=options.volumes)


def test_the_command_of_the_orthanc_book(image: Image, book: Callable[..., Options]) -> None:
    seen = image.drive(book())
    log = seen.pop("log")
    answer = seen.pop("answer")
    assert "index" in seen.pop("data"), log
    assert seen == {
        "healthy before": False,
        "exit code before the end": None,
        "without password": 401,
        "exit code": 0,
    }, log
    assert (answer[0], json.loads(answer[1])["Version"][:4]) == (200, "1.13"), log
    assert "Hello world!" in log
    assert 'Using Python script "hello.py": /etc/orthanc/hello.py' in log


def test_a_script_is_enough(image: Image, tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(FOLDER / "scripts" / "main.py", tmp_path / "scripts")
    options = docker_run(commands()[1], {"$PWD": str(tmp_path), "...": f"'{PASSWORD}'"})
    seen = image.drive(options, "/hello")
    assert (seen["answer"][0], seen["answer"][1][:18]) == (200, "Hello from Python ")
    assert seen["without password"] == 401


def test_the_script_of_the_tutorial_is_deployed(image: Image, tmp_path: Path) -> None:
    """As `docker compose up` does in the folder that `orthanc-python new` wrote."""
    folder = tmp_path / "arrivals"
    new_project(folder)
    tutorial = blocks_of(project.ROOT / "docs" / "tutorial.md")
    *_, script = [block.text for block in tutorial if block.value == "arrivals.py"]
    (folder / "arrivals.py").write_text(script, encoding="utf-8")
    service = yaml.safe_load((folder / "compose.yaml").read_text("utf-8"))["services"]["orthanc"]
    mounts = [volume.replace("./", f"{folder}/") for volume in service["volumes"] if "./" in volume]
    options = Options(environment={**service["environment"], **WITH_PASSWORD}, volumes=mounts)
    seen = image.drive(options, "/arrivals")
    assert service["image"] == NAME
    assert (seen["answer"], seen["without password"]) == ([200, "{}"], 401), seen["log"]


def test_arguments_reach_orthanc(image: Image) -> None:
    seen = image.drive(Options(["--verbose"], WITH_PASSWORD))
    assert re.search(r"^I.*Orthanc", seen["log"], re.MULTILINE), seen["log"]
    assert seen["exit code"] == 0


def test_the_account_is_not_root(image: Image) -> None:
    assert image.config["User"] == "999"  # a number: Kubernetes can check that it is not 0
    assert image.run(Options(entrypoint="id", arguments=["-un"])).stdout == "orthanc\n"


@pytest.mark.parametrize("password", ["", " ", "orthanc"])
def test_a_password_must_not_be_weak(image: Image, password: str) -> None:
    said = image.refuses(Options(environment={"ORTHANC_PASSWORD": password}))
    assert 'the password of the user "orthanc" is' in said
    assert "docker run -e ORTHANC_PASSWORD=..." in said


def test_a_password_is_required(image: Image, book: Callable[..., Options]) -> None:
    assert "RegisteredUsers is empty" in image.refuses(Options())
    assert "RegisteredUsers is empty" in image.refuses(without_password(book()))
    of_file = without_password(book(RegisteredUsers={"orthanc": "${ORTHANC_PASSWORD}"}))
    said = image.refuses(of_file)
    assert 'the password of the user "orthanc" is empty\nSet ORTHANC_PASSWORD.' in said


def test_a_configuration_can_be_open_on_purpose(image: Image, book: Callable[..., Options]) -> None:
    seen = image.drive(without_password(book(AuthenticationEnabled=False)))
    assert seen["without password"] == 200, seen["log"]
    assert "WARNING: /etc/orthanc says AuthenticationEnabled: false" in seen["log"]


def test_variables_and_secrets(image: Image, tmp_path: Path) -> None:
    (tmp_path / "password.txt").write_text(f"{PASSWORD}\n", encoding="utf-8")
    (command,) = commands("Passwords")
    options = docker_run(command, {"$PWD": str(tmp_path)})
    environment = {
        "ORTHANC_JSON": '{"Name": "replaced", "DicomAet": "JSON"} // a comment',
        "ORTHANC__NAME": "five ${HOME}",
        "ORTHANC__HTTP_PORT": "8042",
        "ORTHANC__PYTHON__STOP_TIMEOUT": "5",
        "DICOM_WEB_PLUGIN_ENABLED": "true",
        "VERBOSE_ENABLED": "true",
    }
    seen = image.drive(Options(environment=environment, volumes=options.volumes))
    system = json.loads(seen["answer"][1])
    assert (system["Name"], system["DicomAet"]) == ("five ${HOME}", "JSON"), seen["log"]
    assert seen["without password"] == 401
    assert "WARNING: DICOM_WEB_PLUGIN_ENABLED has no effect" in seen["log"]
    assert "from: ORTHANC_JSON, ORTHANC__HTTP_PORT, ORTHANC__NAME" in seen["log"]
    assert PASSWORD not in seen["log"]
    assert re.search(r"^I\d", seen["log"], re.MULTILINE), "--verbose"


def test_the_health_check_uses_the_configured_port(image: Image) -> None:
    """Only the DICOM server listens: a check of another port waits until the time limit."""
    environment = {**WITH_PASSWORD, "ORTHANC__HTTP_SERVER_ENABLED": "false"}
    health = shlex.join(image.config["Healthcheck"]["Test"][1:])
    handles_sighup = "grep -q '^SigCgt:.*[13579bdf]$' /proc/$!/status"  # as the last signal
    script = (
        f"Orthanc /etc/orthanc & until {health} 2>&- && {handles_sighup}; do sleep 0.1; done; "
        "kill $!; wait $!"
    )
    options = Options(["-c", script], environment, entrypoint="sh")
    done = image.run(options)
    assert done.returncode == 0, done.stderr


def test_a_folder_of_the_host_needs_the_right_owner(image: Image, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    command, chown = commands("Accounts and volumes")
    values = {"$PWD": str(tmp_path), "orthanc:/": f"{tmp_path}/data:/", "...": f"'{PASSWORD}'"}
    given = docker_run(command, {**values, "$(id -u)": "1234"})
    said = image.refuses(given)
    assert "StorageDirectory /var/lib/orthanc/db: the account" in said
    assert "--entrypoint chown -v ...:/var/lib/orthanc/db IMAGE -R 1234 /var/lib" in said
    done = image.run(docker_run(chown, values))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data").stat().st_uid == 999
    default = Options(environment=given.environment, volumes=given.volumes)
    assert "index" in image.drive(default)["data"]


def test_any_account_can_use_a_new_volume(image: Image) -> None:
    seen = image.drive(Options(environment=WITH_PASSWORD, user="1234:0"))
    assert ("index" in seen["data"], seen["exit code"]) == (True, 0), seen["log"]


def test_an_image_that_is_built_on_it(image: Image, wheels: Path, tmp_path: Path) -> None:
    config = {"RemoteAccessAllowed": True, "RegisteredUsers": {"alice": ""}}
    (tmp_path / "mine.json").write_text(json.dumps(config), encoding="utf-8")
    (tmp_path / "Dockerfile").write_text(
        f"FROM {NAME}\nCOPY mine.json /mine.json\nENTRYPOINT []\n"
        'CMD ["sh", "-c", "exec Orthanc --verbose /mine.json"]\n',
        encoding="utf-8",
    )
    derived = image.buildah.build(tmp_path, "derived", base=NAME, wheels=wheels)
    assert 'the password of the user "alice" is empty' in derived.refuses(Options())


def test_more_packages_and_plugins(image: Image, wheels: Path, tmp_path: Path) -> None:
    (text,) = re.findall(r"^```dockerfile\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "Dockerfile").write_text(text.replace("pydicom", "requests"), encoding="utf-8")
    shutil.copy(FOLDER / "scripts" / "main.py", tmp_path)
    derived = image.buildah.build(tmp_path, "more", base=NAME, wheels=wheels)
    seen = derived.drive(Options(environment=WITH_PASSWORD), "/hello")
    assert seen["answer"][0] == 200, seen["log"]
    assert "Registering plugin 'dicom-web'" in seen["log"]
