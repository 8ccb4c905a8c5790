# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import gc
import json
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from .conftest import Runtime

SUCCESS, CONTINUE = 1, 3
PAUSED, FAILED, CANCELED = 2, 3, 4


class Engine:
    """The native functions for jobs."""

    def __init__(self, runtime: Runtime) -> None:
        self.restore: Any = None
        self.logged: list[str] = []
        self.created: list[tuple[str, Any]] = []
        module: Any = runtime.orthanc
        module.CreateJob = self._create
        module.RegisterJobsUnserializer = self._register
        module.LogWarning = self.logged.append
        self.jobs = runtime("jobs")
        self.jobs.exports(module)

    def job(self, function: Callable[..., object]) -> Any:
        return self.jobs.job(function)

    def _create(self, kind: str, job: Any) -> Engine:
        self.created.append((kind, job))
        return self

    def _register(self, restore: Any) -> None:
        assert self.restore is None
        self.restore = restore

    def SubmitJob(self, priority: int) -> str:  # noqa: N802
        return f"id-{priority}"


@pytest.fixture
def engine(runtime: Runtime) -> Engine:
    return Engine(runtime)


def counting(engine: Engine) -> Any:
    @engine.job
    def count(job: Any, n: int, start: int = 0) -> Generator[float, None, int]:
        for i in range(job.state.get("next", start), n):
            job.state["next"] = i + 1
            job.content["last"] = i
            yield (i + 1) / n
        return n

    return count


def test_the_steps_of_a_generator(engine: Engine) -> None:
    job = counting(engine)(2)
    assert job.parameters == {"n": 2, "start": 0}
    assert job.submit(5) == job.id == "id-5"
    assert engine.created == [("count", job)]
    for status, progress, content in (
        (CONTINUE, 0.5, {"last": 0}),
        (CONTINUE, 1.0, {"last": 1}),
        (SUCCESS, 1.0, {"last": 1, "Result": 2}),
    ):
        assert job.step() == status
        assert job.get_progress() == progress
        assert json.loads(job.get_content()) == content


def test_a_job_that_is_never_submitted_is_reported(engine: Engine) -> None:
    count = counting(engine)
    count(2).submit()
    with pytest.raises(TypeError, match="missing a required argument: 'n'"):
        count()
    assert engine.logged == []
    count(2)
    gc.collect()
    assert engine.logged == [
        "count(...) made a job that was never submitted, so that nothing has run: "
        "call count(...).submit()"
    ]


def test_a_function_without_yield_is_one_step(engine: Engine) -> None:
    job = engine.jobs.job(lambda job: "done", job_type="one")()
    assert job.step() == SUCCESS
    assert json.loads(job.get_content()) == {"Result": "done"}


def test_a_job_goes_on_where_it_was_saved(engine: Engine) -> None:
    job = counting(engine)(3)
    job.submit()
    job.step()
    job.step()
    saved = job.get_serialized().decode()
    restored = engine.restore("count", saved).created[-1][1]
    assert restored is not job
    assert (restored.id, restored.state, restored.progress) == ("id-0", {"next": 2}, 2 / 3)
    assert restored.step() == CONTINUE
    assert restored.state["next"] == 3
    assert engine.restore("another plugin's", saved) is None


def test_text_that_is_not_utf_8_is_saved(engine: Engine) -> None:
    job = counting(engine)(1)
    job.state["name"] = "M\udcfcller"
    job.submit()
    saved = job.get_serialized().decode("ascii")
    assert json.dumps(json.loads(saved)).encode("utf-8")  # no lone surrogates
    engine.restore("count", saved)
    assert engine.created[-1][1] is not job
    assert engine.created[-1][1].state == {"name": "M\udcfcller"}


def test_a_pause_keeps_the_generator_and_a_cancellation_closes_it(engine: Engine) -> None:
    events: list[str] = []

    class Job(engine.jobs.BaseJob):  # type: ignore[name-defined,misc]
        def run(self) -> Iterator[None]:
            try:
                yield
                yield
            finally:
                events.append("closed")

        def stopped(self, reason: int) -> None:
            events.append(str(reason))

    job = Job()
    job.step()
    job.stop(PAUSED)
    assert events == ["2"]
    job.stop(CANCELED)
    assert events == ["2", "closed", "4"]


def test_a_failed_job_shows_its_error_and_starts_over(engine: Engine) -> None:
    @engine.job
    def failing(job: Any) -> Iterator[float]:
        job.content["kept"] = 1
        job.state["x"] = 1
        yield 0.5
        job.content["wrong"] = object()
        raise ValueError("on purpose")

    job = failing()
    job.step()
    with pytest.raises(ValueError, match="on purpose"):
        job.step()
    job.stop(FAILED)
    assert json.loads(job.get_content()) == {"Error": "ValueError: on purpose"}
    assert (job.get_progress(), job.get_serialized()) == (0.5, None)
    job.reset()
    assert (job.content, job.state, job.get_progress()) == ({}, {}, 0.0)


def test_queries_do_not_show_a_step_in_progress(engine: Engine) -> None:
    seen: list[object] = []

    @engine.job
    def looking(job: Any) -> Iterator[float]:
        yield 0.25
        job.content["new"] = 1
        job.progress = 0.5
        seen.append((job.get_progress(), job.get_content()))
        yield 0.75

    job = looking()
    job.step()
    job.step()
    assert seen == [(0.25, b"{}")]


