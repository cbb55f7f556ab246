"""Every test's requests go by the test's own name: what docs/sdk-teams.md shows for pytest."""

import json
import os
import urllib.request

import pytest


@pytest.fixture(autouse=True)
def marked(request):
    url = os.environ.get("OTP_PROXY_URL")

    def mark(name):
        body = json.dumps({"name": name}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{url}/proxy/mark", body), timeout=5).close()

    if url:
        mark(request.node.nodeid)
    yield
    if url:
        mark(None)
