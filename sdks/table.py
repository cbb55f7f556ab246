"""Writes docs/measurements/sdks.md: what each SDK did after each hostile answer, from summaries of `otp-conformance proxy --hostile`.

Usage: table.py NAME=SUMMARY.json ...
"""

import json
import re
import sys

HEAD = """# What official SDKs do with hostile answers

Made by `.ci/sdks.sh --write`, which plays `suites/hostile/` to released SDKs through their drivers in `sdks/`; CI plays it
again and compares. A cell says what the caller got and how many requests that took, and names a requirement that the
SDK breaks (`otp-conformance explain OTP-125`). What breaks a MUST stands in the SDK's `deviations.toml` with its reason.
"""


def main():
    sdks = {}
    for argument in sys.argv[1:]:
        name, path = argument.split("=", 1)
        with open(path, encoding="utf-8") as file:
            sdks[name] = json.load(file)
    cells = {name: column(summary) for name, summary in sdks.items()}
    print(HEAD)
    print("| hostile answer | " + " | ".join(sdks) + " |")
    print("|---|" + "---|" * len(sdks))
    for row in sorted(set().union(*cells.values())):
        print(f"| {row} | " + " | ".join(cells[name].get(row, "–") for name in sdks) + " |")
    print("\n## Validation of session tokens\n")
    tokens = {name: validation(summary) for name, summary in sdks.items()}
    print("| the token is | " + " | ".join(sdks) + " |")
    print("|---|" + "---|" * len(sdks))
    for row in sorted(set().union(*tokens.values())):
        print(f"| {row} | " + " | ".join(tokens[name].get(row, "–") for name in sdks) + " |")


def column(summary):
    """Hostile answer by hostile answer: what the caller got, and what that breaks."""
    broken = {}
    for found in summary["violated"] + summary["warned"]:
        for trial in found["trials"]:
            broken.setdefault(trial.removeprefix("hostile::"), []).append(f"{found['level']} {found['requirement']}")
    told = {}
    for question, answer in summary["observed"].items():
        asked = re.fullmatch(r"(\S+) answered by: (\S+)", question)
        if asked and not asked.group(2).startswith("tokens::"):
            call, case = asked.groups()
            told[case] = f"{call}: {answer.removeprefix('the caller gets ')}"
    for case, requirements in broken.items():
        told[case] = "; ".join(filter(None, [told.get(case), f"**breaks {', '.join(requirements)}**"]))
    return told


def validation(summary):
    start = "validates a session token that is "
    rows = {question: answer for question, answer in summary["observed"].items() if question.startswith(start)}
    return {question.removeprefix(start): verdict(answer) for question, answer in rows.items()}


def verdict(answer):
    # What a refresh brought is in the rows of the other table.
    of_login = [part for part in answer.split("; ") if not part.startswith("refresh: ")]
    call, told = (of_login or [answer])[0].split(": ", 1)
    if call == "verify" and told == "success":
        return "not looked at"  # a client that leaves validation to its caller
    return f"accepted by {call}" if told == "success" else f"refused by {call}"


if __name__ == "__main__":
    main()
