"""Descope's contract for one-time codes over SMS, for tests in Python.

The command `otp-conformance` does the work; this package finds it, starts it and reads what it says.

    with otp_conformance.proxy() as proxy:
        run_my_client(proxy.url, proxy.project_id)
    assert proxy.verdict.ok, proxy.verdict.text

`serve` starts the server alone, `proxy` a server behind a recording proxy that ends in a verdict. The fixtures for
pytest are in `otp_conformance.pytest_plugin`; pytest finds them by itself.
"""

from ._binary import BinaryNotFound, binary_path
from ._endpoint import Endpoint, NoCode
from ._process import StartError
from ._proxy import Marked, Proxy, Verdict, proxy
from ._serve import Server, serve

__all__ = [
    "BinaryNotFound",
    "Endpoint",
    "Marked",
    "NoCode",
    "Proxy",
    "Server",
    "StartError",
    "Verdict",
    "binary_path",
    "proxy",
    "serve",
]
