"""`python -m otp_conformance …` is `otp-conformance …`, also where the scripts folder is not on the path."""

import subprocess
import sys

from ._binary import binary_path

if __name__ == "__main__":
    sys.exit(subprocess.run([binary_path(), *sys.argv[1:]]).returncode)
