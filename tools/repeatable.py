#!/usr/bin/env python3
"""Runs one seed again and again, at several numbers of jobs, and compares what was sent and found.

    tools/repeatable.py BINARY [--jobs 1,2,4,8,16] [--runs 20] [-- arguments of `run`]

Without `--target` among the arguments each run has an emulator of its own. Moments and the order of lines are left out
of the comparison, and so are the findings of races: whether two calls met is decided by the machine. Ends in 0 if all
recordings are alike, else in 1, and names the trials that differ. Standard library only.
"""
import argparse, hashlib, json, subprocess, sys, tempfile
from pathlib import Path


def account(path):
    """Of each trial, a digest of what it sent and what it found."""
    trials, order = {}, []
    for line in map(json.loads, Path(path).read_text().splitlines()):
        name = line.get('trial')
        if not isinstance(name, str):
            continue
        if name not in trials:
            trials[name] = {'sent': {}, 'found': []}
            order.append(name)
        if line['event'] == 'exchange':
            exchange = line['exchange']
            request = exchange['request']
            sent = [exchange['id'], exchange.get('operation'), request['method'], request['path'], request.get('headers'), request.get('body')]
            trials[name]['sent'].setdefault(line['history'], []).append(sent)
        if line['event'] == 'finding' and not name.startswith('race::'):
            found = line['finding']
            trials[name]['found'].append([found['requirement'], found.get('operation'), found.get('signature'), found['exchanges'], line['weight']])
    for trial in trials.values():
        # Calls that overlap are numbered as they were sent, and written down as they were.
        trial['sent'] = {history: sorted(sent, key=lambda one: one[0]) for history, sent in trial['sent'].items()}
    return {name: hashlib.sha256(json.dumps(trial, sort_keys=True).encode()).hexdigest() for name, trial in trials.items()}, order


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('binary')
    parser.add_argument('--jobs', default='1,2,4,8,16')
    parser.add_argument('--runs', type=int, default=20)
    parser.add_argument('--seed', type=int, default=7)
    words = sys.argv[1:]
    at = words.index('--') if '--' in words else len(words)
    args, arguments = parser.parse_args(words[:at]), words[at + 1:]
    jobs = args.jobs.split(',')
    first, differ = None, {}
    with tempfile.TemporaryDirectory() as folder:
        for index in range(args.runs):
            record = Path(folder) / f'{index}.ndjson'
            command = [args.binary, 'run', '--seed', str(args.seed), '--jobs', jobs[index % len(jobs)], '--record', str(record), *arguments]
            run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            digests, order = account(record)
            print(f'run {index + 1}: {jobs[index % len(jobs)]} jobs, exit status {run.returncode}, {len(digests)} trials')
            first = first or (digests, order)
            for name in sorted(set(digests) | set(first[0])):
                if digests.get(name) != first[0].get(name):
                    differ.setdefault(name, []).append(index + 1)
            if order != first[1]:
                differ.setdefault('(the order of trials)', []).append(index + 1)
    for name, runs in differ.items():
        print(f'differs from run 1: {name} in runs {", ".join(map(str, runs))}')
    print('alike' if not differ else f'{len(differ)} trials differ')
    return 1 if differ else 0


if __name__ == '__main__':
    sys.exit(main())
