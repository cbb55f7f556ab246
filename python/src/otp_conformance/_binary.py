"""Where the command is."""

import os
import shutil
import sys
import sysconfig

NAME = "otp-conformance" + (".exe" if sys.platform == "win32" else "")


class BinaryNotFound(FileNotFoundError):
    """The command is in none of the places where an installation puts it."""


def binary_path() -> str:
    """The path of the command.

    `OTP_CONFORMANCE` wins; then the scripts folder of this interpreter, that of the user's own packages, and `PATH`.

    Raises BinaryNotFound with the places looked at.
    """
    named = os.environ.get("OTP_CONFORMANCE")
    if named:
        return named
    places = [os.path.join(folder, NAME) for folder in _folders()]
    for place in places:
        if os.path.isfile(place):
            return place
    found = shutil.which(NAME)
    if found:
        return found
    raise BinaryNotFound(
        "the command otp-conformance was not found; looked at "
        + ", ".join(places)
        + " and PATH. Install the package again with pip, or name the file in OTP_CONFORMANCE."
    )


def _folders() -> "list[str]":
    user = "nt_user" if sys.platform == "win32" else "posix_user"
    return [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", scheme=user)]
