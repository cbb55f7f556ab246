"""Fixtures, marker, options and verdicts for pytest; pytest loads it by itself once the package is installed."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any, Optional, TypeVar

import pytest

from ._endpoint import Endpoint
from ._lanes import Lanes
from ._marker import MARKER, Wishes
from ._options import Options, add_options
from ._process import StartError
from ._proxy import Marked, Proxy
from ._serve import Server, serve
from ._verdicts import emit, required, taken, told

LANES = pytest.StashKey[Lanes]()


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    config.stash[LANES] = Lanes(Options.of(config), worker=_worker(config))


def _worker(config: pytest.Config) -> Optional[str]:
    """The worker of pytest-xdist that this process is."""
    given: "dict[str, str]" = getattr(config, "workerinput", {})
    return given.get("workerid")


def pytest_collection_modifyitems(items: "list[pytest.Item]") -> None:
    """A marker that says nothing sensible is an error before the first test, not in the middle."""
    for item in items:
        Wishes.of(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    lanes = item.config.stash[LANES]
    lanes.enter(item.nodeid)
    try:
        return (yield)
    finally:
        lanes.leave()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, Any, Any]:
    """Ends the proxies when the last test is over, and adds their verdicts to the run."""
    lanes = session.config.stash[LANES]
    try:
        return (yield)
    finally:
        lanes.end()
        if lanes.worker is None:
            lanes.results.extend(required(lanes.options.require, lanes.results))
            emit(session, lanes.results)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist cannot add tests; the process that started it can."""
    lanes = session.config.stash[LANES]
    if lanes.worker is not None:
        taken(session.config, lanes.results)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LANES].results.extend(told(node))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for result in config.stash[LANES].results:
        for line in result.notes():
            terminalreporter.write_line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """An interrupted run has no verdict, and leaves nothing behind."""
    lanes = config.stash.get(LANES, None)
    if lanes is not None:
        lanes.end()


@pytest.fixture(autouse=True)
def _otp(request: pytest.FixtureRequest) -> Iterator[None]:
    """With `--otp`, every test finds the proxy in its environment, and a marked one a proxy of its own."""
    lanes = request.config.stash[LANES]
    if lanes.options.everything and not _FIXTURES & set(request.fixturenames):
        request.getfixturevalue("otp_proxy" if Wishes.of(request.node) else "otp_proxy_session")
    yield


_FIXTURES = {"otp_proxy", "otp_proxy_session", "otp_serve", "otp_serve_session"}


@pytest.fixture(scope="session")
def otp_proxy_session(request: pytest.FixtureRequest) -> Iterator[Marked]:
    """A server behind a recording proxy, for all tests of this process; the verdict is a test of its own.

    Below `otp-conformance proxy -- pytest` it is the proxy of that command.
    """
    lanes = request.config.stash[LANES]
    with pytest.MonkeyPatch.context() as patch:
        with _plainly():
            proxy = lanes.shared()
        yield _known(patch, proxy)


@pytest.fixture
def otp_proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A server behind a recording proxy, for this test alone; obeys the marker `otp`."""
    lanes, wishes = request.config.stash[LANES], Wishes.of(request.node)
    with _plainly():
        proxy = lanes.own(request.node.nodeid, wishes)
    _ahead(proxy, wishes.clock)
    yield _known(monkeypatch, proxy)
    lanes.close(proxy)


@pytest.fixture(scope="session")
def otp_serve_session() -> Iterator[Server]:
    """The server alone, for all tests of this process."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        with _plainly():
            server = stack.enter_context(serve())
        yield _known(patch, server)


@pytest.fixture
def otp_serve(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The server alone, for this test; obeys the marker `otp`, except for hostile answers."""
    wishes = Wishes.of(request.node)
    if wishes.hostile:
        pytest.fail("otp_serve shows no hostile answers; otp_proxy does", pytrace=False)
    with ExitStack() as stack:
        with _plainly():
            server = stack.enter_context(serve(faults=wishes.faults, variants=wishes.variants))
        _ahead(server, wishes.clock)
        yield _known(monkeypatch, server)


@contextmanager
def _plainly() -> Iterator[None]:
    """What the command says of a marker or an option is the error, without the lines of ours that it came by."""
    try:
        yield
    except StartError as error:
        pytest.fail(str(error), pytrace=False)


Given = TypeVar("Given", bound=Endpoint)


def _known(patch: pytest.MonkeyPatch, endpoint: Given) -> Given:
    for name, value in endpoint.environment().items():
        patch.setenv(name, value)
    return endpoint


def _ahead(endpoint: Endpoint, clock: Optional[timedelta]) -> None:
    if clock:
        endpoint.advance(clock)