def test_wrong_jobs(engine: Engine) -> None:
    jobs, count = engine.jobs, counting(engine)
    with pytest.raises(ValueError, match="two classes for jobs of the type 'count'"):
        counting(engine)
    with pytest.raises(TypeError, match="must name all its parameters"):
        jobs.job(lambda job, *more: None, job_type="a")
    with pytest.raises(TypeError, match="not int"):
        jobs.job(3)
    with pytest.raises(TypeError, match="'n'"):
        count()
    with pytest.raises(TypeError, match="derive a class"):
        jobs.BaseJob().submit()
    with pytest.raises(
        TypeError, match="the job 'count' must be JSON: Object of type object is not"
    ):
        count(n=object()).submit()
    with pytest.raises(RuntimeError, match="not submitted yet"):
        _ = count(1).id
    job = count(1)
    job.submit()
    with pytest.raises(RuntimeError, match="only once"):
        job.submit()

    async def coroutine(job: Any) -> None: ...

    with pytest.raises(TypeError, match="async def"):
        jobs.job(coroutine)


@pytest.mark.parametrize("progress", [-0.1, 1.1, float("nan")])
def test_a_progress_out_of_bounds(engine: Engine, progress: float) -> None:
    @engine.job
    def wrong(job: Any) -> Iterator[float]:
        yield progress

    with pytest.raises(ValueError, match="from 0 to 1"):
        wrong().step()


def test_a_job_from_before_a_reset_is_refused(runtime: Runtime, engine: Engine) -> None:
    job = counting(engine)(1)
    engine.jobs.exports(object())
    with pytest.raises(RuntimeError, match="from before a reset of Orthanc"):
        job.submit()


def unreliable(engine: Engine, retries: int, delay: float = 10) -> Any:
    """A kind of job whose steps after the first one raise the exceptions in `errors`."""

    def send(job: Any) -> Iterator[float]:
        job.state["begun"] = job.state.get("begun", 0) + 1
        yield 0.5
        job.state["half"] = job.content["half"] = True
        if errors:
            raise errors.pop(0)

    errors: list[BaseException] = []
    kind = engine.jobs.job(retries=retries, delay=delay)(send)
    kind.errors = errors
    return kind


def test_each_failure_doubles_the_delay(engine: Engine) -> None:
    send = unreliable(engine, retries=3, delay=1000)
    send.errors[:] = [OSError(1), ValueError(2), KeyError(3), OSError("the last")]
    job = send()
    for number, delay in enumerate((1000, 2000, 3600), 1):
        assert job.attempt == number
        assert job.step() == CONTINUE
        found = job.step()
        assert (type(found), found) == (float, delay)
        retry = json.loads(job.get_content())["Retry"]
        assert retry["FailedAttempts"] == number
        assert job.state == {"begun": number}  # as at the last yield
        assert f"attempt {number} of 4, the next attempt follows in {delay} s" in engine.logged[-1]
    assert job.step() == CONTINUE
    assert "Retry" not in json.loads(job.get_content())
    with pytest.raises(OSError, match="the last"):
        job.step()
    assert "attempt 4 of 4, no other attempt follows: OSError" in engine.logged[-1]
    job.stop(FAILED)
    job.reset()
    assert (job.attempt, job.state) == (1, {})


@pytest.mark.parametrize("mistake", [TypeError("x"), NameError("x"), SystemExit("x")])
def test_a_mistake_is_not_tried_again(engine: Engine, mistake: BaseException) -> None:
    send = unreliable(engine, retries=3)
    send.errors.append(mistake)
    job = send()
    job.step()
    with pytest.raises(type(mistake)):
        job.step()
    assert "no other attempt follows" in engine.logged[-1]


def test_a_restored_job_waits_for_the_rest_of_its_delay(engine: Engine) -> None:
    send = unreliable(engine, retries=3, delay=1000)
    send.errors.append(OSError("down"))
    job = send()
    job.submit()
    job.step()
    job.step()
    saved = job.get_serialized().decode()
    restored = engine.restore("send", saved).created[-1][1]
    assert (restored.attempt, restored.state) == (2, {"begun": 1})
    assert 990 < restored.step() <= 1000
    assert json.loads(restored.get_content())["Retry"]["Error"] == "OSError: down"
    assert restored.step() == CONTINUE  # the delay is over, or the user has resumed the job
    assert restored.state == {"begun": 2}

    passed = json.loads(json.loads(saved)["json"])
    passed["attempts"]["due"] -= 2000
    overdue = engine.restore("send", json.dumps(passed)).created[-1][1]
    assert overdue.step() == CONTINUE

    del passed["attempts"]  # saved by an earlier version
    assert engine.restore("send", json.dumps(passed)).created[-1][1].attempt == 1


def test_a_job_that_is_not_saved_keeps_its_state(engine: Engine) -> None:
    class Send(engine.jobs.BaseJob):  # type: ignore[name-defined,misc]
        restorable = False
        retries = 1

        def run(self) -> Iterator[float]:
            self.content["lost"] = self.state["kept"] = object()
            raise OSError
            yield

    job = Send()
    job.submit()
    assert job.step() == 10.0
    assert (list(job.state), job.content) == (["kept"], {})


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"retries": True}, TypeError, "retries of the job 'x' must be an int, not True"),
        ({"retries": 1.5}, TypeError, "must be an int, not 1.5"),
        ({"delay": "10"}, TypeError, "delay of the job 'x' must be a number, not '10'"),
        ({"retries": -1}, ValueError, "must be 0 or more"),
        ({"delay": float("nan")}, ValueError, "must be 0 or more"),
    ],
)
def test_wrong_retries(
    engine: Engine, settings: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        engine.jobs.job(lambda job: None, job_type="x", **settings)
    engine.jobs.job(lambda job: None, job_type="x")  # the name is still free
