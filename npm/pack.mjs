// Packs the packages for npm: the platform package of each binary given, and the package that depends on all of them.
//
//   node npm/pack.mjs OUT TRIPLE=BINARY…      such as x86_64-unknown-linux-gnu=target/release/otp-conformance
//
// The version is that of Cargo.toml. Nothing is built and nothing is fetched.

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const platforms = read('platforms.json');

function main([out, ...binaries]) {
  if (!out || binaries.length === 0) throw new Error('usage: pack.mjs OUT TRIPLE=BINARY…');
  mkdirSync(out, { recursive: true });
  const version = cargoVersion();
  const scratch = mkdtempSync(join(tmpdir(), 'otp-pack-'));
  try {
    for (const given of binaries) pack(platformPackage(scratch, version, given), out);
    pack(mainPackage(scratch, version), out);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function platformPackage(scratch, version, given) {
  const [triple, binary] = given.split('=');
  const platform = platforms[triple];
  if (!platform || !binary) throw new Error(`${given}: write TRIPLE=BINARY with one of ${Object.keys(platforms).join(', ')}`);
  const { name, os, cpu, libc } = platform;
  const folder = join(scratch, name);
  mkdirSync(folder);
  const file = os === 'win32' ? 'otp-conformance.exe' : 'otp-conformance';
  copyFileSync(binary, join(folder, file));
  chmodSync(join(folder, file), 0o755);
  write(folder, {
    name: `@otp-conformance/${name}`,
    version,
    description: `The command otp-conformance for ${name}; install otp-conformance instead`,
    license: 'MIT OR Apache-2.0',
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    files: [file],
  });
  licences(folder);
  return folder;
}

function mainPackage(scratch, version) {
  const folder = join(scratch, 'main');
  cpSync(join(here, 'otp-conformance'), folder, { recursive: true, filter: (path) => !/(node_modules|test)$/.test(path) });
  const ours = Object.values(platforms).map(({ name }) => [`@otp-conformance/${name}`, version]);
  write(folder, { ...read('otp-conformance/package.json'), version, optionalDependencies: Object.fromEntries(ours) });
  licences(folder);
  return folder;
}

function licences(folder) {
  for (const file of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(join(here, '..', file), join(folder, file));
}

function pack(folder, out) {
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', resolve(out)], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32', // npm is a script there
  });
  if (packed.status !== 0) throw new Error(`npm pack: ${packed.error ?? packed.stderr}`);
  console.log(join(out, packed.stdout.trim()));
}

function cargoVersion() {
  const found = /^version = "(.+)"$/m.exec(readFileSync(join(here, '..', 'Cargo.toml'), 'utf8'));
  if (!found) throw new Error('Cargo.toml: no version');
  return found[1];
}

function read(file) {
  return JSON.parse(readFileSync(join(here, file), 'utf8'));
}

function write(folder, value) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(value, null, 2)}\n`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(`pack: ${error.message}`);
  process.exitCode = 1;
}
