"""Runs test suites of SDKs against every legitimate kind of server, and tells whom the proxy accuses: it must be nobody.

Usage: variants.py [--times N] [--only NAME] [--sample N] [--write FILE | --check FILE] BINARY NAME=COMMAND...

Each COMMAND is a suite, as one word of the shell. It may fail, since a suite may ask for what one kind of server does and
another does not; it is the accusations that count. `late-messages` is run ten times where others are run three times:
its messages come at other moments in each run. Ends with status 1 if anybody is accused, or if FILE says otherwise.
"""

import argparse
import json
import pathlib
import re
import shlex
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

HEAD = """# SDK suites against legitimate servers of other kinds

Made by `sdks/variants.py --times 3 --write {file}`, which runs each suite through the proxy, in front of the
emulator as each variant. CI runs a sample again and compares. A cell says how often the run ended so. *own tests red*
is a suite that asks for what our emulator does and this kind of server does not; that is no accusation by the proxy.

"""

WORDS = {"command-failed": "own tests red"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=1, help="runs of each variant and suite")
    parser.add_argument("--only", action="append", help="a variant; repeatable; all by default")
    parser.add_argument("--sample", type=int, help="so many variants, spread over all of them")
    parser.add_argument("--jobs", type=int, default=4, help="runs at once")
    parser.add_argument("--write", metavar="FILE", help="write the table")
    parser.add_argument("--check", metavar="FILE", help="compare with the table")
    parser.add_argument("binary")
    parser.add_argument("suites", nargs="+", metavar="NAME=COMMAND")
    asked = parser.parse_args()
    known = [row["name"] for row in json.loads(output(asked.binary, "list", "variants", "--json"))]
    chosen = [name for name in known if not asked.only or name in asked.only]
    if asked.sample:
        chosen = chosen[:: max(1, len(chosen) // asked.sample)][: asked.sample]
    suites = {name: shlex.split(command) for name, _, command in (suite.partition("=") for suite in asked.suites)}
    ended = play(asked, chosen, suites)
    accused = {key for key, runs in ended.items() if any(map(accusations, runs))}
    lines = [row(name, [ended[name, suite] for suite in suites]) for name in chosen]
    total = sum(map(len, ended.values()))
    summary = f"{total} runs of {len(chosen)} variants by {len(suites)} suites, {len(accused)} accused"
    print("\n".join(lines + [summary]))
    wrong = [f"{name}, {suite}: accused" for name, suite in sorted(accused)]
    if asked.write:
        titles = "| variant | " + " | ".join(suites) + " |\n|---|" + "---|" * len(suites)
        page = "\n".join([HEAD.format(file=asked.write) + titles, *lines, "", f"{summary}."])
        pathlib.Path(asked.write).write_text(page + "\n", encoding="utf-8")
    if asked.check:
        wrong += differences(pathlib.Path(asked.check), known, ended, list(suites))
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    sys.exit(1 if wrong else 0)


def play(asked, chosen, suites):
    """What each variant and suite came to, run by run."""

    def times(variant):
        return 10 if variant == "late-messages" and asked.times > 1 else asked.times

    runs = [(name, suite) for name in chosen for suite in suites for _ in range(times(name))]
    with ThreadPoolExecutor(max_workers=asked.jobs) as pool:
        summaries = list(pool.map(lambda key: run(asked.binary, key[0], suites[key[1]]), runs))
    ended = {}
    for key, summary in zip(runs, summaries):
        ended.setdefault(key, []).append(summary)
    return ended


def row(variant, suites):
    return f"| {variant} | " + " | ".join(map(cell, suites)) + " |"


def cell(runs):
    told = Counter(words(summary) for summary in runs)
    return ", ".join(f"{word} ×{count}" for word, count in sorted(told.items()))


def words(summary):
    broken = sorted({found["requirement"] for found in accusations(summary)})
    return f"**accused of {', '.join(broken)}**" if broken else WORDS.get(summary["verdict"], summary["verdict"])


def differences(path, known, ended, suites):
    """How these runs differ from the table: a row for every variant, and no ending that its cell does not name."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in path.read_text("utf-8").splitlines()]
    table = {cells[0]: cells[1:] for cells in rows if len(cells) > 1}
    titles = table.get("variant", [])
    wrong = [f"{path}: no row for {name}" for name in known if name not in table]
    for (variant, suite), runs in ended.items():
        if variant not in table or suite not in titles:
            wrong.append(f"{path}: nothing about {variant} by {suite}")
            continue
        listed = set(re.findall(r"(?:^|, )(.+?) ×\d+", table[variant][titles.index(suite)]))
        wrong += [f"{variant}, {suite}: {word}, and {path} says {sorted(listed)}" for word in map(words, runs) if word not in listed]
    return wrong


def accusations(summary):
    """Every MUST, and a SHOULD of a client: some variants leave a SHOULD of servers undone, which is why they are variants."""
    clients = [found for found in summary["warned"] if any(trial.endswith("::client") for trial in found["trials"])]
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
