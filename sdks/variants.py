"""Runs the test suite of an SDK against every legitimate kind of server, and tells whom the proxy accuses: it must be nobody.

Usage: variants.py [--times N] [--only NAME] BINARY COMMAND...

COMMAND may fail, since a suite may ask for what one kind of server does and another does not; it is the accusations that
count. Ends with status 1 if there is one.
"""

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=1, help="runs of each variant; ten times as many of late messages are due")
    parser.add_argument("--only", action="append", help="a variant; repeatable; all by default")
    parser.add_argument("binary")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    known = [row["name"] for row in json.loads(output(asked.binary, "list", "variants", "--json"))]
    chosen = [name for name in known if not asked.only or name in asked.only]
    runs = [name for name in chosen for _ in range(asked.times)]
    with ThreadPoolExecutor(max_workers=4) as pool:
        ended = list(pool.map(lambda name: run(asked.binary, name, asked.command), runs))
    accused = 0
    for name in chosen:
        of = [summary for variant, summary in zip(runs, ended) if variant == name]
        verdicts = sorted({summary["verdict"] for summary in of})
        broken = sorted({row["requirement"] for summary in of for row in accusations(summary)})
        accused += bool(broken)
        print(f"{name}: {', '.join(verdicts)}{' ACCUSED of ' + ', '.join(broken) if broken else ''}")
    print(f"{len(runs)} runs of {len(chosen)} variants, {accused} accused")
    sys.exit(1 if accused else 0)


def accusations(summary):
    """Every MUST, and a SHOULD of a client: some variants leave a SHOULD of servers undone, which is why they are variants."""
    clients = [row for row in summary["warned"] if any(trial.endswith("::client") for trial in row["trials"])]
    return summary["violated"] + clients


def run(binary, variant, command):
    return json.loads(output(binary, "proxy", "--variant", variant, "--json", "-", "--", *command))


def output(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    try:
        json.loads(done.stdout)
    except ValueError:
        sys.exit(f"{' '.join(words)}: {done.stderr.decode()[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
