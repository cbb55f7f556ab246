"""The proxies of a run, from their start to their verdicts."""

import os
import re
import urllib.error
from typing import Optional, Union

from ._marker import Wishes
from ._options import Options
from ._proxy import Marked, Proxy, proxy
from ._verdicts import Result


class Lanes:
    """Starts proxies, says which test is running, ends them and keeps what they said."""

    def __init__(self, options: Options, worker: Optional[str]) -> None:
        self.options = options
        self.worker = worker
        self.results: "list[Result]" = []
        self._running: "list[tuple[str, Proxy]]" = []
        self._shared: Optional[Union[Proxy, Marked]] = None
        self._test: Optional[str] = None
        if options.outer:
            self._shared = Marked(options.outer, options.project_id, options.management_key)

    def shared(self) -> Marked:
        """The proxy of all tests of this process; started by the first that asks."""
        if self._shared is None:
            name = "otp-conformance::verdict" + (f"[{self.worker}]" if self.worker else "")
            self._shared = self._start(name, Wishes())
        return self._shared

    def own(self, test: str, wishes: Wishes) -> Proxy:
        """A proxy for one test."""
        return self._start(f"{test}::otp-verdict", wishes)

    def _start(self, name: str, wishes: Wishes) -> Proxy:
        options = self.options
        started = proxy(
            target=options.target,
            project_id=options.project_id,
            management_key=options.management_key,
            codes=options.codes,
            strict=options.strict,
            deviations=options.deviations,
            hostile=wishes.hostile,
            faults=wishes.faults,
            record=self._report(name, "ndjson"),
            html=self._report(name, "html"),
            variants=wishes.variants,
        )
        self._running.append((name, started))
        self._mark(started)
        return started

    def _report(self, name: str, kind: str) -> Optional[str]:
        if self.options.reports is None:
            return None
        os.makedirs(self.options.reports, exist_ok=True)
        return os.path.join(self.options.reports, re.sub(r"[^\w.-]+", "-", name).strip("-") + "." + kind)

    def enter(self, test: str) -> None:
        """This test begins."""
        self._test = test
        self._mark_all()

    def leave(self) -> None:
        """What comes now belongs to no test."""
        self._test = None
        self._mark_all()

    def _mark_all(self) -> None:
        for marked in {id(one): one for one in (self._shared, *(started for _, started in self._running)) if one}.values():
            self._mark(marked)

    def _mark(self, marked: Marked) -> None:
        try:
            marked.mark(self._test)
        except (urllib.error.URLError, OSError):
            pass  # a proxy that is gone, or knows no marks, says so in its verdict or needs none

    def close(self, ended: Proxy) -> None:
        """Ends one proxy and keeps its verdict."""
        for name, started in self._running:
            if started is ended:
                self._running.remove((name, started))
                self.results.append(Result.of(name, started.stop(), self._report(name, "html")))
                return

    def end(self) -> None:
        """Ends all that still run."""
        for _, started in list(self._running):
            self.close(started)
        if isinstance(self._shared, Proxy):
            self._shared = None
